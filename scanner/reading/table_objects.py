"""A JSON object → the rows in it: which of its objects are of a device, at any level.

A device of GenieACS is a tree of the parameters of TR-069, each an object with its `_value`, and has `_deviceId`
(docs.genieacs.com, "API reference").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.core.text import mac as read_mac
from scanner.reading.table_columns import WHICH, Column, columns, is_row

#: Most values of one row.
VALUES = 500
#: The members by which a device of GenieACS and a parameter of one are known.
TREE, _PARAMETER = "_deviceId", "_value"
#: Most shapes of rows whose columns are kept.
_SHAPES = 500


class Shapes:
    """The columns of rows by the names of their values, and what each was taken for."""

    def __init__(self, chosen: Mapping[str, str]) -> None:
        self.chosen = chosen
        self.taken: dict[str, str] = {}
        self.seen: dict[str, None] = {}
        self._known: dict[tuple[str, ...], list[Column]] = {}

    def rows(self, value: Mapping[str, Any], key: str = "") -> Iterator[list[tuple[str, str]]]:
        """The rows of an object, each (part, text) in the order in which they count."""
        own = [(name, text) for name, one in value.items() if (text := _text(one)) is not None]
        if (keyed := read_mac(key)) is not None:
            own.insert(0, ("mac", keyed))
        inner = [(name, one) for name, one in value.items() if isinstance(one, dict) and _PARAMETER not in one]
        parts = {column.part for column in self._columns(own)}
        flat = own + [pair for name, one in inner for pair in _flat(name, one)]
        wanted = self._columns(flat)
        for name, one in value.items():
            if len(self.seen) < VALUES and not _is_outer(one):
                self.seen.setdefault(name)
        inside = [row for name, one in inner for row in self.rows(one, name)] if TREE not in value else []
        listed = [row for one in value.values() if isinstance(one, list) for item in one for row in self._of_item(item)]
        named = TREE in value or "mac" in parts or bool(parts & {*WHICH, "serial"} and not inside and not listed)
        if (named or (not inside and self._is_pair(inner))) and is_row([one.part for one in wanted], self.chosen):
            yield self._row(flat, wanted)
        else:
            yield from inside
        yield from listed

    def _of_item(self, item: Any) -> Iterator[list[tuple[str, str]]]:
        """The rows of an item of a list."""
        if isinstance(item, dict):
            yield from self.rows(item)

    def _is_pair(self, inner: list[tuple[str, dict[str, Any]]]) -> bool:
        """Whether one of the objects inside names a device: what it is may be in another one, or in this one."""
        return sum(1 for name, one in inner if {c.part for c in self._columns(_flat(name, one))} & WHICH) == 1

    def _columns(self, pairs: list[tuple[str, str]]) -> list[Column]:
        names = tuple(name for name, _ in pairs[:VALUES])
        found = self._known.get(names)
        if found is None:
            found = columns(names, self.chosen)
            if len(self._known) < _SHAPES:
                self._known[names] = found
        return found

    def _row(self, pairs: list[tuple[str, str]], wanted: list[Column]) -> list[tuple[str, str]]:
        for column in sorted(wanted):
            if len(self.taken) < VALUES:
                self.taken.setdefault(pairs[column.at][0], column.part)
        return [(column.part, pairs[column.at][1]) for column in wanted]


def _flat(path: str, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The texts in an object and those inside of it, with their paths."""
    found: list[tuple[str, str]] = []
    for name, one in value.items():
        inner = f"{path}.{name}" if path else name
        if isinstance(one, dict) and _PARAMETER not in one:
            found += _flat(inner, one)
        elif (text := _text(one)) is not None:
            found.append((inner, text))
        if len(found) >= VALUES:
            break
    return found[:VALUES]


def _is_outer(value: Any) -> bool:
    """Whether a value only contains objects, which have the columns."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _text(value: Any) -> str | None:
    """A value as the text of a cell, several ones joined; None for an object or a list of them.

    A number with a fraction is left out: a version 5.10 is not one of 5.1.
    """
    if isinstance(value, dict):
        value = value.get(_PARAMETER, value)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return "; ".join(value)
    return "" if value is None or isinstance(value, (bool, float)) or value == [] else None
