"""The access middleware before every route: checks host, origin, method and credentials, and sets response headers.

It is the outermost ASGI layer, so that no request without access reaches a route. The routes and the permissions of
Datasette check the actor that it sets again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, unquote

from scanner.core import shortage
from scanner.core.errors import InventoryError, UsageError
from scanner.core.text import shown
from scanner.web import login, render
from scanner.web.access import is_foreign, is_same_origin
from scanner.web.config import DATABASE, WebConfig
from scanner.web.csv_cells import CsvRewriter
from scanner.web.database import IncompleteFileError, whole
from scanner.web.login import TooManyGuessesError
from scanner.web.pages import edit
from scanner.web.request import Scope, WebRequest, form_values, read
from scanner.web.response import ClientDisconnectedError, Receive, SecuredResponse, Send

_log = logging.getLogger(__name__)
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: The actor of a request that has access.
READER = {"id": "reader"}
#: The path to which the form of a device is sent.
_EDIT = re.compile(r"devices/([0-9]{1,18})/fields")
#: The paths of Datasette's CSV files: of tables, rows and SQL queries.
_CSV = re.compile(rf"{DATABASE}(?:/.*)?\.csv")
_OPEN = ("assets/style.css", "login")
#: Results of statements of readers that are held at the same time, from the request to the last octet of the response.
STATEMENTS = 3
#: The parameters of Datasette that contain SQL.
_STATEMENT = frozenset({"sql", "_where"})


async def _cut(scope: Scope) -> None:
    """Close the connection of a request within its response, so that its client does not take a part for the whole."""
    scope.get("state", {}).get("abort", lambda: None)()
    await asyncio.sleep(0)  # the server learns of it before the application returns


class AccessMiddleware:
    """An ASGI application that wraps another one."""

    def __init__(self, app: App, config: WebConfig) -> None:
        self.app, self.config = app, config
        self._statements = asyncio.Semaphore(STATEMENTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or respond to it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            self.config.renew()
            request = read(scope, receive, self.config)
            # always: a request that is sent ahead inherits the context of the one before it
            render.form_token.set(self.config.access.form_token(request.session) if request.session else "")
            closed = scope.get("state", {}).get("closed", lambda: False)
            response = SecuredResponse(send, head=request.method == "HEAD", secure=request.secure, closed=closed)
            whole.set(False)
            try:
                await self._request(request, response)
            except ClientDisconnectedError:
                await asyncio.sleep(0)  # the server learns of it before the application returns
            except IncompleteFileError as error:
                if not response.started:
                    await response.page(error.status, "The file cannot be written", str(error))
                else:
                    _log.error("%s is cut short: %s", shown(str(scope["path"])), shown(str(error)))
                    await _cut(scope)
            except asyncio.CancelledError:  # the server ends
                await _cut(scope)
            except TooManyGuessesError as error:
                await response.page(429, "Too many wrong passwords", str(error), error.headers)
            except Exception as error:
                if response.started:
                    raise
                if short := shortage.sentence(error):
                    _log.error("%s %s: %s", request.method, shown(str(scope["path"])), short)
                    await response.page(503, "The machine is short of resources", short)
                    return
                _log.exception("%s %s", request.method, shown(str(scope["path"])))
                await response.page(500, "Internal error", "The log of phonescan serve has the details.")
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _request(self, request: WebRequest, response: SecuredResponse) -> None:
        path, config = request.path, self.config
        if not config.access.accepts_host(request.header(b"host")):
            reason = "phonescan serve does not accept this host name; add it with --allow-host NAME"
            await response.page(421, "Host name not accepted", reason)
        elif path is None:
            await response.page(400, "Invalid address", "its path is not valid")
        elif request.method == "POST" and (handler := self._form(path)):
            if is_foreign(request.header(b"origin"), request.header(b"host"), request.header(b"sec-fetch-site")):
                reason = "the request does not come from a page of this server; a proxy must pass on the header Host"
                await response.page(403, "Request refused", reason)
            else:
                await handler(request, response)
        elif request.method not in ("GET", "HEAD"):
            await response.page(405, "Method not allowed", "these pages are read-only", [(b"allow", b"GET, HEAD")])
        elif path == "login":
            await login.show(config, request, response)
        else:
            await self._authorize(request, response, path)

    def _form(self, path: str) -> Callable[[WebRequest, SecuredResponse], Awaitable[None]] | None:
        """The handler of a form that is sent to a path, None where there is none."""
        if path == "login":
            return lambda request, response: login.log_in(self.config, request, response)
        if path == "logout":
            return lambda request, response: login.log_out(self.config, request, response)
        if self.config.edit and (found := _EDIT.fullmatch(path)):
            return lambda request, response: self._edit(request, response, int(found[1]))
        return None

    async def _authorize(self, request: WebRequest, response: SecuredResponse, path: str) -> None:
        scope, given = request.scope, b"authorization" in request.headers
        if not self._has_access(request):
            if given:
                await login.unauthorized(response, "the password or token is wrong")
                return
            if path not in _OPEN:
                await login.challenge(self.config, request, response)
                return
        elif path.startswith("-/"):
            await response.page(404, "Page not found", "Datasette's pages about itself are not served")
            return
        elif path.endswith("/"):
            await response.redirect(self.config.path(path.rstrip("/")) + request.query)
            return
        else:
            scope = {**scope, "phonescan_actor": READER}
        if _CSV.fullmatch(path):
            response.rewriter = CsvRewriter()
            whole.set(True)
        # without cookies: Datasette needs none, and fails at those of other programs that are not UTF-8
        kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]
        # without the base path: Datasette puts it before the path of the request in its links
        plain = {"path": unquote(f"/{path}"), "raw_path": f"/{path}".encode()}
        passed = {**scope, **plain, "method": "GET", "headers": kept}
        if _STATEMENT & parse_qs(request.query.removeprefix("?"), keep_blank_values=True).keys():
            async with self._statements:
                await self.app(passed, request.receive, response.send)
        else:
            await self.app(passed, request.receive, response.send)

    def _has_access(self, request: WebRequest) -> bool:
        """Whether a request has access: no password is required, it is of a session, or it contains the password.

        Raises TooManyGuessesError.
        """
        access = self.config.access
        if not access.closed or request.session:
            return True
        if b"authorization" not in request.headers:
            return False
        return login.compare(self.config, request, lambda: access.authorizes(request.headers[b"authorization"]))

    async def _edit(self, request: WebRequest, response: SecuredResponse, device: int) -> None:
        """Write the fields of a device from a form of its page: only in a session, with the token of that session."""
        header = request.header
        if not request.session:
            await response.page(401, "Authentication required", "log in, and load the page of the device again")
            return
        if not is_same_origin(header(b"origin"), header(b"host"), header(b"sec-fetch-site")):
            reason = "the request does not come from a page of this server; a proxy must pass on the header Host"
            await response.page(403, "Not saved", reason)
            return
        if header(b"content-type").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            await response.page(415, "Not saved", "the request is not a form")
            return
        body = await request.body(edit.BODY)
        if body is None:
            await response.page(413, "Not saved", "the form is too large")
            return
        form = form_values(body)
        if not self.config.access.accepts_form(form.get("token", [""])[0], request.session):
            await response.page(403, "Not saved", "the form is of another session; load the page of the device again")
            return
        try:
            await edit.save(self.config, device, form, request.address)
        except InventoryError as error:
            await response.page(503, "Not saved", str(error))
        except UsageError as error:
            await response.page(400, "Not saved", str(error))
        else:
            await response.redirect(self.config.path(f"devices/{device}#fields"))
