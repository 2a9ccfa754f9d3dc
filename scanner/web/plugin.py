"""The Datasette plugin: routes of our pages, permissions, error pages and rendering of cells.

It is registered once a process and applies to the Datasette instances that `attach` registered.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from datasette import Forbidden, NotFound, Response, hookimpl
from datasette.database import QueryInterrupted
from datasette.plugins import pm
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError

from scanner.core import shortage
from scanner.core.errors import InventoryError, PhonescanError
from scanner.core.text import shown
from scanner.inventory.db.adhoc import StatementError
from scanner.inventory.db.connect import QueryTimeoutError
from scanner.web import render
from scanner.web.config import DATABASE, WebConfig
from scanner.web.middleware import READER, AccessMiddleware
from scanner.web.pages import catalogs, changes, device, devices, downloads, firmware, overview, scans, switches
from scanner.web.reader import DownloadError

NAME = "phonescan"
_log = logging.getLogger(__name__)
_configs: WeakKeyDictionary[Any, WebConfig] = WeakKeyDictionary()
H = TypeVar("H", bound=Callable[..., Any])
Page = Callable[[WebConfig, Any], Awaitable[Any]]

#: SQLite's errors about a statement that Datasette made of a request, such as one with a NUL.
_OF_STATEMENTS = ("ProgrammingError", "InterfaceError", "DataError")
_ALLOWED = ("view-instance", "view-database", "view-table", "view-query", "execute-sql")

#: Our pages: pattern of the path, and handler.
ROUTES: tuple[tuple[str, Page], ...] = (
    (r"^/$", overview.page),
    (r"^/devices$", devices.page),
    (r"^/devices" + downloads.FORMAT, downloads.report("inventory", "devices")),
    (r"^/devices/(?P<device>\d{1,18})$", device.page),
    (r"^/devices/(?P<device>\d{1,18})\.json$", device.as_json),
    (r"^/noncompliant" + downloads.FORMAT, downloads.report("noncompliant")),
    (r"^/conflicts" + downloads.FORMAT, downloads.report("conflicts")),
    (r"^/firmware$", firmware.page),
    (r"^/firmware" + downloads.FORMAT, downloads.report("firmware")),
    (r"^/switches$", switches.all_switches),
    (r"^/switches/ports$", switches.ports),
    (r"^/switches/unknown$", switches.unknown),
    (r"^/changes$", changes.page),
    (r"^/scans$", scans.all_scans),
    (r"^/scans/(?P<scan>\d{1,18})$", scans.one_scan),
    (r"^/catalogs$", catalogs.all_catalogs),
    (r"^/catalogs/(?P<name>[^/]{1,300})$", catalogs.one_catalog),
    (r"^/metrics$", downloads.metrics),
)


def attach(datasette: Any, config: WebConfig) -> None:
    """Make a Datasette instance serve our pages."""
    _configs[datasette] = config
    if not pm.has_plugin(NAME):
        pm.register(sys.modules[__name__], name=NAME)


def _hook(*, first: bool = False, last: bool = False, wrapper: bool = False) -> Callable[[H], H]:
    """Datasette's decorator of hooks, typed."""
    mark: Callable[[H], H] = hookimpl(tryfirst=first, trylast=last, hookwrapper=wrapper)
    return mark


@_hook()
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """Our routes, before Datasette's."""
    config = _configs.get(datasette)
    if config is None:
        return []
    return [(path, _route(config, page)) for path, page in ROUTES] + [(r"^/assets/style\.css$", _style)]


@_hook(last=True)
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """The access middleware around all routes."""
    config = _configs.get(datasette)
    return (lambda app: app) if config is None else (lambda app: AccessMiddleware(app, config))


@_hook(first=True)
def actor_from_request(datasette: Any, request: Any) -> dict[str, str] | None:
    """The actor that the access middleware set."""
    return request.scope.get("phonescan_actor") if datasette in _configs else None


@_hook(first=True)
def permission_allowed(datasette: Any, actor: Any, action: str, resource: Any) -> bool | None:
    """Readers may view the inventory; all else is denied, whatever another plugin permits."""
    config = _configs.get(datasette)
    if config is None:
        return None
    if actor != READER or action not in _ALLOWED:
        return False
    database = resource[0] if isinstance(resource, tuple) else resource
    if database not in (None, DATABASE):
        return False
    return config.sql if action == "execute-sql" else True


@_hook(wrapper=True)
def handle_exception(datasette: Any, request: Any, exception: BaseException) -> Generator[None, Any, None]:
    """Our page for every error; Datasette's handler would print the variables of the program on the terminal."""
    outcome = yield
    if (config := _configs.get(datasette)) is not None:
        outcome.force_result([_failure(config, request, exception)])


@_hook(first=True)
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """Our page for what is forbidden."""
    config = _configs.get(datasette)
    return None if config is None else _failure(config, request, Forbidden(message))


@_hook(first=True)
def render_cell(datasette: Any, value: Any) -> str | None:
    """Values from the network as text: no links, no bidi marks."""
    if datasette not in _configs or not isinstance(value, str):
        return None
    text = shown(value)
    return text if text != value or "://" in value else None


@_hook()
def extra_template_vars(datasette: Any) -> dict[str, Any]:
    """What the templates of Datasette's pages take from ours."""
    config = _configs.get(datasette)
    return {} if config is None else {"own": render.frame(config)}


def _route(config: WebConfig, page: Page) -> Callable[[Any], Awaitable[Any]]:
    async def view(request: Any) -> Any:
        # the middleware has checked this; Datasette's `allow` does not apply to the routes of plugins
        if request.actor != READER:
            raise Forbidden("this page requires a login")
        return await page(config, request)

    return view


async def _style(request: Any) -> Any:
    headers = {"cache-control": "public, max-age=86400"}
    return Response(render.style(), content_type="text/css; charset=utf-8", headers=headers)


def _failure(config: WebConfig, request: Any, exception: BaseException) -> Any:
    """An error page, or JSON for a `.json` path; details of internal errors go to the log alone."""
    status, title, reason = _error(exception, of_datasette=request.path.startswith(f"/{DATABASE}"))
    if status >= 500:
        text = reason if shortage.sentence(exception) else str(exception)
        _log.error("%s: %s", shown(request.path), shown(text), exc_info=status == 500)
    else:
        _log.debug("%s: %s", shown(request.path), shown(repr(exception)))
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "status": status, "error": reason}, status=status)
    if request.actor != READER:
        return Response.html(render.bare(title, reason), status=status)
    return Response.html(render.page("failure.html", config, title=title, reason=reason), status=status)


def _error(exception: BaseException, *, of_datasette: bool) -> tuple[int, str, str]:
    """Status, title and reason of an error. Datasette raises many kinds of them for a parameter that is not valid."""
    if short := shortage.sentence(exception):
        return 503, "The machine is short of resources", short
    match exception:
        case NotFound():
            return 404, "Page not found", "The menu lists all pages."
        case Forbidden():
            return 403, "No access", "This page requires a login, or is switched off."
        case QueryInterrupted() | QueryTimeoutError() | DatasetteError(title="SQL Interrupted"):
            return 400, "The query took too long", "The query took too long; add filters, or sort by another column."
        case InventoryError():
            return 503, "The inventory cannot be read", str(exception)
        case DownloadError():
            return 507, "The file cannot be written", str(exception)
        case PhonescanError() | StatementError():
            return 400, "Invalid request", str(exception)
        case DatasetteError():  # an unknown column, an invalid filter; its status is 500 where none is given
            return 400, "Invalid request", str(exception.message)
        case Base400():
            return getattr(exception, "status", 400), "Invalid request", str(exception)
        case ValueError() | LookupError() | TypeError() | AssertionError() | OverflowError() if of_datasette:
            return 400, "Invalid request", "A parameter of the address is not valid."
        case _ if of_datasette and type(exception).__name__ in _OF_STATEMENTS:
            return 400, "Invalid request", "A parameter of the address is not valid."
    return 500, "Internal error", "The log of phonescan serve has the details."
