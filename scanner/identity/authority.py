"""The table of authority: which source may claim a part of a device, about whom, for how long, and with what rank.

A claim is one value of one part in one observation. What its source can observe decides how much it counts, not which
claim is the last: a device describes itself, a neighbour table contains the mac that responded at an address, a server
records only the address of a request, which may be a NAT router's. Rank 1 outranks rank 2; claims of one rank that
differ are a conflict. `docs/explanation/evidence.md` contains this table, with the rule of fusion.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Literal, NamedTuple

from scanner.core.fields import Field, FieldOrigin, Role, field_of
from scanner.identity.freshness import DAY, VISIT

#: A part of a device that sources claim.
Part = Literal["mac", "address", "place", "kind", "manufacturer", "model", "firmware", "serial"]


class About(StrEnum):
    """Whom a source describes."""

    ITSELF = "itself"
    NEIGHBOUR = "its neighbour"
    SEEN = "an address or mac that it saw"


class Source(StrEnum):
    """A sort of source, by how it obtains what it claims."""

    FRAME = "own frame"  # LLDP, CDP, SIP plug-and-play: the source address of the frame, and its contents
    NEIGHBOURS = "neighbour table"  # ARP (RFC 826), NDP (RFC 4861): the mac that has an address
    SWITCH_NEIGHBOURS = "LLDP or CDP table"  # which neighbour a switch has on a port
    FORWARDING = "forwarding table"  # dot1dTpFdbTable, dot1qTpFdbTable (RFC 4188, 4363): the port of a mac
    PORT_ID = "chassis or port id"  # a mac inside LLDP (IEEE 802.1AB 8.5.2, 8.5.3)
    MANAGEMENT = "own management"  # SNMP: the operating system describes its host
    LEASE = "DHCP client"  # RFC 2131: the client hardware address of a message
    LEASED = "list of leases"  # RFC 2131 3.1: which client a server gave an address, at its last renewal
    RELAY = "relayed DHCP message"  # RFC 1542 4.1, RFC 6080: any host can send a message that names another one
    BANNER = "own response"  # SIP, HTTP, mDNS: text that a service at the address sends
    CERTIFICATE = "certificate"  # RFC 5280: made once, copied with a default image
    CARRIER = "frame of a packet"  # the source address of a captured frame: the last router's, where there is one
    LOG = "server log"  # the address from which a server was called: a NAT router's, where there is one
    ASSIGNMENT = "assigned number"  # the prefix of a mac, an enterprise number: the maker alone


class Claim(NamedTuple):
    """One row: for `part`, a source of this sort describes `about` with `rank` (1 outranks 2).

    `lasts` is how many seconds after its last sighting a claim still counts, against one of its own or a lower rank.
    """

    part: Part
    source: Source
    about: About
    rank: int
    lasts: int


_FORTNIGHT = 14 * DAY
#: A client renews its lease when half of it is over; the longest usual lease is one of eight days.
_LEASE = 8 * DAY
_QUARTER = 90 * DAY

TABLE: tuple[Claim, ...] = (
    Claim("mac", Source.FRAME, About.ITSELF, 1, _FORTNIGHT),
    Claim("mac", Source.LEASE, About.ITSELF, 1, _FORTNIGHT),
    Claim("mac", Source.NEIGHBOURS, About.SEEN, 2, VISIT),
    Claim("mac", Source.SWITCH_NEIGHBOURS, About.NEIGHBOUR, 3, VISIT),
    Claim("mac", Source.FORWARDING, About.SEEN, 3, VISIT),
    Claim("mac", Source.LEASED, About.SEEN, 3, _LEASE),
    Claim("mac", Source.PORT_ID, About.ITSELF, 4, _FORTNIGHT),
    Claim("mac", Source.MANAGEMENT, About.ITSELF, 5, _FORTNIGHT),
    Claim("mac", Source.BANNER, About.ITSELF, 6, _FORTNIGHT),
    Claim("mac", Source.LOG, About.SEEN, 7, VISIT),
    Claim("mac", Source.RELAY, About.SEEN, 7, VISIT),
    Claim("mac", Source.CERTIFICATE, About.ITSELF, 8, _FORTNIGHT),
    Claim("mac", Source.CARRIER, About.SEEN, 8, VISIT),
    Claim("address", Source.BANNER, About.ITSELF, 1, _FORTNIGHT),
    Claim("address", Source.CERTIFICATE, About.ITSELF, 1, _FORTNIGHT),
    Claim("address", Source.MANAGEMENT, About.ITSELF, 1, _FORTNIGHT),
    Claim("address", Source.LEASE, About.ITSELF, 2, _FORTNIGHT),
    Claim("address", Source.FRAME, About.ITSELF, 2, _FORTNIGHT),
    Claim("address", Source.NEIGHBOURS, About.SEEN, 3, VISIT),
    Claim("address", Source.LEASED, About.SEEN, 4, _LEASE),
    Claim("address", Source.LOG, About.SEEN, 5, VISIT),
    Claim("place", Source.SWITCH_NEIGHBOURS, About.NEIGHBOUR, 1, VISIT),
    Claim("place", Source.FORWARDING, About.SEEN, 2, VISIT),
    Claim("place", Source.FRAME, About.ITSELF, 3, _FORTNIGHT),
    Claim("kind", Source.MANAGEMENT, About.ITSELF, 1, _QUARTER),
    Claim("kind", Source.FRAME, About.ITSELF, 1, _QUARTER),
    Claim("kind", Source.BANNER, About.ITSELF, 2, _FORTNIGHT),
    Claim("kind", Source.CERTIFICATE, About.ITSELF, 3, _FORTNIGHT),
    Claim("kind", Source.LOG, About.SEEN, 3, _FORTNIGHT),
    Claim("kind", Source.RELAY, About.SEEN, 3, _FORTNIGHT),
    Claim("kind", Source.LEASE, About.ITSELF, 2, _FORTNIGHT),
    Claim("kind", Source.ASSIGNMENT, About.ITSELF, 3, _FORTNIGHT),
    Claim("firmware", Source.BANNER, About.ITSELF, 1, _FORTNIGHT),
    Claim("firmware", Source.MANAGEMENT, About.ITSELF, 1, _FORTNIGHT),
    Claim("firmware", Source.FRAME, About.ITSELF, 1, _FORTNIGHT),
    Claim("firmware", Source.LEASE, About.ITSELF, 1, _FORTNIGHT),
    Claim("firmware", Source.SWITCH_NEIGHBOURS, About.NEIGHBOUR, 2, VISIT),
    Claim("firmware", Source.LEASED, About.SEEN, 2, VISIT),
    Claim("firmware", Source.LOG, About.SEEN, 2, VISIT),
    Claim("firmware", Source.RELAY, About.SEEN, 2, VISIT),
)


@lru_cache(maxsize=1024)
def source_of(field: str) -> Source:
    """The sort of source of a field's values."""
    return _source(field_of(field))


def _source(about: Field) -> Source:
    if about.name in ("lldp.chassis-id", "lldp.port-id"):
        return Source.PORT_ID
    if about.role is Role.PLACE:
        return Source.FORWARDING
    if about.role is Role.DISTINGUISHED_NAME or about.name == "https.cert-san":
        return Source.CERTIFICATE
    group = about.group
    if group.origin is FieldOrigin.TABLE:
        return Source.NEIGHBOURS
    if group.origin is FieldOrigin.FRAME:
        return Source.FRAME
    if group.management:
        return Source.MANAGEMENT
    return {"dhcp": Source.LEASE, "provisioning": Source.LOG}.get(group.name, Source.BANNER)


_ROWS = {(row.part, row.source): row for row in TABLE}
#: The rank of a claim that the table does not contain: below all others.
NO_AUTHORITY = 9
#: Discoveries that read the records of a server: whatever the field, the server reports the address of its peer.
_OF_SERVERS = ("provisioning ", "registrar ", "manager ")
#: The lists of leases of DHCP servers: each row is true from its time until the address or the client has another one.
_OF_LEASES = "leases "
#: Sources of observations that a host sends of another one, as a DHCP relay does.
RELAYED = ("dhcp relay ", "sip-pnp relay ")


def of_server(field: str, source: str) -> bool:
    """Whether a value is from the records of a server."""
    return source.startswith(_OF_SERVERS) or source_of(field) is Source.LOG


def of_leases(source: str) -> bool:
    """Whether an observation is from the list of leases of a DHCP server."""
    return source.startswith(_OF_LEASES)


def claim(part: Part, source: Source) -> Claim | None:
    """The row of a part and source; None where such a source cannot know the part."""
    return _ROWS.get((part, source))


def rank_of(part: Part, source: Source) -> int:
    """The rank of what a sort of source claims of a part; NO_AUTHORITY where it cannot know it."""
    row = _ROWS.get((part, source))
    return row.rank if row else NO_AUTHORITY


def rank(part: Part, field: str, source: str = "") -> int:
    """The rank of what a field claims of a part, in an observation of this source; NO_AUTHORITY without a row.

    A frame that a switch repeats is a row of the table of that switch.
    """
    return rank_of(part, sort_of(part, field, source))


def sort_of(part: Part, field: str, source: str) -> Source:
    """The sort of source of what a field claims of a part, in an observation of this source."""
    if source.startswith(RELAYED):
        return Source.RELAY
    if of_leases(source) and (part, Source.LEASED) in _ROWS:
        return Source.LEASED
    sort = source_of(field)
    if of_server(field, source):
        return Source.LOG
    if sort is Source.FRAME and source.startswith("switches ") and (part, Source.SWITCH_NEIGHBOURS) in _ROWS:
        return Source.SWITCH_NEIGHBOURS
    return sort


def decision(part: Part, chosen: str, other: str) -> str:
    """The row by which the value of the field `chosen` won against that of `other`, in words.

    Empty where the table did not decide: it has no such row, or the value of lower rank won by other evidence.
    """
    first, second = _ROWS.get((part, source_of(chosen))), source_of(other)
    against = _ROWS.get((part, second))
    if first is None:
        return ""
    if against is None or first.rank < against.rank:
        return f"{first.source} before {second}"
    if first.rank > against.rank:
        return ""
    return f"{first.source} of the rank of {second}" if first.source != second else f"{first.source} against its like"


@lru_cache(maxsize=1024)
def lasts(part: Part, rank: int) -> int:
    """How many seconds a claim of this rank counts after its last sighting."""
    return max((row.lasts for row in TABLE if row.part == part and row.rank == rank), default=0)
