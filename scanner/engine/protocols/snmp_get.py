"""Executes exchanges over SNMP, with the credential and version that the sweep's response names."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from scanner.core.errors import EngineError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import GetFirstRow, GetObjects, Peer, Request
from scanner.discovery.credentials import PUBLIC, applicable
from scanner.discovery.declaration import Exchange
from scanner.engine.protocols.dialogue import execute
from scanner.engine.snmp.session import Agent, CommunityAgent, UserAgent
from scanner.engine.snmp.walk import Kind, WalkReply, WalkRequest
from scanner.engine.workers.api import ConversationResult, HostContext, HostFindings
from scanner.wire import snmp

#: Requests in a row without a response, after which the host gets no more, unless the loss requires repetitions.
PATIENCE = 2
#: Packets of one SNMPv3 exchange: engine discovery, time synchronisation, the request itself.
V3_PACKETS = 3
_VALUES = int | bytes | str


def converse(step: Exchange, host: HostContext) -> ConversationResult:
    """Converse with the host's agent on the port of `step`."""
    (port,) = step.ports
    way = _way(host, port)
    if way is None:
        return ConversationResult(Outcome.SKIPPED)
    try:
        agent = way()
    except EngineError as fault:
        return ConversationResult(Outcome.UNREACHABLE, note=str(fault))
    session = _Session(agent, host, port, step.requests)
    peer = Peer(host.address, port, host.cookie(port), "", tuple(host.findings), host.note)
    try:
        response = execute(step.conversation(peer), session.perform, step.requests)
    except EngineError as fault:
        return ConversationResult(Outcome.NO_ANSWER, note=str(fault))
    finally:
        agent.close()
    if not session.requested:
        return ConversationResult(Outcome.TIMED_OUT if session.note else Outcome.SKIPPED, note=session.note)
    found = (
        (HostFindings(port, response.findings, response.mac),)
        if response and (response.findings or response.mac)
        else ()
    )
    outcome = Outcome.ANSWERED if session.responded else Outcome.NO_ANSWER
    if session.note:
        outcome = Outcome.TIMED_OUT
    return ConversationResult(outcome, found, session.note, unanswered=session.unanswered > 0)


def _way(host: HostContext, port: int) -> Callable[[], Agent] | None:
    """The session to the agent: by the credential in the sweep's note, else by the first community allowed there."""
    version_name, _, name = host.note.partition(" ")
    allowed = applicable(tuple(host.credentials) or (PUBLIC,), host.address)
    if host.note:
        credential = next((c for c in allowed if c.name == name), None)
    else:
        credential = next((c for c in allowed if c.community is not None), None)
    if credential is None:
        return None
    chosen: Credential = credential
    if chosen.user is not None:
        return lambda: UserAgent(host.address, chosen, host.timeout, port)
    version = snmp.V1 if version_name == "v1" else snmp.V2C
    return lambda: CommunityAgent(host.address, chosen.community or "", version, host.timeout, port)


class _Session:
    """A bounded number of requests to one agent."""

    def __init__(self, agent: Agent, host: HostContext, port: int, most: int) -> None:
        self.agent, self.host, self.port, self.most = agent, host, port, most
        self.requests = self.unanswered = 0
        self.requested = self.responded = False
        self.note = ""

    @property
    def given_up(self) -> bool:
        """Whether no further request is sent."""
        repeats = self.host.repeats
        spent = self.requests >= self.most and not (self.unanswered and repeats)
        return spent or self.unanswered >= max(PATIENCE, 1 + repeats) or bool(self.note)

    def perform(self, request: Request) -> dict[str, _VALUES]:
        """The values that a request of a conversation returns."""
        match request:
            case GetObjects(oids):
                self.requested = True
                return self.get(oids)
            case GetFirstRow(column):
                self.requested = True
                return self.first_row(column)
        return {}

    def get(self, oids: Sequence[str]) -> dict[str, _VALUES]:
        """The values of `oids` that exist. SNMPv1 rejects a request with one object that is missing: then in halves."""
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
        """The first row of a column that has a value, within its first eight: a chassis may leave it empty."""
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

    def _ask(self, kind: Kind, oids: tuple[str, ...]) -> WalkReply | None:
        if self.given_up:
            return None
        if time.monotonic() >= self.host.deadline or not self.host.turn(
            self.port, V3_PACKETS if self.agent.version == "v3" else 1
        ):
            self.note = "the time limit of the host expired"
            return None
        self.requests += not (self.unanswered and self.host.repeats)  # a repetition because of loss is the same one
        reply = self.agent.send(WalkRequest(kind, oids))
        if reply is None:
            self.unanswered += 1
            return self._ask(kind, oids)  # once more, since datagrams get lost
        self.unanswered, self.responded = 0, True
        return reply


def _values(reply: WalkReply) -> dict[str, _VALUES]:
    return {oid: value for oid, value in reply.varbinds if isinstance(value, _VALUES)}
