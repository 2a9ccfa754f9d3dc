"""The response of the access middleware: with our headers, without a body for HEAD, CSV without formulas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from scanner.web import render
from scanner.web.csv_cells import CsvRewriter
from scanner.web.headers import Headers, secured

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
#: Octets of a body that are sent at once: more waits until the client has read, and does not fill the send buffer.
PIECE = 65_536


class ClientDisconnectedError(BaseException):
    """The client of a response closed its connection. Not an Exception: Datasette would compute an error page."""


class SecuredResponse:
    """Sends the response of Datasette, or a page of the middleware; `secure` is that of a request over HTTPS.

    `closed` is whether the connection is closed: a response in parts ends then, and no more of it is read.
    """

    def __init__(
        self, send: Send, *, head: bool, secure: bool = False, closed: Callable[[], bool] = lambda: False
    ) -> None:
        self._send, self._head, self._secure, self._closed = send, head, secure, closed
        self.rewriter: CsvRewriter | None = None
        self.started = False

    async def send(self, message: Message) -> None:
        """Send an ASGI message with our headers. Raises ClientDisconnectedError."""
        if message.get("more_body") and self._closed():
            raise ClientDisconnectedError
        if message["type"] == "http.response.start":
            self.started = True
            headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
            kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
            if not kind.startswith((b"text/csv", b"text/plain")):
                self.rewriter = None
            if self.rewriter:
                headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
            if kind.startswith(b"application/json") and b"content-disposition" not in {
                name.lower() for name, _ in headers
            }:
                headers.append((b"content-disposition", b'attachment; filename="phonescan.json"'))
            message = {**message, "headers": secured(headers, secure=self._secure)}
        elif message["type"] == "http.response.body":
            if self._head:
                message = {**message, "body": b""}
            elif self.rewriter:
                body = self.rewriter.feed(message.get("body", b""), last=not message.get("more_body", False))
                message = {**message, "body": body}
            body, more = message.get("body", b""), message.get("more_body", False)
            for start in range(0, len(body) - PIECE, PIECE):
                await self._send({**message, "body": body[start : start + PIECE], "more_body": True})
            rest = max(0, len(body) - 1) // PIECE * PIECE
            message = {**message, "body": body[rest:], "more_body": more}
        await self._send(message)

    async def html(self, status: int, body: str, headers: Headers | None = None) -> None:
        """Send a page."""
        data = body.encode()
        length = (b"content-length", str(len(data)).encode())
        own = [(b"content-type", b"text/html; charset=utf-8"), length, *(headers or [])]
        await self.send({"type": "http.response.start", "status": status, "headers": own})
        await self.send({"type": "http.response.body", "body": data})

    async def page(self, status: int, title: str, reason: str, headers: Headers | None = None) -> None:
        """Send a short page with the reason of a refusal."""
        await self.html(status, render.bare(title, reason), headers)

    async def redirect(self, to: str, headers: Headers | None = None) -> None:
        """Redirect to a path of this server: a browser reads `\\` as `/`, and what follows two of them as a host."""
        place = to.replace("\\", "%5C").encode("ascii", "ignore")
        await self.html(303, "", [(b"location", place), *(headers or [])])
