"""Pages that list: devices, firmware, changes, scans, catalogs. Each reads what one screen shows and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from datasette import NotFound, Response

from scanner.core.errors import UsageError
from scanner.core.model import KINDS, STATUSES
from scanner.web import params, render
from scanner.web.face import Face
from scanner.web.params import Wanted

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Filters, Row

#: Names that a filter offers; more are typed.
CHOICES = 500
#: Models of one page of firmware, and versions of one model.
MODELS, VERSIONS = 40, 15
#: Rows of a list that has no pages of its own; Datasette has the rest.
ROWS = 300
SCANS = 50


def wanted(request: Any) -> Wanted:
    """The list that a request asks for."""
    return params.wanted(parse_qs(request.query_string, max_num_fields=200, errors="replace"))


def _choices(inventory: Inventory) -> dict[str, list[str]]:
    """The names that filters can offer."""
    from scanner.inventory import queries

    columns = ("site", "manufacturer", "model", "switch")
    found = {column: queries.names(inventory, column, CHOICES) for column in columns}
    return found | {"kind": list(KINDS), "status": list(STATUSES)}


async def devices(face: Face, request: Any) -> Any:
    """`/devices`: filtered, searched, sorted, in pages."""
    from scanner.inventory import queries

    asked = wanted(request)
    filters = asked.filters()
    count = await face.desk.ask(lambda inventory: queries.number(inventory, filters), key=("number", filters))
    pages = max(1, -(-count // asked.size))
    page = min(asked.page, pages)
    rows = await face.desk.ask(
        lambda inventory: queries.device_page(
            inventory, filters, limit=asked.size, offset=(page - 1) * asked.size, sort=asked.sort or None,
            descending=asked.descending,
        )
    )  # fmt: skip
    choices = await face.desk.ask(_choices, key="choices")
    return Response.html(
        render.page(
            "fleet.html", face, title="Devices", here="devices", wanted=asked, rows=rows, count=count, page=page,
            pages=pages, choices=choices, sizes=params.SIZES,
        )
    )  # fmt: skip


@dataclass(slots=True)
class Model:
    """One model of the firmware page: its versions, the certified ones, and what did not fit."""

    manufacturer: str | None
    name: str | None
    devices: int = 0
    versions: list[Row] = field(default_factory=list)
    certified: list[str] = field(default_factory=list)
    more: int = 0
    more_devices: int = 0


async def firmware(face: Face, request: Any) -> Any:
    """`/firmware`: which versions run on which model, the certified one marked."""
    asked = wanted(request)
    filters = asked.filters()

    def question(inventory: Inventory) -> tuple[list[Model], int]:
        return _models(inventory, filters, asked.page)

    models, count = await face.desk.ask(question, key=("firmware", filters, asked.page))
    choices = await face.desk.ask(_choices, key="choices")
    pages = max(1, -(-count // MODELS))
    return Response.html(
        render.page(
            "firmware.html", face, title="Firmware", here="firmware", wanted=asked, models=models, count=count,
            page=min(asked.page, pages), pages=pages, choices=choices,
        )
    )  # fmt: skip


def _models(inventory: Inventory, filters: Filters, page: int) -> tuple[list[Model], int]:
    """The models of one page, and how many there are."""
    from scanner.inventory import queries
    from scanner.reports.firmware import with_distance

    rows = with_distance(queries.firmware_rows(inventory, filters))
    found: list[Model] = []
    number = 0
    for (manufacturer, name), versions in groupby(rows, key=lambda row: (row["manufacturer"], row["model"])):
        number += 1
        if (number - 1) // MODELS == page - 1:
            found.append(_model(Model(manufacturer, name), versions))
    return found, number


def _model(model: Model, versions: Iterator[Row]) -> Model:
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


async def changes(face: Face, request: Any) -> Any:
    """`/changes`: what one scan changed; the last one when none is named."""
    number = request.args.get("scan") or ""
    kind = (request.args.get("event") or "")[:40]

    def question(inventory: Inventory) -> tuple[Any, list[Row], list[Any]]:
        from scanner.inventory import queries

        scans = [scan for scan in queries.scans(inventory, 200) if scan.finished]
        scan = next((each for each in scans if str(each.id) == number), None)
        if scan is None and not number:
            scan = next(iter(scans), None)
        kinds = (kind,) if kind else ()
        rows = queries.events(inventory, scan=scan.id, kinds=kinds) if scan else iter(())
        return scan, list(islice(rows, ROWS + 1)), scans

    scan, rows, scans = await face.desk.ask(question)
    if scan is None and number:
        raise NotFound("there is no such scan")
    return Response.html(
        render.page(
            "changes.html", face, title="Changes", here="changes", scan=scan, rows=rows[:ROWS], more=len(rows) > ROWS,
            scans=scans, event=kind,
        )
    )  # fmt: skip


async def scans(face: Face, request: Any) -> Any:
    """`/scans`: every scan, the newest first."""
    from scanner.inventory import queries

    page = wanted(request).page
    found = await face.desk.ask(lambda inventory: queries.scans(inventory, min(page, 2000) * SCANS + 1))
    start = (min(page, 2000) - 1) * SCANS
    shown = found[start : start + SCANS]
    more = len(found) > start + SCANS
    return Response.html(
        render.page("scans.html", face, title="Scans", here="scans", scans=shown, page=page, more=more)
    )


async def scan(face: Face, request: Any) -> Any:
    """`/scans/NUMBER`: one scan: what it covered, changed and missed."""
    number = int(request.url_vars["scan"])

    def question(inventory: Inventory) -> dict[str, Any]:
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
        values = await face.desk.ask(question)
    except UsageError:
        raise NotFound("there is no such scan") from None
    return Response.html(render.page("scan.html", face, title=f"Scan {number}", here="scans", **values))


async def catalogs(face: Face, request: Any) -> Any:
    """`/catalogs`: the lists of certified firmware in force, with source, date and age."""

    def question(inventory: Inventory) -> tuple[list[Any], dict[str, int]]:
        from scanner.cli.commands.report import catalogs

        entries = {catalog.name: len(catalog.entries) for catalog in face.session.catalogs(inventory)}
        return catalogs(face.session, inventory, face.session.today()), entries

    infos, entries = await face.desk.ask(question, key="catalogs")
    page = render.page("catalogs.html", face, title="Catalogs", here="catalogs", catalogs=infos, entries=entries)
    return Response.html(page)


async def catalog(face: Face, request: Any) -> Any:
    """`/catalogs/NAME`: the rows of one list, and how many devices of each model there are."""
    name = unquote(request.url_vars["name"])

    def question(inventory: Inventory) -> dict[str, Any] | None:
        found = next((each for each in face.session.catalogs(inventory) if each.name == name), None)
        if found is None:
            return None
        counted = _by_model(inventory)
        names = face.session.fingerprints()
        rows = []
        for entry in found.entries[: 10 * ROWS]:
            maker, model = names.canonical(entry.manufacturer, entry.model)
            rows.append((entry, maker, model, counted.get((maker, model), 0)))
        return {"catalog": found, "rows": rows, "more": len(found.entries) > len(rows)}

    values = await face.desk.ask(question, key=("catalog", name))
    if values is None:
        raise NotFound("there is no such catalog")
    return Response.html(render.page("catalog.html", face, title=values["catalog"].title, here="catalogs", **values))


def _by_model(inventory: Inventory) -> dict[tuple[str | None, str | None], int]:
    from scanner.inventory import queries

    counted: dict[tuple[str | None, str | None], int] = {}
    for row in queries.firmware_rows(inventory):
        key = (row["manufacturer"], row["model"])
        counted[key] = counted.get(key, 0) + row["devices"]
    return counted
