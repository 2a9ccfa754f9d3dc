"""The corpus of real strings beside the checkout: kind, maker, model and firmware as noted, but for those listed."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scanner.core.model import Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load
from tests.nonempty import some

LISTED = Path(__file__).with_name("corpus_misses.toml")
#: Records of our own: a value of each field and maker, with what it identifies.
OWN = Path(__file__).with_name("banners.jsonl")
AT_LEAST = 0.97
AT_LEAST_OF_ALL = 0.95


@pytest.fixture(scope="module")
def records(shared: Path) -> list[dict[str, Any]]:
    path = shared / "corpus" / "banners.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def committed() -> list[dict[str, Any]]:
    rows = (json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines())
    return [{"fields": {row.pop("field"): row.pop("value")}, "expect": row} for row in rows]


@pytest.mark.parametrize("record", committed(), ids=lambda record: next(iter(record["fields"].values()))[:60])
def test_every_committed_record_is_identified_as_noted(record: dict[str, Any]) -> None:
    for noted, found in some(parts(record)):
        assert noted == found


def listed() -> dict[tuple[str, str], dict[str, str]]:
    table = tomllib.loads(LISTED.read_text(encoding="utf-8"))
    return {(row["field"], row["value"]): row for row in table["record"]}


def identified(record: dict[str, Any]) -> Identity:
    return identify([Observation(field=f, value=v) for f, v in record["fields"].items()], load())


def parts(record: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    """What was noted, part by part, beside what comes out."""
    expect, found = record["expect"], identified(record)
    manufacturer, model = load().canonical(expect["manufacturer"], expect["model"])
    return [
        (expect["kind"], found.kind),
        (manufacturer, found.manufacturer),
        (model, found.model),
        (expect["firmware"], found.firmware),
    ]


def is_right(record: dict[str, Any]) -> bool:
    return all(noted == found for noted, found in parts(record))


def contradicts(record: dict[str, Any]) -> bool:
    return any(noted is not None and noted != found for noted, found in parts(record))


def key(record: dict[str, Any]) -> tuple[str, str]:
    ((field, value),) = record["fields"].items()
    return field, value


@pytest.mark.adds_to("test_every_committed_record_is_identified_as_noted")
def test_every_record_with_another_result_is_listed_with_its_reason(records: list[dict[str, Any]]) -> None:
    otherwise = {key(record) for record in records if not is_right(record)}
    assert otherwise == set(listed())


@pytest.mark.adds_to("test_every_committed_record_is_identified_as_noted")
def test_at_least_97_of_100_records_are_identified_as_noted(records: list[dict[str, Any]]) -> None:
    uncounted = {where for where, row in listed().items() if row["verdict"] != "miss"}
    counted = [record for record in records if key(record) not in uncounted]
    right = sum(map(is_right, counted))
    assert right >= AT_LEAST * len(counted), f"{right} of {len(counted)}"


@pytest.mark.adds_to("test_every_committed_record_is_identified_as_noted")
def test_at_least_95_of_100_records_contradict_nothing_noted_when_none_is_dropped(
    records: list[dict[str, Any]],
) -> None:
    against = sum(map(contradicts, records))
    assert against <= (1 - AT_LEAST_OF_ALL) * len(records), f"{against} of {len(records)}"


@pytest.mark.adds_to("test_every_committed_record_is_identified_as_noted")
def test_the_records_listed_as_more_are_those_that_do_not_contradict_their_notes(
    records: list[dict[str, Any]],
) -> None:
    more = {where for where, row in listed().items() if row["verdict"] == "more"}
    assert {key(record) for record in records if not is_right(record) and not contradicts(record)} == more


def test_every_listed_record_has_a_reason() -> None:
    for row in some(listed().values()):
        assert row["verdict"] in ("more", "dropped", "miss")
        assert len(row["reason"]) > 10
