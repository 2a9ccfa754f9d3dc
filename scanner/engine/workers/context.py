"""Builds the context of a conversation, on the engine's threads and in worker processes alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scanner.core.model import Credential
from scanner.engine import guard
from scanner.engine.rate.limits import SendGate
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.workers.api import HostContext


@dataclass(frozen=True, slots=True)
class ContextFactory:
    """What the contexts of a process have in common. `unused(packets)` returns packets to the scan's rate."""

    gate: SendGate
    cookies: Cookies
    credentials: tuple[Credential, ...]
    timeout: float
    unused: Callable[[int], None]

    def context(
        self,
        address: str,
        deadline: float,
        open_ports: tuple[int, ...],
        findings: Iterable[tuple[str, str]],
        note: str,
        repeats: int = 0,
    ) -> HostContext:
        """The context of a conversation with one host."""

        def turn(port: int, packets: int) -> bool:
            guard.check_port(port)
            return not made.left_open and self.gate.pass_through(address, packets, deadline)

        made = HostContext(
            address=address,
            deadline=deadline,
            turn=turn,
            cookie=lambda port: self.cookies(address, port),
            open_ports=open_ports,
            findings=list(findings),
            note=note,
            credentials=self.credentials,
            unused=self.unused,
            timeout=self.timeout,
            repeats=repeats,
        )
        return made
