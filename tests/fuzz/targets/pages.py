"""Requests to the web pages: query strings, headers, forms and paths, through the application in the same process."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

from scanner.cli.shared.click_command import default_session
from scanner.core.errors import UsageError
from scanner.web import access as rules
from scanner.web import list_query
from scanner.web.application import application
from scanner.web.config import WebConfig, base_path
from scanner.web.csv_cells import CsvRewriter
from scanner.web.pages import changes
from scanner.web.plugin import ROUTES
from tests.fuzz.material import BETWEEN, parts, text, written
from tests.fuzz.target import Target
from tests.fuzz.targets.columns import stocked

_CLOCK = datetime(2026, 11, 23, tzinfo=UTC)
SECRET = "correct horse battery staple 7"
_QUERY = b"site=hq&status=outdated&q=6416.7f12.3456&sort=ip&order=down&page=2&size=100&switch=sw-1"
_PATHS = (
    "/",
    "/devices",
    "/devices/1",
    "/devices/1.json",
    "/devices.csv",
    "/noncompliant.html",
    "/conflicts.json",
    "/firmware",
    "/switches",
    "/switches/ports?switch=sw-1",
    "/switches/unknown",
    "/changes?since=2026-11-01",
    "/scans",
    "/scans/1",
    "/catalogs",
    "/catalogs/teams",
    "/metrics",
    "/login",
    "/data/inventory?_sort=ip",
    "/data/devices.csv?_size=5",
    "/data/scans/1.json",
    "/assets/style.css",
)


def targets() -> Iterator[Target]:
    """Pages without and with a password, forms, and the parsers beneath."""
    yield Target("web.query", _query, lambda: (_QUERY,), (UsageError,))
    yield Target(
        "web.changes-query", _changes, lambda: (b"since=2026-11-01&until=2026-11-23&scan=3&event=moved",), (UsageError,)
    )
    yield Target("web.csv", _csv, lambda: (b'a|b\n|c~=1|-5|"x,""y"',), ())
    yield Target(
        "web.access", _access, lambda: (b"Basic eDp5\nhttps://phones.example\nphones.example:443\nsame-origin",), ()
    )
    yield Target("web.base-path", lambda data: base_path(text(data)), lambda: (b"/phones/",), (UsageError,), 512)
    yield Target("web.page", _page, _requests, (), 2048, threads=True, prepare=stocked, seconds=2.0)
    yield Target("web.form", _form, _forms, (), 4096, threads=True, prepare=stocked, seconds=2.0)


def _query(data: bytes) -> None:
    """A query is encoded as it was read, and a page is within its bounds."""
    found = list_query.parse(list_query.read(text(data)))
    assert 1 <= found.page <= list_query.PAGES
    assert list_query.parse(list_query.read(found.encoded())) == found
    found.filters()
    found.pager("devices", found.page, list_query.PAGES)


def _changes(data: bytes) -> None:
    found = changes.parse(list_query.read(text(data)))
    assert changes.parse(list_query.read(found.encoded(found.page))) == found
    found.changes()
    found.files()


def _csv(data: bytes) -> None:
    """A file in two chunks is rewritten as in one."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(row.split("|") for row in text(data).split("~"))
    given = out.getvalue().encode()
    half = int.from_bytes(data[:2]) % (len(given) + 1)
    one, two = CsvRewriter(), CsvRewriter()
    whole = one.feed(given, last=True)
    assert two.feed(given[:half]) + two.feed(given[half:], last=True) == whole


def _access(data: bytes) -> None:
    """No header without the secret authorizes."""
    header, origin, host, site = (*text(data).split("\n"), "", "", "", "")[:4]
    closed = rules.access(SECRET, address="10.1.2.3", hosts=["phones.example"])
    given = header.encode("utf-8", "replace")
    assert not closed.authorizes(given) or SECRET in rules.normal(header) or given.lower().startswith(b"basic")
    closed.accepts_host(host)
    rules.is_foreign(origin, host, site)
    closed.accepts_form(header, origin)


@cache
def _application(process: int, closed: bool) -> tuple[Any, asyncio.AbstractEventLoop]:
    """The application of a process and its event loop."""
    session = replace(default_session(written(stocked(), f"{process}.sqlite")), clock=lambda: _CLOCK)
    made = rules.access(SECRET if closed else None, address="127.0.0.1")
    return application(WebConfig(session, made, lambda: 1_800_000_000.0, edit=closed)), asyncio.new_event_loop()


def _status(method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes, closed: bool) -> int:
    """The status of the response to a request, as a server of ASGI passes it on."""
    app, loop = _application(os.getpid(), closed)
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(path.decode("latin-1")), "raw_path": path, "query_string": query, "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 40000), "server": ("127.0.0.1", 8001),
    }  # fmt: skip
    statuses: list[int] = []
    sent = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return sent.pop() if sent else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    loop.run_until_complete(app(scope, receive, send))
    assert len(statuses) == 1, f"{len(statuses)} responses"
    return statuses[0]


def _page(data: bytes) -> None:
    """A path and a query, and headers behind them, on open pages: a page, or an error that is not ours."""
    target, *given = data.split(b"\n")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (one.partition(b":") for one in given[:20])]
    if not any(name == b"host" for name, _ in headers):
        headers.append((b"host", b"127.0.0.1:8001"))
    if not target.startswith(b"/"):
        target = b"/" + target
    if any(octet <= 32 or octet > 126 for octet in target):  # no server passes on such a target
        target = b"".join(b"%%%02x" % octet if octet <= 32 or octet > 126 else bytes([octet]) for octet in target)
    status = _status("HEAD" if len(data) % 7 == 0 else "GET", target, headers, b"", False)
    assert status < 500, f"status {status}"


def _form(data: bytes) -> None:
    """A form to the login, the logout or a device: it is accepted or refused, never with an error of the server."""
    cookie, body = (*parts(data), b"", b"")[:2]
    target = (b"/login", b"/logout", b"/devices/1/fields", b"/devices/99999999999999999/fields")[len(cookie) % 4]
    headers = [
        (b"host", b"127.0.0.1:8001"), (b"content-type", b"application/x-www-form-urlencoded"), (b"cookie", cookie),
        (b"origin", b"http://127.0.0.1:8001"),
    ]  # fmt: skip
    status = _status("POST", target, headers, body, True)
    assert status < 500, f"status {status}"


def _requests() -> Iterator[bytes]:
    """Each route of ours, and some of Datasette's. A route without a path here is asked for by its pattern."""
    for path in _PATHS:
        yield path.encode()
    for pattern, _ in ROUTES:
        yield pattern.strip("^$").encode()
    yield b"/devices?" + _QUERY + b"\nCookie: phonescan=x\nX-Forwarded-For: 10.0.0.1\nAuthorization: Bearer x"


def _forms() -> Iterator[bytes]:
    for cookie in (b"phonescan=abcd", b"phonescan=abc", b"phonescan=ab", b"phonescan=a"):
        yield BETWEEN.join((cookie, b"password=x&next=%2Fdevices"))
        yield BETWEEN.join((cookie, b"token=x&version=1&owner=a&room=b&note=c&by=me"))
