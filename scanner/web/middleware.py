"""The access middleware before every route: checks host, method and credentials, and sets response headers.

It is the outermost ASGI layer, so that no request without access reaches a route. The routes and the permissions of
Datasette check the actor that it sets again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from scanner.core.errors import InventoryError, UsageError
from scanner.web import render
from scanner.web.access import is_same_origin
from scanner.web.config import DATABASE, WebConfig
from scanner.web.csv_cells import CsvRewriter
from scanner.web.headers import Headers, secured
from scanner.web.pages import edit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "phonescan"
#: The actor of a request that has access.
READER = {"id": "reader"}
#: Delay of the response to a wrong secret, in seconds, and how many responses may be delayed at once.
PENALTY, DELAYED = 0.5, 8
#: Largest body of a login in bytes, and longest path after it.
BODY, LONGEST = 8192, 2000
#: The path to which the form of a device is sent.
_EDIT = re.compile(r"devices/([0-9]{1,18})/fields")
#: The paths of Datasette's CSV files: of tables, rows and SQL queries.
_CSV = re.compile(rf"{DATABASE}(?:/.*)?\.csv")
_OPEN = ("assets/style.css", "login")


class AccessMiddleware:
    """An ASGI application that wraps another one."""

    def __init__(self, app: App, config: WebConfig, penalty: float = PENALTY) -> None:
        self.app, self.config, self.penalty = app, config, penalty
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or respond to it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        headers[b"cookie"] = b";".join(value for name, value in scope["headers"] if name.lower() == b"cookie")
        method = scope["method"]
        path = self._path(scope)
        response = _Response(send, head=method == "HEAD")
        if not self.config.access.accepts_host(headers.get(b"host", b"").decode("latin-1")):
            reason = "phonescan serve does not accept this host name; add it with --allow-host NAME"
            await response.page(421, "Host name not accepted", reason)
        elif path is None:
            await response.page(400, "Invalid address", "its path is not valid")
        elif method == "POST" and path in ("login", "logout"):
            await (self._login(scope, receive, response) if path == "login" else self._logout(response))
        elif method == "POST" and self.config.edit and (found := _EDIT.fullmatch(path)):
            await self._edit(scope, receive, response, headers, int(found[1]))
        elif method not in ("GET", "HEAD"):
            await response.page(405, "Method not allowed", "these pages are read-only", [(b"allow", b"GET, HEAD")])
        elif path == "login":
            await self._show_login(scope, response)
        else:
            await self._authorize(scope, receive, response, headers, path)

    def _path(self, scope: Scope) -> str | None:
        """The path below the base path as Datasette reads it, without its first slash."""
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        try:
            path = raw.decode("ascii").partition("?")[0]
        except UnicodeDecodeError:
            return None
        if not path.startswith("/"):
            return None
        return str(path.removeprefix(self.config.base_path) if path.startswith(self.config.base_path) else path[1:])

    async def _authorize(
        self, scope: Scope, receive: Receive, response: _Response, headers: dict[bytes, bytes], path: str
    ) -> None:
        given = headers.get(b"authorization")
        if not self._has_access(headers):
            if given is not None:
                await self._refuse(response, "the password or token is wrong")
                return
            if path not in _OPEN:
                await self._challenge(scope, response, headers, path)
                return
        elif path.startswith("-/"):
            await response.page(404, "Page not found", "Datasette's pages about itself are not served")
            return
        elif path.endswith("/"):
            await response.redirect(self.config.path(path.rstrip("/")) + _query(scope))
            return
        else:
            scope = {**scope, "phonescan_actor": READER}
            if self.config.edit and self._session(headers):
                scope["phonescan_form"] = self.config.access.form_token(self._session(headers))
        if _CSV.fullmatch(path):
            response.rewriter = CsvRewriter()
        # without cookies: Datasette needs none, and fails at those of other programs that are not UTF-8
        kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]
        # without the base path: Datasette puts it before the path of the request in its links
        plain = {"path": unquote(f"/{path}"), "raw_path": f"/{path}".encode()}
        await self.app({**scope, **plain, "method": "GET", "headers": kept}, receive, response.send)

    def _has_access(self, headers: dict[bytes, bytes]) -> bool:
        access = self.config.access
        if not access.closed:
            return True
        given = headers.get(b"authorization")
        if given is not None:
            return access.authorizes(given.decode("latin-1"))
        return bool(self._session(headers))

    def _session(self, headers: dict[bytes, bytes]) -> str:
        """The cookie of a valid login; empty without one."""
        accepts, now = self.config.access.accepts_cookie, self.config.now()
        return next((cookie for cookie in _cookies(headers) if accepts(cookie, now)), "")

    async def _edit(
        self, scope: Scope, receive: Receive, response: _Response, headers: dict[bytes, bytes], device: int
    ) -> None:
        """Write the fields of a device from a form of its page: only in a session, with the token of that session."""

        def header(name: bytes) -> str:
            return headers.get(name, b"").decode("latin-1")

        session = self._session(headers)
        if not session:
            await response.page(401, "Authentication required", "log in, and load the page of the device again")
            return
        if not is_same_origin(header(b"origin"), header(b"host"), header(b"sec-fetch-site")):
            await response.page(
                403,
                "Not saved",
                "the request does not come from a page of this server; a proxy must pass on the header Host",
            )
            return
        if header(b"content-type").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            await response.page(415, "Not saved", "the request is not a form")
            return
        body = await _body(receive, edit.BODY)
        if body is None:
            await response.page(413, "Not saved", "the form is too large")
            return
        form = _form(body)
        if not self.config.access.accepts_form(form.get("token", [""])[0], session):
            await response.page(403, "Not saved", "the form is of another session; load the page of the device again")
            return
        client = scope.get("client") or ("unknown address",)
        try:
            await edit.save(self.config, device, form, str(client[0]))
        except InventoryError as error:
            await response.page(503, "Not saved", str(error))
        except UsageError as error:
            await response.page(400, "Not saved", str(error))
        else:
            await response.redirect(self.config.path(f"devices/{device}#fields"))

    async def _challenge(self, scope: Scope, response: _Response, headers: dict[bytes, bytes], path: str) -> None:
        """Redirect a browser to the login page; respond to a program with 401."""
        if b"text/html" in headers.get(b"accept", b""):
            target = urlencode({"next": path + _query(scope)})
            await response.redirect(self.config.path("login") + "?" + target)
        else:
            await self._unauthorized(response, "a password or token is required: Authorization: Bearer TOKEN")

    async def _refuse(self, response: _Response, reason: str) -> None:
        if await self._penalty():
            await self._unauthorized(response, reason)
        else:
            await response.page(429, "Too many wrong passwords", "try again in a minute", [(b"retry-after", b"60")])

    async def _penalty(self) -> bool:
        """Delay the response to a wrong secret; False when too many are delayed."""
        if self._waiting >= DELAYED:
            return False
        self._waiting += 1
        try:
            await asyncio.sleep(self.penalty)
        finally:
            self._waiting -= 1
        return True

    async def _unauthorized(self, response: _Response, reason: str) -> None:
        challenge = (b"www-authenticate", b'Bearer realm="phonescan", Basic realm="phonescan", charset="UTF-8"')
        await response.page(401, "Authentication required", reason, [challenge])

    async def _show_login(self, scope: Scope, response: _Response, status: int = 200, wrong: str = "") -> None:
        if not self.config.access.closed:
            await response.redirect(self.config.path())
            return
        query = _form(scope.get("query_string", b""))
        values = {"wrong": wrong, "target": query.get("next", [""])[0]}
        await response.html(status, render.page("login.html", self.config, title="Log in", **values))

    async def _login(self, scope: Scope, receive: Receive, response: _Response) -> None:
        form = _form(await _body(receive, BODY) or b"")
        target = form.get("next", [""])[0]
        if not self.config.access.accepts_secret(form.get("password", [""])[0]):
            if not await self._penalty():
                await self._show_login(scope, response, 429, "Too many wrong passwords; try again in a minute.")
            else:
                await self._show_login(
                    {**scope, "query_string": urlencode({"next": target}).encode()},
                    response,
                    401,
                    "Wrong password or token.",
                )
            return
        cookie = self._cookie(scope, self.config.access.issue(self.config.now()), None)
        await response.redirect(self._below(target), [(b"set-cookie", cookie)])

    async def _logout(self, response: _Response) -> None:
        await response.redirect(self.config.path("login"), [(b"set-cookie", self._cookie({}, "", 0))])

    def _below(self, target: str) -> str:
        """The path after a login, always below the base path; the overview for one that is too long."""
        plain = all(" " < char < "\x7f" and char not in "\\" for char in target)
        if (
            not plain
            or len(target) > LONGEST
            or target.startswith(("/", ".", "login", "logout"))
            or ":" in target.partition("?")[0]
        ):
            return self.config.path()
        return self.config.path(target)

    def _cookie(self, scope: Scope, value: str, age: int | None) -> bytes:
        secure = scope.get("scheme") == "https"
        lasting = f"; Max-Age={age}" if age is not None else ""
        end = "; Secure" if secure else ""
        return f"{COOKIE}={value}; Path={self.config.base_path}; HttpOnly; SameSite=Lax{lasting}{end}".encode()


class _Response:
    """The response: with our headers, without a body for HEAD, CSV without formulas."""

    def __init__(self, send: Send, *, head: bool) -> None:
        self._send, self._head = send, head
        self.rewriter: CsvRewriter | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
            kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
            if not kind.startswith((b"text/csv", b"text/plain")):
                self.rewriter = None
            if self.rewriter:
                headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
            message = {**message, "headers": secured(headers)}
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
        await self.send({"type": "http.response.start", "status": status, "headers": own})
        await self.send({"type": "http.response.body", "body": data})

    async def page(self, status: int, title: str, reason: str, headers: Headers | None = None) -> None:
        """Send a short page with the reason of a refusal."""
        await self.html(status, render.bare(title, reason), headers)

    async def redirect(self, to: str, headers: Headers | None = None) -> None:
        await self.html(303, "", [(b"location", to.encode("ascii", "ignore")), *(headers or [])])


def _cookies(headers: dict[bytes, bytes]) -> list[str]:
    """The values of our cookie: a browser sends that of each path (RFC 6265, section 5.4), and those of other programs.

    The cookies of others need not follow the grammar.
    """
    pairs = (pair.partition("=") for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"))
    return [value.strip() for name, _, value in pairs if name.strip() == COOKIE]


def _query(scope: Scope) -> str:
    """The query string of a request with its question mark; empty where there is none."""
    query = scope.get("query_string", b"").decode("latin-1")
    return f"?{query}" if query else ""


def _form(body: bytes) -> dict[str, list[str]]:
    """The values of a form, or of a query string; empty where it has too many."""
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=20, keep_blank_values=True, errors="replace")
    except ValueError:
        return {}


async def _body(receive: Receive, limit: int) -> bytes | None:
    """The whole body of a request; None when it has more than `limit` bytes."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            return None
    return body
