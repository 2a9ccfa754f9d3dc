"""The identity, host name and verdicts of a device, cached for devices with the same values. Pure.

Most devices of a fleet have the values of others: neither is the identity computed again, nor the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from scanner.compliance import reasons
from scanner.compliance.exceptions import NOWHERE, DevicePlace
from scanner.compliance.judge import Judge
from scanner.core.fields import RESOLVED_MAC, Role
from scanner.core.model import Assessment, Identity
from scanner.identity.freshness import ages
from scanner.identity.fuse import identify
from scanner.identity.hostname import hostname
from scanner.identity.match import OF_ONE_MESSAGE
from scanner.inventory.facts import Fact
from scanner.inventory.records import Knowledge

#: The longest prefix of a mac that is assigned to a manufacturer, in characters.
_PREFIX = 13
_REMEMBERED = 20_000
_ALL_CURRENT: Mapping[str, str] = MappingProxyType({})
_Values = tuple[tuple[str, str, str], ...]
#: The match of a fact, which its reader made.
match_of = attrgetter("match")


class Known(NamedTuple):
    """What the current facts of a device add up to."""

    identity: Identity
    hostname: str | None


class Judging:
    """Identities and verdicts by one knowledge; one for a settling run."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._fingerprints = knowledge.fingerprints
        self._judge = Judge(
            knowledge.catalogs, knowledge.policy, knowledge.today, knowledge.fingerprints, knowledge.exceptions
        )
        self._known: dict[_Values, Known] = {}

    def known(self, facts: Sequence[Fact]) -> Known:
        """Identity and host name of current facts."""
        if any(ages(facts)) or _several_versions(facts):
            return self._identified(facts)
        values = _values(facts)
        found = self._known.get(values)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[values] = self._identified(facts)
        return found

    def _identified(self, facts: Sequence[Fact]) -> Known:
        fingerprints = self._fingerprints
        return Known(identify(facts, fingerprints, match_of), hostname(facts, fingerprints, match_of))

    def verdicts(
        self, identity: Identity, place: DevicePlace = NOWHERE, as_of: Mapping[str, str] = _ALL_CURRENT
    ) -> tuple[Assessment, tuple[Assessment, ...]]:
        """The overall verdict on a device, and one for each catalog; `as_of`: when old parts were last given."""
        overall, by_catalog = self._judge.assess(identity, place), self._judge.by_catalog(identity)
        if note := reasons.as_of(as_of):
            overall, *others = (replace(one, reason=one.reason + note) for one in (overall, *by_catalog))
            return overall, tuple(others)
        return overall, by_catalog


def _several_versions(facts: Sequence[Fact]) -> bool:
    """Whether facts give several versions: which one counts depends on their sources and times."""
    first = None
    for fact in facts:
        if fact.match and (version := fact.match.gives.get("firmware")) and version != (first := first or version):
            return True
    return False


def _values(facts: Sequence[Fact]) -> _Values:
    """What the identity of equally current facts depends on: their values, and the manufacturer's prefix of macs.

    Beside a Server header also the sources of the SIP headers: whether one message contains both.
    """
    found = set()
    apart = any(fact.field == "sip.server" for fact in facts)
    for fact in facts:
        prefix = fact.mac[:_PREFIX] if fact.mac else ""
        if fact.about.role is Role.PLACE:
            found.add(("", "", prefix))
        elif apart and fact.field in OF_ONE_MESSAGE:
            found.add((fact.field, fact.value, prefix + "".join(fact.source.rpartition(":")[1:])))
        else:
            found.add((fact.field, fact.value[:_PREFIX] if fact.field == RESOLVED_MAC else fact.value, prefix))
    return tuple(sorted(found))
