"""lldpctl's JSON → pairs of a local interface and its neighbour, also from a truncated or a repeated document.

json0 has a list of objects with a name, json an object by name or, where a name repeats, a list of such objects.
`lldpcli -f json watch` writes a document for each event.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from scanner.core.bounded import UNREADABLE_JSON, TooLarge, checked_json, repeated_key

#: Longest document, in bytes: enough for thousands of neighbours.
LIMIT = 16 << 20
#: Most lists, objects and values: a list that is empty takes 3 octets of text and 60 of memory.
PARTS = 1_000_000
#: Most places at which damaged JSON is tried again.
_ATTEMPTS = 1000

_INTERFACES = re.compile(r'(?<!\\)"interface"\s{0,64}:\s{0,64}(?=[\[{])')
_BETWEEN = re.compile(r"[\s,]*")
_NAME = re.compile(r'[\s,]*"((?:[^"\\]|\\.){1,64})"\s*:\s*')


def _joined(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; the values of a key that occurs more than once are a list, as the neighbours of one interface are."""
    found: dict[str, Any] = {}
    for name, value in members:
        found[name] = [*_list(found[name]), value] if name in found else value
    return found


# Control characters within text, which JSON does not allow, are read.
_decode = json.JSONDecoder(strict=False, object_pairs_hook=_joined).raw_decode


def neighbours(text: str) -> tuple[list[tuple[str, Any]], bool]:
    """The neighbours in a text, and whether all of it could be read. Raises TooLarge."""
    if text.count("[") + text.count("{") + text.count(",") > PARTS:
        raise TooLarge(f"it contains more than {PARTS:,} lists, objects and values")
    try:
        document = checked_json(text, limit=LIMIT)
        if repeated_key(text.encode()) is None:
            return list(_of_document(document)), True
    except UNREADABLE_JSON:
        pass
    found: list[tuple[str, Any]] = []
    at, unread = 0, 0
    while unread < _ATTEMPTS and (start := _INTERFACES.search(text, at)):
        try:
            value, at = _decode(text, start.end())
            found += _of_interfaces(value)
        except (ValueError, RecursionError):
            unread += 1
            some, at = _complete(text, start.end())
            found += some
    return found, not unread and bool(found) and _is_documents(text)


def _is_documents(text: str) -> bool:
    """Whether a text is JSON documents one behind the other, and nothing else."""
    at = _BETWEEN.match(text).end()  # type: ignore[union-attr]  # matches anything
    try:
        while at < len(text):
            at = _BETWEEN.match(text, _decode(text, at)[1]).end()  # type: ignore[union-attr]
    except (ValueError, RecursionError):
        return False
    return True


def _complete(text: str, at: int) -> tuple[list[tuple[str, Any]], int]:
    """The complete neighbours of a list or object that begins at `at`, and where reading ended."""
    found: list[tuple[str, Any]] = []
    listed = text[at] == "["
    at += 1
    try:
        while True:
            name = None if listed else _NAME.match(text, at)
            if not listed and name is None:
                return found, at
            at = name.end() if name else _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # matches anything
            value, at = _decode(text, at)
            found += _of_interfaces(value if name is None else {name[1]: value})
    except (ValueError, RecursionError):
        return found, at


def _of_document(document: Any) -> Iterator[tuple[str, Any]]:
    for value in document.values() if isinstance(document, dict) else ():
        for lldp in _list(value):
            yield from _of_interfaces(lldp.get("interface") if isinstance(lldp, dict) else None)


def _of_interfaces(value: Any) -> Iterator[tuple[str, Any]]:
    for entry in _list(value):
        if not isinstance(entry, dict) or "name" in entry:
            yield (str(entry["name"]) if isinstance(entry, dict) else ""), entry
        else:
            yield from ((str(name), one) for name, inner in entry.items() for one in _list(inner))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
