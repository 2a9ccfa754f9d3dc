"""The query string of a list page: filters, order and page, parsed and encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from scanner.core.errors import UsageError
from scanner.core.text import VALUE_LIMIT, mac

if TYPE_CHECKING:
    from scanner.inventory.queries import Filters

#: Filters that take several values, in the order of the form.
MANY: tuple[str, ...] = ("site", "compliance", "status", "manufacturer", "model", "firmware", "kind", "switch")
#: Columns that a list can be sorted by.
SORTABLE: tuple[str, ...] = (
    "ip", "mac", "hostname", "manufacturer", "model", "firmware", "certified_firmware", "status", "compliance", "site",
    "switch", "first_seen", "last_seen",
)  # fmt: skip
#: What the columns that a list can be sorted by are called where there is no heading.
SORT_LABELS = {"ip": "Address", "switch": "Switch", "certified_firmware": "Certified firmware"}
SIZES = (50, 100, 200, 500)
#: Bounds of a query string: parameters, characters of a value (those of a stored one), and the last page.
PARAMETERS, LENGTH, PAGES = 1000, VALUE_LIMIT, 1_000_000


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parameters of a list page; with `present`, devices that vanished are left out.

    `in_conflict` keeps devices whose verdict is in conflict.
    """

    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    search: str = ""
    present: bool = False
    in_conflict: bool = False
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = SIZES[0]

    def values(self, name: str) -> tuple[str, ...]:
        """The values chosen for one filter."""
        return dict(self.chosen).get(name, ())

    def filters(self) -> Filters:
        """The filters for the inventory; a mac in the search is found in any notation."""
        from scanner.inventory.queries import Filters

        search = mac(self.search) or self.search
        chosen: dict[str, Any] = dict(self.chosen)
        return Filters(**chosen, search=search, vanished=not self.present, in_conflict=self.in_conflict)

    def encoded(self, **changed: Any) -> str:
        """The query string with changes; defaults are left out."""
        query = replace(self, **changed) if changed else self
        pairs = [(name, value) for name, values in query.chosen for value in values]
        plain = (
            ("q", query.search),
            ("present", "1" if query.present else ""),
            ("conflict", "1" if query.in_conflict else ""),
            ("sort", query.sort),
            ("order", "down" if query.descending and query.sort else ""),
            ("size", str(query.size) if query.size != SIZES[0] else ""),
            ("page", str(query.page) if query.page > 1 else ""),
        )
        return urlencode([*pairs, *((name, value) for name, value in plain if value)])

    def sorted_by(self, column: str, now: str = "") -> str:
        """The query string that sorts by a column; in reverse where the list is sorted by it now already."""
        return self.encoded(sort=column, descending=(now or self.sort) == column and not self.descending, page=1)

    def without(self, name: str, value: str) -> str:
        """The query string without one value of a filter."""
        kept = ((n, tuple(v for v in values if (n, v) != (name, value))) for n, values in self.chosen)
        return self.encoded(chosen=tuple((n, values) for n, values in kept if values), page=1)

    def with_also(self, **values: str | None) -> str:
        """The query string with filters set to one value each; None leaves a filter unchanged."""
        chosen = dict(self.chosen) | {name: (value,) for name, value in values.items() if value}
        return self.encoded(chosen=tuple(chosen.items()), page=1)

    def pager(self, path: str, page: int, pages: int) -> Pager:
        """The pager of the list below a path."""
        return pager(page, pages, lambda number: f"{path}?{self.encoded(page=number)}")

    def only(self, *names: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The chosen filters of these names."""
        return tuple(one for one in self.chosen if one[0] in names)

    def filters_only(self) -> str:
        """The query string of the filters alone, for a download of the whole list."""
        return self.encoded(sort="", descending=False, page=1, size=SIZES[0])


def read(text: str) -> dict[str, list[str]]:
    """A query string as names and values. Raises UsageError where it has too many: a filter without some of its values
    would be another filter.
    """
    try:
        return parse_qs(text, max_num_fields=PARAMETERS, errors="replace")
    except ValueError:
        raise UsageError(f"the address has more than {PARAMETERS:,} parameters; choose fewer values") from None


def parse(query: Mapping[str, Sequence[str]]) -> ListQuery:
    """The parameters in a parsed query string; invalid ones are ignored."""

    def one(name: str) -> str:
        return next(iter(query.get(name, ())), "").strip()[:LENGTH]

    chosen = []
    for name in MANY:
        values = dict.fromkeys(value.strip()[:LENGTH] for value in query.get(name, ()))
        if kept := tuple(value for value in values if value):
            chosen.append((name, kept))
    sort, size, page = (one(name) for name in ("sort", "size", "page"))
    sort = sort if sort in SORTABLE else ""
    return ListQuery(
        chosen=tuple(chosen),
        search=one("q"),
        present=one("present") == "1",
        in_conflict=one("conflict") == "1",
        sort=sort,
        descending=bool(sort) and one("order") == "down",
        page=page_number(page),
        size=int(size) if size in map(str, SIZES) else SIZES[0],
    )


def page_number(text: str) -> int:
    """The number of a page in a query string; 1 for what is not one."""
    return min(int(text), PAGES) if text.isascii() and text.isdecimal() and int(text[:9]) else 1


class Pager(NamedTuple):
    """The pages of a list: the number of this one and of all, and links; None in `numbers` is a gap."""

    page: int
    pages: int
    previous: str | None
    next: str | None
    numbers: tuple[tuple[int, str] | None, ...]


def pager(page: int, pages: int, link_of: Callable[[int], str]) -> Pager:
    """The pager at one page: links to the neighbours, the first and the last page."""
    wanted = sorted({1, pages, *range(max(1, page - 1), min(pages, page + 1) + 1)})
    numbers: list[tuple[int, str] | None] = []
    for before, number in zip([0, *wanted], wanted, strict=False):
        if number > before + 1:
            numbers.append((number - 1, link_of(number - 1)) if number == before + 2 else None)
        numbers.append((number, link_of(number)))
    return Pager(
        page,
        pages,
        link_of(page - 1) if page > 1 else None,
        link_of(page + 1) if page < pages else None,
        tuple(numbers),
    )


def link(**values: str | Sequence[str] | None) -> str:
    """A query string of plain values without the empty ones, for links in templates; a sequence is repeated."""
    return urlencode({name: value for name, value in values.items() if value}, doseq=True)
