"""The firmware page: the versions that run on each model, in their order, with their distance to the certified one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from datasette import Response

from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.pages.choices import choices, query_of

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Filters, Row
    from scanner.reports.plots import Segment

#: Models of one page, and versions of one model: the certified ones, and those on the most devices.
MODELS, VERSIONS = 40, 15
#: Certified versions of one model.
CERTIFIED = 6

#: What a status means for a version: the words of the summary of a model, in their order.
_PLACES: dict[str, str] = {
    "certified": "certified",
    "compatible": "compatible",
    "newer": "newer",
    "outdated": "older",
    "other-line": "of another line",
    "unknown-firmware": "unknown",
    "unidentified": "unidentified",
    "not-listed": "not listed",
    "not-a-phone": "not a phone",
}


class Ordered(Protocol):
    """A parsed version: those with the same `line` and `scope` are ordered by `order`."""

    @property
    def line(self) -> str | None: ...
    @property
    def scope(self) -> tuple[str, ...]: ...
    @property
    def order(self) -> tuple[int, ...]: ...


#: A function that parses the version of a manufacturer's model; None where it cannot be read.
Parser = Callable[[str | None, str | None, str | None], Ordered | None]


class VerdictCount(NamedTuple):
    """The number of devices with one status and compliance."""

    status: str
    compliance: str
    devices: int


@dataclass(slots=True)
class RunningVersion:
    """One version of a model: its devices by verdict, whether it is certified, and its distance to the certified one.

    A certified version that no device runs has no devices. `text` is None for devices whose firmware is not known.
    """

    text: str | None
    certified: bool = False
    distance: str = ""
    devices: int = 0
    counts: list[VerdictCount] = field(default_factory=list)

    def parts(self, whole: int) -> Sequence[Segment]:
        """The segments of a bar that `whole` devices fill."""
        from scanner.reports import plots

        totals: dict[str, int] = {}
        for one in self.counts:
            totals[one.compliance] = totals.get(one.compliance, 0) + one.devices
        return plots.parts(totals, whole)


class OrderedVersions(NamedTuple):
    """The versions of a model that compare with each other, the newest first; without `ordered`, those that do not."""

    name: str
    ordered: bool
    versions: list[RunningVersion]


@dataclass(slots=True)
class FirmwareModel:
    """One model: its lines, its devices by place relative to the certified version, and what is beyond VERSIONS."""

    manufacturer: str | None
    name: str | None
    devices: int = 0
    lines: list[OrderedVersions] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    parts: Sequence[Segment] = ()
    label: str = ""
    more: int = 0
    more_devices: int = 0


async def page(config: WebConfig, request: Any) -> Any:
    """`/firmware`: the versions that run on each model, those of one line in their order."""
    listed = query_of(request)
    filters = listed.filters()
    models, count = await config.reader.read(
        lambda inventory: _models(config.session.fingerprints().version, inventory, filters, listed.page),
        key=("firmware", filters, listed.page),
    )
    offered = await config.reader.read(choices, key="choices")
    pages = max(1, -(-count // MODELS))
    return Response.html(
        render.page(
            "firmware.html", config, title="Firmware", here="firmware", query=listed, models=models, count=count,
            page=min(listed.page, pages), pages=pages, choices=offered,
        )
    )  # fmt: skip


def _models(parse: Parser, inventory: Inventory, filters: Filters, page: int) -> tuple[list[FirmwareModel], int]:
    """The models of one page, the last one for a page beyond it, and the number of all."""
    from scanner.inventory import queries

    found: list[FirmwareModel] = []
    number = 0
    rows = queries.firmware_rows(inventory, filters)
    for (manufacturer, name), versions in groupby(rows, key=lambda row: (row["manufacturer"], row["model"])):
        number += 1
        if (number - 1) // MODELS == page - 1:
            found.append(model_of(parse, manufacturer, name, versions))
    if number and not found:  # the page is beyond the last one
        return _models(parse, inventory, filters, -(-number // MODELS))
    return found, number


def model_of(parse: Parser, manufacturer: str | None, name: str | None, rows: Iterable[Row]) -> FirmwareModel:
    """A model with its versions, from its rows of `queries.firmware_rows`."""
    from scanner.reports import plots
    from scanner.reports.labels import counted

    found = FirmwareModel(manufacturer, name)
    versions: dict[str | None, RunningVersion] = {}
    line_of: dict[str | None, str] = {}
    tally: dict[str, int] = {}
    compliance: dict[str, int] = {}
    run: dict[str, None] = {}
    wanted: dict[str, None] = {}
    for row in rows:
        text, devices = row["firmware"], row["devices"]
        version = versions.setdefault(text, RunningVersion(text))
        line_of.setdefault(text, row["line"] or "")
        version.devices += devices
        version.counts.append(VerdictCount(row["status"], row["compliance"], devices))
        version.distance = version.distance or distance(row)
        version.certified |= row["status"] in ("certified", "compatible")
        found.devices += devices
        tally[row["status"]] = tally.get(row["status"], 0) + devices
        compliance[row["compliance"]] = compliance.get(row["compliance"], 0) + devices
        texts = (row["certified_firmware"] or "").split(", ")
        (run if row["status"] in ("certified", "compatible") else wanted).update(dict.fromkeys(filter(None, texts)))
    for text in [text for text in wanted if text not in run and text not in versions][:CERTIFIED]:
        versions[text] = RunningVersion(text, certified=True, distance="certified; no device runs it")
    kept = sorted(versions.values(), key=lambda version: (not version.certified, -version.devices))
    beyond = kept[VERSIONS:]
    found.more, found.more_devices = len(beyond), sum(version.devices for version in beyond)
    found.lines = _lines(parse, found, kept[:VERSIONS], line_of)
    found.places = [(word, tally[status]) for status, word in _PLACES.items() if status in tally]
    found.parts, found.label = plots.parts(compliance, found.devices), counted(compliance)
    return found


def distance(row: Row) -> str:
    """The place of a row of `queries.firmware_rows` relative to the certified version, in words."""
    from scanner.reports.firmware import difference

    status, certified = row["status"], row["certified_firmware"] or ""
    match status:
        case "certified":
            return "certified"
        case "compatible":
            return f"compatible by {row['catalog']}"
        case "outdated" | "newer":
            part = difference(row["firmware"] or "", certified)
            return _PLACES[status] + (
                f": {part.name} {part.own or '–'}, certified {part.wanted or '–'}" if part else ""
            )
        case "other-line":
            return f"of another line than {certified}"
        case "unknown-firmware":
            return "cannot be compared" if row["firmware"] else ""
        case "not-listed":
            return "model not listed"
    return ""


def _lines(
    parse: Parser,
    model: FirmwareModel,
    versions: Sequence[RunningVersion],
    line_of: dict[str | None, str],
) -> list[OrderedVersions]:
    """The versions by firmware line, in the order of each: the line of a certified version first, then by devices."""
    lines: dict[tuple[str, ...] | None, list[tuple[tuple[int, ...], RunningVersion]]] = {}
    names: dict[tuple[str, ...] | None, str] = {}
    for version in versions:
        read = parse(model.manufacturer, model.name, version.text)
        key = None if read is None else (read.line or "", *read.scope)
        lines.setdefault(key, []).append((read.order if read else (), version))
        if not names.get(key):
            names[key] = (read.line if read else None) or line_of.get(version.text, "")
    found = []
    for key, members in lines.items():
        members.sort(key=lambda member: member[0], reverse=True)
        found.append(OrderedVersions(names[key], key is not None, [version for _, version in members]))
    return sorted(found, key=_rank)


def _rank(line: OrderedVersions) -> tuple[bool, bool, int]:
    certified = any(version.certified for version in line.versions)
    return not certified, not line.ordered, -sum(version.devices for version in line.versions)
