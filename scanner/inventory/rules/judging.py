"""Facts → identity, host name, verdicts; remembered for devices that tell the same, as most of a fleet do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scanner.compliance.judge import Judge
from scanner.core.model import Assessment, Identity
from scanner.core.text import seconds
from scanner.identity.fuse import identify
from scanner.identity.hostname import hostname
from scanner.inventory.records import Knowledge
from scanner.inventory.rules import current
from scanner.inventory.rules.current import Fact

#: Sightings within this many seconds are of one visit, none fresher than another (as in identity/weigh).
_ONE_VISIT = 6 * 3600
_DAY = 24 * 3600
#: What was told side by side with the rest holds this long after it was last told, in seconds.
_STILL_HOLDS = 14 * _DAY
#: As much of a mac as tells its maker.
_PREFIX = 13
_REMEMBERED = 20_000
_PLACE = "switch."

Verdicts = tuple[Assessment, tuple[Assessment, ...]]
_Key = tuple[tuple[str, str, str], ...]


class Known(NamedTuple):
    """What facts add up to."""

    identity: Identity
    hostname: str | None


class Judging:
    """Identities and verdicts by one knowledge; one for a settling run."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._identities: dict[_Key, Known] = {}
        self._judge = Judge(knowledge.catalogs, knowledge.policy, knowledge.today, knowledge.fingerprints)

    def known(self, facts: Sequence[Fact]) -> Known:
        """Identity and host name of present facts, newest first."""
        told = ages(facts)
        if any(told):
            return self._work_out(facts, told)
        key = _key(facts)
        found = self._identities.get(key)
        if found is None:
            if len(self._identities) >= _REMEMBERED:
                self._identities.clear()
            found = self._identities[key] = self._work_out(facts, told)
        return found

    def _work_out(self, facts: Sequence[Fact], told: Sequence[int]) -> Known:
        """What still holds is as fresh as the newest; the rest is as old as it is."""
        fingerprints = self._knowledge.fingerprints
        newest = facts[0].last
        level = [one if age else one._replace(last=newest) for one, age in zip(facts, told, strict=True)]
        observed = current.observations(level)
        return Known(identify(observed, fingerprints), hostname(observed, fingerprints))

    def verdicts(self, identity: Identity) -> Verdicts:
        """The overall verdict of an identity, and one for each catalog."""
        return self._judge.assess(identity), self._judge.by_catalog(identity)


def ages(facts: Sequence[Fact]) -> list[int]:
    """For each present fact, newest first, 0 while it holds as much as the newest, else how old it is (1, 2, 3, …).

    Two sources that were told side by side hold side by side, whichever was asked last: else a firmware on which
    SIP and LLDP differ would change back and forth with every scan. What was last told before something new was
    first told, and what was not told for weeks, is old; its age doubles from number to number.
    """
    newest, oldest = facts[0].last, facts[-1].last
    if newest == oldest:
        return [0] * len(facts)
    latest, news = seconds(newest), max(seconds(one.first) for one in facts)
    found = []
    for one in facts:
        last = seconds(one.last)
        holds = last + _ONE_VISIT >= news and latest - last <= _STILL_HOLDS
        found.append(0 if holds else 1 + ((latest - last) // _DAY).bit_length())
    return found


def _key(facts: Sequence[Fact]) -> _Key:
    """What of facts that all hold the identity depends on: their values, and the maker's part of macs."""
    found = set()
    for one in facts:
        prefix = one.mac[:_PREFIX] if one.mac else ""
        if one.field.startswith(_PLACE):
            found.add(("", "", prefix))
        else:
            found.add((one.field, one.value[:_PREFIX] if one.field == "arp.mac" else one.value, prefix))
    return tuple(sorted(found))
