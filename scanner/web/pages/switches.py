"""The pages about switches: their list, the ports of one with their devices, and the devices that no switch reports."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from datasette import NotFound, Response

from scanner.web import list_query, render
from scanner.web.config import WebConfig
from scanner.web.pages.choices import choices, query_of

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import PortPage, Row

#: Switches, and devices, of one page.
SWITCHES, DEVICES = 100, 100


async def all_switches(config: WebConfig, request: Any) -> Any:
    """`/switches`: the switches with the number of their ports and devices."""
    from scanner.reports import plots
    from scanner.reports.labels import COMPLIANCE_ORDER, counted

    given = query_of(request)
    listed = list_query.ListQuery(chosen=given.only("site", "switch"), page=given.page)
    filters = listed.filters()

    def query(inventory: Inventory) -> tuple[list[Row], int, list[Row]]:
        from scanner.inventory import queries

        found = list(queries.switches(inventory, filters))
        named = [row for row in found if row["switch"] is not None]
        start = (min(listed.page, max(1, -(-len(named) // SWITCHES))) - 1) * SWITCHES
        return named[start : start + SWITCHES], len(named), [row for row in found if row["switch"] is None]

    rows, count, without = await config.reader.read(query, key=("switches", filters, listed.page))
    offered = await config.reader.read(choices, key="choices")
    largest = max((row["devices"] for row in rows), default=0)
    bars = []
    for row in rows:
        counts = {name: row[name] for name in COMPLIANCE_ORDER}
        bars.append((row, plots.parts(counts, largest), counted(counts)))
    pages = max(1, -(-count // SWITCHES))
    return Response.html(
        render.page(
            "switches.html", config, title="Switches", here="switches", query=listed, rows=bars,
            count=count, without=sum(row["devices"] for row in without), page=min(listed.page, pages), pages=pages,
            choices=offered,
        )
    )  # fmt: skip


async def ports(config: WebConfig, request: Any) -> Any:
    """`/switches/ports?switch=NAME&site=SITE`: the ports of a switch with their devices; `port` opens their page."""
    listed = query_of(request)
    names = listed.values("switch")
    if len(names) != 1:
        raise NotFound("no switch is named")
    port = next(iter(request.args.getlist("port")), "")[: list_query.LENGTH] or None
    listed = list_query.ListQuery(chosen=listed.only("site", "switch"), page=listed.page)

    def query(inventory: Inventory) -> PortPage:
        from scanner.inventory import queries

        return queries.port_page(inventory, listed.filters(), limit=DEVICES, page=listed.page, port=port)

    found = await config.reader.read(query)
    if not found.devices:
        raise NotFound("unknown switch")
    groups = [(name, list(rows)) for name, rows in groupby(found.rows, key=lambda row: row["switch_port"])]
    return Response.html(
        render.page(
            "ports.html", config, title=f"Switch {names[0]}", here="switches", query=listed,
            name=found.rows[0]["switch"],
            sites=listed.values("site"), found=found, groups=groups, port=port, size=DEVICES,
            pages=max(1, -(-found.devices // DEVICES)),
        )
    )  # fmt: skip


async def unknown(config: WebConfig, request: Any) -> Any:
    """`/switches/unknown`: the devices that no switch reports."""
    given = query_of(request)
    listed = list_query.ListQuery(chosen=given.only("site"), page=given.page)

    def query(inventory: Inventory) -> PortPage:
        from scanner.inventory import queries

        return queries.without_switch(inventory, listed.filters(), limit=DEVICES, page=listed.page)

    found = await config.reader.read(query)
    return Response.html(
        render.page(
            "unknown-switch.html", config, title="Unknown switch", here="switches", query=listed, found=found,
            pages=max(1, -(-found.devices // DEVICES)),
        )
    )  # fmt: skip
