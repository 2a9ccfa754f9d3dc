"""The web application: Datasette on the inventory with the pages of this package as a plugin."""

from __future__ import annotations

from typing import Any

from scanner.core.errors import UsageError
from scanner.web.config import DATABASE, WebConfig

#: Datasette's settings. Its SQL page is an option; what a statement may use is limited by `inventory.db.adhoc`.
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


def application(config: WebConfig) -> Any:
    """The ASGI application."""
    return datasette(config).app()


def datasette(config: WebConfig) -> Any:
    """Datasette with the inventory and our pages. Raises UsageError when it is not installed."""
    try:
        from datasette.app import Datasette
    except ModuleNotFoundError:
        raise UsageError("the web pages need Datasette; install it with: pip install 'phonescan[web]'") from None

    from scanner.web import metadata, plugin, render
    from scanner.web.database import LimitedDatabase

    served = Datasette(
        [],
        memory=False,
        metadata=metadata.metadata(),
        template_dir=str(render.DATASETTE_TEMPLATES),
        settings={**_SETTINGS, "base_url": config.base_path, "default_allow_sql": config.sql},
    )
    for name in [name for name in served.databases if name != "_internal"]:
        served.remove_database(name)
    served.add_database(LimitedDatabase(served, str(config.session.db), config.reader.adhoc), name=DATABASE)
    plugin.attach(served, config)
    return served
