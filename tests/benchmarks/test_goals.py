"""A benchmark that judges itself: what is missed is called missed, and what no peer was there to judge is not met."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.benchmarks import bench_scan, profiled
from tests.benchmarks.arena import CASES, Case, population
from tests.benchmarks.bench_scan import WIDE_RATE, Goal, goals
from tests.benchmarks.peers import Run

BY_NAME = {case.name: case for case in CASES}
SMALL = BY_NAME["/24"]


def all_found(case: Case, wall: float, memory: float = 100.0) -> Run:
    """A run that names every phone with model and firmware."""
    seen = {phone.ip: f"{phone.truth.model} {phone.truth.firmware}" for phone in population(case)}
    return Run("phonescan", wall, 1.0, memory, seen)


def judged(case: Case, ours: Run, runs: dict[str, float], alone: float = 1.0, packets: int = 0) -> dict[str, Goal]:
    peers = {name: Run(name, wall) for name, wall in runs.items()}
    found = goals(case, ours, all_found(case, alone), peers, population(case), packets)
    return {goal.what: goal for goal in found}


WIDER = {"nmap -sU -sV": 300.0, "nmap -sS http-*": 600.0, "svmap": 115.0}
PEERS = {"nmap -sU -sV": 40.0, "nmap -sS http-*": 60.0, "svmap": 6.0}


@pytest.mark.parametrize(
    ("name", "ours", "peers", "missed"),
    [
        ("/24", all_found(SMALL, 2.4), PEERS, set()),
        ("/24", all_found(SMALL, 2.6), PEERS, {"wall time against nmap's two runs"}),
        ("/24", all_found(SMALL, 2.4), PEERS | {"svmap": 4.7}, {"wall time against svmap"}),
        ("/24", all_found(SMALL, 2.4, memory=120.0), PEERS, {"memory"}),
        ("/24", replace(all_found(SMALL, 2.4), seen={}), PEERS, {"phones found", "model and firmware right"}),
        ("/20", all_found(BY_NAME["/20"], 11.0), WIDER, set()),
        (
            "/20",
            all_found(BY_NAME["/20"], 12.0),
            WIDER | {"svmap": 19.0},
            {"wall time against nmap's two runs", "wall time against svmap", "wall time against svmap, SIP alone"},
        ),
        ("/16", all_found(BY_NAME["/16"], 29.0), {}, set()),
        ("/16", all_found(BY_NAME["/16"], 30.0), {}, {"wall time"}),
    ],
)  # fmt: skip
def test_a_goal_is_met_or_missed(name: str, ours: Run, peers: dict[str, float], missed: set[str]) -> None:
    found = judged(BY_NAME[name], ours, peers)
    assert {what for what, goal in found.items() if goal.met is False} == missed
    assert not [goal for goal in found.values() if goal.met is None]


@pytest.mark.slow
@pytest.mark.parametrize(("wall", "met"), [(109.0, True), (91.0, True), (111.0, False), (89.0, False)])
def test_the_widest_case_takes_what_its_packets_take(wall: float, met: bool) -> None:
    wide = BY_NAME["/12"]
    found = judged(wide, all_found(wide, wall), {}, packets=100 * WIDE_RATE)
    assert [goal.met for what, goal in found.items() if what.startswith("wall time")] == [met]


@pytest.mark.parametrize("runs", [{}, {**PEERS, "nmap -sS http-*": 0.0}])
def test_a_goal_whose_peer_did_not_run_is_not_met(runs: dict[str, float]) -> None:
    goal = judged(SMALL, all_found(SMALL, 0.1), runs)["wall time against nmap's two runs"]
    assert goal.met is None
    assert goal.line(SMALL).endswith("not judged")


@pytest.mark.parametrize(
    ("met", "words", "status", "says"),
    [
        ((True, True), [], 0, "every goal reached"),
        ((True, False), [], 1, "1 of 2 goals missed"),
        ((True, None), [], 1, "every goal reached but 1 that need a peer"),
        ((True, None), ["--no-peers"], 0, "every goal reached but 1 that need a peer"),
        ((False, None), ["--no-peers"], 1, "1 of 2 goals missed"),
    ],
)
def test_the_exit_status_is_0_if_every_goal_was_reached(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, met: tuple[bool | None, ...], words: list[str], status: int, says: str
) -> None:
    def measured(case: Case, program: Any, **how: bool) -> list[Goal]:
        assert how["with_peers"] is ("--no-peers" not in words)
        return [Goal("a", "1", "1", one) for one in met]

    monkeypatch.setattr(bench_scan, "measure", measured)
    monkeypatch.setattr(bench_scan, "os", SimpleNamespace(geteuid=lambda: 0))
    monkeypatch.setattr(bench_scan, "shutil", SimpleNamespace(which=lambda command, path: command))
    assert bench_scan.main(["--case", "/24", *words]) == status
    assert capsys.readouterr().out.splitlines()[-1] == says


def test_samples_are_counted_for_the_innermost_module_of_ours_and_by_process() -> None:
    engine = 'process 1:"phonescan scan"'
    helper = engine + ';process 2:"python -c import sys; from scanner.engine.workers.child import serve; serve(5)"'
    stacks = [
        f"{engine};run (scanner/engine/run.py:79);Sweep.pump (scanner/engine/sweep/sweeper.py:148) 7",
        f"{engine};run (scanner/engine/run.py:80) 1",
        f"{engine};<module> (scanner/cli/commands/scan.py:3);_load (<frozen importlib._bootstrap>:1);"
        "<module> (ssl.py:9) 5",
        f"{helper};fetch (scanner/engine/protocols/http_client.py:235);HTTPAdapter.send (requests/adapters.py:696) 11",
        f"{helper};Thread._bootstrap (threading.py:1002) 2",
    ]  # fmt: skip
    assert profiled.count(stacks) == {
        ("engine", "engine/sweep/sweeper"): 7,
        ("engine", "engine/run"): 1,
        ("engine", "start"): 5,
        ("helper", "engine/protocols/http_client"): 11,
        ("helper", "start"): 2,
    }
