"""`phonescan check`: the line and the exit status, also for failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.app.monitoring import InventoryState, Thresholds, status_line

LIMITS = Thresholds(warning=1.0, critical=10.0, scan_warning=36.0, scan_critical=168.0)
OUTDATED = {
    "ip": "198.18.0.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent",
    "value": "PolycomVVX-VVX_411-UA/5.8.3.3066",
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "status", "says"),
    [
        (InventoryState(1000, 9, 0, 2.0, 10), 0, "OK: 9 of 1000 noncompliant, last scan 2 h ago |"),
        (
            InventoryState(1000, 10, 3, 2.0, 10),
            1,
            "WARNING: 10 of 1000 noncompliant (warning), last scan 2 h ago, 3 to review |",
        ),
        (
            InventoryState(1000, 100, 0, 2.0, 10),
            2,
            "CRITICAL: 100 of 1000 noncompliant (critical), last scan 2 h ago |",
        ),
        (InventoryState(1000, 0, 0, 36.0, 10), 1, "WARNING: 0 of 1000 noncompliant, last scan 36 h ago (warning) |"),
        (
            InventoryState(1000, 0, 0, 168.0, 10),
            2,
            "CRITICAL: 0 of 1000 noncompliant, last scan 7 days ago (critical) |",
        ),
        (InventoryState(0, 0, 0, 1.0, None), 0, "OK: 0 of 0 noncompliant, last scan 1 h ago |"),
        (InventoryState(5, 0, 0, None, 10), 3, "UNKNOWN: no scan has ended yet"),
    ],
)
def test_the_status_is_the_worst_of_all_limits(state: InventoryState, status: int, says: str) -> None:
    found, line = status_line(state, LIMITS)
    assert found == status
    assert line.startswith(says)
    assert "\n" not in line


def test_performance_data_contains_the_limits() -> None:
    _, line = status_line(InventoryState(200, 10, 4, 0.5, 30), LIMITS)
    data = dict(word.split("=") for word in line.partition(" | ")[2].split(" "))
    assert data["percent"] == "5.00%;1;10;0;100"
    assert data["noncompliant"] == "10;;;0;200"
    assert data["scan_age"] == "1800s;129600;604800;0"


def test_a_failure_to_check_is_unknown_and_on_standard_output(run: Any, here: Path) -> None:
    ended = run("check")
    assert (ended.status, ended.err) == (3, "")
    assert ended.out == "UNKNOWN: there is no inventory at phonescan.sqlite; scan first, or name it with --db\n"
    (here / "phonescan.toml").write_text("nonsense = 1\n", encoding="utf-8")
    ended = run("check")
    assert (ended.status, ended.err) == (3, "")
    assert ended.out.startswith("UNKNOWN: phonescan.toml, line 1: ")


def test_an_outdated_phone_is_critical_and_limits_are_options(run: Any, feed: Any) -> None:
    feed(OUTDATED)
    assert run("check").status == 2
    assert run("check", "--warning", "101", "--critical", "102", "--scan-critical", "1e9").status in (0, 1)
