"""The inventory equals a drawn world, as far as any source could know it; the way of reading does not matter.

Of a failing world the smallest that still fails is printed: its truth, and its observations as a scenario.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.worlds.ledger import Event, Row, read_all
from tests.worlds.oracle import faults, knowledge
from tests.worlds.reduce import reduced
from tests.worlds.sources import sightings
from tests.worlds.story import scenario, truth
from tests.worlds.world import World, worlds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
#: Worlds that `make test` draws, in all tests together.
WORLDS = 2_000
#: What the worlds of these tests contain; more as the rules of the inventory allow it.
CALM = frozenset({"family", "hide", "move", "take over"})


def drawn(share: float) -> Any:
    """Settings for a share of the worlds: as many as the profile draws of anything else, in the same proportion."""
    usual, chosen = settings.get_profile("same").max_examples, settings().max_examples
    number = max(1, round(share * WORLDS * chosen / usual))
    return settings(
        max_examples=number, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
    )


def hold(world: World, check: Callable[[World], list[str]]) -> None:
    """Assert that a check finds nothing in a world."""
    if not check(world):
        return
    small = reduced(world, lambda one: bool(check(one)))
    found = check(small)
    pytest.fail("\n".join([*found, truth(small), scenario(small, "world: drawn", found[0])]), pytrace=False)


def _inventory(scans: Iterable[Iterable[Row]]) -> tuple[list[Row], list[Event]]:
    ledger = read_all(scans)
    found = ledger.rows(), ledger.events()
    ledger.close()
    return found


def _scans(world: World) -> list[list[Row]]:
    """The observations of each night."""
    return [[one.row for one in night] for night in sightings(world)]


def _shuffled(rows: Iterable[Row], seed: int) -> list[Row]:
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)
    return mixed


def _differences(left: list[Row], right: list[Row]) -> list[str]:
    """The cells in which two lists of rows differ, or the devices where one of them lacks some."""
    one, other = ([(row["mac"] or "", row["ip"] or "") for row in rows] for rows in (left, right))
    if sorted(one) != sorted(other):
        return [f"devices {sorted(one)}, {sorted(other)}"]
    return [
        f"{mine['mac'] or mine['ip']} {name}: {mine[name]!r}, {theirs[name]!r}"
        for mine, theirs in zip(sorted(left, key=_place), sorted(right, key=_place), strict=True)
        for name in mine
        if mine[name] != theirs[name]
    ]


def _place(row: Row) -> tuple[str, str]:
    return row["mac"] or "", row["ip"] or ""


@drawn(0.6)
@given(world=worlds(CALM))
def test_the_inventory_is_the_world(world: World) -> None:
    hold(world, lambda one: faults(knowledge(one), *_inventory(_scans(one))))


@drawn(0.1)
@given(world=worlds(), seed=st.integers(0, 99))
def test_the_order_within_a_night_does_not_matter(world: World, seed: int) -> None:
    def check(one: World) -> list[str]:
        rows, events = _inventory(_scans(one))
        mixed, others = _inventory(_shuffled(night, seed) for night in _scans(one))
        return _differences(rows, mixed) + [f"event {event}" for event in {*events} ^ {*others}]

    hold(world, check)


@drawn(0.1)
@given(world=worlds(CALM))
def test_reading_everything_again_changes_nothing(world: World) -> None:
    def check(one: World) -> list[str]:
        rows, events = _inventory(_scans(one))
        again, more = _inventory([*_scans(one), *_scans(one)])
        return _differences(rows, again) + [f"event {event}" for event in {*events} ^ {*more}]

    hold(world, check)
