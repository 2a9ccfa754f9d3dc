"""SNMP: one GET of the system group swept with v2c, then v1; then the objects that say more of a phone.

Secrets: a credential is sent only to addresses within its targets, never more than two to one address, and the one that
worked is used from then on. SNMPv3 hosts are found by engine discovery (RFC 3414 4), which carries no secret.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from scanner.core.errors import SettingsError, WireError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Answer, Discovery, ObjectAsk, UdpSweep
from scanner.discovery.options import Options
from scanner.discovery.snmp_objects import SYSTEM, columns, groups, read, silent
from scanner.wire import snmp

#: What is asked where no credential is set: the read-only community that agents are shipped with, as users of such
#: tools expect. Any `[[credentials]]` or `--community` replaces it.
PUBLIC = Credential(name="public", community="public")
#: Credentials tried on one address: more lock scanners out, and hand secrets to strangers.
MOST = 2


def declare(options: Options) -> Discovery:
    """SNMP with the credentials of `options`, or with `public` where there are none."""
    questions = _Questions(options.credentials or (PUBLIC,), options.retries + 1)
    return Discovery(
        name="snmp",
        summary="asks SNMP for the system group, then for model, firmware and serial where a phone may be",
        steps=(
            UdpSweep(
                ports=(options.snmp_port,),
                request=questions.request,
                answer=questions.answer,
                variants=questions.variants,
            ),
            ObjectAsk(groups=groups, read=read, columns=columns, silent=silent, port=options.snmp_port),
        ),
    )


def applicable(credentials: Sequence[Credential], address: str) -> tuple[Credential, ...]:
    """The credentials that may be sent to `address`, at most two: the nearest targets first, then as they are written.

    A credential without targets goes anywhere. Raises SettingsError for targets that are no networks.
    """
    return _chooser(tuple(credentials))(address)


@lru_cache(maxsize=8)
def _chooser(credentials: tuple[Credential, ...]) -> Callable[[str], tuple[Credential, ...]]:
    if not any(credential.targets for credential in credentials):
        always = credentials[:MOST]
        return lambda address: always
    scopes: list[tuple[int, int, ipaddress.IPv4Network | ipaddress.IPv6Network | None, Credential]] = []
    for place, credential in enumerate(credentials):
        for target in credential.targets:
            try:
                network = ipaddress.ip_network(target, strict=False)
            except ValueError:
                raise SettingsError(
                    f"credential {credential.name!r}: the target {target!r} is no network, write it as 10.1.0.0/16"
                ) from None
            scopes.append((-network.prefixlen, place, network, credential))
        if not credential.targets:
            scopes.append((1, place, None, credential))
    scopes.sort(key=lambda scope: scope[:2])

    def choose(address: str) -> tuple[Credential, ...]:
        ip = ipaddress.ip_address(address)
        chosen: list[Credential] = []
        for _, _, network, credential in scopes:
            if credential not in chosen and (network is None or ip in network):
                chosen.append(credential)
        return tuple(chosen[:MOST])

    return choose


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
