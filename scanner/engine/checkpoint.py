"""Converts the state of a run to plain values and back, so that a scan that was killed resumes where it was.

The saved position of the sweep is that of the checkpoint before, as responses to the latest packets may not have
arrived: at most the probes of the last second are sent twice. Findings are not saved: the sink recalls them.
The keys are those of every release since version 3 of the format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.core.errors import EngineError
from scanner.core.outcomes import Outcome
from scanner.core.spans import Span
from scanner.core.targets import Targets
from scanner.engine.hosts.next_step import DeclaredExchange, Host
from scanner.engine.liveness.control import ARP, ECHO
from scanner.engine.liveness.probe import ProbeState
from scanner.engine.state import RunState, Stage
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.state import SweepPosition, SweepState

VERSION = 3


class Checkpoints:
    """Saves one state again and again."""

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._previous: dict[str, Any] | None = None

    def save(self, sent: int) -> dict[str, Any]:
        """What `restore` needs; `sent` is the packets so far. Contains no secret: notes name credentials only."""
        state = self._state
        positions = {
            "presence": [_liveness_values(one) for one in state.liveness],
            "places": [_sweep_values(one) for one in state.sweep.sweeps],
        }
        previous, self._previous = self._previous or positions, positions
        return {
            "version": VERSION,
            "seed": state.seed,
            "count": state.count,
            "stage": str(state.stage),
            "questions": _probe_names(state),
            "sweep": previous,
            "present": [one.responsive.encode() for one in state.liveness],
            "settled": [[probe.complete.encode() for probe in one.probes] for one in state.sweep.sweeps],
            "there": state.hosts.responsive.encode(),
            "done": state.hosts.done.encode(),
            "eligible": state.sweep.eligible.encode(),
            "silent ones": state.sweep.single_probe.encode(),
            "late": state.sweep.late.encode(),
            "hosts": [
                host.saved or _host_values(host)
                for host in state.hosts.hosts.values()
                if host.connected or host.tried or host.notes  # for the others the bitmap of responsive hosts suffices
            ],
            "silent": [state.tcp_probe.position, list(state.tcp_probe.in_flight), state.tcp_probe.round],
            "sent": sent,
            "unsent": [[probe.unsent.encode() for probe in one.probes] for one in state.sweep.sweeps],
            "unreachable": [list(span) for span in state.unreachable],
            "phones": state.hosts.phones,
            "control": [list(one) for one in state.control],
        }


def restore(state: RunState, saved: Mapping[str, Any], targets: Targets, exchanges: Sequence[DeclaredExchange]) -> None:
    """Set a new state to a saved one. Raises EngineError when it is of other targets or another version, or damaged."""
    if (saved.get("version"), saved.get("count"), saved.get("questions")) != (
        VERSION,
        state.count,
        _probe_names(state),
    ):
        raise EngineError("the saved state of the scan does not fit its targets: start a new scan")
    try:
        _restore(state, saved, targets, exchanges)
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
    ):  # the file was edited, or its disk is bad
        raise EngineError("the saved state of the scan is damaged: start a new scan") from None


def _restore(
    state: RunState, saved: Mapping[str, Any], targets: Targets, exchanges: Sequence[DeclaredExchange]
) -> None:
    state.seed, state.stage, state.sent = saved["seed"], Stage(saved["stage"]), saved["sent"]
    state.liveness = [
        _liveness_state(values, _bitmap(state.count, responsive))
        for values, responsive in zip(saved["sweep"]["presence"], saved["present"], strict=True)
    ]
    for sweep, values, settled in zip(state.sweep.sweeps, saved["sweep"]["places"], saved["settled"], strict=True):
        _restore_sweep(sweep, values, settled)
    for sweep, unsent in zip(state.sweep.sweeps, saved.get("unsent", ()), strict=False):
        for probe, bits in zip(sweep.probes, unsent, strict=True):
            probe.unsent.load(bits)
    state.sweep.eligible.load(saved["eligible"])
    state.sweep.single_probe.load(saved["silent ones"])
    state.sweep.late.load(saved["late"])
    state.hosts.responsive.load(saved["there"])
    state.hosts.done.load(saved["done"])
    state.hosts.phones = saved["phones"]
    control = (one if isinstance(one, list) else (one, ECHO) for one in saved.get("control", ()))
    state.control = [
        (index, way) for index, way in control if 0 <= index < state.count and ARP <= way < len(state.probes)
    ]
    by_number = {exchange.number: exchange for exchange in exchanges}
    for index, notes, responded, connected, tried, pending in saved["hosts"]:
        if not 0 <= index < state.count:
            raise ValueError(index)
        host = Host(targets.address(index), index, [by_number[number] for number in pending if number in by_number])
        host.notes, host.responded, host.connected = dict(notes), responded, connected
        host.tried = {port: Outcome(outcome) for port, outcome in tried}
        state.hosts.hosts[index] = host
    state.tcp_probe.position, in_flight, *later = saved["silent"]
    state.tcp_probe.in_flight = dict.fromkeys(in_flight)
    state.tcp_probe.round = later[0] if later else 0  # absent in states of 0.1


def unreachable(saved: Mapping[str, Any]) -> list[Span]:
    """The targets that could not be reached when a state was saved; none in one of a release before these were."""
    return [Span(*span) for span in saved.get("unreachable", ())]


def _probe_names(state: RunState) -> list[list[Any]]:
    return [[probe.discovery, probe.port] for probe in state.probes]


def _host_values(host: Host) -> list[Any]:
    """One host, kept for the next checkpoints until it changes."""
    tried, pending = list(host.tried.items()), [exchange.number for exchange in host.pending]
    host.saved = [host.index, dict(host.notes), host.responded, host.connected, tried, pending]
    return host.saved


def _liveness_values(state: ProbeState) -> list[Any]:
    return [state.position, list(state.responses), state.passes, state.resent, state.confirmed, state.over]


def _liveness_state(values: Sequence[Any], responsive: Bitmap) -> ProbeState:
    position, responses, passes, resent, confirmed, over = values
    return ProbeState(responsive, position, list(responses), passes, resent, confirmed, over)


def _sweep_values(state: SweepState) -> list[Any]:
    return [list(state.place()), [[probe.attempt, probe.ended, list(probe.responses)] for probe in state.probes]]


def _restore_sweep(state: SweepState, values: Sequence[Any], settled: Sequence[str]) -> None:
    place, rounds = values
    for probe, (attempt, ended, responses), bits in zip(state.probes, rounds, settled, strict=True):
        probe.attempt, probe.ended, probe.responses = attempt, ended, list(responses)
        probe.complete.load(bits)
    state.resume(SweepPosition(*place))


def _bitmap(count: int, text: str) -> Bitmap:
    bitmap = Bitmap(count)
    bitmap.load(text)
    return bitmap
