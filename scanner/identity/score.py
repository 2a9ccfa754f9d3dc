"""The score of the fingerprints on a corpus: each part that was noted, compared with the part that is identified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from scanner.core.model import TELEPHONES, Identity
from scanner.core.text import mac
from scanner.identity.corpus import CorpusRecord
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.names import fold


class PartOutcome(StrEnum):
    """How an identified part compares with the noted one, the most serious first."""

    WRONG = "wrong"
    MISSING = "missing"
    RIGHT = "right"


class Comparison(NamedTuple):
    """One part of one record: as noted, as identified, and the rule that gave it. `maker` is the maker as noted."""

    record: CorpusRecord
    maker: str | None
    part: str
    expected: str | None
    found: str | None
    outcome: PartOutcome
    rule: str | None

    @property
    def is_lookalike(self) -> bool:
        """Whether a device that is noted as something other than a phone is identified as one."""
        noted_otherwise = self.expected is not None and self.expected not in TELEPHONES
        return self.part == "kind" and noted_otherwise and self.found in TELEPHONES


class Tally(NamedTuple):
    """Numbers of parts by outcome."""

    right: int
    wrong: int
    missing: int

    @property
    def scored(self) -> int:
        """The number of parts."""
        return self.right + self.wrong + self.missing

    @property
    def percent(self) -> float | None:
        """The share of right parts in percent, rounded down to a tenth; None without parts."""
        return self.right * 1000 // self.scored / 10 if self.scored else None

    @property
    def percent_wrong(self) -> float | None:
        """The share of wrong parts in percent, rounded up to a tenth; None without parts."""
        return -(-self.wrong * 1000 // self.scored) / 10 if self.scored else None


def tally(comparisons: Iterable[Comparison]) -> Tally:
    """The number of comparisons by outcome."""
    outcomes = [comparison.outcome for comparison in comparisons]
    return Tally(*(outcomes.count(each) for each in (PartOutcome.RIGHT, PartOutcome.WRONG, PartOutcome.MISSING)))


def compare(
    records: Iterable[CorpusRecord], identify: Callable[[CorpusRecord], Identity], fingerprints: Fingerprints
) -> Iterator[Comparison]:
    """Every scored part of every record, compared with what `identify` returns for it."""
    for record in records:
        expect = record.line.expect
        maker, model = fingerprints.canonical(expect.manufacturer or None, expect.model or None)
        identity = identify(record)
        for part, noted in record.expected.items():
            expected = {"manufacturer": maker, "model": model}.get(part, noted) if noted else None
            expected = None if expected == "unknown" and part == "kind" else expected
            found = _part(identity, part)
            outcome = (
                PartOutcome.RIGHT
                if _comparable(part, expected) == _comparable(part, found)
                else PartOutcome.WRONG if found is not None else PartOutcome.MISSING
            )  # fmt: skip
            yield Comparison(record, maker, part, expected, found, outcome, _rule(identity, part))


def _part(identity: Identity, part: str) -> str | None:
    found: str | None = getattr(identity, part)
    return None if part == "kind" and found == "unknown" else found


def _comparable(part: str, text: str | None) -> str | None:
    """The text in which two spellings of one part are equal: macs in one notation, names by their characters."""
    if not text:
        return None
    if part == "mac":
        return mac(text) or text.lower()
    return fold(text) if part in ("manufacturer", "model") else text


def _rule(identity: Identity, part: str) -> str | None:
    """The rule that gave a part; the first of all where no rule gave it, as for a kind that follows from the model."""
    found = getattr(identity, part)
    rules = [one.rule for one in identity.evidence]
    return next((one.rule for one in identity.evidence if one.gives.get(part) == found), next(iter(rules), None))
