"""Asks one host for SNMP objects, with the credential and version that answered the sweep."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from scanner.core.errors import EngineError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import ObjectAsk
from scanner.discovery.snmp import PUBLIC, applicable
from scanner.engine.snmp.session import Agent, CommunityAgent, UserAgent
from scanner.engine.snmp.walk import Kind, Reply, Request
from scanner.engine.workers.api import Heard, HostContext, Told
from scanner.wire import snmp

#: Most questions to one host after the sweep: what a phone needs is a tenth of it.
QUESTIONS = 24
#: Datagrams in a row without an answer, after which the host is left alone.
PATIENCE = 2
#: Packets of one SNMPv3 exchange: engine discovery, time synchronisation, the question itself.
V3_PACKETS = 3
_VALUES = int | bytes | str


def converse(step: ObjectAsk, host: HostContext) -> Heard:
    """GET what `step.groups` names, or `step.silent` where the sweep was not answered; then the first rows of its
    columns."""
    note = host.notes.get("snmp", "")
    findings = tuple(host.findings)
    asked = step.groups(findings) if note else step.silent(findings)
    if not asked:
        return Heard(Outcome.SKIPPED)
    way = _way(note, host, step.port)
    if way is None:
        return Heard(Outcome.SKIPPED)
    try:
        agent = way()
    except EngineError as fault:
        return Heard(Outcome.UNREACHABLE, note=str(fault))
    exchange = _Exchange(agent, host, step.port)
    try:
        values: dict[str, _VALUES] = {}
        done: list[tuple[str, ...]] = []
        while fresh := [group for group in asked if group not in done]:
            for group in fresh:
                values |= exchange.get(group)
            done += fresh
            if note:  # what was just learned may speak of a vendor
                asked = step.groups((*findings, *step.read(values).findings))
        if note and not exchange.given_up:
            found = (*findings, *step.read(values).findings)
            for column in step.columns(found):
                values |= exchange.first_row(column)
    except EngineError as fault:
        return Heard(Outcome.NO_ANSWER, note=str(fault))
    finally:
        agent.close()
    answer = step.read(values)
    told = (Told(step.port, answer.findings, answer.mac),) if answer.findings or answer.mac else ()
    return Heard(Outcome.ANSWERED if exchange.answered else Outcome.NO_ANSWER, told, exchange.note)


def _way(note: str, host: HostContext, port: int) -> Callable[[], Agent] | None:
    """How to speak to the host: as the sweep's note says, else with the first community that may be sent to it."""
    spoken, _, name = note.partition(" ")
    allowed = applicable(tuple(host.credentials) or (PUBLIC,), host.address)
    if note:
        credential = next((c for c in allowed if c.name == name), None)
    else:
        credential = next((c for c in allowed if c.community is not None), None)
    if credential is None:
        return None
    chosen: Credential = credential
    if chosen.user is not None:
        return lambda: UserAgent(host.address, chosen, host.timeout, port)
    version = snmp.V1 if spoken == "v1" else snmp.V2C
    return lambda: CommunityAgent(host.address, chosen.community or "", version, host.timeout, port)


class _Exchange:
    """A bounded row of questions to one agent."""

    def __init__(self, agent: Agent, host: HostContext, port: int) -> None:
        self.agent, self.host, self.port = agent, host, port
        self.questions = self.unanswered = 0
        self.answered = False
        self.note = ""

    @property
    def given_up(self) -> bool:
        """Whether nothing more is asked."""
        return self.questions >= QUESTIONS or self.unanswered >= PATIENCE or bool(self.note)

    def get(self, oids: Sequence[str]) -> dict[str, _VALUES]:
        """The values of `oids` that exist. SNMPv1 refuses a question for one object that is missing: then in halves."""
        reply = self._ask(Kind.GET, tuple(oids))
        if reply is None:
            return {}
        if reply.error_status == snmp.NO_ERROR:
            return _values(reply)
        if len(oids) == 1 or reply.error_status not in (snmp.NO_SUCH_NAME, snmp.TOO_BIG, snmp.GEN_ERR):
            return {}
        half = (len(oids) + 1) // 2
        return self.get(oids[:half]) | self.get(oids[half:])

    def first_row(self, column: str) -> dict[str, _VALUES]:
        """The first row of a column that says something, within its first eight: a chassis may leave it empty."""
        at = column
        for _ in range(8):
            reply = self._ask(Kind.NEXT, (at,))
            if reply is None or reply.error_status or not reply.varbinds:
                return {}
            oid, value = reply.varbinds[0]
            if not oid.startswith(column + ".") or not isinstance(value, _VALUES):
                return {}
            if value not in ("", b"", 0):
                return {oid: value}
            at = oid
        return {}

    def _ask(self, kind: Kind, oids: tuple[str, ...]) -> Reply | None:
        if self.given_up:
            return None
        if time.monotonic() >= self.host.deadline or not self.host.turn(
            self.port, V3_PACKETS if self.agent.spoken == "v3" else 1
        ):
            self.note = "no time was left"
            return None
        self.questions += 1
        reply = self.agent.ask(Request(kind, oids))
        if reply is None:
            self.unanswered += 1
            return self._ask(kind, oids)  # once more, since datagrams get lost
        self.unanswered, self.answered = 0, True
        return reply


def _values(reply: Reply) -> dict[str, _VALUES]:
    return {oid: value for oid, value in reply.varbinds if isinstance(value, _VALUES)}
