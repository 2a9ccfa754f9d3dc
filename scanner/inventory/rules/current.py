"""Which facts of a device are the present ones, and is it kept at all? Pure.

Of everything ever seen, the newest answer to each question counts: by field and by where it was asked, the address
aside, since a phone that got a new address was asked the same question there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from scanner.core.model import PHONE_KINDS, Conflict, Identity, Observation
from scanner.core.text import seconds
from scanner.inventory.rules.identifiers import SEVERAL, TABLE_FIELDS, Claims
from scanner.inventory.rules.merge import NEAR

#: Answers within this many seconds of the newest are of one look, where a question has several answers.
_ONE_LOOK = 600
_PLACE = "switch."
#: Bounds against a host that tells something new at every question: answers a question, facts a device.
_ANSWERS, _FACTS = 16, 400
_PHONE_LIKE = frozenset({
    "sip.user-agent", "sip.server", "sip.allow", "sip.contact", "lldp-med.voice-vlan", "provisioning.user-agent",
})  # fmt: skip


class Fact(NamedTuple):
    """One row of facts of a device; times as texts, oldest and newest sighting."""

    fact: int
    site: str
    ip: str | None
    mac: str | None
    field: str
    value: str
    source: str
    first: str
    last: str
    first_scan: int
    last_scan: int


def question(one: Fact) -> tuple[str, str]:
    """What was asked: the field, and where without the address. Switch ports keep theirs: they are the answer."""
    if one.field.startswith(_PLACE):
        return one.field, one.source
    words = one.source.split(" ")
    if words[0] == "switches" and len(words) > 2:
        return one.field, f"switches {words[2]}"
    return one.field, one.source.replace(one.ip, "*") if one.ip else one.source


def current(facts: Iterable[Fact]) -> list[Fact]:
    """The facts that hold now, newest first."""
    asked: dict[tuple[str, str], list[Fact]] = {}
    for one in facts:
        asked.setdefault(question(one), []).append(one)
    found: list[Fact] = []
    for (name, _), answers in asked.items():
        newest = max(one.last for one in answers)
        if name in SEVERAL:
            since = seconds(newest) - _ONE_LOOK
            held = [one for one in answers if one.last == newest or seconds(one.last) >= since]
        else:
            held = [one for one in answers if one.last == newest]
        held.sort(key=lambda one: (one.last, one.first, one.value), reverse=True)
        found += held[:_ANSWERS]
    found.sort(key=lambda one: (one.last, one.field, one.source, one.value), reverse=True)
    return found[:_FACTS]


def observations(facts: Iterable[Fact]) -> list[Observation]:
    """Facts as observations, at the time of their last sighting."""
    return [
        Observation(
            time=one.last, ip=one.ip, mac=one.mac, field=one.field, value=one.value, source=one.source, site=one.site
        )
        for one in facts
    ]


def discoveries(facts: Iterable[Fact]) -> list[str]:
    """The discoveries that saw the facts, sorted; where no source was given, what the field's name says."""
    return sorted({discovery(one.source, one.field) for one in facts})


def discovery(source: str, name: str) -> str:
    """The discovery of one fact: the first word of its source, else by its field."""
    word = source.partition(" ")[0]
    if word:
        return word
    group = name.partition(".")[0]
    return {"https": "http", "lldp-med": "lldp", "switch": "switches"}.get(group, group)


def kept(
    identity: Identity, facts: Sequence[Fact], mac: str | None, claims: Claims, everything: bool
) -> Identity | None:
    """The identity with which a subject is a device of the inventory; None when it is none.

    A phone is kept, and what behaves like one. A mac of a maker of phones is kept even when tables alone know it, as
    kind `unknown` with little confidence: the prefix never makes a phone. `everything` keeps all.
    """
    maker = claims.phone_maker(mac) if mac else None
    if facts and all(one.field in TABLE_FIELDS for one in facts):
        return _bare(identity, maker) if maker or everything else None
    if identity.kind not in PHONE_KINDS:
        return identity if everything else None
    if identity.kind != "unknown" or everything or maker or any(_phone_like(one) for one in facts):
        return identity
    return None


def _bare(identity: Identity, maker: str | None) -> Identity:
    return msgspec.structs.replace(
        identity,
        kind="unknown",
        manufacturer=identity.manufacturer or maker,
        model=None,
        firmware=None,
        line=None,
        confidence=min(identity.confidence or 0.2, 0.3),
    )


def _phone_like(one: Fact) -> bool:
    words = one.value.lower()
    return (
        one.field in _PHONE_LIKE
        or (one.field in ("lldp.capabilities", "cdp.capabilities") and "phone" in words)
        or (one.field == "lldp-med.device-class" and words == "endpoint-3")
        or (one.field.startswith("mdns.") and "_sip" in words)
    )


class _Said(NamedTuple):
    """Which fields said one value of a part, and from when to when."""

    fields: frozenset[str]
    first: str
    last: str


def real_conflicts(identity: Identity, facts: Sequence[Fact]) -> tuple[Conflict, ...]:
    """Conflicts of facts that hold at the same time; see `_history` for those that do not."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for one in facts:
        first, last = seen.get((one.field, one.value), (one.first, one.last))
        seen[one.field, one.value] = min(first, one.first), max(last, one.last)
    said: dict[tuple[str, str], _Said] = {}
    for evidence in identity.evidence:
        span = seen.get((evidence.field, evidence.value))
        for part, value in evidence.gives.items() if span else ():
            assert span is not None
            fields, first, last = said.get((part, value), (frozenset[str](), *span))
            said[part, value] = _Said(fields | {evidence.field}, min(first, span[0]), max(last, span[1]))
    found = []
    for conflict in identity.conflicts:
        chosen, other = said.get((conflict.part, conflict.chosen)), said.get((conflict.part, conflict.other))
        if not (chosen and other and _history(chosen, other)):
            found.append(conflict)
    return tuple(found)


def _history(chosen: _Said, other: _Said) -> bool:
    """Whether one value is what was said before the other: by the same field, or long before. One look at a network
    takes its time, so what a switch and the phone itself say within that time is said at once."""
    if other.last >= chosen.first:
        return False
    return bool(chosen.fields & other.fields) or seconds(chosen.first) - seconds(other.last) > NEAR
