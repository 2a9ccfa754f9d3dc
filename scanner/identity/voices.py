"""What each observation says: the rule that read it, and how much its word weighs.

A mac's prefix and an enterprise root of sysObjectID are voices too, weak ones, which name the maker alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from scanner.core.model import Evidence
from scanner.core.text import VALUE_LIMIT, mac
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.freshness import Seen, ages, weight
from scanner.identity.match import BLANK, Reading, numeric, read

#: Certainty of a maker told by the mac's prefix, and by the enterprise root of sysObjectID.
OUI_CERTAINTY = 0.2
ENTERPRISE_CERTAINTY = 0.5


class Observed(Seen, Protocol):
    """What identity reads of an observation, or of a fact of the inventory."""

    @property
    def field(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def mac(self) -> str | None: ...
    @property
    def source(self) -> str: ...


Item = TypeVar("Item", bound=Observed)
#: What the rules gave for an observation, None where no rule matches. Observations that were matched before bring it.
Match = Callable[[Item], Reading | None]


def matcher(fingerprints: Fingerprints) -> Callable[[Observed], Reading | None]:
    """Matches each observation with the rules."""
    return lambda one: _match(one, fingerprints)


def _match(one: Observed, fingerprints: Fingerprints) -> Reading | None:
    return read(fingerprints, one.field, one.value[:VALUE_LIMIT].strip(BLANK))


class Voice(NamedTuple):
    """One evidence with its `weight`: certainty × directness × freshness. `age` is its age in seconds, 0 while it is
    current. `outright` says that the rule names the kind itself: it is not the usual kind of its manufacturer."""

    evidence: Evidence
    weight: float
    grade: str
    age: int = 0
    context: bool = False
    by_sisters: bool = False
    outright: bool = False

    def get(self, part: str) -> str | None:
        """What it gives for a part."""
        return self.evidence.gives.get(part)


def listen(observations: Sequence[Item], fingerprints: Fingerprints, match: Match[Item] | None = None) -> list[Voice]:
    """The evidence of all observations, each rule and value once at its freshest, strongest first."""
    if len(observations) == 1:
        one = observations[0]
        reading = match(one) if match else _match(one, fingerprints)
        return _voices(one, reading, 0, fingerprints)
    match = match or matcher(fingerprints)
    best: dict[tuple[str, str], Voice] = {}
    for observation, age in zip(observations, ages(observations), strict=True):
        for voice in _voices(observation, match(observation), age, fingerprints):
            key = (voice.evidence.rule, voice.evidence.value)
            if key not in best or _standing(best[key]) < _standing(voice):
                best[key] = voice
    found = list(best.values())
    if len(found) > 1:
        found = _newest_of_a_field(found)
        found.sort(key=lambda v: (-v.weight, v.evidence.field, v.evidence.rule, v.evidence.value))
    return found


def _voices(observation: Observed, reading: Reading | None, age: int, fingerprints: Fingerprints) -> list[Voice]:
    field, value = observation.field, observation.value[:VALUE_LIMIT].strip(BLANK)
    found = []
    fresh = weight(age) if age else 1.0
    if reading is not None:
        rule, gives, listed = reading
        evidence = Evidence(
            field=field,
            value=value,
            rule=rule.name,
            gives=gives,
            certainty=rule.certainty,
            source=observation.source,
            time=observation.last,
        )
        by_sisters = bool(rule.basis) or (listed is not None and bool(listed.basis))
        outright = "kind" in rule.gives
        found.append(Voice(evidence, rule.weight * fresh, rule.grade, age, rule.context, by_sisters, outright))
    elif field == "snmp.sysobjectid" and (root := fingerprints.enterprise(numeric(value))):
        maker, usual = root
        grade = "enterprise" if usual else "enterprise of many"
        found.append(_support(observation, value, f"enterprise/{maker}", grade, maker, age))
    address = observation.mac
    if field == "arp.mac":
        address = mac(value) or address
    if address and (known := fingerprints.maker(address)):
        found.append(_support(observation, address, f"oui/{address[:8]}", "oui", known[0], age))
    return found


def _support(observation: Observed, value: str, rule: str, grade: str, maker: str, age: int) -> Voice:
    certainty = OUI_CERTAINTY if grade == "oui" else ENTERPRISE_CERTAINTY
    evidence = Evidence(
        field="arp.mac" if grade == "oui" else "snmp.sysobjectid",
        value=value,
        rule=rule,
        gives={"manufacturer": maker},
        certainty=certainty,
        source=observation.source,
        time=observation.last,
    )
    return Voice(evidence, certainty * weight(age), grade, age)


def _standing(voice: Voice) -> tuple[float, str, str]:
    return voice.weight, voice.evidence.time, voice.evidence.source


def _newest_of_a_field(voices: list[Voice]) -> list[Voice]:
    """Of the values of one field only the freshest count in full: the others date from before an update."""
    youngest: dict[tuple[str, str], int] = {}
    for voice in voices:
        key = (voice.evidence.field, voice.evidence.rule)
        youngest[key] = min(youngest.get(key, voice.age), voice.age)
    return [
        v if v.age == youngest[v.evidence.field, v.evidence.rule] else v._replace(weight=v.weight * 0.5) for v in voices
    ]
