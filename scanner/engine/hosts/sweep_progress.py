"""The combined progress of the sweep and the link steps, on which the next step of a host depends."""

from __future__ import annotations

from scanner.engine.protocols.link_steps import LinkSteps
from scanner.engine.sweep.phases import Phases


class CombinedProgress:
    """`hosts.next_step.SweepProgress` over a sweep and the link steps."""

    def __init__(self, sweep: Phases, links: LinkSteps) -> None:
        self.sweep, self.links = sweep, links
        self.names = tuple(dict.fromkeys((*sweep.names, *links.names)))

    @property
    def generation(self) -> int:
        """Changes when a round or a link step has ended."""
        return self.sweep.generation + self.links.generation

    def probed_once(self, index: int) -> bool:
        """Whether every request of the sweep was sent at least once, or is complete."""
        return self.sweep.probed_once(index)

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's requests are complete or will not be sent again."""
        return self.links.over_for(discovery) and self.sweep.probes_ended(discovery, index)

    def port_closed(self, discovery: str, index: int) -> bool:
        """Whether the host rejected a discovery's UDP port."""
        return self.sweep.port_closed(discovery, index)
