"""`phonescan catalog`: the lists of certified firmware: those that ship, and those imported into an inventory."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli.group import DONE, PARTLY
from scanner.cli.group import say as complain
from scanner.cli.shared import frame, output
from scanner.core.errors import DataError, PhonescanError, UsageError
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.compliance.pages import RowProblem
    from scanner.core.model import Catalog
    from scanner.inventory import Inventory, Summary

#: Largest page that is read, in bytes.
PAGE_LIMIT = 16_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")

command = click.Group(
    "catalog",
    help="The lists of certified firmware that phones are held against.",
    epilog=frame.examples(
        [
            "phonescan catalog list",
            "phonescan catalog show skype-for-business",
            "phonescan catalog import devices-ip-phones.md",
            "phonescan catalog diff skype-for-business devices-ip-phones.md",
        ]
    ),
)


def in_force(session: frame.Session) -> dict[str, Catalog]:
    """The catalogs in force by name: those of the inventory, where there is one, above those that ship."""
    if not session.db.exists():
        return {catalog.name: catalog for catalog in session.catalogs()}
    with session.inventory(readonly=True) as inventory:
        return {catalog.name: catalog for catalog in session.catalogs(inventory)}


@frame.command("list", help="List the catalogs in force, with source and age.", examples=["phonescan catalog list"])
@output.format_option()
@output.OUT
def list_catalogs(session: frame.Session, format: str, path: Path | None) -> None:
    """Write one row a catalog."""
    from scanner import settings
    from scanner.compliance.catalog import age_days, builtin

    policy = settings.policy(session.settings)
    shipped = builtin()
    rows = []
    for catalog in in_force(session).values():
        fallback = "fallback" if catalog.name in policy.fallback else ""
        rows.append(
            {
                "name": catalog.name,
                "role": "primary" if catalog.name == policy.primary else fallback,
                "models": len({(e.manufacturer, e.model) for e in catalog.entries}),
                "versions": len(catalog.entries),
                "date": catalog.date,
                "age_days": age_days(catalog, session.today()),
                "from": "shipped" if catalog in shipped else "imported",
                "title": catalog.title,
                "source": catalog.source,
            }
        )
    columns = ("name", "role", "models", "versions", "date", "age_days", "from", "title", "source")
    output.emit_rows(rows, columns, format, "Catalogs", path, generated_at=session.now())


@frame.command(
    "show",
    help="Show the rows of a catalog.",
    examples=["phonescan catalog show lync", "phonescan catalog show teams --format csv"],
)
@click.argument("name", metavar="NAME|PAGE")
@output.format_option()
@output.OUT
def show_catalog(session: frame.Session, name: str, format: str, path: Path | None) -> int:
    """Write one row for each model and version."""
    catalog, problems = named_or_page(session, name)
    rows = [
        {
            "manufacturer": entry.manufacturer,
            "model": entry.model,
            "firmware": entry.firmware,
            "match": entry.match,
            "spelled": entry.spelled,
            "line": entry.source_line or None,
            "attributes": [f"{key}: {value}" for key, value in entry.attributes.items()],
        }
        for entry in catalog.entries
    ]
    title = f"{catalog.title} ({catalog.name}, {catalog.date or 'without a date'}; {catalog.source})"
    columns: tuple[str, ...] = ("manufacturer", "model", "firmware", "match", "line", "attributes")
    if format != "table":
        columns = (*columns, "spelled")
    output.emit_rows(rows, columns, format, title, path, generated_at=session.now())
    return _tell(problems)


@frame.command(
    "import",
    help="Read a certification page (Microsoft's Markdown as published, or a CSV list) or a catalog file (TOML) into "
    "the inventory, where it takes the place of the catalog of that name.\n\n"
    "A row that cannot be read is named with its line; the others are taken.",
    examples=[
        "phonescan catalog import devices-ip-phones.md",
        "phonescan catalog import our-list.csv --name house --date 2026-11-01",
    ],
)
@click.argument("page", metavar="PAGE")
@click.option("--name", metavar="NAME", help="Name of the catalog.  [default: what title or file name tell]")
@click.option("--source", metavar="TEXT", help="Where the page comes from, for reports.  [default: the file's name]")
@click.option("--date", metavar="DATE", help="Date of the page, such as 2026-11-23.  [default: its own ms.date]")
@click.option("--dry-run", is_flag=True, help="Read the page and say what is wrong with it; store nothing.")
def import_catalog(
    session: frame.Session, page: str, name: str | None, source: str | None, date: str | None, dry_run: bool
) -> int:
    """Store the catalog of a page; exit status 3 when a row could not be read."""
    catalog, problems = read_page(page, name, source, date)
    count = f"{len({(e.manufacturer, e.model) for e in catalog.entries})} models, {len(catalog.entries)} versions"
    if dry_run:
        click.echo(f"{shown(page)}: {count}; nothing is stored", err=True)
        return _tell(problems)
    with session.inventory(create=True) as inventory:
        new = inventory.set_catalog(catalog, session.now())
        summary = _judged_anew(session, inventory, page) if new else None
    said = f"the catalog {catalog.name} is now this page" if new else f"the catalog {catalog.name} is so already"
    click.echo(f"{shown(page)}: {count}; {said} in {session.db}", err=True)
    if summary is not None and summary.events:
        changed = ", ".join(f"{number} {name}" for name, number in summary.events.items())
        click.echo(f"devices judged by it: {changed} (scan {summary.scan})", err=True)
    return _tell(problems)


@frame.command(
    "diff",
    help="Show what a newer catalog changed. With one name: the edition in force against the one before it.",
    examples=["phonescan catalog diff skype-for-business devices-ip-phones.md", "phonescan catalog diff old.md new.md"],
)
@click.argument("old", metavar="NAME|PAGE")
@click.argument("new", metavar="[NAME|PAGE]", required=False)
@output.format_option("table", "csv", "json", "jsonl", "md")
@output.OUT
def diff_catalogs(session: frame.Session, old: str, new: str | None, format: str, path: Path | None) -> int:
    """Write one row a change."""
    from scanner.compliance.catalog import diff

    problems: tuple[RowProblem, ...] = ()
    if new is None:
        before, after = _editions(session, old)
    else:
        (before, problems), (after, more) = named_or_page(session, old), named_or_page(session, new)
        problems += more
    rows = [
        {**change._asdict(), "change": change.kind, "old": list(change.old), "new": list(change.new)}
        for change in diff(before, after)
    ]
    title = f"{before.name} of {before.date or '?'} → {after.name} of {after.date or '?'}"
    columns = ("change", "manufacturer", "model", "old", "new", "attribute")
    output.emit_rows(rows, columns, format, title, path, generated_at=session.now())
    return _tell(problems)


def _judged_anew(session: frame.Session, inventory: Inventory, page: str) -> Summary | None:
    """Hold the devices that are there against the catalog now, as a scan of its own that asks nobody."""
    from scanner.inventory import queries

    last = next(iter(queries.scans(inventory, 1)), None)
    if last is None:
        return None
    kept_all = any(row["name"] == "not-a-phone" for row in queries.totals(inventory, "status"))
    knowledge = session.knowledge(inventory, keep_all=kept_all)
    scan = inventory.begin_scan(kind="catalog", targets=(page,), discoveries=(), site=last.site, now=session.now())
    return inventory.finish_scan(scan, outcome="done", knowledge=knowledge, now=session.now())


def _editions(session: frame.Session, name: str) -> tuple[Catalog, Catalog]:
    from scanner.compliance.catalog import builtin

    with session.inventory(readonly=True) as inventory:
        stored = inventory.catalog_editions(name)
    editions = [*(catalog for catalog in builtin() if catalog.name == name and catalog not in stored), *stored]
    if len(editions) < 2:
        raise UsageError(
            f"there is no earlier edition of the catalog {name!r} in {session.db}; name a page to compare with"
        )
    return editions[-2], editions[-1]


def named_or_page(session: frame.Session, name: str) -> tuple[Catalog, tuple[RowProblem, ...]]:
    """A catalog in force by its name, or the one of a page, with the rows that could not be read."""
    known = in_force(session)
    if name in known:
        return known[name], ()
    if Path(name).is_file() or "." in name or "/" in name:
        return read_page(name)
    raise UsageError(f"there is no catalog {name!r}; there are {', '.join(known)}, or name a page")


def read_page(
    page: str, name: str | None = None, source: str | None = None, date: str | None = None
) -> tuple[Catalog, tuple[RowProblem, ...]]:
    """The catalog of a page or of a TOML file. Raises PhonescanError when the file cannot be read, DataError."""
    from scanner.compliance import catalog as catalogs
    from scanner.compliance import pages

    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(f"--name {name!r} is no name of a catalog; use small letters, digits and dashes")
    if date is not None and catalogs.day(date) is None:
        raise UsageError(f"--date {date!r} is no date such as 2026-11-23")
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
    try:
        with path.open("rb") as stream:
            raw = stream.read(PAGE_LIMIT + 1)
    except OSError as error:
        raise PhonescanError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(raw) > PAGE_LIMIT:
        raise DataError(f"{path} is too large for a certification page")
    for encoding in ("utf-8-sig", "utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace")


def _tell(problems: tuple[RowProblem, ...]) -> int:
    for problem in problems:
        complain(str(problem))
    return PARTLY if problems else DONE


for _each in (list_catalogs, show_catalog, import_catalog, diff_catalogs):
    command.add_command(_each)
