"""Who claims the value that lost in a conflict: an address, a mac and a field. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scanner.core.model import Conflict, Identity
from scanner.inventory.facts import Fact


def claimant(ip: str | None, mac: str | None, field: str) -> str:
    """The words for the source of a claim: `198.18.10.12 (d4:be:d9:a6:00:01), sip.user-agent`."""
    where = f"{ip} ({mac})" if ip and mac else ip or mac or "an unknown address"
    return f"{where}, {field}"


def with_claimant(conflict: Conflict, identity: Identity, facts: Sequence[Fact]) -> Conflict:
    """The conflict with the newest of the facts that give its other value by its rule as claimant.

    Unchanged where no fact does. Independent of the order of the facts.
    """
    claims = {
        (one.field, one.value)
        for one in identity.evidence
        if one.rule == conflict.other_rule and one.gives.get(conflict.part, conflict.other) == conflict.other
    }
    claiming = [fact for fact in facts if (fact.field, fact.value) in claims]
    if not claiming:
        return conflict
    fact = max(claiming, key=lambda fact: (fact.last, fact.field, fact.source, fact.ip or "", fact.mac or ""))
    return msgspec.structs.replace(conflict, claimant=claimant(fact.ip, fact.mac, fact.field))
