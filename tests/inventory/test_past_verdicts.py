"""Past verdicts are read as they were, in whatever order scans began, ended, were resumed or killed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.compliance.policy import from_settings
from scanner.core.model import Observation
from scanner.inventory import Inventory, queries
from scanner.inventory.settle import settle
from tests.inventory.conftest import Store, day, knowledge, sip
from tests.inventory.released import FOLDER, restore

BANNERS = [f"PolycomVVX-VVX_411-UA/{version}" for version in ("5.9.0.9373", "5.8.3.3066", "5.9.9.1000")]
IPS = [f"10.1.0.{host}" for host in (5, 60, 7)]  # not in the order of their letters
POLICIES = [from_settings({"use": name}) for name in ("default", "strict", "minimum")]
#: What is done to one of two scans that overlap, after how many seconds; `kill`: it is settled and not closed.
STEP = st.tuples(
    st.sampled_from(["finish", "interrupt", "kill"]),
    st.integers(0, 1),
    st.integers(0, 2),
    st.sampled_from(IPS),
    st.sampled_from(BANNERS),
    st.sampled_from(POLICIES),
)


def past_rows(inventory: Inventory, time: str) -> list[dict[str, Any]] | None:
    """What `assess --at` has."""
    found = queries.last_settled_at(inventory, time)
    return None if found is None else list(queries.verdicts_after(inventory, found.settling))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=4, max_size=14))
def test_the_verdicts_at_the_end_of_each_second_are_read_later(steps: list[Any]) -> None:
    now, printed, open_scans, stopped = 0, {}, {}, {}
    with tempfile.TemporaryDirectory() as folder, Inventory.open(Path(folder) / "x", create=True) as inventory:
        for what, which, seconds, ip, banner, policy in steps:
            now += seconds
            clock = day(1, f"02:{now // 60:02}:{now % 60:02}")
            followed = knowledge(policy=policy)
            if which not in open_scans and which in stopped and what != "finish":
                open_scans[which] = inventory.reopen(stopped.pop(which)).id
            elif which not in open_scans:
                open_scans[which] = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now=clock)
            else:
                scan = open_scans.pop(which)
                inventory.record(scan, [Observation(time=clock, **sip(ip, banner))], clock)
                if what == "kill":
                    inventory.settle(scan, followed, clock)
                    open_scans[which] = scan
                else:
                    outcome = "done" if what == "finish" else "interrupted"
                    inventory.finish_scan(scan, outcome=outcome, knowledge=followed, now=clock)
                    if what == "interrupt":
                        stopped[which] = scan
            printed[clock] = past_rows(inventory, clock)
            current = [(row["ip"], row["firmware"], row["compliance"]) for row in queries.inventory_rows(inventory)]
            assert [(row["ip"], row["firmware"], row["compliance"]) for row in printed[clock] or []] == current
        assert {time: past_rows(inventory, time) for time in printed} == printed


def test_a_settling_that_was_killed_is_not_there_until_it_is_continued(store: Store, monkeypatch: Any) -> None:
    store.feed([sip(IPS[0], BANNERS[0])], day(1))
    with Inventory.open(store.path) as inventory:
        before = past_rows(inventory, day(9))
        scan = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now=day(2))
        inventory.record(scan, [Observation(time=day(2), **sip(IPS[0], BANNERS[1]))])
        with monkeypatch.context() as patch:
            patch.setattr(settle.rulings, "end_settling", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                inventory.settle(scan, knowledge(), day(2))
        assert past_rows(inventory, day(9)) == before
        inventory.settle(scan, knowledge(), day(3))
        assert [row["firmware"] for row in past_rows(inventory, day(9)) or []] == ["5.8.3.3066"]
        assert past_rows(inventory, day(2, "23:00:00")) == before


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("m00[1-5]*.sql")))
def test_the_past_of_a_released_database_is_the_same_before_and_after_the_next_scan(name: str, tmp_path: Path) -> None:
    restore(name, tmp_path / "old.sqlite")
    store = Store(tmp_path / "old.sqlite")
    with Inventory.open(store.path) as inventory:
        before = {number: past_rows(inventory, day(number)) for number in range(1, 7)}
    assert [[row["firmware"] for row in rows or [] if row["ip"] == "10.1.0.5"] for rows in before.values()] == [
        ["5.9.0.9373"], ["5.9.0.9999"], *[["5.9.0.9373"]] * 4
    ]  # fmt: skip
    store.feed([sip("10.1.0.5", BANNERS[1], "64:16:7f:00:00:05")], day(8))
    with Inventory.open(store.path) as inventory:
        assert {number: past_rows(inventory, day(number)) for number in range(1, 7)} == before
        assert [row["firmware"] for row in past_rows(inventory, day(8)) or [] if row["ip"] == "10.1.0.5"] == [
            "5.8.3.3066"
        ]
