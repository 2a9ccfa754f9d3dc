"""Our pages as a Datasette plugin: routes, who is asking, what is forbidden, how errors look, how cells are shown.

The plugin is registered once for the process and asks of every Datasette whether it is one of ours.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from datasette import Forbidden, NotFound, Response, hookimpl
from datasette.plugins import pm
from datasette.utils.asgi import Base400

from scanner.core.errors import InventoryError, PhonescanError
from scanner.core.text import shown
from scanner.web import device as one_device
from scanner.web import downloads, lists, overview, render
from scanner.web.face import DATABASE, Face
from scanner.web.gate import READER, Gate

NAME = "phonescan"
_log = logging.getLogger(__name__)
_faces: WeakKeyDictionary[Any, Face] = WeakKeyDictionary()
H = TypeVar("H", bound=Callable[..., Any])
Page = Callable[[Face, Any], Awaitable[Any]]

_ALLOWED = ("view-instance", "view-database", "view-table", "view-query", "execute-sql")

#: Our pages: what their path matches, and who answers.
ROUTES: tuple[tuple[str, Page], ...] = (
    (r"^/$", overview.overview),
    (r"^/devices$", lists.devices),
    (r"^/devices\.(?P<format>csv|json)$", downloads.devices),
    (r"^/devices/(?P<device>\d{1,18})$", one_device.device),
    (r"^/noncompliant\.(?P<format>csv|json)$", downloads.noncompliant),
    (r"^/firmware$", lists.firmware),
    (r"^/firmware\.(?P<format>csv|json)$", downloads.firmware),
    (r"^/changes$", lists.changes),
    (r"^/scans$", lists.scans),
    (r"^/scans/(?P<scan>\d{1,18})$", lists.scan),
    (r"^/catalogs$", lists.catalogs),
    (r"^/catalogs/(?P<name>[^/]{1,300})$", lists.catalog),
    (r"^/metrics$", downloads.metrics),
)


def attach(datasette: Any, face: Face) -> None:
    """Make a Datasette show a face."""
    _faces[datasette] = face
    if not pm.has_plugin(NAME):
        pm.register(sys.modules[__name__], name=NAME)


def _hook(*, first: bool = False, last: bool = False, wrapper: bool = False) -> Callable[[H], H]:
    """Datasette's mark of a hook, with its type."""
    mark: Callable[[H], H] = hookimpl(tryfirst=first, trylast=last, hookwrapper=wrapper)
    return mark


@_hook()
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """Our routes, before Datasette's."""
    face = _faces.get(datasette)
    if face is None:
        return []
    return [(path, _route(face, page)) for path, page in ROUTES] + [(r"^/assets/style\.css$", _style)]


@_hook(last=True)
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """The gate around everything."""
    face = _faces.get(datasette)
    return (lambda app: app) if face is None else (lambda app: Gate(app, face))


@_hook(first=True)
def actor_from_request(datasette: Any, request: Any) -> dict[str, str] | None:
    """Whom the gate let in."""
    return request.scope.get("phonescan_actor") if datasette in _faces else None


@_hook(first=True)
def permission_allowed(datasette: Any, actor: Any, action: str, resource: Any) -> bool | None:
    """Readers see the inventory; nobody else sees anything, whatever another plugin thinks."""
    face = _faces.get(datasette)
    if face is None:
        return None
    if actor != READER or action not in _ALLOWED:
        return False
    database = resource[0] if isinstance(resource, tuple) else resource
    if database not in (None, DATABASE):
        return False
    return face.sql if action == "execute-sql" else True


@_hook(wrapper=True)
def handle_exception(datasette: Any, request: Any, exception: BaseException) -> Generator[None, Any, None]:
    """Our page for an error in place of all others; Datasette's prints the program's variables on the terminal."""
    outcome = yield
    if (face := _faces.get(datasette)) is not None:
        outcome.force_result([_failure(face, request, exception)])


@_hook(first=True)
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """Our page for what is forbidden."""
    face = _faces.get(datasette)
    return None if face is None else _failure(face, request, Forbidden(message))


@_hook(first=True)
def render_cell(datasette: Any, value: Any) -> str | None:
    """Texts from the network as text: no link made of them, nothing in them that turns the line around."""
    if datasette not in _faces or not isinstance(value, str):
        return None
    text = shown(value)
    return text if text != value or "://" in value else None


@_hook()
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """Our pages in the menu of Datasette's."""
    face = _faces.get(datasette)
    return [] if face is None else [{"href": face.path(path), "label": word} for path, word in render.MENU]


def _route(face: Face, page: Page) -> Callable[[Any], Awaitable[Any]]:
    async def view(request: Any) -> Any:
        # the gate has checked this; Datasette's `allow` does not reach the routes of plugins, so they look themselves
        if request.actor != READER:
            raise Forbidden("this page is for readers")
        return await page(face, request)

    return view


async def _style(request: Any) -> Any:
    headers = {"cache-control": "public, max-age=86400"}
    return Response(render.style(), content_type="text/css; charset=utf-8", headers=headers)


def _failure(face: Face, request: Any, exception: BaseException) -> Any:
    """A short page, or JSON where that was asked for. What went wrong inside goes to the log alone."""
    status, title, reason = _said(exception)
    if status >= 500:
        _log.error("%s: %s", request.path, exception, exc_info=status == 500)
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "status": status, "error": reason}, status=status)
    if request.actor != READER:
        return Response.html(render.bare(title, reason), status=status)
    return Response.html(render.page("failure.html", face, title=title, reason=reason), status=status)


def _said(exception: BaseException) -> tuple[int, str, str]:
    match exception:
        case NotFound():
            return (
                404,
                "There is no such page",
                "The address names nothing here; the menu leads to all there is.",
            )
        case Forbidden():
            return 403, "Not for you", "This page is for readers who have logged in, or is switched off."
        case InventoryError():
            return 503, "The inventory cannot be read", str(exception)
        case PhonescanError():
            return 400, "That does not work", str(exception)
        case Base400():
            return getattr(exception, "status", 400), "That does not work", str(exception)
    status = getattr(exception, "status", 500)
    if isinstance(status, int) and 400 <= status < 500:  # Datasette's own: a column that is none, a bad filter
        return status, "That does not work", str(getattr(exception, "message", "") or "The request is not understood.")
    return 500, "Something went wrong", "It is in the log of phonescan serve."
