"""The use cases of catalogs: read one from a page, import it, find one by name or page, compare two editions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.app.files import read_bounded
from scanner.app.session import Session
from scanner.core.errors import UsageError
from scanner.core.paths import is_file

if TYPE_CHECKING:
    from scanner.compliance.pages import RowProblem
    from scanner.core.model import Catalog
    from scanner.inventory import Inventory, Knowledge, Summary

#: Largest page that is read, in bytes.
PAGE_LIMIT = 16_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


def rows(session: Session) -> list[dict[str, Any]]:
    """The catalogs in force, one row each: name, role in the policy, size, date, age and source."""
    from scanner import settings
    from scanner.compliance.catalog import age_days, builtin

    policy = settings.policy(session.settings)
    shipped = builtin()
    found = []
    for catalog in session.catalogs_by_name().values():
        fallback = "fallback" if catalog.name in policy.fallback else ""
        found.append(
            {
                "name": catalog.name,
                "role": "primary" if catalog.name == policy.primary else fallback,
                "models": model_count(catalog),
                "versions": len(catalog.entries),
                "date": catalog.date,
                "age_days": age_days(catalog, session.today()),
                "from": "shipped" if catalog in shipped else "imported",
                "title": catalog.title,
                "source": catalog.source,
            }
        )
    return found


def model_count(catalog: Catalog) -> int:
    """How many models a catalog lists."""
    return len({(entry.manufacturer, entry.model) for entry in catalog.entries})


def knowledge_of(session: Session, inventory: Inventory) -> Knowledge:
    """What is in force now for the devices that an inventory has: where it has others than phones, they are kept."""
    from scanner.inventory import queries

    kept_all = any(row["name"] == "not-a-phone" for row in queries.totals(inventory, "status"))
    return session.knowledge(inventory, keep_all=kept_all)


def assess_again(session: Session, inventory: Inventory, target: str, kind: str = "catalog") -> Summary | None:
    """Assess the devices of the inventory by what is in force, as a scan of a kind that sends nothing.

    None where the inventory has no scan yet.
    """
    from scanner.inventory import queries

    last = next(iter(queries.scans(inventory, 1)), None)
    if last is None:
        return None
    knowledge = knowledge_of(session, inventory)
    scan = inventory.begin_scan(kind=kind, targets=(target,), discoveries=(), site=last.site, now=session.now())
    return inventory.finish_scan(scan, outcome="done", knowledge=knowledge, now=session.now())


def editions(session: Session, name: str) -> tuple[Catalog, Catalog]:
    """The edition of a catalog before the one in force, and the one in force. Raises UsageError without an earlier."""
    from scanner.compliance.catalog import builtin

    with session.inventory(readonly=True) as inventory:
        stored = inventory.catalog_editions(name)
    found = [*(catalog for catalog in builtin() if catalog.name == name and catalog not in stored), *stored]
    if len(found) < 2:
        raise UsageError(f"{session.db} contains one edition of the catalog {name!r}; name a page to compare it with")
    return found[-2], found[-1]


def named_or_page(session: Session, name: str) -> tuple[Catalog, tuple[RowProblem, ...]]:
    """A catalog in force by its name, or the one of a page, with the rows that could not be read."""
    known = session.catalogs_by_name()
    if name in known:
        return known[name], ()
    if is_file(Path(name)) or "." in name or "/" in name:
        return read_page(name)
    raise UsageError(f"unknown catalog {name!r}: choose from {', '.join(known)}, or name a page")


def read_page(
    page: str, name: str | None = None, source: str | None = None, date: str | None = None
) -> tuple[Catalog, tuple[RowProblem, ...]]:
    """The catalog of a page or of a TOML file. Raises PhonescanError when the file cannot be read, DataError."""
    from scanner.compliance import catalog as catalogs
    from scanner.compliance import pages

    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(f"--name {name!r} is not a valid name of a catalog; use small letters, digits and dashes")
    if date is not None and catalogs.day(date) is None:
        raise UsageError(f"--date {date!r} is not a date such as 2026-11-23")
    text = _text(Path(page))
    if page.endswith(".toml"):
        return catalogs.from_toml(text, where=page), ()
    return pages.read_page(text, name=name or name_of(page, text), source=source or Path(page).name, date=date or "")


def name_of(page: str, text: str) -> str:
    """The name of the catalog that a page is an edition of, by its title, else by its file's name."""
    title = next((line for line in text[:20_000].splitlines() if re.match(r"(title:|#\s)", line.lstrip("\ufeff"))), "")
    for words in (title.casefold(), Path(page).name.casefold()):
        for sign, name in (("lync", "lync"), ("skype", "skype-for-business"), ("teams", "teams")):
            if sign in words:
                return name
    slug = re.sub(r"[^a-z0-9]+", "-", Path(page).stem.casefold()).strip("-")[:40]
    return slug or "imported"


def _text(path: Path) -> str:
    raw = read_bounded(path, PAGE_LIMIT, "certification page")
    for encoding in ("utf-8-sig", "utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace")
