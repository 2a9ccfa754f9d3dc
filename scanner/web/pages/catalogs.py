"""The pages about catalogs: their list, and the rows of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette import NotFound, Response

from scanner.web import render
from scanner.web.config import WebConfig

if TYPE_CHECKING:
    from scanner.inventory import Inventory

#: Rows of one catalog; Datasette shows all.
ROWS = 3000


async def all_catalogs(config: WebConfig, request: Any) -> Any:
    """`/catalogs`: the catalogs in force, with source, date and age."""

    def query(inventory: Inventory) -> tuple[list[Any], dict[str, int]]:
        from scanner.app.reporting import catalog_infos

        entries = {catalog.name: len(catalog.entries) for catalog in config.session.catalogs(inventory)}
        return catalog_infos(config.session, inventory), entries

    infos, entries = await config.reader.read(query, key="catalogs")
    page = render.page("catalogs.html", config, title="Catalogs", here="catalogs", catalogs=infos, entries=entries)
    return Response.html(page)


async def one_catalog(config: WebConfig, request: Any) -> Any:
    """`/catalogs/NAME`: the rows of one catalog, with the number of devices of each model."""
    name = unquote(request.url_vars["name"])

    def query(inventory: Inventory) -> dict[str, Any] | None:
        found = next((each for each in config.session.catalogs(inventory) if each.name == name), None)
        if found is None:
            return None
        counted = _by_model(inventory)
        names = config.session.fingerprints()
        rows = []
        for entry in found.entries[:ROWS]:
            maker, model = names.canonical(entry.manufacturer, entry.model)
            rows.append((entry, maker, model, counted.get((maker, model), 0)))
        return {"catalog": found, "rows": rows, "more": len(found.entries) > len(rows)}

    values = await config.reader.read(query, key=("catalog", name))
    if values is None:
        raise NotFound("unknown catalog")
    return Response.html(render.page("catalog.html", config, title=values["catalog"].title, here="catalogs", **values))


def _by_model(inventory: Inventory) -> dict[tuple[str | None, str | None], int]:
    from scanner.inventory import queries

    counted: dict[tuple[str | None, str | None], int] = {}
    for row in queries.firmware_rows(inventory):
        key = (row["manufacturer"], row["model"])
        counted[key] = counted.get(key, 0) + row["devices"]
    return counted
