"""Validation errors of records: the path of the value, and the error in words, with the nearest known key."""

from __future__ import annotations

import difflib
import re
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

_MESSAGE = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.S)
_MISSING_KEY = re.compile(r"Object missing required field `(.*)`", re.S)
_ENUM_VALUE = re.compile(r"Invalid enum value '(.*)'", re.S)
_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.*)`", re.S)


class Violation(NamedTuple):
    """What a value violates, the path of that value, and the key of it that is unknown (else empty)."""

    what: str
    path: str
    key: str

    @property
    def place(self) -> str:
        """The path that the error is about, the unknown key included."""
        return ".".join(filter(None, (self.path, self.key)))

    def __str__(self) -> str:
        return f"{self.path}: {self.what}" if self.path else self.what


def violation(fault: msgspec.ValidationError, kind: type[msgspec.Struct]) -> Violation:
    """The parts of the message of msgspec about a value that is not a `kind`, in the words of TOML."""
    found = _MESSAGE.fullmatch(str(fault))
    what, path = found.groups(default="") if found else (str(fault), "")
    if missing := _MISSING_KEY.fullmatch(what):
        return Violation(f"the key {missing[1]!r} is missing", path, "")
    if unknown := _UNKNOWN_KEY.fullmatch(what):
        hint = f"did you mean {nearest(unknown[1], keys_at(kind, path))!r}?"
        return Violation(f"unknown key {unknown[1]!r}; {hint}", path, unknown[1])
    what = what.replace("`", "").replace("array", "list").replace("object", "table").replace(" | null", "")
    if what.startswith("Invalid enum value"):
        words = _words_at(kind, path)
        given = _ENUM_VALUE.fullmatch(what)
        near = difflib.get_close_matches(given[1], words, n=1) if given else []
        what += f", choose one of {', '.join(words)}" + (f"; did you mean {near[0]!r}?" if near else "")
    return Violation(what[:1].lower() + what[1:], path, "")


def nearest(key: str, known: list[str]) -> str:
    """The known key that is most similar to `key`."""
    return difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]


def keys_at(kind: Any, path: str) -> list[str]:
    """The keys of the table at a path below a `kind`."""
    struct = _struct_in(_type_at(kind, path))
    return list(struct.__struct_encode_fields__) if struct is not None else []


def _words_at(kind: Any, path: str) -> list[str]:
    """The words that are allowed at a path below a `kind`."""
    found = _type_at(kind, path)
    return [word for each in (found, *get_args(found)) if get_origin(each) is Literal for word in get_args(each)]


def _type_at(kind: Any, path: str) -> Any:
    """The type of the value at a path below a `kind`, None for an unknown path."""
    for part in re.sub(r"\[[^\]]*\]", "", path).split(".") if path else ():
        kind = _struct_in(kind)
        if kind is None:
            return None
        names = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
        kind = get_type_hints(kind).get(names.get(part, ""))
    return kind


def _struct_in(kind: Any) -> Any:
    """The struct itself, or the one inside `tuple[Struct, ...]` or a union."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((found for each in get_args(kind) if (found := _struct_in(each)) is not None), None)
