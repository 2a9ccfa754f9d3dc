"""What an address of a page says after the question mark: filters, order, page; and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from scanner.core.text import mac

if TYPE_CHECKING:
    from scanner.inventory.queries import Filters

#: Filters that take several values, in the order of the form.
MANY: tuple[str, ...] = ("site", "compliance", "status", "manufacturer", "model", "firmware", "kind", "switch")
#: Columns that a list can be sorted by.
SORTABLE: tuple[str, ...] = (
    "ip", "mac", "hostname", "manufacturer", "model", "firmware", "certified_firmware", "status", "compliance", "site",
    "switch", "first_seen", "last_seen",
)  # fmt: skip
SIZES = (50, 100, 200, 500)
#: Bounds of what an address may say: values of one filter, characters of one value, and the last page.
VALUES, LENGTH, PAGES = 20, 200, 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list as an address asks for it. `present` leaves out devices that are gone."""

    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    search: str = ""
    present: bool = False
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = SIZES[0]

    def values(self, name: str) -> tuple[str, ...]:
        """The values chosen for one filter."""
        return dict(self.chosen).get(name, ())

    def filters(self) -> Filters:
        """The filters for the inventory. A mac in the search is found in whatever notation it is written."""
        from scanner.inventory.queries import Filters

        search = mac(self.search) or self.search
        chosen: dict[str, Any] = dict(self.chosen)
        return Filters(**chosen, search=search, vanished=not self.present)

    def query(self, **changed: Any) -> str:
        """The address's query with changes; what is as by default is left out."""
        wanted = replace(self, **changed) if changed else self
        pairs = [(name, value) for name, values in wanted.chosen for value in values]
        plain = (
            ("q", wanted.search),
            ("present", "1" if wanted.present else ""),
            ("sort", wanted.sort),
            ("order", "down" if wanted.descending and wanted.sort else ""),
            ("size", str(wanted.size) if wanted.size != SIZES[0] else ""),
            ("page", str(wanted.page) if wanted.page > 1 else ""),
        )
        return urlencode([*pairs, *((name, value) for name, value in plain if value)])

    def sorted_by(self, column: str) -> str:
        """The query that sorts by a column; a second time the other way round."""
        return self.query(sort=column, descending=self.sort == column and not self.descending, page=1)

    def without(self, name: str, value: str) -> str:
        """The query without one value of a filter."""
        kept = ((n, tuple(v for v in values if (n, v) != (name, value))) for n, values in self.chosen)
        return self.query(chosen=tuple((n, values) for n, values in kept if values), page=1)

    def with_also(self, **values: str | None) -> str:
        """The query with filters set to one value each, None leaving one as it is."""
        chosen = dict(self.chosen) | {name: (value,) for name, value in values.items() if value}
        return self.query(chosen=tuple(chosen.items()), page=1)

    def only(self) -> str:
        """The query of the filters alone: what a file of the whole list is asked for."""
        return self.query(sort="", descending=False, page=1, size=SIZES[0])


def wanted(query: Mapping[str, Sequence[str]]) -> Wanted:
    """What a query asks for; what it says wrongly is as if it were not there."""

    def one(name: str) -> str:
        return next(iter(query.get(name, ())), "").strip()[:LENGTH]

    chosen = []
    for name in MANY:
        values = dict.fromkeys(value.strip()[:LENGTH] for value in list(query.get(name, ()))[:VALUES])
        if kept := tuple(value for value in values if value):
            chosen.append((name, kept))
    sort, size, page = one("sort"), one("size"), one("page")
    return Wanted(
        chosen=tuple(chosen),
        search=one("q"),
        present=one("present") == "1",
        sort=sort if sort in SORTABLE else "",
        descending=one("order") == "down",
        page=min(int(page), PAGES) if page.isascii() and page.isdecimal() and int(page[:9]) else 1,
        size=int(size) if size in map(str, SIZES) else SIZES[0],
    )


def link(**values: str | None) -> str:
    """A query of plain values, those that are empty left out: what templates build links with."""
    return urlencode({name: value for name, value in values.items() if value})
