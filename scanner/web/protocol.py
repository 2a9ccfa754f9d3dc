"""HTTP/1.1 over one connection: uvicorn's protocol with the limits of `connections`, and a page for malformed requests.

uvicorn has a deadline between requests alone. This class derives the phase of the connection from its events and the
states of h11, and the limits close it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from scanner.web import render
from scanner.web.clients import Network, is_trusted
from scanner.web.connections import Connections, HeldConnection, Phase
from scanner.web.headers import secured

#: Seconds between two examinations of the deadlines.
TICK = 0.5
_REASONS = {
    400: "the request is not valid HTTP",
    431: "the head of the request is too large",
    501: "the request has a transfer coding that is not supported",
}


class StrictConnection(h11.Connection):
    """h11's parser, which refuses a request that another parser, such as a proxy, may delimit in another way."""

    def next_event(self) -> Any:
        """The next event. Raises RemoteProtocolError (RFC 9112, section 6.1 and 6.3)."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if b"transfer-encoding" in names and (b"content-length" in names or event.http_version < b"1.1"):
                raise h11.RemoteProtocolError("the end of the body is ambiguous", error_status_hint=400)
        return event


def protocol(connections: Connections, proxies: tuple[Network, ...]) -> type[asyncio.Protocol]:
    """The class of protocols for one server, whose connections are limited together."""
    return type("LimitedHttp", (LimitedProtocol,), {"limits": connections, "proxies": proxies})


class LimitedProtocol(H11Protocol):
    """One connection; `limits` and `proxies` are those of the server."""

    limits: ClassVar[Connections]
    proxies: ClassVar[tuple[Network, ...]]
    held: HeldConnection | None = None
    _ticking: ClassVar[bool] = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection, or refuse it by closing it."""
        super().connection_made(transport)
        self.conn = StrictConnection(h11.SERVER, self.config.h11_max_incomplete_event_size or 0)
        self.app_state = {**self.app_state, "abort": transport.abort, "closed": transport.is_closing}
        address = str(self.client[0]) if self.client else ""
        self.held = self.limits.add(address, transport.abort, self.loop.time(), proxy=is_trusted(address, self.proxies))
        if self.held is None:
            transport.abort()
        elif not type(self)._ticking:
            type(self)._ticking = True
            self.loop.call_later(TICK, type(self)._tick, self.loop)

    @classmethod
    def _tick(cls, loop: asyncio.AbstractEventLoop) -> None:
        """Close the connections that are late, and examine them again while there are any."""
        cls.limits.close_late(loop.time())
        cls._ticking = bool(cls.limits)
        if cls._ticking:
            loop.call_later(TICK, cls._tick, loop)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if self.held:
            self.limits.remove(self.held)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read from the connection."""
        if self.held is None or self.transport.is_closing():
            return
        super().data_received(data)
        self._enter()

    def eof_received(self) -> None:
        """End the response: the transport closes itself after this, when it has sent what it holds."""
        self._end_cycle()
        self.transport.close()
        self._enter()

    def _end_cycle(self) -> None:
        """Send no more of the response, and let the application know."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Begin the next request, or wait for it."""
        super().on_response_complete()
        self._enter()

    def pause_writing(self) -> None:
        """Wait for a client that reads more slowly than the application writes."""
        super().pause_writing()
        self._enter()

    def resume_writing(self) -> None:
        """Continue, as the client has read."""
        super().resume_writing()
        self._enter()

    def _enter(self) -> None:
        if self.held:
            self.held.enter(self._phase(), self.loop.time())

    def _phase(self) -> Phase:
        """The phase of the connection, from the state of h11, of the response and of the send buffer."""
        if self.flow.write_paused or self.transport.is_closing():
            return Phase.SENDING
        if self.cycle is not None and not self.cycle.response_complete:
            return Phase.BODY if self.cycle.more_body else Phase.RESPONSE
        if self.conn.their_state is h11.SEND_BODY:  # the response is complete, and the body is not
            return Phase.BODY
        if self.transport.get_write_buffer_size():
            return Phase.SENDING
        return Phase.HEAD if self.conn.trailing_data[0] else Phase.WAITING

    def send_400_response(self, msg: str) -> None:
        """Our page for a request that is not HTTP, or whose head is too large; none after or within a response."""
        self._end_cycle()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send_page(sys.exc_info()[1])
        self.transport.close()
        self._enter()

    def _send_page(self, error: BaseException | None) -> None:
        """Send the page of an error."""
        status = getattr(error, "error_status_hint", 400)
        status = status if status in _REASONS else 400
        body = render.bare("Invalid request", _REASONS[status]).encode()
        headers: list[tuple[bytes, bytes]] = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=status, headers=secured(headers), reason=b""),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
