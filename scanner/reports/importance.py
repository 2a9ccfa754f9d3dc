"""Which columns of a table matter most, and how narrow each may be: what a terminal shows when not all columns fit."""

from __future__ import annotations

from collections.abc import Sequence

#: Columns that a table keeps at every width, by a column that only this kind of table has; most important first. Those
#: of a group stay on one line where a row takes several.
_KEPT: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("suspicion", (("ip", "model", "suspicion"), ("what",))),
    ("claimant", (("ip", "model", "part"), ("chosen", "other"), ("claimant", "by"))),
    ("attribute", (("change", "manufacturer", "model"), ("attribute",), ("old", "new"))),
    ("change", (("change", "ip", "model"), ("part", "old", "new"))),
    ("event", (("time", "event", "ip", "model"), ("part", "old", "new"), ("note",))),
    ("discovery", (("ip", "discovery", "outcome"), ("note",))),
    ("observations", (("scan", "kind", "started", "outcome", "devices"), ("targets",), ("notes",))),
    ("behind", (("model", "firmware"), ("certified_firmware", "status"), ("devices", "behind"))),
    ("age_days", (("name", "role"), ("models", "date", "age_days"))),
    ("attributes", (("manufacturer", "model"), ("firmware", "match", "line"), ("attributes",))),
    ("certified_firmware", (("ip", "model"), ("firmware", "certified_firmware"), ("status",))),
)
#: The other columns, most important first; all others follow in the order of the table.
_NEXT: tuple[str, ...] = (
    "mac", "site", "manufacturer", "reason", "hostname", "switch", "switch_port", "vlan", "where", "sites",
    "compliance", "status", "firmware", "kind", "last_seen", "finished", "time", "serial", "catalog", "discovered_by",
    "first_seen", "last_scan",
)  # fmt: skip
#: Columns whose values have no place to break but after a comma: addresses, versions, times, statuses.
WHOLE = frozenset({
    "ip", "mac", "firmware", "certified_firmware", "serial", "status", "compliance", "time", "started", "finished",
    "first_seen", "last_seen", "since", "old", "new", "chosen", "other", "date", "event", "part", "behind",
})  # fmt: skip
#: Columns of texts that are numbers, right-aligned as those whose values are numbers.
NUMBERS = frozenset({"percent", "held_back"})
#: Width in characters up to which a text is not folded where a wider line has room for it.
_WIDTH, _WIDTHS = 24, {"reason": 60, "what": 40, "note": 30, "notes": 40, "source": 40, "title": 40, "claimant": 30,
                       "by": 40, "example": 40}  # fmt: skip


def kept(columns: Sequence[str], lead: Sequence[str] = ()) -> list[list[str]]:
    """The columns that a table keeps at every width in groups, most important first; `lead` precede all others."""
    own = next((groups for sign, groups in _KEPT if sign in columns), (columns[:1],))
    found = [list(lead), *([name for name in group if name in columns and name not in lead] for group in own)]
    return [group for group in found if group]


def ranked(columns: Sequence[str]) -> list[str]:
    """All columns of a table, most important first."""
    first = (name for group in kept(columns) for name in group)
    following = (name for name in _NEXT if name in columns)
    return list(dict.fromkeys((*first, *following, *columns)))


def comfortable(column: str) -> int:
    """The width up to which a text of this column is not folded."""
    return _WIDTHS.get(column, _WIDTH)


def is_prose(column: str) -> bool:
    """Whether the texts of a column are sentences, which take too many lines in a narrow column."""
    return column in _WIDTHS
