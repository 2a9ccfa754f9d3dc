"""The fields of a device that are entered, not observed: their names and bounds. Pure."""

from __future__ import annotations

import unicodedata

from scanner.core.errors import UsageError

#: Name of a field → its most characters.
DEVICE_FIELDS: dict[str, int] = {"owner": 200, "room": 200, "asset-tag": 100, "note": 4000}
#: Fields of several lines.
LINES = frozenset({"note"})
#: Most characters of the author of a value.
AUTHOR_LIMIT = 200


def checked(key: str, value: str) -> str:
    """The value of a field as it is stored: without space around it, lines ended by LF. An empty one clears the field.

    Raises UsageError for an unknown field, a value that is too long, or one with control characters.
    """
    if key not in DEVICE_FIELDS:
        raise UsageError(f"{key!r} is not a field of a device; choose one of {', '.join(DEVICE_FIELDS)}")
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(value) > DEVICE_FIELDS[key]:
        raise UsageError(f"{key} has {len(value):,} characters; shorten it to {DEVICE_FIELDS[key]:,}")
    plain = value.replace("\n", "").replace("\t", "") if key in LINES else value
    if not "".join(each for each in plain if unicodedata.category(each) != "Zs").isprintable():
        raise UsageError(f"{key} contains a line end or a character that cannot be shown; remove it")
    return value
