"""Catalogs of certified firmware: those in `fingerprints/catalogs/*.toml`, their age, and their differences.

A catalog file has `name`, `title`, `source`, `date`, `checked`, an optional `note`, `dated = "newest-entry"` where the
date is the newest day of certification that the page names, and one `[[entry]]` for each
model and version with `manufacturer`, `model`, `firmware`, `spelled`, `line` (of the source) and optional
`match = "minimum"` and `attributes`. Catalogs contain facts, no sentences of the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta, Struct

from scanner.compliance.names import listed_maker, listed_model
from scanner.core import toml
from scanner.core.errors import DataError
from scanner.core.model import Catalog, CatalogEntry
from scanner.data import fingerprints_folder

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_Filled = Annotated[str, Meta(pattern=r"\S")]


class _EntryTable(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[entry]]`. `line` is the number of a line of the source."""

    manufacturer: _Filled
    model: _Filled
    firmware: _Filled
    match: Literal["exact", "minimum"] = "exact"
    spelled: str = ""
    line: Annotated[int, Meta(ge=0)] = 0
    attributes: dict[str, str] = {}


class _CatalogFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A catalog file. Dates are TOML dates or texts such as `2013-10`."""

    name: _Filled
    title: _Filled
    source: _Filled
    entry: tuple[_EntryTable, ...]
    date: Any = ""
    checked: Any = ""
    dated: Literal["page", "newest-entry"] = "page"
    note: str = ""


@cache
def builtin() -> tuple[Catalog, ...]:
    """The shipped catalogs: `skype-for-business`, `lync`, `teams`. Raises DataError when a file cannot be read."""
    return from_folder(fingerprints_folder() / "catalogs")


def from_folder(folder: Path) -> tuple[Catalog, ...]:
    """The catalogs of every `*.toml` in `folder`, the shipped three first. Raises DataError with file and line."""
    order = {"skype-for-business": 0, "lync": 1, "teams": 2}
    paths = sorted(folder.glob("*.toml"), key=lambda path: (order.get(path.stem, 9), path.stem))
    if not paths:
        raise DataError(f"{folder} contains no catalog: install the package again")
    return tuple(_catalog(toml.read(path)) for path in paths)


def in_force(*groups: Iterable[Catalog]) -> tuple[Catalog, ...]:
    """One catalog for each name, from the last of the groups that has it: shipped ones first, then imported ones."""
    latest: dict[str, Catalog] = {}
    for group in groups:
        latest.update({catalog.name: catalog for catalog in group})
    return tuple(latest.values())


def from_toml(text: str, *, where: str) -> Catalog:
    """The catalog in a TOML text; `where` is its name in errors. Raises DataError with the line."""
    return _catalog(toml.parse(text, where))


def _catalog(document: toml.Document) -> Catalog:
    file = toml.convert(document, _CatalogFile, "see the top of a file in fingerprints/catalogs")
    if not file.entry:
        raise document.fault("", "has no [[entry]]: a catalog must list at least one certified model")
    if not _NAME.fullmatch(file.name):
        raise document.fault("name", f"the name {file.name!r} must consist of lower-case letters, digits and dashes")
    checked = _day(document, "checked")
    return Catalog(
        name=file.name,
        title=file.title,
        source=file.source,
        date=_day(document, "date"),
        note=f"Checked against its source on {checked}. {file.note}".strip() if checked else file.note,
        dated=file.dated,
        checked=checked,
        entries=tuple(
            CatalogEntry(
                manufacturer=row.manufacturer,
                model=row.model,
                firmware=row.firmware,
                match=row.match,
                spelled=row.spelled,
                source_line=row.line,
                attributes=row.attributes,
            )
            for row in file.entry
        ),
    )


def _day(document: toml.Document, key: str) -> str:
    value = document.table.get(key, "")
    text = value.isoformat() if isinstance(value, date) else value
    if not isinstance(text, str) or (text and not _DATE.fullmatch(text)):
        raise document.fault(key, f"{key} must be a date such as 2026-11-23")
    return text


def day(text: str) -> date | None:
    """The day of an ISO date; `2013-10` is its first day, anything else None."""
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None
    except ValueError:
        return None


def age_days(catalog: Catalog, today: date) -> int | None:
    """The age of a catalog in days (0 for a date in the future); None when it has no date."""
    written = day(catalog.date)
    return None if written is None else max(0, (today - written).days)


def is_old(catalog: Catalog, stale_after_days: int, today: date) -> bool:
    """Whether a catalog is reported as old: it has a date, and its age exceeds the limit of the policy, in days."""
    age = age_days(catalog, today)
    return age is not None and age > stale_after_days


class Change(NamedTuple):
    """One difference for a model. `old` and `new` are its versions or attributes, empty where it is not listed."""

    kind: Literal["added", "removed", "version", "attribute"]
    manufacturer: str
    model: str
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    attribute: str = ""

    def __str__(self) -> str:
        old, new, name = ", ".join(self.old), ", ".join(self.new), f"{self.manufacturer} {self.model}"
        match self.kind:
            case "added":
                return f"added    {name}: {new}"
            case "removed":
                return f"removed  {name}: {old}"
            case "version":
                return f"changed  {name}: {old} -> {new}"
        return f"changed  {name}: {self.attribute} {old or 'nothing'} -> {new or 'nothing'}"


def diff(old: Catalog, new: Catalog) -> tuple[Change, ...]:
    """The differences of `new` from `old` in the order of `new`, removed models last; models by `compliance.names`."""
    before, after = _by_model(old), _by_model(new)
    changes: list[Change] = []
    for key, entries in after.items():
        first = entries[0]
        versions = _versions(entries)
        if key not in before:
            changes.append(Change("added", first.manufacturer, first.model, new=versions))
            continue
        was = before[key]
        if set(_versions(was)) != set(versions):
            changes.append(Change("version", first.manufacturer, first.model, _versions(was), versions))
        for name in ("certification_ends", "upgradeable_to", "only"):
            then, now = was[0].attributes.get(name, ""), first.attributes.get(name, "")
            if then != now:
                was_now = (then,) if then else (), (now,) if now else ()
                changes.append(Change("attribute", first.manufacturer, first.model, *was_now, name))
    for key, entries in before.items():
        if key not in after:
            first = entries[0]
            changes.append(Change("removed", first.manufacturer, first.model, old=_versions(entries)))
    return tuple(changes)


def _by_model(catalog: Catalog) -> dict[tuple[str, str], list[CatalogEntry]]:
    found: dict[tuple[str, str], list[CatalogEntry]] = {}
    for entry in catalog.entries:
        found.setdefault((listed_maker(entry.manufacturer), listed_model(entry.model)), []).append(entry)
    return found


def _versions(entries: list[CatalogEntry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((e.firmware or "") + (" or later" if e.match == "minimum" else "") for e in entries))
