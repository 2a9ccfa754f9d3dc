"""The account of a device as lines of text; the caller escapes control characters."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.app.account import Account, Lost, PartAccount, Won

_INDENT = " " * 18


def part_lines(one: PartAccount) -> Iterator[str]:
    """A part: its value, what it won by, and what lost."""
    if one.value is None and not one.lost:
        yield f"  {one.part:<13} not known"
        return
    old = f", as of {one.as_of}" if one.as_of else ""
    yield f"  {one.part:<13} {one.value or 'not known'}{old}"
    if one.won:
        yield f"{_INDENT}{_won(one.won[0], one.value or '')}"
    if others := [_place(won) for won in one.won[1:]]:
        yield f"{_INDENT}also {', '.join(others)}"
    for lost in one.lost:
        yield f"{_INDENT}{_lost(lost)}"


def change_lines(found: Account) -> Iterator[str]:
    """What would change the verdict, as a list."""
    if found.changes:
        yield "  What would change it:"
        yield from (f"  - {change}" for change in found.changes)


def _won(one: Won, value: str) -> str:
    differs = "" if one.gives == value or not one.rule else f", which gives {one.gives!r}"
    rule = f" by rule {one.rule}" if one.rule else ""
    where = "; ".join(filter(None, (one.row, ", ".join(filter(None, (one.source, one.time))))))
    return f"{one.field} {_short(one.value)!r}{rule}{differs} ({where})"


def _place(one: Won) -> str:
    rank = one.row.partition(", ")[2]
    return f"{one.field} ({rank})" if rank else one.field


def _lost(one: Lost) -> str:
    return f"not {one.value}, claimed by {one.claimant}: {one.why}"


def _short(value: str, limit: int = 100) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"
