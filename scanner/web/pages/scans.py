"""The pages about scans: their list, one scan, and the changes of one."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from datasette import NotFound, Response

from scanner.core.errors import UsageError
from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.pages.choices import query_of

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Row

#: Rows of a list without pages of its own, and scans of one page; Datasette shows all.
ROWS, SCANS = 300, 50


async def changes(config: WebConfig, request: Any) -> Any:
    """`/changes`: the events of one scan, by default of the last one."""
    number = request.args.get("scan") or ""
    kind = (request.args.get("event") or "")[:40]

    def query(inventory: Inventory) -> tuple[Any, list[Row], list[Any]]:
        from scanner.inventory import queries

        scans = [scan for scan in queries.scans(inventory, 200) if scan.finished]
        scan = next((each for each in scans if str(each.id) == number), None)
        if scan is None and not number:
            scan = next(iter(scans), None)
        kinds = (kind,) if kind else ()
        rows = queries.events(inventory, scan=scan.id, kinds=kinds) if scan else iter(())
        return scan, list(islice(rows, ROWS + 1)), scans

    scan, rows, scans = await config.reader.read(query)
    if scan is None and number:
        raise NotFound("unknown scan")
    return Response.html(
        render.page(
            "changes.html", config, title="Changes", here="changes", scan=scan, rows=rows[:ROWS], more=len(rows) > ROWS,
            scans=scans, event=kind,
        )
    )  # fmt: skip


async def all_scans(config: WebConfig, request: Any) -> Any:
    """`/scans`: every scan, the newest first."""
    from scanner.inventory import queries

    page = query_of(request).page
    found = await config.reader.read(lambda inventory: queries.scans(inventory, min(page, 2000) * SCANS + 1))
    start = (min(page, 2000) - 1) * SCANS
    shown = found[start : start + SCANS]
    more = len(found) > start + SCANS
    return Response.html(
        render.page("scans.html", config, title="Scans", here="scans", scans=shown, page=page, more=more)
    )


async def one_scan(config: WebConfig, request: Any) -> Any:
    """`/scans/NUMBER`: one scan with its events and the addresses that it missed."""
    number = int(request.url_vars["scan"])

    def query(inventory: Inventory) -> dict[str, Any]:
        from scanner.inventory import queries

        found = inventory.scan(number)
        missed = list(islice(queries.unscanned(inventory, number), ROWS + 1))
        changed = list(islice(queries.events(inventory, scan=number), ROWS + 1))
        return {
            "scan": found,
            "missed": missed[:ROWS],
            "more_missed": len(missed) > ROWS,
            "rows": changed[:ROWS],
            "more": len(changed) > ROWS,
        }

    try:
        values = await config.reader.read(query)
    except UsageError:
        raise NotFound("unknown scan") from None
    return Response.html(render.page("scan.html", config, title=f"Scan {number}", here="scans", **values))
