"""The responses of a simulated device to HTTP requests (RFC 9112): bytes in, bytes out, no socket."""

from __future__ import annotations

from typing import NamedTuple

from scanner.testing.phones import WebPage, WebSurface

#: Longest request head, in bytes; a longer one is rejected.
HEAD_LIMIT = 16_384
_REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 401: "Unauthorized", 403: "Forbidden",
            404: "Not Found", 405: "Method Not Allowed"}  # fmt: skip


class WebResponse(NamedTuple):
    """The request's method and target, the whole response, and whether the connection stays open after it."""

    method: str
    target: str
    reply: bytes
    keep: bool
    fault: str | None = None


def respond(head: bytes, surface: WebSurface) -> WebResponse:
    """The response to one request head, including its empty line."""
    start, *lines = head.split(b"\r\n")
    words = start.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        return WebResponse(
            "?", "", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", False, f"no HTTP request: {start[:60]!r}"
        )
    method, target = words[0].decode("ascii", "replace"), words[1].decode("utf-8", "replace")
    headers = {}
    for line in lines:
        name, _, text = line.partition(b":")
        headers[name.strip().lower()] = text.strip()
    fault = None if b"host" in headers else f"{method} {target} without Host"
    page = surface.pages.get(target) or surface.pages.get(target.partition("?")[0], surface.otherwise)
    if method not in ("GET", "HEAD"):
        page = WebPage("", 405)
    wants_close = headers.get(b"connection", b"").lower() == b"close" or words[2] == b"HTTP/1.0"
    keep = surface.keep_alive and not wants_close and not surface.never_closes
    body = page.body.encode()
    out = [f"HTTP/1.1 {page.status} {_REASONS.get(page.status, 'Unknown')}"]
    if surface.server is not None:
        out.append(f"Server: {surface.server}")
    out.append(f"Content-Type: {page.content_type}")
    out += [f"{name}: {text}" for name, text in page.headers]
    if not surface.never_closes:
        out.append(f"Content-Length: {len(body)}")
    out.append("Connection: " + ("keep-alive" if keep else "close"))
    reply = ("\r\n".join(out) + "\r\n\r\n").encode() + (b"" if method == "HEAD" else body)
    return WebResponse(method, target, reply, keep, fault)
