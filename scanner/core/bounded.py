"""Documents of others, bounded before they are parsed: the one door to the parsers of TOML and JSON.

A parser takes whatever time and memory a document requires: a dotted key of 100,000 parts costs `tomli` 24 GB, and each
level of nesting takes a frame of the interpreter. So length, depth, parts and digits are checked first, in linear time.
`tests/test_parser_doors.py` finds every other call of a parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar, overload

import msgspec
import tomli

T = TypeVar("T")

#: Levels of lists and tables inside each other, in TOML and in JSON. phonescan.toml needs 4, a device of NetBox 6.
DEPTH = 32
#: Parts of one dotted key or of the name of one table.
KEY_PARTS = 16
#: Lists, tables and dots of a TOML document: each may make a table, of about 1 KB.
TABLES = 100_000
#: Digits of a number in TOML. 64 bits have 20.
DIGITS = 40
#: Digits of a number in JSON: Python converts 4,300 of them.
JSON_DIGITS = 4_000
#: Lists and objects, and commas, of a JSON document: an object takes 64 bytes and more.
JSON_LISTS, JSON_ITEMS = 500_000, 4_000_000
#: Largest JSON document, in bytes, where the caller has no smaller limit.
JSON_SIZE = 64_000_000

# Before Python 3.11.5 a possessive repetition requires that its group is atomic (gh-106052).
# Texts and comments. One without an end is the rest of its line or, in three quotation marks, of the document, so that
# each character is passed over once.
_TOML_TEXT = re.compile(
    r'"""(?>[^"\\]++|\\.|"(?!""))*+"""|' r"'''(?>[^']++|'(?!''))*+'''|" r"(?:\"\"\"|''').*+|"
    r'"(?>[^"\\\n]++|\\[^\n])*+"|' r"'[^'\n]*+'|" r"[\"'#][^\n]*+",
    re.DOTALL,
)  # fmt: skip
_JSON_TEXT = re.compile(rb'"(?>[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_MANY_DOTS = re.compile(rf"^(?:[^.\n]*+\.){{{KEY_PARTS}}}", re.MULTILINE)
_LONG_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{KEY_PARTS}}}")
_LONG_NUMBER = re.compile(rf"(?:0x|[0-9])[0-9a-fA-F_]{{{DIGITS},}}")
_LONG_JSON_NUMBER = re.compile(rb"[0-9]{%d}" % JSON_DIGITS)
_INNERMOST = re.compile(rb"\[\]|\{\}")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TOO_DEEP = "nested too deeply: write it with fewer lists and tables inside each other"


class TooLarge(ValueError):
    """A document beyond a bound. `str(error)` is which one and what to do; `line` is 0 where it has none."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


#: What `checked_json` and `json_decoder` raise.
UNREADABLE_JSON = (TooLarge, msgspec.DecodeError)


def checked_toml(text: str) -> dict[str, Any]:
    """The content of a TOML document. Raises TooLarge, and TOMLDecodeError of tomli."""
    bare = _TOML_TEXT.sub("x", text)
    if _MANY_DOTS.search(bare) and _LONG_KEY.search(bare):
        raise TooLarge(f"a key has more than {KEY_PARTS} parts: shorten it", _first_line(_LONG_KEY, text))
    if _LONG_NUMBER.search(bare):
        raise TooLarge(f"a number has more than {DIGITS} digits: shorten it", _first_line(_LONG_NUMBER, text))
    if bare.count(".") + bare.count("[") + bare.count("{") > TABLES:
        raise TooLarge(f"it contains more than {TABLES:,} lists and tables: split it into several files")
    if _too_deep(bare.encode("utf-8", "surrogatepass").translate(None, _NO_BRACKETS)):
        raise TooLarge(_TOO_DEEP)
    return tomli.loads(text)


def _first_line(pattern: re.Pattern[str], text: str) -> int:
    """The line on which a pattern first matches a document without the texts in it, each of which keeps its lines."""
    bare = _TOML_TEXT.sub(lambda found: "x" + "\n" * found[0].count("\n"), text)
    found = pattern.search(bare)
    return bare.count("\n", 0, found.start()) + 1 if found else 0


@overload
def checked_json(raw: bytes | str, *, limit: int = ...) -> Any: ...
@overload
def checked_json(raw: bytes | str, kind: type[T], *, limit: int = ...) -> T: ...
def checked_json(raw: bytes | str, kind: Any = Any, *, limit: int = JSON_SIZE) -> Any:
    """The value of a JSON document as a `kind`. Raises TooLarge, and DecodeError and ValidationError of msgspec."""
    return json_decoder(kind, limit=limit)(raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw)


def json_decoder(kind: type[T], *, limit: int = JSON_SIZE) -> Callable[[bytes], T]:
    """`checked_json` for many documents of one kind, such as the lines of a file."""
    decode = msgspec.json.Decoder(kind).decode

    def checked(octets: bytes) -> T:
        check_json(octets, limit)
        try:
            return decode(octets)
        except RecursionError:
            raise TooLarge(_TOO_DEEP) from None

    return checked


def check_json(octets: bytes, limit: int = JSON_SIZE) -> None:
    """Raise TooLarge for a JSON document beyond the bounds of length, depth and digits."""
    if len(octets) > limit:
        raise TooLarge(f"it is longer than {limit:,} bytes")
    shallow = octets.count(b"[") + octets.count(b"{") <= DEPTH
    if shallow and len(octets) <= JSON_DIGITS:  # the usual line
        return
    long = _LONG_JSON_NUMBER.search(octets) is not None
    if shallow and not long and octets.count(b",") <= JSON_ITEMS:
        return
    bare = _without_texts(octets)
    if long and _LONG_JSON_NUMBER.search(bare):
        raise TooLarge(f"a number has more than {JSON_DIGITS:,} digits")
    brackets = bare.translate(None, _NO_BRACKETS)
    if len(brackets) > 2 * JSON_LISTS or bare.count(b",") > JSON_ITEMS:
        raise TooLarge(f"it contains more than {JSON_LISTS:,} lists and objects, or {JSON_ITEMS:,} values")
    if _too_deep(brackets):
        raise TooLarge(_TOO_DEEP)


def _without_texts(octets: bytes) -> bytearray:
    """A JSON document with empty texts. Raises TooLarge.

    `re.sub` keeps a list of all pieces, which takes 60 times the memory of a document of empty texts.
    """
    bare, at = bytearray(), 0
    for number, found in enumerate(_JSON_TEXT.finditer(octets)):
        if number > 2 * JSON_ITEMS:
            raise TooLarge(f"it contains more than {JSON_ITEMS:,} values")
        bare += octets[at : found.start()]
        bare += b'""'
        at = found.end()
    bare += octets[at:]
    return bare


def repeated_key(octets: bytes) -> str | None:
    """The first key that an object of a JSON document has more than once: parsers silently keep its last value.

    The document is one that `json_decoder` accepted.
    """
    repeated: list[str] = []

    def pairs(members: list[tuple[str, Any]]) -> None:
        if len(members) != len(dict(members)):
            names = sorted(name for name, _ in members)
            repeated.extend(name for name, following in pairwise(names) if name == following)

    json.loads(octets.decode("utf-8-sig", "replace"), strict=False, object_pairs_hook=pairs)
    return repeated[0] if repeated else None


def lenient_json(text: str, *, limit: int = JSON_SIZE) -> Any:
    """The value of a JSON document with control characters within its texts. Raises ValueError, such as TooLarge."""
    check_json(text.encode("utf-8", "surrogatepass"), limit)
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        raise TooLarge(_TOO_DEEP) from None


def _too_deep(brackets: bytes | bytearray) -> bool:
    """Whether brackets, without all that is between them, are nested beyond the depth."""
    rest = brackets
    for _ in range(DEPTH):
        if not rest:
            return False
        rest = _INNERMOST.sub(b"", rest)
    depth = 0
    for bracket in brackets if rest else b"":
        depth = depth + 1 if bracket in b"[{" else max(0, depth - 1)
        if depth > DEPTH:
            return True
    return False
