"""The committed corpora of real strings: their score, the records held back, and the reasons for what is not scored."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from scanner.app import corpora
from scanner.app.session import Session
from scanner.compliance.catalog import builtin
from scanner.identity.corpus import PARTS, CorpusRecord
from scanner.identity.score import Comparison, PartOutcome, tally
from scanner.settings import Settings
from scanner.settings.records import SettingsSections
from tests.nonempty import some

CORPORA = sorted((Path(__file__).parents[1] / "corpus").glob("*.jsonl"))
#: The share of right parts to reach, in percent, on all corpora together.
GOALS = {"kind": 97.0, "manufacturer": 98.0, "model": 97.0, "firmware": 97.0, "mac": 97.0}
#: The same for each maker of the primary catalog, over all parts.
GOAL_OF_THE_CATALOG = 99.5
#: How far the records held back may be below all, in points; and the share of wrong parts to stay under, in percent.
MOST_BELOW, WRONG_BELOW = 2.0, 0.5


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


def share(wanted: list[Comparison]) -> float:
    """The share of right parts in percent."""
    return tally(some(wanted)).percent or 0.0


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_identified_as_often_as_is_to_be_reached(part: str) -> None:
    wanted = [one for one in comparisons() if one.part == part]
    assert share(wanted) >= GOALS[part], deviations(wanted)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_records_held_back_is_identified_nearly_as_often(part: str) -> None:
    wanted = [one for one in comparisons() if one.part == part]
    held_back = [one for one in wanted if one.record.held_back]
    assert share(held_back) >= share(wanted) - MOST_BELOW


@pytest.mark.parametrize("maker", sorted({entry.manufacturer for entry in builtin()[0].entries}))
def test_a_maker_of_the_catalog_is_identified_as_often_as_is_to_be_reached(maker: str) -> None:
    wanted = [one for one in comparisons() if one.maker == maker]
    seen = [one for one in wanted if not one.record.held_back]
    assert share(seen) >= GOAL_OF_THE_CATALOG, deviations(seen)
    assert share(wanted) >= GOAL_OF_THE_CATALOG - MOST_BELOW


def test_less_than_one_part_in_two_hundred_is_wrong() -> None:
    wrong = [one for one in comparisons() if one.outcome is PartOutcome.WRONG]
    assert len(wrong) < WRONG_BELOW / 100 * len(comparisons()), deviations(wrong)


def test_no_lookalike_is_identified_as_a_phone() -> None:
    assert [one.record.values for one in comparisons() if one.is_lookalike] == []


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


@pytest.mark.adds_to("test_a_part_is_identified_as_often_as_is_to_be_reached")
def test_the_committed_corpora_are_those_of_the_project(shared: Path) -> None:
    theirs, mistakes = corpora.read(sorted((shared / "corpus").glob("*.jsonl")))
    assert mistakes == []
    committed = {tuple(record.values): record.line.expect for record in records()}
    for record in some(theirs):
        assert committed[tuple(record.values)] == record.line.expect
