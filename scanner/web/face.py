"""The face as a value, and the application that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scanner.core.errors import UsageError
from scanner.web.access import Access

if TYPE_CHECKING:
    from scanner.cli.shared.frame import Session
    from scanner.web.ask import Desk

#: The name under which Datasette shows the inventory: `data/inventory`, `data/scans.csv`, …
DATABASE = "data"
#: Datasette's settings. Its own SQL page is for those who ask for it: a statement may eat memory without limit.
_SETTINGS: dict[str, Any] = {
    "allow_download": False,
    "allow_csv_stream": True,
    "max_csv_mb": 0,
    "suggest_facets": False,
    "default_cache_ttl": 0,
    "num_sql_threads": 2,
    "sql_time_limit_ms": 5000,
    "truncate_cells_html": 400,
}


@dataclass(frozen=True, slots=True)
class Face:
    """What is shown and to whom. `session` names inventory and settings; `base_path` begins and ends with a slash.

    `sql` lets readers run their own SELECTs through Datasette. `now` gives seconds since 1970, for logins.
    """

    session: Session
    access: Access
    now: Callable[[], int]
    base_path: str = "/"
    sql: bool = False
    desk: Desk = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from scanner.web.ask import Desk

        object.__setattr__(self, "desk", Desk(self.session))

    def path(self, rest: str = "") -> str:
        """A path below the base path, as a link on our pages."""
        return self.base_path + rest.lstrip("/")


def base_path(text: str) -> str:
    """`--base-path` with its slashes. Raises UsageError for what is no path."""
    path = "/" + text.strip().strip("/") + "/" if text.strip("/ ") else "/"
    plain = path.replace("/", "").replace("-", "").replace("_", "").replace(".", "").replace("~", "")
    if not (path.isascii() and (plain.isalnum() or not plain)) or "//" in path or "/." in path:
        raise UsageError(f"--base-path {text!r} is no path; write it as /phonescan/")
    return path


def application(face: Face) -> Any:
    """The ASGI application: `datasette(face).app()`."""
    return datasette(face).app()


def datasette(face: Face) -> Any:
    """Datasette with the inventory and our pages. Raises UsageError when it is not installed."""
    try:
        from datasette.app import Datasette
        from datasette.database import Database
    except ModuleNotFoundError:
        raise UsageError("the web pages need Datasette; install it with: pip install 'phonescan[web]'") from None

    from scanner.web import metadata, plugin

    served = Datasette(
        [],
        memory=False,
        metadata=metadata.metadata(),
        settings={**_SETTINGS, "base_url": face.base_path, "default_allow_sql": face.sql},
    )
    for name in [name for name in served.databases if name != "_internal"]:
        served.remove_database(name)
    # mutable: another program writes while we read, and an immutable connection would see stale or torn pages
    served.add_database(Database(served, path=str(face.session.db), is_mutable=True), name=DATABASE)
    plugin.attach(served, face)
    return served
