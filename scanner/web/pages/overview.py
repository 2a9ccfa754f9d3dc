"""The overview: what is wrong with the last scans, devices by compliance, over time and by group, and the changes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from datasette import Response

from scanner.web import list_query, render
from scanner.web.config import WebConfig

if TYPE_CHECKING:
    from scanner.inventory import Inventory

#: Changes and scans with a problem that are shown, missed addresses that are counted, sites that are offered.
CHANGES, PROBLEMS, MISSED, SITES = 12, 5, 100_000, 500


async def page(config: WebConfig, request: Any) -> Any:
    """`/`, of one site with `?site=`."""
    site = list_query.parse({"site": request.args.getlist("site")[:1]}).values("site")
    values = await config.reader.read(lambda inventory: _numbers(config, inventory, site), key=("overview", site))
    title = f"Outage – {site[0] if site else 'overview'}" if values["outages"] else "Overview"
    return Response.html(render.page("overview.html", config, title=title, here="", **values))


def _numbers(config: WebConfig, inventory: Inventory, site: tuple[str, ...]) -> dict[str, Any]:
    from scanner.app.reporting import GROUPS, catalog_infos
    from scanner.inventory import queries
    from scanner.reports import Breakdown, TrendPoint, plots
    from scanner.reports.data import counts
    from scanner.reports.labels import COMPLIANCE_ORDER, counted

    filters = queries.Filters(site=site)
    totals = counts(queries.totals(inventory, "compliance", filters))
    assessed = sum(count for name, count in totals.items() if name != "none")
    drawn = []
    for title, column in GROUPS:
        group = Breakdown.of(title, queries.totals(inventory, column, filters))
        drawn.append((column, plots.group(group), {bar.name for bar in group.bars}))
    last = next((scan for scan in queries.scans(inventory, 50) if scan.finished), None)
    problems = queries.current_problems(inventory, site[0] if site else "")
    outages = [health for health in problems if health.outage]
    changes = queries.events(inventory, scan=last.id, filters=filters) if last else iter(())
    return {
        "site": site[0] if site else "",
        "sites": queries.names(inventory, "site", SITES),
        "devices": sum(totals.values()),
        "assessed": assessed,
        "share": f"{100 * totals.get('compliant', 0) / assessed:.0f} %" if assessed else None,
        "tiles": [(name, totals.get(name, 0)) for name in COMPLIANCE_ORDER if name != "none" or totals.get(name)],
        "strip": plots.parts(totals, sum(totals.values())),
        "strip_label": counted(totals),
        "trend": plots.trend([TrendPoint.of(row) for row in queries.trend(inventory, site)]),
        "statuses": plots.statuses(Breakdown.of("Status", queries.totals(inventory, "status", filters))),
        "groups": drawn,
        "outages": outages[:PROBLEMS],
        "more_outages": len(outages) - PROBLEMS,
        "problems": [health for health in problems if not health.outage][:PROBLEMS],
        "last": queries.health_of_scan(inventory, last.id, site[0] if site else "") if last else None,
        "changes": list(islice(changes, CHANGES)),
        "missed": sum(1 for _ in islice(queries.unscanned(inventory, filters=filters), MISSED)),
        "catalogs": catalog_infos(config.session, inventory),
    }
