"""Login and logout: the page, the password, and the session that begins and ends.

A wrong password counts (`guesses`); while an address, or all together, has had too many, none is compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from urllib.parse import urlencode

from scanner.core.errors import PhonescanError
from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.headers import Headers
from scanner.web.request import WebRequest, form_values
from scanner.web.response import SecuredResponse
from scanner.web.sessions import cookie

#: Largest body of a login or logout in bytes, and longest path after it.
BODY, LONGEST = 16_384, 2000
#: The parameter of the login page that our own page has loaded.
AGAIN = "again"


class TooManyGuessesError(PhonescanError):
    """A password that is not compared, because of the wrong ones before it; `seconds` is the time until the next is."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"too many wrong passwords; try again in {_duration(self.seconds)}")

    @property
    def headers(self) -> Headers:
        """The header that states the time (RFC 9110, section 10.2.3)."""
        return [(b"retry-after", str(self.seconds).encode())]


def _duration(seconds: int) -> str:
    if seconds > 120:
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{seconds} seconds" if seconds > 1 else "1 second"


def compare(config: WebConfig, request: WebRequest, accepts: Callable[[], bool]) -> bool:
    """Whether a password is right, by `accepts`. Raises TooManyGuessesError where it must not be compared."""
    now = config.now()
    if wait := config.guesses.wait(request.address, now):
        raise TooManyGuessesError(wait)
    if accepts():
        config.guesses.right(request.address)
        return True
    config.guesses.wrong(request.address, now)
    return False


async def show(
    config: WebConfig, request: WebRequest, response: SecuredResponse, *, status: int = 200, wrong: str = "",
    target: str | None = None, headers: Headers | None = None,
) -> None:  # fmt: skip
    """The login page, with the reason why a login failed; a browser with a session is redirected."""
    query = form_values(request.scope.get("query_string", b""))
    if target is None:
        target = query.get("next", [""])[0]
    foreign = request.method != "POST" and request.header(b"sec-fetch-site") in ("cross-site", "same-site")
    if not config.access.closed or request.session:
        await response.redirect(below(config, target) if request.session else config.path())
    elif foreign and AGAIN not in query:
        # a link of another site, such as one in a mail: the browser sends the cookie to what our own page loads
        onward = config.path("login") + "?" + urlencode({"next": target[:LONGEST], AGAIN: "1"})
        await response.html(200, render.bare("Log in", "The page loads.", onward=onward))
    else:
        page = render.page("login.html", config, title="Log in", wrong=wrong, target=target)
        await response.html(status, page, headers)


async def log_in(config: WebConfig, request: WebRequest, response: SecuredResponse) -> None:
    """Begin a session for the right password; the one that the browser has ends."""
    form = form_values(await request.body(BODY) or b"")
    target = form.get("next", [""])[0]
    request_without_session = request if not request.session else _without_session(request)
    try:
        right = compare(config, request, lambda: config.access.accepts_secret(form.get("password", [""])[0]))
    except TooManyGuessesError as error:
        await show(
            config, request_without_session, response, status=429, wrong=f"{str(error).capitalize()}.", target=target,
            headers=error.headers,
        )  # fmt: skip
        return
    if not right:
        await show(
            config, request_without_session, response, status=401, wrong="Wrong password or token.", target=target
        )
        return
    config.sessions.end(request.session)
    value = cookie(config.sessions.begin(config.now()), secure=request.secure, path=config.base_path)
    await response.redirect(below(config, target), [(b"set-cookie", value)])


async def log_out(config: WebConfig, request: WebRequest, response: SecuredResponse) -> None:
    """End the session, on this server and in the browser."""
    token = form_values(await request.body(BODY) or b"").get("token", [None])[0]
    if request.session and token is not None and not config.access.accepts_form(token, request.session):
        await response.page(403, "Not logged out", "the form is of another session; load the page again")
        return
    config.sessions.end(request.session)
    deleted = cookie("", secure=request.secure, path=config.base_path)
    await response.redirect(config.path("login"), [(b"set-cookie", deleted)])


async def challenge(config: WebConfig, request: WebRequest, response: SecuredResponse) -> None:
    """Redirect a browser to the login page; respond to a program with 401."""
    if "text/html" in request.header(b"accept"):
        target = urlencode({"next": f"{request.path}{request.query}"})
        await response.redirect(config.path("login") + "?" + target)
    else:
        await unauthorized(response, "a password or token is required: Authorization: Bearer TOKEN")


async def unauthorized(response: SecuredResponse, reason: str) -> None:
    """The response to a request without the password."""
    header = (b"www-authenticate", b'Bearer realm="phonescan", Basic realm="phonescan", charset="UTF-8"')
    await response.page(401, "Authentication required", reason, [header])


def below(config: WebConfig, target: str) -> str:
    """The path after a login, always below the base path; the overview for one that is too long."""
    plain = all(" " < char < "\x7f" and char not in "\\" for char in target)
    if (
        not plain
        or len(target) > LONGEST
        or target.startswith(("/", ".", "login", "logout"))
        or ":" in target.partition("?")[0]
    ):
        return config.path()
    return config.path(target)


def _without_session(request: WebRequest) -> WebRequest:
    from dataclasses import replace

    return replace(request, session="")
