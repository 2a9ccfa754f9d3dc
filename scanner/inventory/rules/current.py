"""Which facts of a device count, and whether it is kept in the inventory. Pure.

Of all facts the newest for each question counts. The question is the field and the source, without the address: a
phone that got another address responds there to the same request. Within a visit two addresses may as well be two
devices with one mac: what differs there is kept, and is a conflict. What a value conceals is retained (`memory`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from scanner.core.fields import Role
from scanner.core.model import PHONE_KINDS, Conflict, Identity
from scanner.core.text import seconds
from scanner.identity.authority import Source, source_of
from scanner.identity.freshness import VISIT
from scanner.identity.models import Models
from scanner.inventory.facts import Fact
from scanner.inventory.rules.claimants import with_claimant
from scanner.inventory.rules.identifiers import Signature
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.memory import retained

#: Of a field with several values those seen within this time of the newest are current, in seconds.
_TOGETHER = 600
#: Bounds against a host that responds with something new each time: values of a question, facts of a device.
_VALUES, _FACTS = 16, 400


def question(fact: Fact) -> tuple[str, str]:
    """The field and the source without the address. The source of a switch port stays: it is what differs."""
    if fact.about.role is Role.PLACE:
        return fact.field, fact.source
    words = fact.source.split(" ")
    if words[0] == "switches" and len(words) > 2:
        return fact.field, f"switches {words[2]}"
    return fact.field, fact.source.replace(fact.ip, "*") if fact.ip else fact.source


class Counted(NamedTuple):
    """The facts that count: the current ones, newest first, and those that are retained, newest first."""

    current: list[Fact]
    retained: list[Fact]

    @property
    def every(self) -> list[Fact]:
        """What a device is identified by."""
        return self.current + self.retained


def outranking(facts: Sequence[Fact], makers: Manufacturers) -> Sequence[Fact]:
    """The facts without relayed ones, where another source describes the device, or ARP has its mac on our link.

    What any host can send of another one adds a device, and changes none. Elsewhere those of other kinds are left out.
    The records of servers that name another product than the device itself are left out, too.
    """
    recorded = [fact for fact in facts if fact.recorded]
    if recorded and len(recorded) < len(facts):
        itself = signature(fact for fact in facts if not fact.recorded and not fact.relayed)
        facts = [fact for fact in facts if not fact.recorded or not makers.other_device(signature((fact,)), itself)]
    relayed = [fact for fact in facts if fact.relayed]
    if not relayed:
        return facts
    own = [fact for fact in facts if not fact.relayed]
    if any((fact.match is not None and not fact.in_table) or _on_our_link(fact) for fact in own):
        return own
    return [*own, *(fact for fact in relayed if not own or _of_a_phone(fact))]


def signature(facts: Iterable[Fact]) -> Signature:
    """The manufacturers, models and serials of some facts."""
    found = Signature()
    for fact in facts:
        found.add(fact.identifiers)
    return found


def _on_our_link(fact: Fact) -> bool:
    """Whether it is a row of a neighbour table that this machine read itself, not one of a router."""
    return source_of(fact.field) is Source.NEIGHBOURS and fact.discovery == fact.about.group.discovery


def _of_a_phone(fact: Fact) -> bool:
    gives = fact.match.gives if fact.match else {}
    return "veto" not in gives and gives.get("kind", "unknown") in PHONE_KINDS


def counted(facts: Sequence[Fact], models: Models, by_address: bool) -> Counted:
    """The facts of a device that count; `by_address`: nothing but its address identifies it."""
    by_question: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        by_question.setdefault(question(fact), []).append(fact)
    found: list[Fact] = []
    superseded: list[tuple[Sequence[Fact], Sequence[Fact]]] = []
    for values in by_question.values():
        if len(values) > 1:
            newest = max(fact.last for fact in values)
            since = seconds(newest) - (_TOGETHER if values[0].about.several else 0)
            values.sort(key=lambda fact: (fact.last, fact.first, fact.value), reverse=True)
            now = [fact for fact in values if fact.last == newest or seconds(fact.last) >= since]
            now += _elsewhere(now[0], values[len(now) :])
            if len(now) < len(values):
                superseded.append((now, [fact for fact in values if fact not in now]))
            values = now
        found += values[:_VALUES]
    found.sort(key=_newest_first, reverse=True)
    old = retained(superseded, facts, models, by_address) if superseded else []
    old.sort(key=_newest_first, reverse=True)
    return Counted(found[:_FACTS], old[:_FACTS])


def _elsewhere(newest: Fact, older: Sequence[Fact]) -> list[Fact]:
    """The older values that another address had within a visit: it may be another device with the same mac."""
    if not newest.ip or newest.about.several or not older:
        return []
    since = seconds(newest.last) - VISIT
    return [fact for fact in older if fact.ip and fact.ip != newest.ip and seconds(fact.last) >= since]


def _newest_first(fact: Fact) -> tuple[str, str, str, str]:
    return fact.last, fact.field, fact.source, fact.value


def kept(
    identity: Identity, facts: Sequence[Fact], mac: str | None, makers: Manufacturers, everything: bool
) -> Identity | None:
    """The identity with which a subject is a device of the inventory; None when it is not kept.

    Phones are kept, and what behaves like one. A mac of a manufacturer of phones is kept even when only tables contain
    it, as kind `unknown` with low confidence: the prefix never makes a phone. `everything` keeps all.
    """
    maker = makers.of_phone(mac) if mac else None
    if facts and all(fact.in_table for fact in facts):
        return _by_prefix(identity, maker) if maker or everything else None
    if identity.kind not in PHONE_KINDS:
        return identity if everything else None
    if identity.kind != "unknown" or everything or maker or any(_marks_a_phone(fact) for fact in facts):
        return identity
    return None


def _by_prefix(identity: Identity, maker: str | None) -> Identity:
    return msgspec.structs.replace(
        identity,
        kind="unknown",
        manufacturer=identity.manufacturer or maker,
        model=None,
        firmware=None,
        line=None,
        confidence=min(identity.confidence or 0.2, 0.3),
    )


def _marks_a_phone(fact: Fact) -> bool:
    return fact.about.phone is not None and fact.about.phone in fact.value.lower()


class _Support(NamedTuple):
    """The fields that support one value of a part, the addresses, and the first and last sighting with it."""

    fields: frozenset[str]
    ips: frozenset[str | None]
    first: str
    last: str


def real_conflicts(identity: Identity, facts: Sequence[Fact]) -> tuple[Conflict, ...]:
    """The conflicts between values that hold at the same time, without those where one value replaced the other.

    Each with its claimant, where the conflict does not name one: the source of the other value.
    """
    if not identity.conflicts:
        return ()
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    where: dict[tuple[str, str], set[str | None]] = {}
    for fact in facts:
        where.setdefault((fact.field, fact.value), set()).add(fact.ip)
        first, last = seen.get((fact.field, fact.value), (fact.first, fact.last))
        seen[fact.field, fact.value] = min(first, fact.first), max(last, fact.last)
    support: dict[tuple[str, str], _Support] = {}
    for evidence in identity.evidence:
        if (run := seen.get((evidence.field, evidence.value))) is None:
            continue
        for part, value in evidence.gives.items():
            fields, ips, first, last = support.get((part, value), (frozenset[str](), frozenset[str | None](), *run))
            ips = ips.union(where[evidence.field, evidence.value])
            support[part, value] = _Support(fields | {evidence.field}, ips, min(first, run[0]), max(last, run[1]))
    found = []
    for conflict in identity.conflicts:
        chosen, other = support.get((conflict.part, conflict.chosen)), support.get((conflict.part, conflict.other))
        # a kind replaces no other: one device does not become another kind of device
        if conflict.part == "kind" or not (chosen and other and _replaced(other, chosen)):
            found.append(conflict if conflict.claimant else with_claimant(conflict, identity, facts))
    return tuple(found)


def _replaced(old: _Support, new: _Support) -> bool:
    """Whether one value was last seen before the other was first seen: in the same field at the same address, or more
    than a visit apart.

    Within a visit, what a switch and the phone report differs at the same time.
    """
    if old.last >= new.first:
        return False
    return bool(new.fields & old.fields and new.ips & old.ips) or seconds(new.first) - seconds(old.last) > VISIT
