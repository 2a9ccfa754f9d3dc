"""The page of changes: of a scan, between scans, or since a day, in pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlencode

from datasette import NotFound, Response

from scanner.core.errors import UsageError
from scanner.inventory.records import EventKind
from scanner.web import list_query, render
from scanner.web.config import WebConfig
from scanner.web.list_query import pager

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scanner.inventory import Inventory
    from scanner.inventory.queries import EventFilter, Filters

EVENTS: tuple[str, ...] = get_args(EventKind)
#: Changes of one page, scans and sites that the form offers.
ROWS, SCANS, SITES = 100, 200, 500
#: Days of the presets: since today, since that many days before.
PRESETS = ((0, "Today"), (7, "7 days"), (30, "30 days"), (365, "A year"))


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """The parameters of the page: first and last day (UTC), one scan, the scans after one and up to one, filters."""

    since: date | None = None
    until: date | None = None
    scan: int | None = None
    after: int | None = None
    through: int | None = None
    kinds: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    page: int = 1

    @property
    def bounded(self) -> bool:
        """Whether a period or scans are given; the page is of the last scan else."""
        return any(value is not None for value in (self.since, self.until, self.scan, self.after, self.through))

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters but the page, as pairs."""
        plain = (
            ("since", self.since),
            ("until", self.until),
            ("scan", self.scan),
            ("after", self.after),
            ("through", self.through),
        )
        return [
            *((name, str(value)) for name, value in plain if value is not None),
            *(("event", kind) for kind in self.kinds),
            *(("site", site) for site in self.sites),
        ]

    def encoded(self, page: int = 1) -> str:
        """The query string of a page."""
        return urlencode([*self.pairs(), *([("page", str(page))] if page > 1 else [])])

    def changes(self) -> EventFilter:
        """Which events are of the page."""
        from scanner.inventory.queries import EventFilter

        until = _after(self.until) if self.until else None
        return EventFilter(
            since=_start(self.since) if self.since else None, until=_start(until) if until else None, scan=self.scan,
            after=self.after, through=self.through, kinds=self.kinds,
        )  # fmt: skip

    def filters(self) -> Filters:
        """Which devices are of the page."""
        from scanner.inventory.queries import Filters

        return Filters(site=self.sites)

    def files(self) -> str:
        """The query string of the same events in Datasette's table, for all sites."""
        until = _after(self.until) if self.until else None
        plain = (
            ("time__gte", _start(self.since) if self.since else None),
            ("time__lt", _start(until) if until else None),
            ("scan_id", self.scan),
            ("scan_id__gt", self.after),
            ("scan_id__lte", self.through),
            ("kind__in", ",".join(self.kinds) or None),
        )
        return urlencode([(name, str(value)) for name, value in plain if value is not None])


def parse(query: Mapping[str, Sequence[str]]) -> ChangesQuery:
    """The parameters in a parsed query string; invalid ones are ignored, but an unknown scan is not."""

    def one(name: str) -> str:
        return next(iter(query.get(name, ())), "").strip()[: list_query.LENGTH]

    def number(name: str) -> int | None:
        text = one(name)
        return int(text[:18]) if text.isascii() and text.isdecimal() else None

    return ChangesQuery(
        since=_day(one("since")),
        until=_day(one("until")),
        scan=number("scan"),
        after=number("after"),
        through=number("through"),
        kinds=tuple(dict.fromkeys(kind for kind in query.get("event", ()) if kind in EVENTS)),
        sites=list_query.parse({"site": query.get("site", ())}).values("site"),
        page=list_query.page_number(one("page")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _start(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day


async def page(config: WebConfig, request: Any) -> Any:
    """`/changes`: by default, of the last scan."""
    wanted = parse(list_query.read(request.query_string))

    def query(inventory: Inventory) -> dict[str, Any]:
        from scanner.inventory import queries

        scans = [scan for scan in queries.scans(inventory, SCANS) if scan.finished]
        chosen = wanted if wanted.bounded or not scans else replace(wanted, scan=scans[0].id)
        scan = next((each for each in scans if each.id == chosen.scan), None)
        if scan is None and chosen.scan is not None:
            scan = inventory.scan(chosen.scan)
        every = queries.event_kinds(inventory, replace(chosen, kinds=()).changes(), chosen.filters())
        count = sum(number for kind, number in every.items() if not chosen.kinds or kind in chosen.kinds)
        pages = max(1, -(-count // ROWS))
        here = min(wanted.page, pages)
        start = (here - 1) * ROWS
        return {
            "query": chosen,
            "scan": scan,
            "scans": scans,
            "count": count,
            "kinds": every,
            "start": start,
            "sites": queries.names(inventory, "site", SITES),
            "rows": queries.event_page(inventory, chosen.changes(), chosen.filters(), limit=ROWS, offset=start),
            "pager": pager(here, pages, lambda number: f"changes?{chosen.encoded(number)}"),
        }

    try:
        values = await config.reader.read(query)
    except UsageError:
        raise NotFound("unknown scan") from None
    today = config.session.today()
    presets = [(today - timedelta(days=days), label) for days, label in PRESETS]
    return Response.html(
        render.page("changes.html", config, title="Changes", here="changes", presets=presets, events=EVENTS, **values)
    )
