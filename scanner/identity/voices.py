"""What each observation says: the rule that read it, and how much its word weighs.

A mac's prefix and an enterprise root of sysObjectID are voices too, weak ones, which name the maker alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scanner.core.model import Evidence, Observation
from scanner.core.text import VALUE_LIMIT, mac
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.match import BLANK, numeric, read
from scanner.identity.weigh import freshness

#: Certainty of a maker told by the mac's prefix, and by the enterprise root of sysObjectID.
OUI_CERTAINTY = 0.2
ENTERPRISE_CERTAINTY = 0.5


class Voice(NamedTuple):
    """One evidence as it is weighed: `weight` is certainty × directness × freshness. `outright` says that the rule
    names the kind itself: it is not just what its maker usually makes."""

    evidence: Evidence
    weight: float
    grade: str
    context: bool = False
    by_sisters: bool = False
    outright: bool = False

    def get(self, part: str) -> str | None:
        """What it gives for a part."""
        return self.evidence.gives.get(part)


def listen(observations: Sequence[Observation], fingerprints: Fingerprints) -> list[Voice]:
    """Every rule that speaks, each (field, value) once at its freshest, strongest first."""
    if len(observations) == 1:
        return _voices(observations[0], 1.0, fingerprints)
    fresh = freshness(observations)
    best: dict[tuple[str, str], Voice] = {}
    for observation, freshly in zip(observations, fresh, strict=True):
        for voice in _voices(observation, freshly, fingerprints):
            key = (voice.evidence.rule, voice.evidence.value)
            if key not in best or _standing(best[key]) < _standing(voice):
                best[key] = voice
    found = list(best.values())
    if len(found) > 1:
        found = _newest_of_a_field(found)
        found.sort(key=lambda v: (-v.weight, v.evidence.field, v.evidence.rule, v.evidence.value))
    return found


def _voices(observation: Observation, freshly: float, fingerprints: Fingerprints) -> list[Voice]:
    field, value = observation.field, observation.value[:VALUE_LIMIT].strip(BLANK)
    found = []
    reading = read(fingerprints, field, value)
    if reading is not None:
        rule, gives, listed = reading
        evidence = Evidence(
            field=field,
            value=value,
            rule=rule.name,
            gives=gives,
            certainty=rule.certainty,
            source=observation.source,
            time=observation.time,
        )
        by_sisters = bool(rule.basis) or (listed is not None and bool(listed.basis))
        outright = "kind" in rule.gives
        found.append(Voice(evidence, rule.weight * freshly, rule.grade, rule.context, by_sisters, outright))
    elif field == "snmp.sysobjectid" and (root := fingerprints.enterprise(numeric(value))):
        maker, usual = root
        grade = "enterprise" if usual else "enterprise of many"
        found.append(_support(observation, value, f"enterprise/{maker}", grade, maker, ENTERPRISE_CERTAINTY * freshly))
    address = observation.mac
    if field == "arp.mac":
        address = mac(value) or address
    if address and (known := fingerprints.maker(address)):
        found.append(_support(observation, address, f"oui/{address[:8]}", "oui", known[0], OUI_CERTAINTY * freshly))
    return found


def _support(observation: Observation, value: str, rule: str, grade: str, maker: str, weight: float) -> Voice:
    evidence = Evidence(
        field="arp.mac" if grade == "oui" else "snmp.sysobjectid",
        value=value,
        rule=rule,
        gives={"manufacturer": maker},
        certainty=OUI_CERTAINTY if grade == "oui" else ENTERPRISE_CERTAINTY,
        source=observation.source,
        time=observation.time,
    )
    return Voice(evidence, weight, grade)


def _standing(voice: Voice) -> tuple[float, str, str]:
    return voice.weight, voice.evidence.time, voice.evidence.source


def _newest_of_a_field(voices: list[Voice]) -> list[Voice]:
    """Of one field's values only the freshest count in full: what a device said before it was updated is past."""
    freshest: dict[tuple[str, str], str] = {}
    for voice in voices:
        key = (voice.evidence.field, voice.evidence.rule)
        freshest[key] = max(freshest.get(key, ""), voice.evidence.time)
    return [
        v if v.evidence.time >= freshest[v.evidence.field, v.evidence.rule] else v._replace(weight=v.weight * 0.5)
        for v in voices
    ]
