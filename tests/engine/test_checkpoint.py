"""The checkpoint of a run: its conversion to JSON and back, and one that an earlier release wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.core.errors import EngineError
from scanner.core.outcomes import Outcome
from scanner.core.target_syntax import parse
from scanner.discovery.declaration import Discovery
from scanner.engine import checkpoint
from scanner.engine.checkpoint import Checkpoints
from scanner.engine.hosts.next_step import Host, declared_exchanges
from scanner.engine.liveness.probe import ProbeState
from scanner.engine.run import run
from scanner.engine.state import RunState, Stage, new_state
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.sockets import udp_probes
from tests.engine.test_run import PHONES, Inbox, Recorder, listeners, page, responders, sip_at, work
from tests.loopback import own

#: Written by the release before the engine had a state record; ports stand as `SIP` and `HTTP`.
RELEASED = Path(__file__).parent / "checkpoints" / "version_3.json"
TARGETS = parse(["10.0.0.0/24"])
DISCOVERIES = (sip_at(5060, page((80,))), Discovery("http", "", (page((80,)),)))


def fresh() -> RunState:
    return new_state(254, 11, 0.0, udp_probes(DISCOVERIES, 254))


def restored(saved: dict[str, Any]) -> RunState:
    state = fresh()
    checkpoint.restore(state, saved, TARGETS, declared_exchanges(DISCOVERIES))
    return state


def saved(state: RunState) -> dict[str, Any]:
    return dict(json.loads(json.dumps(Checkpoints(state).save(state.sent))))


def advanced() -> RunState:
    """A state in which nothing has its initial value."""
    state = fresh()
    state.stage, state.sent = Stage.TCP_PROBES, 4711
    state.liveness = [ProbeState(Bitmap(254), 17, [3, 1], 1, 5, 4, True)]
    for number, sweep in enumerate(state.sweep.sweeps):
        for probe in sweep.probes:
            probe.complete.add(number)
            probe.attempt, probe.responses = 1, [2, 0]
        sweep.current, sweep.position = sweep.probes[0], 40 + number
    for place, bitmap in enumerate(
        (state.liveness[0].responsive, state.sweep.eligible, state.sweep.single_probe, state.sweep.late,
         state.hosts.responsive, state.hosts.done)
    ):  # fmt: skip
        bitmap.add_range(place, 100)
    host = Host(
        "10.0.0.8", 7, declared_exchanges(DISCOVERIES)[1:], notes={"sip": "how"}, responded=True, connected=True
    )
    host.tried = {80: Outcome.ANSWERED, 443: Outcome.REFUSED}
    state.hosts.hosts[7], state.hosts.phones = host, 3
    state.tcp_probe.position, state.tcp_probe.in_flight = 9, {200: None}
    return state


def test_a_state_is_the_same_after_json() -> None:
    before = saved(advanced())
    after = restored(before)
    assert saved(after) == before
    assert after.hosts.hosts[7].address == "10.0.0.8"
    assert set(after.sweep.sweeps[2].probes[0].complete) == {1, 2}  # shared by the second and the third phase


def test_the_saved_position_is_that_of_the_checkpoint_before() -> None:
    state = advanced()
    checkpoints = Checkpoints(state)
    checkpoints.save(0)
    state.sweep.sweeps[0].position = 80
    assert checkpoints.save(0)["sweep"]["places"][0][0] == [0, 1, 40]
    assert checkpoints.save(0)["sweep"]["places"][0][0] == [0, 1, 80]


@pytest.mark.parametrize("change", [{"version": 2}, {"count": 253}, {"questions": []}, {"there": "AAAA"}])
def test_a_checkpoint_of_another_scan_is_rejected(change: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match="start a new scan"):
        restored(saved(advanced()) | change)


@pytest.mark.network
def test_a_scan_of_an_earlier_release_is_resumed() -> None:
    with responders(PHONES) as farm, listeners(PHONES) as port:
        text = RELEASED.read_text(encoding="utf-8")
        state = json.loads(text.replace('"SIP"', str(farm.port)).replace('"HTTP"', str(port)))
        inbox, recorder = Inbox(), Recorder()
        made = work(own("127.40.0.0/24"), sip_at(farm.port), Discovery("http", "", (page((port,)),)))
        report = run(made, inbox, execute=recorder, state=state)
    done = {own(f"127.40.0.{last}") for last in (58, 90, 178, 210)}
    in_progress = own("127.40.0.122")
    assert report.complete
    assert set(recorder.conversations) == set(PHONES) - done
    assert set(farm.received) == set(PHONES) - done - {in_progress}
    assert inbox.progress[-1].phones == len(PHONES)
