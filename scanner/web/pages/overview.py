"""The overview: what is wrong with the last scans, devices by compliance, over time and by group, and the changes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from datasette import Response

from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.pages.choices import query_of

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import ScanHealth

#: Changes and scans with a problem that are shown, missed addresses that are counted, sites that are offered, and scans
#: of which the last one of a site is found.
CHANGES, PROBLEMS, MISSED, SITES, SCANS = 12, 5, 100_000, 500, 200


async def page(config: WebConfig, request: Any) -> Any:
    """`/`, of some sites with `?site=`."""
    site = query_of(request).values("site")
    values = await config.reader.read(lambda inventory: _numbers(config, inventory, site), key=("overview", site))
    title = f"Outage – {', '.join(site) or 'overview'}" if values["outages"] else "Overview"
    return Response.html(render.page("overview.html", config, title=title, here="", **values))


def _last(inventory: Inventory, sites: tuple[str, ...]) -> ScanHealth | None:
    """The last scan that ended, of these sites or of all."""
    from scanner.inventory import queries

    ended = [scan for scan in queries.scans(inventory, SCANS) if scan.finished]
    own = next((scan for scan in ended if not sites or scan.site in sites), None)
    found = [health for site in sites for health in queries.health_of_last_scans(inventory, site)]
    found += [queries.health_of_scan(inventory, own.id)] if own else []
    return max(found, key=lambda health: health.scan.id, default=None)


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
    last = _last(inventory, site)
    problems = queries.current_problems(inventory, site)
    outages = [health for health in problems if health.outage]
    scan = queries.EventFilter(scan=last.scan.id) if last else None
    return {
        "site": site,
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
        "last": last,
        "changes": queries.event_page(inventory, scan, filters, limit=CHANGES) if scan else [],
        "missed": sum(1 for _ in islice(queries.unscanned(inventory, filters=filters), MISSED)),
        "catalogs": catalog_infos(config.session, inventory),
    }
