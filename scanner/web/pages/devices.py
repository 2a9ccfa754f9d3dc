"""The device list: filtered, searched, sorted, in pages."""

from __future__ import annotations

from typing import Any

from datasette import Response

from scanner.reports.labels import heading
from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.list_query import SIZES, SORT_LABELS, SORTABLE
from scanner.web.pages.choices import choices, query_of


async def page(config: WebConfig, request: Any) -> Any:
    """`/devices`: filtered, searched, sorted, in pages."""
    from scanner.inventory import queries

    listed = query_of(request)
    filters = listed.filters()
    count = await config.reader.read(lambda inventory: queries.number(inventory, filters), key=("number", filters))
    pages = max(1, -(-count // listed.size))
    number = min(listed.page, pages)
    rows = await config.reader.read(
        lambda inventory: queries.device_page(
            inventory, filters, limit=listed.size, offset=(number - 1) * listed.size, sort=listed.sort or None,
            descending=listed.descending,
        )
    )  # fmt: skip
    offered = await config.reader.read(choices, key="choices")
    # the order of a list without one is that of sites, then of addresses
    sorted_by = listed.sort or ("ip" if len(listed.values("site") or offered["site"]) <= 1 else "")
    sortable = [(column, SORT_LABELS.get(column) or heading(column)) for column in SORTABLE]
    return Response.html(
        render.page(
            "devices.html", config, title="Devices", here="devices", query=listed, rows=rows, count=count, page=number,
            pages=pages, choices=offered, sizes=SIZES, sorted_by=sorted_by,
            sortable=sortable,
        )
    )  # fmt: skip
