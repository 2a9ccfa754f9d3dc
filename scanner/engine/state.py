"""The state record of a run: what is known of targets and hosts, and how far each part has come. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from scanner.core.spans import Span
from scanner.engine.hosts.tcp_probe import TcpProbeState
from scanner.engine.hosts.tracker import HostsState
from scanner.engine.liveness.probe import ProbeState
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.phases import PhasesState, new_phases
from scanner.engine.sweep.state import UdpProbe


class Stage(StrEnum):
    """The stages of a run in their order; the values are those of progress records and checkpoints."""

    HOST_DISCOVERY = "presence"
    SWEEP = "sweep"
    TCP_PROBES = "silent"
    CONVERSATIONS = "talks"
    END = "end"


@dataclass(slots=True, eq=False)
class RunState:
    """`seed` and `count` determine the order of the targets; `started` is on the monotonic clock.

    `sent` is packets of earlier runs, `control` are the control hosts, each with its way. `incomplete` is why the run
    covers its targets in part, empty if it covers them, `unreachable` are the targets without a route, `lost` those
    whose network did not return, `notes` sentences for the report.
    """

    count: int
    seed: int
    started: float
    sweep: PhasesState
    hosts: HostsState
    tcp_probe: TcpProbeState
    liveness: list[ProbeState] = field(default_factory=list)
    stage: Stage = Stage.HOST_DISCOVERY
    sent: int = 0
    control: list[tuple[int, int]] = field(default_factory=list)
    incomplete: str = ""
    unreachable: list[Span] = field(default_factory=list)
    lost: list[Span] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def probes(self) -> list[UdpProbe]:
        """The UDP probes of the run."""
        return self.sweep.sweeps[0].probes


def new_state(count: int, seed: int, started: float, probes: list[UdpProbe]) -> RunState:
    """The state before anything is sent, for `count` targets."""
    return RunState(
        count=count,
        seed=seed % count,
        started=started,
        sweep=new_phases(probes, count),
        hosts=HostsState(Bitmap(count), Bitmap(count)),
        tcp_probe=TcpProbeState(),
    )
