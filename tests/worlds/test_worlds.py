"""The inventory equals a drawn world, as far as any source could know it; the way of reading does not matter.

Of a failing world the smallest that still fails is printed: its truth, and its observations as a scenario.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.worlds import checks
from tests.worlds.story import report
from tests.worlds.world import FEATURES, World, worlds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
#: Worlds that all tests here draw together.
WORLDS = int(os.environ.get("PHONESCAN_WORLDS", "2000"))
SHARES = dict(checks.CHECKS)
#: Whose a copied mac, a proxy's or a stale row is, no source may show: `test_claims` and `test_placement` contain the
#: cases in which one does.
DECIDED = FEATURES - {"claim", "default certificate", "proxy", "stale"}


def drawn(check: checks.Check) -> Any:
    """Settings that draw the share of a check."""
    number = max(1, WORLDS * SHARES[check] // 100)
    phases = (Phase.explicit, Phase.generate)
    return settings(
        max_examples=number,
        suppress_health_check=list(HealthCheck),
        phases=phases,
        database=None,
        derandomize=True,
        deadline=None,
    )


def holds(check: checks.Check, world: World) -> None:
    if check(world):
        pytest.fail(report(world, check), pytrace=False)


@drawn(checks.truth)
@given(world=worlds(DECIDED))
def test_the_inventory_is_the_world(world: World) -> None:
    holds(checks.truth, world)


@drawn(checks.order)
@given(world=worlds())
def test_the_order_within_a_night_does_not_matter(world: World) -> None:
    holds(checks.order, world)


@drawn(checks.repetition)
@given(world=worlds(FEATURES - {"take over", "proxy"}))
def test_reading_everything_again_changes_nothing(world: World) -> None:
    holds(checks.repetition, world)


@drawn(checks.splitting)
@given(world=worlds())
def test_what_is_in_which_scan_does_not_matter(world: World) -> None:
    holds(checks.splitting, world)


@drawn(checks.confidence)
@given(world=worlds(FEATURES - {"claim", "clone", "default certificate", "proxy"}))
def test_less_evidence_gives_no_more_confidence(world: World) -> None:
    holds(checks.confidence, world)
