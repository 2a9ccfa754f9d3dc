"""SNMP: one GET of the system group swept with v2c, then v1; then the objects that say more of a phone.

Secrets: a credential is sent only to addresses within its targets, never more than two to one address, and the one that
worked is used from then on. SNMPv3 hosts are found by engine discovery (RFC 3414 4), which carries no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.core.errors import WireError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import Answer, Conversation, GetFirstRow, GetObjects, Peer
from scanner.discovery.credentials import MOST, PUBLIC, applicable
from scanner.discovery.declaration import Discovery, Exchange, Fit, Need, Reduced, State, Transport, UdpSweep
from scanner.discovery.options import Options
from scanner.discovery.snmp_objects import SYSTEM, columns, groups, read, silent
from scanner.wire import snmp

#: Requests to one host after the sweep, and the octets of one for the estimate; a phone needs a tenth of them.
REQUESTS, REQUEST_OCTETS = 24, 200


def declare(options: Options) -> Discovery:
    """SNMP with the credentials of `options`, or with `public` where there are none."""
    questions = _Questions(options.credentials or (PUBLIC,), options.retries + 1)
    return Discovery(
        name="snmp",
        summary="asks SNMP for the system group, then for model, firmware and serial where a phone may be",
        setting="ports.snmp",
        steps=(
            UdpSweep(
                ports=(options.snmp_port,),
                request=questions.request,
                answer=questions.answer,
                variants=questions.variants,
                sends="one `GET` of four objects, as v2c, then as v1; engine discovery where an SNMPv3 user is set",
            ),
            Exchange(
                transport=Transport.SNMP,
                ports=(options.snmp_port,),
                talk=_objects,
                fits=_fits,
                requests=REQUESTS,
                octets=REQUEST_OCTETS,
                last=True,
                sends="further `GET`s and `GETNEXT`s, of hosts that may be phones",
            ),
        ),
        reduced=(
            Reduced(Need.CREDENTIALS, "with the community `public` alone", "add [[credentials]] to the settings"),
        ),
    )


def _fits(state: State) -> Fit:
    """Hosts that answered the sweep; at last those that did not, where their vendor's agent knows its own objects
    alone."""
    if state.note:
        return Fit.NOW
    if not (state.connected and state.swept and state.rest_done):
        return Fit.LATER
    return Fit.NOW if not state.closed and silent(state.findings) else Fit.NEVER


def _objects(peer: Peer) -> Conversation:
    """GET of what `groups` names, or `silent` where the sweep had no response; then the first rows of `columns`."""
    values: dict[str, bytes | int | str] = {}
    done: list[tuple[str, ...]] = []
    wanted = groups(peer.findings) if peer.note else silent(peer.findings)
    if not wanted:
        return None
    while fresh := [group for group in wanted if group not in done]:
        for group in fresh:
            values |= (yield GetObjects(group)) or {}
        done += fresh
        if peer.note:  # what was just read may name a vendor
            wanted = groups((*peer.findings, *read(values).findings))
    if peer.note:
        for column in columns((*peer.findings, *read(values).findings)):
            values |= (yield GetFirstRow(column)) or {}
    return read(values)


@dataclass(frozen=True, slots=True)
class _Questions:
    """The sweep's requests and the reading of its answers, for one set of credentials."""

    credentials: tuple[Credential, ...]
    rounds: int
    templates: dict[tuple[int, str], snmp.Template] = field(default_factory=dict)

    @property
    def variants(self) -> int:
        """Most questions that one address may get: a community is tried with two versions, a user with one."""
        return sum(sorted((len(_variants(c)) for c in self.credentials), reverse=True)[:MOST])

    def request(self, address: str, port: int, cookie: int, attempt: int, here: str) -> bytes | None:
        row = [variant for credential in applicable(self.credentials, address) for variant in _variants(credential)]
        if not row or attempt >= len(row) * self.rounds:
            return None
        version, community = row[attempt % len(row)]
        identifier = snmp.request_id(cookie)
        if version == snmp.V3:
            return snmp.v3_probe(identifier)
        template = self.templates.get((version, community))
        if template is None:
            template = snmp.get_template(version, community.encode(), SYSTEM)
            self.templates[version, community] = template
        return template.request(identifier)

    def answer(self, datagram: bytes, cookie: int, address: str) -> Answer | None:
        chosen = applicable(self.credentials, address)
        try:
            message = snmp.decode(datagram)
        except WireError:
            return _v3_answer(datagram, cookie, chosen)
        if message.request_id != snmp.request_id(cookie):
            return None
        if message.pdu is not snmp.Pdu.RESPONSE:
            return Answer(Outcome.OTHER_PROTOCOL)  # an echo service, or a manager
        if message.error_status in (snmp.NO_ACCESS, snmp.AUTHORIZATION_ERROR):
            return Answer(Outcome.REFUSED)
        spoken = [c for c in chosen if c.community is not None]
        if not spoken:
            return None
        worked = next((c for c in spoken if (c.community or "").encode() == message.community), spoken[0])
        told = read(message.values()) if message.error_status == snmp.NO_ERROR else Answer(Outcome.ANSWERED)
        return told._replace(note=f"{'v1' if message.version == snmp.V1 else 'v2c'} {worked.name}")


def _variants(credential: Credential) -> tuple[tuple[int, str], ...]:
    if credential.user is not None:
        return ((snmp.V3, ""),)
    return ((snmp.V2C, credential.community or ""), (snmp.V1, credential.community or ""))


def _v3_answer(datagram: bytes, cookie: int, chosen: Sequence[Credential]) -> Answer | None:
    try:
        identifier, _ = snmp.v3_engine(datagram)
    except WireError:
        return Answer(Outcome.MALFORMED)
    user = next((c for c in chosen if c.user is not None), None)
    if identifier != snmp.request_id(cookie) or user is None:
        return None
    return Answer(Outcome.ANSWERED, note=f"v3 {user.name}")
