"""The record of a corpus: fields of one device, and the parts of its identity that they show, noted by hand."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from scanner.core.model import Kind

#: The parts of an identity that a corpus notes, in the order of reports.
PARTS = ("kind", "manufacturer", "model", "firmware", "mac")
#: One record in as many is held back: no rule is written from it.
HELD_BACK = 5


class Expectation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts as noted: None where the fields do not show a part, unset where nothing is noted about it."""

    kind: Kind | UnsetType | None = UNSET
    manufacturer: str | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET
    firmware: str | UnsetType | None = UNSET
    mac: str | UnsetType | None = UNSET


class CorpusLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a corpus. `dropped` names parts that are not scored, each with the reason; `source` is its origin."""

    fields: dict[str, str | list[str]]
    expect: Expectation
    source: str = ""
    confidence: str = ""
    note: str = ""
    dropped: dict[str, str] = {}


class CorpusRecord(Struct, frozen=True, kw_only=True):
    """One record of a corpus, with the file and the line (from 1) that contain it."""

    file: str
    number: int
    line: CorpusLine

    @property
    def expected(self) -> dict[str, str | None]:
        """The parts that are scored, as noted."""
        noted: dict[str, Any] = {part: getattr(self.line.expect, part) for part in PARTS}
        return {part: text for part, text in noted.items() if text is not UNSET and part not in self.line.dropped}

    @property
    def values(self) -> list[tuple[str, str]]:
        """The fields of the record, each with one value."""
        return [
            (field, text)
            for field, given in self.line.fields.items()
            for text in ((given,) if isinstance(given, str) else given)
        ]

    @property
    def held_back(self) -> bool:
        """Whether the record is of the fifth from which no rule is written: by a hash of its values alone."""
        text = "\n".join(value for _, value in self.values)
        digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
        return int.from_bytes(digest) % HELD_BACK == 0
