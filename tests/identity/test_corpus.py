"""The committed corpora of real strings: their score, the records held back, and the reasons for what is not scored."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from scanner.app import corpora
from scanner.app.session import Session
from scanner.identity.corpus import PARTS, CorpusRecord
from scanner.identity.score import Comparison, PartOutcome, tally
from scanner.settings import Settings
from scanner.settings.records import SettingsSections
from tests.nonempty import some

CORPORA = sorted((Path(__file__).parents[1] / "corpus").glob("*.jsonl"))
#: The share of right parts, in percent, that all records reach, and those held back.
AT_LEAST = {"kind": 92.9, "manufacturer": 97.4, "model": 95.2, "firmware": 96.9, "mac": 99.8}
AT_LEAST_HELD_BACK = {"kind": 90.8, "manufacturer": 96.5, "model": 93.2, "firmware": 97.0, "mac": 100.0}
#: The largest share of wrong parts, in percent, and the largest number of look-alikes called a phone.
MOST_WRONG = 1.0
MOST_LOOKALIKES = 5


@cache
def records() -> tuple[CorpusRecord, ...]:
    found, mistakes = corpora.read(CORPORA)
    assert mistakes == []
    return tuple(found)


@cache
def comparisons() -> tuple[Comparison, ...]:
    session = Session(Settings(None, SettingsSections()), Path("none.sqlite"), lambda: datetime(2026, 1, 1, tzinfo=UTC))
    return tuple(corpora.score(session, records()))


def deviations(wanted: list[Comparison]) -> str:
    return "\n".join(f"{c.part} {c.found}, not {c.expected}: {c.record.values}" for c in wanted if c.outcome != "right")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_identified_at_least_as_often_as_before(part: str) -> None:
    wanted = [one for one in comparisons() if one.part == part]
    assert (tally(wanted).percent or 0) >= AT_LEAST[part], deviations(wanted)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_records_held_back_is_identified_at_least_as_often_as_before(part: str) -> None:
    wanted = [one for one in comparisons() if one.part == part and one.record.held_back]
    assert (tally(wanted).percent or 0) >= AT_LEAST_HELD_BACK[part]


def test_few_parts_are_wrong() -> None:
    wrong = [one for one in comparisons() if one.outcome is PartOutcome.WRONG]
    assert len(wrong) <= MOST_WRONG / 100 * len(comparisons()), deviations(wrong)


def test_few_lookalikes_are_identified_as_a_phone() -> None:
    lookalikes = [one for one in comparisons() if one.is_lookalike]
    assert len(lookalikes) <= MOST_LOOKALIKES, deviations(lookalikes)


def test_a_fifth_of_the_records_is_held_back() -> None:
    assert 0.18 < sum(record.held_back for record in records()) / len(records()) < 0.22


def test_no_record_is_noted_twice() -> None:
    values = [(tuple(record.values)) for record in some(records())]
    assert len(set(values)) == len(values)


def test_every_record_has_a_source_and_every_dropped_part_was_noted_otherwise() -> None:
    for record in some(records()):
        assert record.line.source
        for part, reason in record.line.dropped.items():
            noted = getattr(record.line.expect, part)
            assert (noted is None) is reason.startswith("noted as absent"), (part, record.values)


@pytest.mark.adds_to("test_a_part_is_identified_at_least_as_often_as_before")
def test_the_committed_corpora_are_those_of_the_project(shared: Path) -> None:
    theirs, mistakes = corpora.read(sorted((shared / "corpus").glob("*.jsonl")))
    assert mistakes == []
    committed = {tuple(record.values): record.line.expect for record in records()}
    for record in some(theirs):
        assert committed[tuple(record.values)] == record.line.expect
