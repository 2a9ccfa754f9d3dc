"""Claims of macs: which of them a stronger source contradicts, so that they identify nothing. Pure.

A response, or a certificate, may contain a mac that is not its device's: a default certificate, a cloned name, a false
claim. It loses (`identity.authority`, part `mac`) where a source that outranks it reports another mac at the address,
or the mac at another address that responds; and where several addresses claim one mac, none of them has it.

The mac of a gateway contradicts nothing: it is in the neighbour table at the addresses behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from scanner.core.fields import FIELDS, FieldOrigin, field_of
from scanner.identity.authority import Source, rank, rank_of, source_of
from scanner.identity.freshness import VISIT
from scanner.identity.match import Match
from scanner.inventory.rules.shared import TOGETHER, AddressUse, most_at_once


class AddressEvidence(IntEnum):
    """How an address and a mac were seen together: the column `addresses.evidence`."""

    LOG = -2  # a server's log contains both
    CARRIER = -1  # the frame of a captured packet from the address
    TABLE = 0  # a neighbour table contains both
    FRAME = 1  # a frame of the mac names the address
    RESPONSE = 2  # a response from the address contains the mac
    CERTIFICATE = 3  # the certificate of the address contains the mac
    LEASE = 4  # a DHCP message of the mac contains the address
    MANAGEMENT = 5  # SNMP at the address reports the mac
    LEASED = 6  # the list of leases of a DHCP server contains both

    @property
    def source(self) -> Source:
        """The sort of source in the table of authority."""
        return _SOURCES[self]

    @property
    def rank(self) -> int:
        """The rank of its claim of a mac."""
        return rank_of("mac", self.source)


_SOURCES = {
    AddressEvidence.LOG: Source.LOG,
    AddressEvidence.CARRIER: Source.CARRIER,
    AddressEvidence.TABLE: Source.NEIGHBOURS,
    AddressEvidence.FRAME: Source.FRAME,
    AddressEvidence.RESPONSE: Source.BANNER,
    AddressEvidence.CERTIFICATE: Source.CERTIFICATE,
    AddressEvidence.LEASE: Source.LEASE,
    AddressEvidence.MANAGEMENT: Source.MANAGEMENT,
    AddressEvidence.LEASED: Source.LEASED,
}
_OF_FRAME = {Source.LOG: AddressEvidence.LOG, Source.LEASE: AddressEvidence.LEASE}
_OF_CONTENT = {
    Source.LOG: AddressEvidence.LOG,
    Source.CERTIFICATE: AddressEvidence.CERTIFICATE,
    Source.MANAGEMENT: AddressEvidence.MANAGEMENT,
}
#: Fields in which the operating system of a host describes it.
_MANAGEMENT = frozenset(name for name in FIELDS if rank("kind", name) == 1)
#: Kinds of hosts that may repeat the banner of a phone.
_HOSTS = frozenset({"gateway", "pbx", "other"})
#: Claims that identify their device unless they are contradicted.
CLAIMS = (AddressEvidence.MANAGEMENT, AddressEvidence.RESPONSE, AddressEvidence.CERTIFICATE)
#: Evidence of a mac at an address by others than the device, and by its own frames.
SIGHTINGS = (
    AddressEvidence.CARRIER,
    AddressEvidence.TABLE,
    AddressEvidence.FRAME,
    AddressEvidence.LEASE,
    AddressEvidence.LEASED,
)
#: Evidence that a claim cannot outrank.
_PROOF = (AddressEvidence.TABLE, AddressEvidence.FRAME, AddressEvidence.LEASE)


@lru_cache(maxsize=1024)
def of_frame(field: str, leased: bool = False) -> AddressEvidence:
    """The evidence of the mac beside a value of a field for its address; `leased`: in the list of a DHCP server."""
    if leased:
        return AddressEvidence.LEASED
    source, origin = source_of(field), field_of(field).group.origin
    if origin is FieldOrigin.FRAME:
        return AddressEvidence.FRAME
    if origin is FieldOrigin.TABLE:
        return AddressEvidence.TABLE
    return _OF_FRAME.get(source, AddressEvidence.CARRIER)


def is_own(field: str) -> bool:
    """Whether a field is of frames that a mac sends itself: what they contain is never of another host."""
    return of_frame(field) in (AddressEvidence.FRAME, AddressEvidence.LEASE)


@lru_cache(maxsize=1024)
def of_content(field: str) -> AddressEvidence:
    """The evidence of a mac inside a value of a field for the address of the value."""
    return _OF_CONTENT.get(source_of(field), AddressEvidence.RESPONSE)


def not_a_phone(field: str, match: Match | None) -> str | None:
    """The rule by which the operating system of a host shows that it is not a phone; None where it does not."""
    if field not in _MANAGEMENT or match is None:
        return None
    return match.rule.name if "veto" in match.gives or match.gives.get("kind") in _HOSTS else None


class Use(NamedTuple):
    """A mac at an address: the evidence, and its first and last sighting (Unix time)."""

    mac: str
    site: str
    ip: str
    evidence: AddressEvidence
    first: int
    last: int

    @property
    def spot(self) -> tuple[str, str]:
        """Site and address."""
        return self.site, self.ip


class Dispute(NamedTuple):
    """Why a claim lost: the row of the table of authority, and a sentence.

    `holder` is the address that the mac has by a stronger source, "" where none is known. `copied` is whether a phone
    of the same maker claims it, as with a default certificate: then it does not identify other claimants either.
    """

    row: str
    reason: str
    holder: str = ""
    copied: bool = False


class Surroundings(NamedTuple):
    """What claims are compared with.

    `at` contains for each claimed address the other macs there, without those of gateways. `responses(spot)` are the
    first and last times of what responded at an address. `host(use)` is the rule by which the management of the host
    at a claim's address shows that it is not a phone, None where nothing does. `same_maker(mac, other)` is whether both
    are of one manufacturer, None where that of one is unknown; `gateway_like(mac)` whether several addresses had a mac.
    """

    at: Mapping[tuple[str, str], Sequence[Use]]
    responses: Callable[[tuple[str, str]], Sequence[tuple[int, int]]]
    host: Callable[[Use], str | None]
    same_maker: Callable[[str, str], bool | None]
    gateway_like: Callable[[str], bool]


def disputes(uses: Sequence[Use], around: Surroundings) -> dict[tuple[str, str], Dispute]:
    """The addresses whose claim of a mac identifies nothing, with the reason; `uses` are all uses of that mac."""
    found: dict[tuple[str, str], Dispute] = {}
    claims: list[Use] = []
    confirmed = [use for use in uses if use.evidence in CLAIMS and _confirmed(use, uses)]
    for use in uses:
        if use.evidence not in CLAIMS or use in confirmed:
            continue
        lost = _by_host(use, around) or _other_mac(use, around) or _elsewhere(use, uses, around)
        if lost := lost or _as_confirmed(use, confirmed):
            held = _elsewhere(use, uses, around)
            found.setdefault(use.spot, lost._replace(holder=held.holder if held else ""))
        if not lost or lost.copied:
            claims.append(use)
    return _claimed_by_several(claims) | found


def _confirmed(use: Use, uses: Sequence[Use]) -> bool:
    """Whether a table or a frame has the mac at the address of a claim."""
    return any(o.spot == use.spot and o.evidence in SIGHTINGS and _near(use, o, VISIT) for o in uses)


def _as_confirmed(use: Use, confirmed: Sequence[Use]) -> Dispute | None:
    """The dispute where another address claims the mac at the same time, and has it by a table or a frame."""
    mine = AddressUse(use.site, use.ip, use.first, use.last)
    for other in sorted(confirmed):
        theirs = AddressUse(other.site, other.ip, other.first, other.last)
        if most_at_once((mine, theirs), TOGETHER) > 1:
            row = f"{Source.NEIGHBOURS.value} before {use.evidence.source.value}"
            return Dispute(row, f"{other.ip} claims this mac too, and a table or frame has it there", other.ip)
    return None


def _by_host(use: Use, around: Surroundings) -> Dispute | None:
    """The dispute where the host at the address is not a phone: it repeats what a phone behind it contains."""
    rule = around.host(use)
    row = f"{Source.MANAGEMENT.value} before {use.evidence.source.value}"
    return Dispute(row, f"the host at {use.ip} is not a phone, by {rule}") if rule else None


def _other_mac(use: Use, around: Surroundings) -> Dispute | None:
    """The dispute where a source that outranks a claim reports another mac at the address."""
    for other in sorted(around.at.get(use.spot, ()), key=lambda o: (o.evidence.rank, o.mac)):
        if other.mac == use.mac or not _near(use, other, VISIT):
            continue
        same = around.same_maker(use.mac, other.mac)
        if other.evidence in (*_PROOF, AddressEvidence.LEASED):
            # the mac of a gateway is that of another manufacturer at several addresses
            contradicts = bool(same) or not around.gateway_like(other.mac)
        else:
            outranks = other.evidence.rank < use.evidence.rank or other.evidence is AddressEvidence.CARRIER
            contradicts = bool(same) and outranks and not _behind_nat(other, around)
        if contradicts:
            return Dispute(_row(other, use), f"{_article(other)} has {other.mac} at {use.ip}", copied=bool(same))
    return None


def _behind_nat(use: Use, around: Surroundings) -> bool:
    """Whether a server log has the mac of a use at an address, and others there too: that of a NAT router."""
    logged = {other.mac for other in around.at.get(use.spot, ()) if other.evidence is AddressEvidence.LOG}
    return use.evidence is AddressEvidence.LOG and len(logged) > 1


def _elsewhere(use: Use, uses: Sequence[Use], around: Surroundings) -> Dispute | None:
    """The dispute where the mac has another address at the time of a claim, by a source that outranks it."""
    for other in sorted(uses, key=lambda o: (o.evidence.rank, o.site, o.ip)):
        if other.spot == use.spot or other.evidence not in _PROOF or (":" in other.ip) != (":" in use.ip):
            continue
        # a row of a neighbour table may be left of an earlier address
        if _near(use, other, VISIT) and not _stale(use, other, around):
            return Dispute(_row(other, use), f"{_article(other)} has this mac at {other.ip}", other.ip)
    return None


def _stale(use: Use, other: Use, around: Surroundings) -> bool:
    """Whether the row of a neighbour table is left of a device that moved to the address of the claim."""
    if other.evidence is AddressEvidence.FRAME:
        return False
    runs = around.responses(other.spot)
    responds = any(max(first - use.last, use.first - last) <= TOGETHER for first, last in runs)
    return not responds and any(last < use.first for _, last in runs)


def _claimed_by_several(claims: Sequence[Use]) -> dict[tuple[str, str], Dispute]:
    """The disputes where several addresses claim one mac at the same time: it identifies none of them."""
    uses = [AddressUse(use.site, use.ip, use.first, use.last) for use in claims]
    together = most_at_once(uses, TOGETHER)
    if together < 2:
        return {}
    row = f"{claims[0].evidence.source.value} of several addresses"
    found = {}
    for use, mine in zip(claims, uses, strict=True):
        if any(most_at_once((mine, other), TOGETHER) > 1 for other in uses if other is not mine):
            found[use.spot] = Dispute(row, f"{together} addresses claim this mac at the same time")
    return found


def _near(one: Use, other: Use, within: int) -> bool:
    """Whether two runs overlap, or are at most `within` seconds apart."""
    return max(one.first - other.last, other.first - one.last) <= within


def _row(winner: Use, loser: Use) -> str:
    return f"{winner.evidence.source.value} before {loser.evidence.source.value}"


def _article(use: Use) -> str:
    return "its own frame" if use.evidence is AddressEvidence.FRAME else f"the {use.evidence.source.value}"
