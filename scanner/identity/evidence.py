"""The evidence in the observations of one device, each with its weight.

A MAC prefix and an enterprise number are evidence too: weak, and of the maker alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from scanner.core.fields import RESOLVED_MAC, Role, field_of
from scanner.core.model import TELEPHONES, Evidence
from scanner.core.text import VALUE_LIMIT, mac
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.freshness import Seen, ages, weight
from scanner.identity.match import OF_ONE_MESSAGE, Match, best, evidence
from scanner.identity.recog import NAME
from scanner.identity.values import BLANK, numeric

#: Certainty of a maker by the prefix of a MAC, and by the enterprise number in a sysObjectID.
OUI_CERTAINTY = 0.2
ENTERPRISE_CERTAINTY = 0.5
#: Grades of evidence by a number that was assigned to a maker.
_ASSIGNED = frozenset({"oui", "enterprise", "enterprise of many"})
#: Of one field and rule, a value that is not the freshest keeps this much of its weight.
_SUPERSEDED = 0.5
#: Share of the weight that is left where the rule of a model, or its entry, was written by sister models.
_BY_SISTER_MODEL = 0.9


class Observed(Seen, Protocol):
    """What identification uses of an observation, or of a fact of the inventory."""

    @property
    def field(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def mac(self) -> str | None: ...
    @property
    def source(self) -> str: ...


Item = TypeVar("Item", bound=Observed)
#: The match of an observation, None where no rule matches.
MatchOf = Callable[[Item], Match | None]


def matcher(fingerprints: Fingerprints) -> MatchOf[Observed]:
    """A function that returns the match of the most specific rule for an observation."""
    return lambda one: best(fingerprints, one.field, one.value[:VALUE_LIMIT].strip(BLANK))


class Sight(NamedTuple):
    """Where a value was seen, and the first and last time."""

    source: str
    first: str
    last: str


class WeightedEvidence(Struct, frozen=True):
    """One evidence with its weight: certainty × directness × freshness. `full` is it without freshness.

    `grade` is that of its rule, `oui`, `enterprise` or `enterprise of many`; `age` is in seconds, 0 while current.
    `context` evidence counts only with other evidence of the maker. `explicit_kind`: the rule gives the kind itself,
    it is not the maker's usual one. `sights` are all sightings of the value.
    """

    evidence: Evidence
    weight: float
    full: float
    grade: str
    age: int = 0
    context: bool = False
    explicit_kind: bool = False
    sights: tuple[Sight, ...] = ()

    def get(self, part: str) -> str | None:
        """The value that it gives for a part."""
        return self.evidence.gives.get(part)


def weighted(
    observations: Sequence[Item], fingerprints: Fingerprints, matched: MatchOf[Item] | None = None
) -> list[WeightedEvidence]:
    """All evidence in the observations, heaviest first; each field, rule and value counts once, at its freshest.

    The product of a SIP message counts once for each source: two of one message may be of two hosts.

    `matched` returns the match of an observation, where the caller has it already.
    """
    matched = matched or matcher(fingerprints)
    if len(observations) == 1:
        return _of_one(observations[0], matched(observations[0]), 0, fingerprints)
    heaviest: dict[tuple[str, str, str, str], WeightedEvidence] = {}
    for observation, age in zip(observations, ages(observations), strict=True):
        for found in _of_one(observation, matched(observation), age, fingerprints):
            given = found.evidence
            message = given.source if given.field in OF_ONE_MESSAGE else ""
            key = given.field, given.rule, given.value, message
            held = heaviest.get(key)
            if held is None:
                heaviest[key] = found
            else:
                top = found if _order(held) < _order(found) else held
                heaviest[key] = replace(top, sights=held.sights + found.sights) if found.sights else top
    every = list(heaviest.values())
    if len(every) > 1:
        every = _superseded_reduced(_without_recog(every))
        every.sort(key=_rank)
    return every


def _without_recog(found: list[WeightedEvidence]) -> list[WeightedEvidence]:
    """The evidence without that of recog, where a rule of the vendor files names a maker or shows a telephone."""
    ours = [one for one in found if not one.evidence.rule.startswith(NAME)]
    by_rules = any(
        one.grade not in _ASSIGNED and (one.get("manufacturer") or one.get("kind") in TELEPHONES) for one in ours
    )
    return ours if by_rules else found


def _of_one(one: Observed, matched: Match | None, age: int, fingerprints: Fingerprints) -> list[WeightedEvidence]:
    """The evidence in one observation: by its match or the enterprise number, and by the prefix of the MAC."""
    field, value = one.field, one.value[:VALUE_LIMIT].strip(BLANK)
    registry = fingerprints.registry
    found = []
    if matched is not None:
        rule, _, listed = matched
        given = evidence(matched, field, value, one.source, one.last)
        fresh = weight(age) if age else 1.0
        by_sister = "model" in given.gives and (rule.basis or (listed is not None and listed.basis))
        sister = _BY_SISTER_MODEL if by_sister else 1.0
        full, explicit_kind = rule.weight * sister, "kind" in rule.gives
        sights = (Sight(one.source, one.first, one.last),) if "firmware" in given.gives else ()
        found.append(WeightedEvidence(given, full * fresh, full, rule.grade, age, rule.context, explicit_kind, sights))
    elif field_of(field).role is Role.OBJECT_ID and (root := registry.by_object_id(numeric(value))):
        grade = "enterprise" if root.dedicated else "enterprise of many"
        found.append(_of_maker(one, field, value, f"enterprise/{root.maker}", grade, root.maker, age))
    address = one.mac
    if field == RESOLVED_MAC:
        address = mac(value) or address
    if address and (assigned := registry.by_mac(address)):
        found.append(_of_maker(one, RESOLVED_MAC, address, f"oui/{address[:8]}", "oui", assigned.maker, age))
    return found


def _of_maker(one: Observed, field: str, value: str, rule: str, grade: str, maker: str, age: int) -> WeightedEvidence:
    """The evidence of a maker alone, by a number that was assigned to it."""
    certainty = OUI_CERTAINTY if grade == "oui" else ENTERPRISE_CERTAINTY
    assigned = Evidence(
        field=field,
        value=value,
        rule=rule,
        gives={"manufacturer": maker},
        certainty=certainty,
        source=one.source,
        time=one.last,
    )
    return WeightedEvidence(assigned, certainty * weight(age), certainty, grade, age)


def _rank(one: WeightedEvidence) -> tuple[float, str, str, str, str]:
    given = one.evidence
    return -one.weight, given.field, given.rule, given.value, given.source


def _order(one: WeightedEvidence) -> tuple[float, str, str]:
    return one.weight, one.evidence.time, one.evidence.source


def _superseded_reduced(found: list[WeightedEvidence]) -> list[WeightedEvidence]:
    """The evidence, with less weight for a value that a fresher value of the same field and rule supersedes."""
    youngest: dict[tuple[str, str], int] = {}
    for one in found:
        key = (one.evidence.field, one.evidence.rule)
        youngest[key] = min(youngest.get(key, one.age), one.age)
    return [
        one
        if one.age == youngest[one.evidence.field, one.evidence.rule]
        else replace(one, weight=one.weight * _SUPERSEDED)
        for one in found
    ]
