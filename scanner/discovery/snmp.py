"""SNMP: a sweep with one GET of the system group, v2c then v1; then objects that describe a phone.

Secrets: a credential is sent only to addresses within its targets, never more than two to one address, and the one that
worked is used from then on. SNMPv3 hosts are found by engine discovery (RFC 3414 4), which carries no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.core.errors import WireError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import Conversation, GetFirstRow, GetObjects, Peer, Response
from scanner.discovery.credentials import MOST, PUBLIC, applicable
from scanner.discovery.declaration import Discovery, Exchange, Fit, HostState, Need, Reduced, Transport, UdpSweep
from scanner.discovery.options import Options
from scanner.discovery.snmp_objects import SYSTEM, columns, groups, read, unresponsive
from scanner.wire import snmp

#: Requests to one host after the sweep, and the octets of one for the estimate; a phone needs a tenth of them.
REQUESTS, REQUEST_OCTETS = 24, 200


def declare(options: Options) -> Discovery:
    """SNMP with the credentials of `options`, or with `public` where there are none."""
    requests = _Requests(options.credentials or (PUBLIC,), options.retries + 1)
    return Discovery(
        name="snmp",
        summary="requests the system group over SNMP, then model, firmware and serial of possible phones",
        setting="ports.snmp",
        steps=(
            UdpSweep(
                ports=(options.snmp_port,),
                request=requests.request,
                response=requests.response,
                variants=requests.variants,
                sends="one `GET` of four objects, as v2c, then as v1; engine discovery where an SNMPv3 user is set",
            ),
            Exchange(
                transport=Transport.SNMP,
                ports=(options.snmp_port,),
                conversation=_objects,
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


def _fits(state: HostState) -> Fit:
    """Hosts that responded to the sweep; at last those that did not, where the vendor's agent has no system group."""
    if state.note:
        return Fit.NOW
    if not (state.connected and state.swept and state.rest_done):
        return Fit.LATER
    return Fit.NOW if not state.closed and unresponsive(state.findings) else Fit.NEVER


def _objects(peer: Peer) -> Conversation:
    """The GETs of `groups`, or of `unresponsive` without a response to the sweep; then the first rows of `columns`."""
    values: dict[str, bytes | int | str] = {}
    done: list[tuple[str, ...]] = []
    wanted = groups(peer.findings) if peer.note else unresponsive(peer.findings)
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
class _Requests:
    """The requests of the sweep and the reading of responses, for one set of credentials."""

    credentials: tuple[Credential, ...]
    rounds: int
    templates: dict[tuple[int, str], snmp.Template] = field(default_factory=dict)

    @property
    def variants(self) -> int:
        """Most different requests to one address: a community is tried with two versions, a user with one."""
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

    def response(self, datagram: bytes, cookie: int, address: str) -> Response | None:
        chosen = applicable(self.credentials, address)
        try:
            message = snmp.decode(datagram)
        except WireError:
            return _v3_response(datagram, cookie, chosen)
        if message.request_id != snmp.request_id(cookie):
            return None
        if message.pdu is not snmp.Pdu.RESPONSE:
            return Response(Outcome.OTHER_PROTOCOL)  # an echo service, or a manager
        if message.error_status in (snmp.NO_ACCESS, snmp.AUTHORIZATION_ERROR):
            return Response(Outcome.REFUSED)
        communities = [c for c in chosen if c.community is not None]
        if not communities:
            return None
        worked = next((c for c in communities if (c.community or "").encode() == message.community), communities[0])
        found = read(message.values()) if message.error_status == snmp.NO_ERROR else Response(Outcome.ANSWERED)
        return found._replace(note=f"{'v1' if message.version == snmp.V1 else 'v2c'} {worked.name}")


def _variants(credential: Credential) -> tuple[tuple[int, str], ...]:
    if credential.user is not None:
        return ((snmp.V3, ""),)
    return ((snmp.V2C, credential.community or ""), (snmp.V1, credential.community or ""))


def _v3_response(datagram: bytes, cookie: int, chosen: Sequence[Credential]) -> Response | None:
    try:
        identifier, _ = snmp.v3_engine(datagram)
    except WireError:
        return Response(Outcome.MALFORMED)
    user = next((c for c in chosen if c.user is not None), None)
    if identifier != snmp.request_id(cookie) or user is None:
        return None
    return Response(Outcome.ANSWERED, note=f"v3 {user.name}")
