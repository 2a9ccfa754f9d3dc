"""The pages about scans: their list, and one scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import NotFound, Response

from scanner.core.errors import UsageError
from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.list_query import link, page_number, pager

if TYPE_CHECKING:
    from scanner.inventory import Inventory

#: Scans, changes and addresses of one page.
SCANS, ROWS = 50, 100


async def all_scans(config: WebConfig, request: Any) -> Any:
    """`/scans`: every scan, the newest first, in pages."""
    wanted = page_number(request.args.get("page") or "")

    def query(inventory: Inventory) -> dict[str, Any]:
        from scanner.inventory import queries

        count = queries.scan_count(inventory)
        pages = max(1, -(-count // SCANS))
        page = min(wanted, pages)
        found = queries.scans(inventory, SCANS, (page - 1) * SCANS)
        return {
            "scans": found,
            "count": count,
            "health": queries.health_of_scans(inventory, found),
            "pager": pager(page, pages, lambda number: f"scans?page={number}"),
        }

    values = await config.reader.read(query)
    return Response.html(render.page("scans.html", config, title="Scans", here="scans", **values))


async def one_scan(config: WebConfig, request: Any) -> Any:
    """`/scans/NUMBER`: one scan with its changes and the addresses that it missed, both in pages."""
    number = int(request.url_vars["scan"])
    wanted = {name: page_number(request.args.get(name) or "") for name in ("changes", "missed")}

    def query(inventory: Inventory) -> dict[str, Any]:
        from scanner.inventory import queries

        found = inventory.scan(number)
        changes = queries.EventFilter(scan=number)
        kinds = queries.event_kinds(inventory, changes)
        totals = queries.missed_totals(inventory, number)
        counts = {"changes": sum(kinds.values()), "missed": sum(row["records"] for row in totals)}
        pages = {name: max(1, -(-count // ROWS)) for name, count in counts.items()}
        here = {name: min(page, pages[name]) for name, page in wanted.items()}

        def link_of(name: str, page: int) -> str:
            values = {of: str(at) if at > 1 else "" for of, at in {**here, name: page}.items()}
            return f"scans/{number}?{link(**values)}#{name}"

        pagers = {
            name: pager(here[name], pages[name], lambda page, name=name: link_of(name, page))  # type: ignore[misc]
            for name in pages
        }
        start = {name: (page - 1) * ROWS for name, page in here.items()}
        return {
            "scan": found,
            "health": queries.health_of_scan(inventory, number) if found.finished else None,
            "kinds": kinds,
            "totals": totals,
            "counts": counts,
            "start": start,
            "pagers": pagers,
            "rows": queries.event_page(inventory, changes, limit=ROWS, offset=start["changes"]),
            "missed": queries.missed_page(inventory, number, limit=ROWS, offset=start["missed"]),
        }

    try:
        values = await config.reader.read(query)
    except UsageError:
        raise NotFound("unknown scan") from None
    return Response.html(render.page("scan.html", config, title=f"Scan {number}", here="scans", **values))
