"""Stories: what several sources report of devices over some nights, and the devices that the inventory then contains.

Each line of `GROUP.jsonl` is a story: `steps` are files of observations, read one after the other; `expect` is the
devices at the end, exactly these, by the columns that are given; `events` are kinds of events that are written,
`no_events` kinds that are not; `config` is a settings file. Rows depend neither on the order of reading nor on
reading twice, and reading twice writes no event again.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.app import file_reading
from scanner.app.session import Session
from scanner.inventory import queries
from scanner.settings import Settings, parse
from tests.nonempty import some

Record = dict[str, Any]
Step = list[Record]

#: After the last night of the stories.
NOW = datetime(2026, 12, 1, tzinfo=UTC)
STORIES: dict[str, Record] = {
    story["name"]: story
    for path in sorted(Path(__file__).parent.glob("*.jsonl"))
    for story in map(json.loads, path.read_text(encoding="utf-8").splitlines())
}


def read_story(story: Record, steps: Iterable[Step], db: Path) -> tuple[list[Record], list[str]]:
    """The rows of an inventory into which the steps were read, and the kinds of its events in their order."""
    times = (NOW + timedelta(minutes=number) for number in range(1_000))
    session = Session(Settings(None, parse(story.get("config", ""))), db, lambda: next(times))
    problems: list[str] = []
    with session.inventory(create=True) as inventory:
        knowledge = session.knowledge(inventory)
        for step in steps:
            scan = inventory.begin_scan(kind="read", targets=(), discoveries=(), site="", now=session.now())
            lines = "".join(json.dumps(record) + "\n" for record in step).encode()
            file_reading.record(
                inventory,
                scan,
                io.BytesIO(lines),
                "step.jsonl",
                now=session.now(),
                format="jsonl",
                fingerprints=knowledge.fingerprints,
                problem=lambda text, missing: problems.append(text),
            )
            inventory.finish_scan(scan, outcome="done", knowledge=knowledge, now=session.now())
        rows = [dict(row) for row in queries.inventory_rows(inventory)]
        kinds = [kind for (kind,) in inventory.connection.execute("SELECT kind FROM events ORDER BY id")]
    assert problems == []
    return rows, kinds


def differences(expected: Sequence[Record], rows: Sequence[Record]) -> Iterator[str]:
    """The devices that are expected and missing, and the rows that are not expected; each row counts once."""
    owners: dict[int, int] = {}

    def place(number: int, tried: set[int]) -> bool:
        for at, row in enumerate(rows):
            if at not in tried and fits(expected[number], row):
                tried.add(at)
                if at not in owners or place(owners[at], tried):
                    owners[at] = number
                    return True
        return False

    for number, device in enumerate(expected):
        if not place(number, set()):
            yield f"missing: {device}"
    for at, row in enumerate(rows):
        if at not in owners:
            yield f"not expected: { {name: value for name, value in row.items() if value is not None} }"


def fits(expected: Record, row: Record) -> bool:
    """Whether a row has the expected values; None and "" are no value."""
    return all(str(row[name] or "") == str(value or "") for name, value in expected.items())


def stable(rows: Iterable[Record]) -> list[str]:
    """The rows in an order of their own, without the number of the scan."""
    return sorted(json.dumps({**row, "last_scan": None}) for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_with_its_devices_in_any_order_and_read_twice(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    steps: list[Step] = story["steps"]
    rows, kinds = read_story(story, steps, tmp_path / "story.sqlite")
    assert list(differences(story["expect"], rows)) == [], story["why"]
    assert sorted(set(story.get("events", ())) - set(kinds)) == []
    assert sorted(set(story.get("no_events", ())) & set(kinds)) == []

    everything = [record for step in some(steps) for record in step]
    shuffled = random.Random(name).sample(everything, len(everything))
    assert stable(read_story(story, [shuffled], tmp_path / "one-file.sqlite")[0]) == stable(rows)
    backwards, _ = read_story(story, steps[::-1], tmp_path / "backwards.sqlite")
    assert stable(backwards) == stable(rows)
    again, more = read_story(story, [*steps, *steps], tmp_path / "twice.sqlite")
    assert stable(again) == stable(rows)
    assert more == kinds


def test_a_device_that_is_missing_or_not_expected_is_a_difference() -> None:
    row = {"ip": "198.18.10.11", "mac": None, "model": "VVX 411"}
    assert list(differences([{"ip": "198.18.10.11", "mac": None}], [row])) == []
    assert list(differences([{"model": "VVX 411"}, {"model": "T58A"}], [row])) == ["missing: {'model': 'T58A'}"]
    assert list(differences([], [row])) == ["not expected: {'ip': '198.18.10.11', 'model': 'VVX 411'}"]
