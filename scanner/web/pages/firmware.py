"""The firmware page: the versions that run on each model, and the certified ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from datasette import Response

from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.pages.choices import choices, query_of

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Filters, Row

#: Models of one page, and versions of one model.
MODELS, VERSIONS = 40, 15


@dataclass(slots=True)
class FirmwareModel:
    """One model: its versions, the certified versions, and the versions and devices beyond VERSIONS."""

    manufacturer: str | None
    name: str | None
    devices: int = 0
    versions: list[Row] = field(default_factory=list)
    certified: list[str] = field(default_factory=list)
    more: int = 0
    more_devices: int = 0


async def page(config: WebConfig, request: Any) -> Any:
    """`/firmware`: the versions that run on each model, with the certified one marked."""
    listed = query_of(request)
    filters = listed.filters()

    models, count = await config.reader.read(
        lambda inventory: _models(inventory, filters, listed.page), key=("firmware", filters, listed.page)
    )
    offered = await config.reader.read(choices, key="choices")
    pages = max(1, -(-count // MODELS))
    return Response.html(
        render.page(
            "firmware.html", config, title="Firmware", here="firmware", query=listed, models=models, count=count,
            page=min(listed.page, pages), pages=pages, choices=offered,
        )
    )  # fmt: skip


def _models(inventory: Inventory, filters: Filters, page: int) -> tuple[list[FirmwareModel], int]:
    """The models of one page, and the number of all."""
    from scanner.inventory import queries
    from scanner.reports.firmware import with_distance

    rows = with_distance(queries.firmware_rows(inventory, filters))
    found: list[FirmwareModel] = []
    number = 0
    for (manufacturer, name), versions in groupby(rows, key=lambda row: (row["manufacturer"], row["model"])):
        number += 1
        if (number - 1) // MODELS == page - 1:
            found.append(_model(FirmwareModel(manufacturer, name), versions))
    return found, number


def _model(model: FirmwareModel, versions: Iterator[Row]) -> FirmwareModel:
    runs_certified: set[str] = set()
    for row in versions:
        model.devices += row["devices"]
        certified = row["certified_firmware"]
        if certified and certified not in model.certified and len(model.certified) < VERSIONS:
            model.certified.append(certified)
        if row["status"] in ("certified", "compatible"):
            runs_certified.add(str(certified))
        if len(model.versions) < VERSIONS:
            model.versions.append(row)
        else:
            model.more += 1
            model.more_devices += row["devices"]
    model.certified = [version for version in model.certified if version not in runs_certified]
    return model
