"""Facts → identity, host name, verdicts; remembered for devices that tell the same, as most of a fleet do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scanner.compliance.judge import assess
from scanner.core.model import Assessment, Identity
from scanner.identity.fuse import identify
from scanner.identity.whereabouts import hostname
from scanner.inventory import current
from scanner.inventory.current import Fact
from scanner.inventory.gather import seconds
from scanner.inventory.records import Knowledge

#: Within this many seconds identity takes no evidence for fresher than other, whatever the order (identity/weigh).
_ONE_VISIT = 6 * 3600
#: As much of a mac as tells its maker.
_PREFIX = 13
_REMEMBERED = 20_000
_PLACE = "switch."

Verdicts = tuple[Assessment, tuple[Assessment, ...]]
_Key = tuple[tuple[str, str, str, int], ...]


class Known(NamedTuple):
    """What facts add up to."""

    identity: Identity
    hostname: str | None


class Judging:
    """Identities and verdicts by one knowledge; one for a settling run."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._identities: dict[_Key, Known] = {}
        self._verdicts: dict[tuple[str | None, ...], Verdicts] = {}

    def known(self, facts: Sequence[Fact]) -> Known:
        """Identity and host name of present facts, newest first."""
        if seconds(facts[0].last) - seconds(facts[-1].last) > _ONE_VISIT:
            return self._work_out(facts)
        key = _key(facts)
        found = self._identities.get(key)
        if found is None:
            if len(self._identities) >= _REMEMBERED:
                self._identities.clear()
            found = self._identities[key] = self._work_out(facts)
        return found

    def _work_out(self, facts: Sequence[Fact]) -> Known:
        fingerprints = self._knowledge.fingerprints
        observed = current.observations(facts)
        return Known(identify(observed, fingerprints), hostname(observed, fingerprints))

    def verdicts(self, identity: Identity) -> Verdicts:
        """The overall verdict of an identity, and one for each catalog."""
        key = (identity.kind, identity.manufacturer, identity.model, identity.firmware, identity.line)
        found = self._verdicts.get(key)
        if found is None:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            knows = self._knowledge
            found = assess(identity, knows.catalogs, knows.policy, knows.today, knows.fingerprints)
            self._verdicts[key] = found
        return found


def _key(facts: Sequence[Fact]) -> _Key:
    """What of facts the identity depends on: values, the maker's part of macs, which answer of a field is newer."""
    ranks: dict[str, tuple[int, str]] = {}
    found = set()
    for one in facts:
        prefix = one.mac[:_PREFIX] if one.mac else ""
        if one.field.startswith(_PLACE):
            found.add(("", "", prefix, 0))
            continue
        rank, last = ranks.get(one.field, (0, one.last))
        if last != one.last:
            rank += 1
        ranks[one.field] = rank, one.last
        value = one.value[:_PREFIX] if one.field == "arp.mac" else one.value
        found.add((one.field, value, prefix, rank))
    return tuple(sorted(found))
