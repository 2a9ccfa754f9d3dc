"""The reader of HTTP responses: any octets in any parts yield a bounded response or an error of ours."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.budget import BudgetSpent
from scanner.discovery.conversation import BODY_LIMIT
from scanner.engine.protocols.http_response import (
    HEAD_LIMIT,
    HEADER_LIMIT,
    End,
    HttpResponse,
    NotHttpError,
    read_response,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Peer:
    """A stream of parts; `received` are the octets that were read of it."""

    def __init__(self, parts: Iterable[bytes], size: int = 8192) -> None:
        self._parts, self._rest, self._size = iter(parts), b"", size
        self.received = 0

    def receive(self, most: int) -> bytes:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._rest = part
        size = min(most, self._size)
        part, self._rest = self._rest[:size], self._rest[size:]
        self.received += len(part)
        return part


def read(*parts: bytes, size: int = 8192, turn: bool = True) -> HttpResponse:
    return read_response(Peer(parts, size).receive, lambda: turn, 8192)


def forever(start: bytes, more: bytes) -> Iterator[bytes]:
    yield start
    while True:
        yield more


ENDLESS = [
    ("a header line", OK + b"Server: s\r\nX: ", b"y" * 65_000),
    ("headers", OK + b"Server: s\r\n", b"X: y\r\n"),
    ("a folded header", OK + b"Server: s\r\nX: y\r\n", b" z\r\n"),
    ("lines without a name", OK + b"Server: s\r\n", b"nothing\r\n"),
    ("a body", OK + b"Server: s\r\n\r\n", b"x" * 1_000),
    ("a body of a length beyond any", OK + b"Server: s\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 1_000),
    ("chunks", OK + b"Server: s\r\nTransfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1_024 + b"\r\n"),
    ("one chunk", OK + b"Server: s\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"x" * 1_000),
    ("a chunk extension", OK + b"Server: s\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"e" * 1_000),
]


@pytest.mark.parametrize(("start", "more"), [case[1:] for case in ENDLESS], ids=[case[0] for case in ENDLESS])
def test_a_response_without_end_is_truncated_and_its_first_headers_are_kept(start: bytes, more: bytes) -> None:
    peer = Peer(forever(start, more))
    response = read_response(peer.receive, lambda: True, 8192)
    assert (response.status, response.end) == (200, End.TOO_LONG)
    assert response.headers[0] == ("server", "s")
    assert len(response.headers) <= HEADER_LIMIT
    assert sum(len(name) + len(value) for name, value in response.headers) <= HEAD_LIMIT
    assert peer.received <= HEAD_LIMIT + BODY_LIMIT + 8192


def test_interim_responses_without_end_are_truncated_and_a_few_are_skipped() -> None:
    with pytest.raises(BudgetSpent):
        read_response(Peer(forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n")).receive, lambda: True, 8192)
    assert read(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nX: y\r\n\r\n", OK + b"\r\nhi").body == b"hi"


def test_what_unpacks_to_more_than_is_read_is_truncated() -> None:
    packed = gzip.compress(b"\0" * 10_000_000)
    response = read(OK + b"Content-Encoding: gzip\r\n\r\n" + packed)
    assert (response.end, len(response.body)) == (End.TOO_LONG, BODY_LIMIT)


@pytest.mark.parametrize("size", [1, 2, 7, 8192])
def test_a_response_is_read_from_any_segments(size: int) -> None:
    chunks = b"4;x=y\r\nWiki\r\n6 \r\npedia \r\nD\r\nin \r\n\r\nchunks\r\n0\r\nTrailer: x\r\n\r\n"
    assert read(CHUNKED + chunks, size=size) == HttpResponse(
        200, (("transfer-encoding", "chunked"),), b"Wikipedia in \r\n\r\nchunks", End.WHOLE
    )
    old = b"HTTP/1.0 401 No\nServer: a\n b\nserver:c\nContent-Length: 2\n\nhi and more"
    headers = (("server", "a b"), ("server", "c"), ("content-length", "2"))
    assert read(old, size=size) == HttpResponse(401, headers, b"hi", End.WHOLE)
    assert read(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", size=size).end is End.WHOLE


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 9\r\n\r\nabc",
        CHUNKED + b"9\r\nabc",
        CHUNKED + b"3\r\nabc\r\nzz\r\n",
        CHUNKED + b"3\r\nabc",
    ],
)
def test_a_body_that_ends_early_is_kept_as_far_as_it_came(data: bytes) -> None:
    response = read(data)
    assert (response.body, response.end) == (b"abc", End.CUT)


def test_a_long_body_takes_a_turn_for_each_stretch() -> None:
    assert len(read(OK + b"\r\n" + b"x" * 60_000, turn=False).body) == 8192


@pytest.mark.parametrize("data", [b"SSH-2.0-x\r\n", b"HTTP/1.1 yes\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x0a", b""])
def test_what_is_not_http_is_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(NotHttpError) as raised:
        read(data)
    assert (raised.value.tls, raised.value.empty) == (data.startswith(b"\x15"), not data)


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [OK, b"\r\n", b"\n", CHUNKED, b"Content-Length: 5\r\n", b"Content-Encoding: gzip\r\n", b"0\r\n", b"5\r\n",
             b"HTTP/1.1 100 C\r\n\r\n", b"X" * 9_000, b": ", b"hello", b"\x15\x03", gzip.compress(b"hi" * 99)]
        ),
        st.binary(max_size=40),
    ),
    max_size=14,
)  # fmt: skip


@given(PIECES, st.sampled_from([1, 3, 100, 8192]), st.booleans())
def test_any_octets_yield_a_bounded_response_or_an_error_of_ours(pieces: list[bytes], size: int, turn: bool) -> None:
    try:
        response = read(*pieces, size=size, turn=turn)
    except (NotHttpError, BudgetSpent):
        return
    assert 100 <= response.status <= 999
    assert len(response.body) <= BODY_LIMIT
    assert sum(len(name) + len(value) for name, value in response.headers) <= HEAD_LIMIT
