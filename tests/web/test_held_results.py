"""Results of statements that are held at the same time, and responses that are sent in pieces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.web.middleware import STATEMENTS, AccessMiddleware
from scanner.web.response import PIECE, SecuredResponse


def requests(site: Any, path: bytes, query: bytes) -> int:
    """The most of ten simultaneous requests whose application and response are in progress together."""
    now, most = 0, 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * (3 * PIECE)})
        now -= 1

    async def send(message: Any) -> None:
        await asyncio.sleep(0)

    async def work() -> None:
        middleware = AccessMiddleware(app, site.config)
        scope = {
            "type": "http", "method": "GET", "path": path.decode(), "raw_path": path, "query_string": query,
            "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 5), "scheme": "http",
        }  # fmt: skip
        await asyncio.gather(*(middleware(dict(scope), asyncio.Event().wait, send) for _ in range(10)))

    asyncio.run(work())
    return most


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [
        (b"/data.json", b"sql=select+1", STATEMENTS),
        (b"/data", b"x=1&s%71l=select+1", STATEMENTS),
        (b"/data/scans.json", b"_where=1+union+select+2", STATEMENTS),
        (b"/data/scans.json", b"_sort=id", 10),
        (b"/devices", b"", 10),
    ],
)
def test_results_of_statements_are_held_for_a_few_requests_at_a_time(
    site: Any, path: bytes, query: bytes, most: int
) -> None:
    assert requests(site, path, query) == most


@given(length=st.integers(0, 5).map(lambda number: number * PIECE), more=st.booleans(), further=st.integers(0, 2))
def test_a_body_is_sent_whole_and_in_pieces(length: int, more: bool, further: int) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    body = b"x" * length + b"y" * further
    asyncio.run(SecuredResponse(send, head=False).send({"type": "http.response.body", "body": body, "more_body": more}))
    assert b"".join(message["body"] for message in sent) == body
    assert max(len(message["body"]) for message in sent) <= PIECE
    assert [message["more_body"] for message in sent] == [True] * (len(sent) - 1) + [more]
