"""A request as the access middleware reads it: headers, cookies, path, form."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from scanner.web.clients import client
from scanner.web.config import WebConfig
from scanner.web.response import Receive
from scanner.web.sessions import cookie_name

Scope = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request. `address` and `secure` are those of the client, also behind a trusted proxy; `path` is below the base
    path, without its first slash, and None where it is not valid; `session` is the cookie of a valid session, or empty.
    """

    scope: Scope
    receive: Receive
    method: str
    path: str | None
    address: str
    secure: bool
    session: str
    headers: dict[bytes, bytes]

    def header(self, name: bytes) -> str:
        """The value of a header, the last one of several; empty without one."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def query(self) -> str:
        """The query string with its question mark; empty where there is none."""
        query = self.scope.get("query_string", b"").decode("latin-1")
        return f"?{query}" if query else ""

    async def body(self, limit: int) -> bytes | None:
        """The whole body; None when it has more than `limit` bytes, or the connection ends before."""
        body, more = b"", True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                return None
        return body


def read(scope: Scope, receive: Receive, config: WebConfig) -> WebRequest:
    """The request of an ASGI scope, whose client and scheme become those that a trusted proxy names."""
    headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
    headers[b"cookie"] = b";".join(value for name, value in scope["headers"] if name.lower() == b"cookie")
    peer = scope.get("client") or ("", 0)
    address, scheme = client(str(peer[0]), scope.get("scheme", "http"), scope["headers"], config.proxies)
    scope["client"], scope["scheme"] = (address, peer[1]), scheme
    secure = scheme == "https"
    name = cookie_name(secure=secure, path=config.base_path)
    now = config.now()
    session = next((cookie for cookie in _cookies(headers, name) if config.sessions.valid(cookie, now)), "")
    path = _path(scope, config.base_path)
    return WebRequest(scope, receive, scope["method"], path, address or "unknown address", secure, session, headers)


def form_values(body: bytes) -> dict[str, list[str]]:
    """The values of a form, or of a query string; empty where it has too many."""
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=20, keep_blank_values=True, errors="replace")
    except ValueError:
        return {}


def _path(scope: Scope, base: str) -> str | None:
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    try:
        path = raw.decode("ascii").partition("?")[0]
    except UnicodeDecodeError:
        return None
    if not path.startswith("/"):
        return None
    return str(path.removeprefix(base) if path.startswith(base) else path[1:])


def _cookies(headers: dict[bytes, bytes], wanted: str) -> list[str]:
    """The values of our cookie: a browser sends that of each path (RFC 6265, section 5.4), and those of other programs.

    The cookies of others need not follow the grammar.
    """
    pairs = (pair.partition("=") for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"))
    return [value.strip() for name, _, value in pairs if name.strip() == wanted]
