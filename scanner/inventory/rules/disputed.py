"""The conflicts of a device by disputed claims of macs: what it claims wrongly, and what others claim of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scanner.compliance.conflict import BORROWED
from scanner.core.model import Conflict
from scanner.inventory.facts import Fact
from scanner.inventory.rules.claimants import claimant
from scanner.inventory.rules.claims import CLAIMS, AddressEvidence, Dispute, of_content

#: Mac, site and address of a claim → why it lost.
Disputed = Mapping[tuple[str, str, str], Dispute]


def claimed(mac: str | None, facts: Sequence[Fact], disputed: Disputed) -> list[Conflict]:
    """The macs that responses of a device contain and that are not its own, one conflict for each."""
    if not disputed:
        return []
    found: dict[str, Conflict] = {}
    for fact in sorted(facts, key=lambda fact: (fact.field, fact.value, fact.ip or "")):
        other = fact.identifiers.mac
        lost = disputed.get((other, fact.site, fact.ip or "")) if other and other != mac else None
        if other and lost and fact.match and of_content(fact.field) in CLAIMS:
            found.setdefault(
                other,
                Conflict(
                    part="mac",
                    chosen=mac or "not known",
                    chosen_rule=lost.reason,
                    other=other,
                    other_rule=fact.match.rule.name,
                    row=lost.row,
                    claimant=claimant(fact.ip, mac, fact.field),
                ),
            )
    return list(found.values())


def borrowed(mac: str | None, facts: Sequence[Fact], disputed: Disputed) -> list[Conflict]:
    """The conflicts by which a verdict on a device is uncertain: its product is named with the mac of another device.

    Where a stronger source has that mac at another address, the value is a copy: the device need not be what it names.
    A certificate is none, since default images contain one.
    """
    found = []
    for fact in facts if disputed else ():
        gives = fact.match.gives if fact.match else {}
        other = fact.identifiers.mac
        lost = disputed.get((other, fact.site, fact.ip or "")) if other and other != mac else None
        if not (other and lost and lost.holder and fact.match and {"model", "firmware"} & gives.keys()):
            continue
        if of_content(fact.field) is AddressEvidence.RESPONSE:
            found.append(
                Conflict(
                    part="mac",
                    chosen=mac or "one that is not known",
                    chosen_rule=lost.reason,
                    other=other,
                    other_rule=fact.match.rule.name,
                    row=BORROWED,
                )
            )
    return sorted(found, key=lambda one: (one.other, one.other_rule))[:1]


def claimed_by_others(disputes: Iterable[tuple[str, Dispute]]) -> list[Conflict]:
    """The other addresses that contain the mac of a device; `disputes` are theirs, by address."""
    return [
        Conflict(
            part="address",
            chosen=lost.holder,
            chosen_rule=lost.reason,
            other=ip,
            other_rule="",
            row=lost.row,
            claimant=claimant(ip, None, lost.row.partition(" before ")[2]),
        )
        for ip, lost in sorted(disputes)
        if lost.holder
    ]


def merged(conflicts: Sequence[Conflict], disputes: Sequence[Conflict]) -> tuple[Conflict, ...]:
    """The conflicts of an identity and the disputes of its device; a mac that is disputed is one conflict."""
    known = {(one.part, one.other) for one in disputes}
    return (*(one for one in conflicts if not {(one.part, one.other), (one.part, one.chosen)} & known), *disputes)
