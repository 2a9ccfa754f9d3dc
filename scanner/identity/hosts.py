"""Claims that a host is not a telephone, weighed against the claims that it is one.

A router forwards a port to a phone, a PBX relays the responses of phones, a computer runs a client: each shows the
banner of a phone, and a phone shows the banner of none of them. So a claim of a host outranks the claim of a phone of
the same rank (`authority`); where the phone's claim has a better rank, the device is a phone whose kind is in conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scanner.core.fields import FieldOrigin, Role, field_of
from scanner.core.model import TELEPHONES
from scanner.identity.authority import NO_AUTHORITY, About, Source, claim, source_of
from scanner.identity.evidence import WeightedEvidence
from scanner.identity.freshness import weight
from scanner.identity.models import Models

#: Kinds of hosts that may show the banner of a phone.
HOSTS = frozenset({"gateway", "pbx", "other", "ata", "softphone"})
#: Fields in which a device announces what it does.
_ROLES = frozenset({"lldp.capabilities", "cdp.capabilities"})
#: Least weight of a claim by a rule that is not a veto: a word for a kind of device is below it, and a host name.
_LEAST = 0.45
#: The same where the operating system describes its host: such a word puts the kind in conflict, and decides nothing.
_LEAST_IN_MANAGEMENT = 0.3


class Contest(NamedTuple):
    """The best claim of a host against the best one of a telephone, and whether the device is the host."""

    host: WeightedEvidence
    phone: WeightedEvidence | None
    by_host: bool


def contest(evidence: Sequence[WeightedEvidence], models: Models, maker: str | None) -> Contest | None:
    """The claims about the kind of a device of `maker`; None where no host is claimed.

    A claim of a host that is older than that of a telephone decides no more, but as long as it lasts the kind is in
    conflict. `evidence` is sorted, heaviest first.
    """
    newest = min((one.age for one in evidence if one.get("kind") in TELEPHONES), default=0)
    hosts = [one for one in evidence if _lasts(one, newest) and _shows_host(one, models, maker)]
    if not hosts:
        return None
    phones = [one for one in evidence if one.age <= newest and one.get("kind") in TELEPHONES]
    if any(one.evidence.field in _ROLES for one in phones):
        # one protocol may lack a capability of the other: lldpd has none for telephones in CDP
        hosts = [one for one in hosts if one.evidence.field not in _ROLES]
    outranked = min((_rank(one) for one in phones), default=NO_AUTHORITY)
    winning = [
        one
        for one in hosts
        if one.age <= newest and _rank(one) <= outranked and _decides(one) and not _of_another(one, phones)
    ]
    if not hosts:
        return None
    best = min(winning or hosts, key=lambda one: (_rank(one), "veto" not in one.evidence.gives))
    return Contest(best, min(phones, key=_rank, default=None), bool(winning))


def _lasts(one: WeightedEvidence, newest: int) -> bool:
    """Whether the claim of a kind counts beside one of age `newest`, by the table of authority."""
    row = claim("kind", source_of(one.evidence.field))
    return one.age <= newest or (row is not None and one.age - newest <= row.lasts)


def _shows_host(one: WeightedEvidence, models: Models, of: str | None) -> bool:
    """Whether evidence claims that the device is not a telephone.

    The text of another product of the phone's own maker counts where it is of a PBX, of a service of SIP or of a listed
    model: many makers have one web server and one certificate for all their products. The name of a maker in an
    inventory (LLDP-MED) shows no kind.
    """
    if one.get("veto"):
        return True
    least = _LEAST_IN_MANAGEMENT if _rank(one) == 1 else _LEAST
    if _certainty(one) < least or _rank(one) == NO_AUTHORITY:
        return False
    maker = one.get("manufacturer")
    if one.grade == "enterprise":
        return models.kind_by_name(maker) in HOSTS
    listed = models.kind(maker, one.get("model"))
    kind = listed or one.get("kind")
    about = field_of(one.evidence.field)
    group = about.group
    by_sip = about.phone == "" and source_of(about.name) is Source.BANNER
    if kind not in HOSTS or (kind == "softphone" and not by_sip):
        return False
    if group.origin is FieldOrigin.FRAME and not group.management:
        return listed is not None
    return listed is not None or _rank(one) == 1 or kind == "pbx" or by_sip or maker != of


def _certainty(one: WeightedEvidence) -> float:
    """The weight of evidence without its age."""
    return one.weight / weight(one.age)


def _decides(one: WeightedEvidence) -> bool:
    """Whether a claim of a host is more than a word for a kind of device."""
    return bool(one.get("veto")) or _certainty(one) >= _LEAST


def _of_another(one: WeightedEvidence, phones: Sequence[WeightedEvidence]) -> bool:
    """Whether a claim is of another host than the one that responds, or may be.

    A server log has the address of a NAT router, behind which there are several hosts. A Server header beside the
    User-Agent of a phone in one message is of the far end of a proxy. A softphone has no ports but its own.
    """
    row = claim("kind", source_of(one.evidence.field))
    if row is None or row.about is not About.ITSELF or one.get("kind") == "softphone":
        return True
    return one.evidence.field == "sip.server" and any(
        other.evidence.field == "sip.user-agent"
        and other.evidence.source == one.evidence.source
        and other.get("manufacturer") != one.get("manufacturer")
        for other in phones
    )


def _rank(one: WeightedEvidence) -> int:
    """The rank of what evidence claims of the kind. A name is given by an administrator, an issuer is another host."""
    about = field_of(one.evidence.field)
    row = claim("kind", source_of(about.name))
    if row is None or about.role is Role.HOST_NAME or about.name == "https.cert-issuer":
        return NO_AUTHORITY
    return row.rank
