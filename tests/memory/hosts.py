"""Servers that send as much as they can, of one kind, on some addresses: `python -m tests.memory.hosts KIND IP…`."""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count, islice

from scanner.core.errors import WireError
from scanner.wire import sip, snmp

HTTP, SNMP, SIP = 8080, 1161, 5060
#: Octets that one connection sends at most, were they taken.
SENT = 16 << 20
OK = b"HTTP/1.1 200 OK\r\n"


def _headers(name: bytes, value: bytes, number: int = 98, status: bytes = OK) -> Callable[[], Iterator[bytes]]:
    def parts() -> Iterator[bytes]:
        yield status
        for place in range(number):
            yield name % place if b"%d" in name else name
            yield b": " + value + b"\r\n"
        yield b"Content-Length: 0\r\n\r\n"

    return parts


def _endless(start: bytes, more: bytes) -> Callable[[], Iterator[bytes]]:
    def parts() -> Iterator[bytes]:
        yield start
        for _ in range(SENT // len(more)):
            yield more

    return parts


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(b"\0" * 200_000_000)


def _zipped() -> Iterator[bytes]:
    yield OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_bomb()) + _bomb()


_MANY = b", ".join(b'Basic realm="realm %d of many"' % n for n in range(2_000))
_CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
_WIDE = "\N{GRINNING FACE}".encode() * 4096
#: Kind → the parts of each HTTP response.
PAGES: dict[str, Callable[[], Iterator[bytes]]] = {
    "98 headers of 65,000 octets": _headers(b"X-%d", b"y" * 65_000),
    "98 cookies of 65,000 octets": _headers(b"Set-Cookie", b"c" * 64_000 + b"=1"),
    "98 lines of 2,000 realms": _headers(b"WWW-Authenticate", _MANY, 98, b"HTTP/1.1 401 No\r\n"),
    "a header line without end": _endless(OK + b"Server: x\r\nX: ", b"y" * 65_536),
    "headers without end": _endless(OK, b"X: y\r\n" * 10_000),
    "interim responses without end": _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000),
    "a redirect to 60,000 characters": _headers(b"Location", b"/" + b"z" * 60_000, 1, b"HTTP/1.1 302 Found\r\n"),
    "a body without end": _endless(OK + b"\r\n<title>x</title>", _WIDE),
    "chunks of one octet without end": _endless(_CHUNKED, b"1\r\nx\r\n" * 10_000),
    "chunk extensions without end": _endless(_CHUNKED + b"1;", b"e" * 65_536),
    "a gzip bomb of 200 MB": _zipped,
}

#: Kind → the value of each row of a table that never ends, and sub-identifiers that each row adds to its OID.
AGENTS: dict[str, tuple[bytes, int]] = {
    "tables without end": (b"x" * 20, 1),
    "tables without end of strings of 20,000 octets": (b"x" * 20_000, 1),
    "tables without end of long names": (b"x", 90),
}
#: Kind → the User-Agent of each of a thousand responses to one OPTIONS.
AGENTS_OF_SIP: dict[str, str] = {
    "a thousand SIP responses of 4,000 characters": "u" * 4_000,
    "a thousand SIP responses of 15,000 emojis": "\N{GRINNING FACE}" * 15_000,
}
KINDS = (*PAGES, *AGENTS, *AGENTS_OF_SIP)


def page_server(parts: Callable[[], Iterator[bytes]]) -> Callable[..., object]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            for part in parts():
                writer.write(part)
                await asyncio.wait_for(writer.drain(), 30)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return serve


class Agent(asyncio.DatagramProtocol):
    """An SNMP agent whose tables never end."""

    def __init__(self, value: bytes, longer: int) -> None:
        self._value, self._longer = value, longer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            request = snmp.decode(data)
        except WireError:
            return
        (oid, _), *_ = request.varbinds
        if request.pdu is snmp.Pdu.GET:
            rows = [(name, self._value) for name, _ in request.varbinds]
        else:
            number = min(60_000 // (len(self._value) + 300), max(1, request.error_index), 60)
            rows = list(islice(self._following(oid), number))
        self._transport.sendto(snmp.respond(request, rows), addr)  # type: ignore[attr-defined]

    def _following(self, oid: str) -> Iterator[tuple[str, bytes]]:
        parts = oid.split(".")
        if len(parts) < 20 + self._longer:  # the column itself
            parts += ["7"] * (20 + self._longer - len(parts)) + ["0"]
        for number in count(int(parts[-1]) + 1):
            yield ".".join((*parts[:-1], str(number))), self._value


class Phone(asyncio.DatagramProtocol):
    """A SIP device with a thousand responses to each request."""

    def __init__(self, agent: str) -> None:
        self._agent = agent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            request = sip.parse(data)
        except WireError:
            return
        for number in range(1_000):
            reply = sip.respond(
                request, 200, "OK", (("User-Agent", f"{number} {self._agent}"), ("Server", f"s{number}"))
            )
            self._transport.sendto(reply[:65_000], addr)  # type: ignore[attr-defined]


async def serve(kind: str, addresses: list[str]) -> None:
    """Serve one kind on all addresses, until standard input ends."""
    loop = asyncio.get_running_loop()
    for address in addresses:
        if kind in PAGES:
            await asyncio.start_server(page_server(PAGES[kind]), address, HTTP)  # type: ignore[arg-type]
        elif kind in AGENTS:
            value, longer = AGENTS[kind]
            await loop.create_datagram_endpoint(lambda v=value, n=longer: Agent(v, n), (address, SNMP))  # type: ignore[misc]
        else:
            agent = AGENTS_OF_SIP[kind]
            await loop.create_datagram_endpoint(lambda a=agent: Phone(a), (address, SIP))  # type: ignore[misc]
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2:]))
