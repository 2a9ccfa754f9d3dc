"""A vendor file as it is written: what its TOML may hold, and errors that name file and line.

The format is described in `fingerprints/README.md`. Nothing is compiled here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import tomli
from msgspec import Struct

from scanner.core.errors import DataError
from scanner.core.model import Kind

#: What `basis` may say: spelled like the maker's other models and versions, not taken from a public text.
SISTER_MODEL = "sister-model"

#: Largest vendor file that is read, in bytes.
FILE_LIMIT = 2_000_000


class ModelEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One model by its canonical name. `basis` says where its spelling comes from when no wire string is known."""

    name: str
    aliases: tuple[str, ...] = ()
    kind: Kind | None = None
    basis: str = ""
    platform: str = ""
    note: str = ""


class FirmwareEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One grammar of versions; see `scanner.firmware.grammar` for its words. Grammars of one name compare."""

    pattern: str
    order: tuple[str, ...]
    scope: tuple[str, ...] = ()
    lines: dict[str, str] = {}
    notes: dict[str, str] = {}
    models: str | None = None
    name: str = ""
    note: str = ""
    examples: tuple[dict[str, Any], ...] = ()


class SpellingEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """How a model name on the wire becomes the name people use, for models that no [[model]] lists."""

    pattern: str
    becomes: str


class RuleEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fingerprint: reads `field`, and the fields in `also`, when `pattern` matches the whole value.

    `source` says where the examples are published, `basis` that they are not; an example may say its own.
    """

    field: str
    pattern: str
    also: tuple[str, ...] = ()
    gives: dict[str, str] = {}
    examples: tuple[dict[str, Any], ...] = ()
    certainty: float | None = None
    nothing: bool = False
    generic: bool = False
    context: bool = False
    listed: bool = False
    priority: int = 0
    source: str = ""
    basis: str = ""
    description: str = ""


class VendorFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything known of one maker. Without `manufacturer` each rule must give one, or nothing."""

    manufacturer: str = ""
    aliases: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    kind: Kind = "unknown"
    oui: tuple[str, ...] = ()
    oui_mixed: tuple[str, ...] = ()
    sysobjectid: tuple[str, ...] = ()
    sysobjectid_mixed: tuple[str, ...] = ()
    model: tuple[ModelEntry, ...] = ()
    spelling: tuple[SpellingEntry, ...] = ()
    firmware: tuple[FirmwareEntry, ...] = ()
    rule: tuple[RuleEntry, ...] = ()
    note: str = ""


def read(path: Path) -> VendorFile:
    """The vendor file at `path`. Raises DataError with file, line and what to do."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check the file and its permissions") from None
    if len(raw) > FILE_LIMIT:
        raise DataError(f"{path} is larger than {FILE_LIMIT} bytes: split it into one file a maker")
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> VendorFile:
    """The vendor file in `raw`; `name` is for the error. Raises DataError."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{name}, line {line}: not UTF-8: save the file as UTF-8") from None
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise DataError(f"{name}: {_toml_words(str(error))}: correct the TOML there") from None
    try:
        return msgspec.convert(data, VendorFile)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise DataError(
            f"{name}, line {line_of(text, where.strip('`'), what)}: {what}: see fingerprints/README.md"
        ) from None


def _toml_words(message: str) -> str:
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    return f"line {found[2]}: {found[1]}" if found else f"the last line: {message}"


def line_of(text: str, path: str, what: str = "") -> int:
    """The line in `text` that a msgspec path such as `$.rule[3].field` points at; the table's own line at worst."""
    where = re.match(r"\$\.(\w+)(?:\[(\d+)\])?(?:\.(\w+))?", path)
    wanted = re.search(r"field `(\w+)`", what)
    key = wanted[1] if wanted else ""
    start, lines = 0, text.splitlines()
    if where:
        table, nth = where[1], int(where[2] or 0)
        heads = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{table}\s*\]\]", line)]
        start = heads[nth] if nth < len(heads) else 0
        key = key or where[3] or (table if not heads else "")
    if key:
        for n in range(start, len(lines)):
            if re.match(rf"\s*{key}\s*=", lines[n]):
                return n + 1
            if n > start and where and where[2] and re.match(r"\s*\[", lines[n]):
                break
    return start + 1


def rule_line(text: str, nth: int) -> int:
    """The line of the nth (from 0) [[rule]] in `text`."""
    heads = [n for n, line in enumerate(text.splitlines()) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
    return heads[nth] + 1 if nth < len(heads) else 1
