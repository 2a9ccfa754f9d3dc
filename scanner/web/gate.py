"""The gate before every route, ours and Datasette's: host, method, who is asking; headers on the way out.

It is the outermost layer, so nothing behind it is reached by whoever may not look. Behind it the same is checked
again: our routes and Datasette's permissions both want the actor that the gate sets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from scanner.web import render
from scanner.web.cells import Rewriter
from scanner.web.face import DATABASE, Face
from scanner.web.headers import Headers, secured

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "phonescan"
#: Who is behind a request that was let in.
READER = {"id": "reader"}
#: Seconds that a wrong secret costs, and how many may be waiting for that at once.
PENALTY, WAITING = 0.5, 8
#: Largest body of a login, in bytes.
BODY = 8192
_OPEN = ("assets/style.css", "login")


class Gate:
    """One ASGI application around another."""

    def __init__(self, app: App, face: Face, penalty: float = PENALTY) -> None:
        self.app, self.face, self.penalty = app, face, penalty
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        method = scope["method"]
        path = self._path(scope)
        answer = _Answer(send, own=not (path or "").startswith((DATABASE, "-/")), head=method == "HEAD")
        if not self.face.access.knows_host(headers.get(b"host", b"").decode("latin-1")):
            reason = "this address is not one that phonescan serve was told of; add it with --allow-host NAME"
            await answer.page(421, "Another name was asked for", reason)
        elif path is None:
            await answer.page(400, "That address cannot be read", "it holds what is no path")
        elif method == "POST" and path in ("login", "logout"):
            await (self._login(scope, receive, answer) if path == "login" else self._logout(answer))
        elif method not in ("GET", "HEAD"):
            await answer.page(405, "This is for reading", "nothing can be changed here", [(b"allow", b"GET, HEAD")])
        elif path == "login":
            await self._show_login(scope, answer)
        else:
            await self._enter(scope, receive, answer, headers, path)

    def _path(self, scope: Scope) -> str | None:
        """The path below the base path as Datasette will read it, without its first slash."""
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        try:
            path = raw.decode("ascii").partition("?")[0]
        except UnicodeDecodeError:
            return None
        if not path.startswith("/"):
            return None
        return str(path.removeprefix(self.face.base_path) if path.startswith(self.face.base_path) else path[1:])

    async def _enter(
        self, scope: Scope, receive: Receive, answer: _Answer, headers: dict[bytes, bytes], path: str
    ) -> None:
        given = headers.get(b"authorization")
        if not self._admitted(headers):
            if given is not None:
                await self._refuse(answer, "the password or token is wrong")
                return
            if path not in _OPEN:
                await self._ask(scope, answer, headers, path)
                return
        elif path.startswith("-/") and not path.startswith("-/static/"):
            await answer.page(404, "There is no such page", "Datasette's own pages about itself are not served here")
            return
        else:
            scope = {**scope, "phonescan_actor": READER}
        if path.partition("/")[0] == DATABASE and path.endswith(".csv"):
            answer.rewriter = Rewriter()
        await self.app({**scope, "method": "GET"}, receive, answer.send)

    def _admitted(self, headers: dict[bytes, bytes]) -> bool:
        access = self.face.access
        if not access.closed:
            return True
        given = headers.get(b"authorization")
        if given is not None:
            return access.authorizes(given.decode("latin-1"))
        return access.accepts(_cookie(headers), self.face.now())

    async def _ask(self, scope: Scope, answer: _Answer, headers: dict[bytes, bytes], path: str) -> None:
        """A browser is sent to the login page, a program told what is missing."""
        if b"text/html" in headers.get(b"accept", b""):
            query = scope.get("query_string", b"").decode("latin-1")
            wanted = urlencode({"next": path + ("?" + query if query else "")})
            await answer.redirect(self.face.path("login") + "?" + wanted)
        else:
            await self._unauthorized(answer, "a password or token is needed: Authorization: Bearer TOKEN")

    async def _refuse(self, answer: _Answer, reason: str) -> None:
        if await self._penalty():
            await self._unauthorized(answer, reason)
        else:
            await answer.page(429, "Too many wrong passwords", "try again in a minute", [(b"retry-after", b"60")])

    async def _penalty(self) -> bool:
        """Let a wrong guess wait; False when too many are waiting."""
        if self._waiting >= WAITING:
            return False
        self._waiting += 1
        try:
            await asyncio.sleep(self.penalty)
        finally:
            self._waiting -= 1
        return True

    async def _unauthorized(self, answer: _Answer, reason: str) -> None:
        challenge = (b"www-authenticate", b'Bearer realm="phonescan", Basic realm="phonescan", charset="UTF-8"')
        await answer.page(401, "Who is asking?", reason, [challenge])

    async def _show_login(self, scope: Scope, answer: _Answer, status: int = 200, wrong: str = "") -> None:
        if not self.face.access.closed:
            await answer.redirect(self.face.path())
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20, errors="replace")
        values = {"wrong": wrong, "wanted": query.get("next", [""])[0][:2000]}
        await answer.html(status, render.page("login.html", self.face, title="Log in", **values))

    async def _login(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        body = await _body(receive)
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20) if body is not None else {}
        wanted = form.get("next", [""])[0]
        if not self.face.access.knows(form.get("password", [""])[0]):
            if not await self._penalty():
                await self._show_login(scope, answer, 429, "Too many wrong passwords; try again in a minute.")
            else:
                await self._show_login(
                    {**scope, "query_string": urlencode({"next": wanted}).encode()}, answer, 401, "That is not it."
                )
            return
        cookie = self._cookie(scope, self.face.access.issue(self.face.now()), None)
        await answer.redirect(self._below(wanted), [(b"set-cookie", cookie)])

    async def _logout(self, answer: _Answer) -> None:
        await answer.redirect(self.face.path("login"), [(b"set-cookie", self._cookie({}, "", 0))])

    def _below(self, wanted: str) -> str:
        """Where to go after a login: never to another place than below our base path."""
        path = wanted[:2000]
        plain = all(" " < char < "\x7f" and char not in "\\" for char in path)
        if not plain or path.startswith(("/", ".", "login", "logout")) or ":" in path.partition("?")[0]:
            return self.face.path()
        return self.face.path(path)

    def _cookie(self, scope: Scope, value: str, age: int | None) -> bytes:
        secure = scope.get("scheme") == "https"
        lasting = f"; Max-Age={age}" if age is not None else ""
        end = "; Secure" if secure else ""
        return f"{COOKIE}={value}; Path={self.face.base_path}; HttpOnly; SameSite=Lax{lasting}{end}".encode()


class _Answer:
    """The way back: our headers on everything, no body for HEAD, CSV without formulas."""

    def __init__(self, send: Send, *, own: bool, head: bool) -> None:
        self._send, self._own, self._head = send, own, head
        self.rewriter: Rewriter | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
            kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
            if not kind.startswith((b"text/csv", b"text/plain")):
                self.rewriter = None
            if self.rewriter:
                headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
            message = {**message, "headers": secured(headers, own=self._own)}
        elif message["type"] == "http.response.body":
            if self._head:
                message = {**message, "body": b""}
            elif self.rewriter:
                body = self.rewriter.feed(message.get("body", b""), last=not message.get("more_body", False))
                message = {**message, "body": body}
        await self._send(message)

    async def html(self, status: int, body: str, headers: Headers | None = None) -> None:
        data = body.encode()
        length = (b"content-length", str(len(data)).encode())
        kind = (b"content-type", b"text/html; charset=utf-8")
        own = [kind, length, (b"cache-control", b"no-store"), *(headers or [])]
        self._own = True
        await self.send({"type": "http.response.start", "status": status, "headers": own})
        await self.send({"type": "http.response.body", "body": data})

    async def page(self, status: int, title: str, reason: str, headers: Headers | None = None) -> None:
        """A short page that says why not."""
        await self.html(status, render.bare(title, reason), headers)

    async def redirect(self, to: str, headers: Headers | None = None) -> None:
        await self.html(303, "", [(b"location", to.encode("ascii", "ignore")), *(headers or [])])


def _cookie(headers: dict[bytes, bytes]) -> str:
    jar = SimpleCookie()
    try:
        jar.load(headers.get(b"cookie", b"").decode("latin-1")[:BODY])
    except CookieError:
        return ""
    found = jar.get(COOKIE)
    return found.value if found else ""


async def _body(receive: Receive) -> bytes | None:
    """The whole body of a request; None when it is too large."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY:
            return None
    return body
