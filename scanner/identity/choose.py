"""The choice of one value for a part of an identity, among the values that the evidence gives for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from scanner.core.model import TELEPHONES, Conflict
from scanner.core.text import identifying_mac, mac
from scanner.identity.authority import Part, decision
from scanner.identity.evidence import WeightedEvidence
from scanner.identity.fingerprints import CANDIDATE, Fingerprints
from scanner.identity.models import Models
from scanner.identity.names import extends, fold
from scanner.identity.sightings import replaced, standing
from scanner.identity.weigh import together

#: A version that the maker's grammar cannot parse keeps this much of its weight.
_UNPARSED = 0.4
#: Least weight of a losing value that is reported as a conflict.
_LEAST_CONFLICT = 0.3


class Choice(NamedTuple):
    """The value chosen for a part, its weight, its heaviest evidence, and the values that lost."""

    value: str
    weight: float
    evidence: WeightedEvidence
    others: tuple[tuple[str, float, WeightedEvidence], ...] = ()

    def conflicts(self, part: Part) -> Iterator[Conflict]:
        """The values that lost with enough weight to be reported."""
        for value, weight, losing in self.others:
            if weight >= _LEAST_CONFLICT:
                yield Conflict(
                    part=part,
                    chosen=self.value,
                    chosen_rule=self.evidence.evidence.rule,
                    other=value,
                    other_rule=losing.evidence.rule,
                    row=decision(part, self.evidence.evidence.field, losing.evidence.field),
                )


def heaviest(evidence: Iterable[WeightedEvidence], part: str) -> Choice | None:
    """The value of a part with the most weight; each field counts once for a value. Of equals the first by text wins.

    None where no evidence gives the part.
    """
    giving = [one for one in evidence if part in one.evidence.gives]
    if not giving:
        return None
    if len(giving) == 1:
        return Choice(giving[0].evidence.gives[part], giving[0].weight, giving[0])
    by_value: dict[str, dict[str, WeightedEvidence]] = {}
    for one in giving:
        by_field = by_value.setdefault(one.evidence.gives[part], {})
        held = by_field.get(one.evidence.field)
        if held is None or held.weight < one.weight:
            by_field[one.evidence.field] = one
    ranked = sorted(
        (
            (value, together([one.weight for one in by_field.values()]), max(by_field.values(), key=_weight))
            for value, by_field in by_value.items()
        ),
        key=lambda entry: (-entry[1], entry[0]),
    )
    return Choice(*ranked[0], others=tuple(ranked[1:]))


def _weight(one: WeightedEvidence) -> float:
    return one.weight


def manufacturer(evidence: Sequence[WeightedEvidence], fingerprints: Fingerprints) -> Choice | None:
    """The maker with the most weight, the weights of siblings added. Context evidence does not count."""
    choice = heaviest([one for one in evidence if not one.context and one.get("manufacturer")], "manufacturer")
    if choice is None or not choice.others:
        return choice
    ranked = [(choice.value, choice.weight, choice.evidence), *choice.others]
    weights: dict[frozenset[str], float] = {}
    for value, weight, _ in ranked:
        family = fingerprints.models.family(value)
        weights[family] = together((weights.get(family, 0.0), weight))
    top = max(weights, key=lambda family: (weights[family], sorted(family)))
    value, weight, heaviest_evidence = next(entry for entry in ranked if entry[0] in top)
    others = tuple(entry for entry in ranked if entry[0] not in top)
    return Choice(value, max(weight, weights[top]), heaviest_evidence, others)


def model(evidence: Sequence[WeightedEvidence], maker: Choice | None, fingerprints: Fingerprints) -> Choice | None:
    """The model with the most weight; names without a maker are those of the chosen maker.

    A name that does not show a model by itself counts where the chosen maker lists it, or sells nothing else.
    """
    named = []
    models = fingerprints.models
    for one in evidence:
        text, candidate = one.get("model"), one.get(CANDIDATE)
        if text is None and (candidate is None or maker is None):
            continue
        text = text or candidate or ""
        if maker is not None and (one.get("manufacturer") is None or candidate):
            owner, name = fingerprints.canonical(maker.value, text)
            listed = models.listed(owner, name) or fingerprints.words.model_of(maker.value, text)
            name = listed.name if listed else name
            by_words = one.evidence.rule == "words/candidate"
            if candidate and listed is None and (by_words or not _is_telephone(models, maker.value, text)):
                continue
            gives = {**one.evidence.gives, "model": name or text}
            one = replace(one, evidence=replace(one.evidence, gives=gives))
        named.append(one)
    return heaviest(most_exact(named, maker.value if maker else None, models), "model")


def _is_telephone(models: Models, maker: str, name: str) -> bool:
    """Whether an unlisted name is that of a telephone: of a maker that sells nothing else, and like its other names."""
    return models.kind_by_name(maker) in TELEPHONES and models.resembles(maker, name)


def most_exact(evidence: Sequence[WeightedEvidence], maker: str | None, models: Models) -> list[WeightedEvidence]:
    """The evidence of models, with a name that others extend as the one that extends it: `T58` beside `T58A` is T58A.

    A name that several different names extend shows none of them, and is left out. An unlisted name that extends a
    listed one is that one, unless it has more weight.
    """
    weights: dict[tuple[str | None, str], float] = {}
    for one in evidence:
        key = one.get("manufacturer") or maker, one.evidence.gives["model"]
        weights[key] = max(weights.get(key, 0.0), one.weight)
    if len({name for _, name in weights}) < 2:
        return list(evidence)
    more = [
        (longer, shorter)
        for longer in weights
        for shorter in weights
        if extends(longer[1], shorter[1]) and _of_one_kind(longer, shorter, models)
    ]
    doubtful = {
        longer: shorter
        for longer, shorter in sorted(more)
        if models.listed(*shorter) and not models.listed(*longer) and weights[longer] <= weights[shorter]
    }
    kept = []
    for one in evidence:
        key = one.get("manufacturer") or maker, one.evidence.gives["model"]
        key = doubtful.get(key, key)
        longer = {found for found, shorter in more if shorter == key and found not in doubtful}
        exact = {
            name for of, name in longer if not any(shorter == (of, name) and found in longer for found, shorter in more)
        }
        if len(exact) < 2:
            gives = {**one.evidence.gives, "model": exact.pop() if exact else key[1]}
            kept.append(replace(one, evidence=replace(one.evidence, gives=gives)))
    return kept


def _of_one_kind(one: tuple[str | None, str], other: tuple[str | None, str], models: Models) -> bool:
    """Whether two models may be of one kind: a gateway whose name is that of a telephone and a letter is not."""
    kinds = models.kind(*one), models.kind(*other)
    return None in kinds or (kinds[0] in TELEPHONES) == (kinds[1] in TELEPHONES)


def firmware(
    evidence: Sequence[WeightedEvidence], maker: str | None, model: str | None, fingerprints: Fingerprints
) -> Choice | None:
    """The version of the application. Versions that the maker's grammar parses as equal count as one value.

    Which versions count is decided by their sightings (`sightings`), which of those by weight.
    """
    giving = [one for one in evidence if one.get("firmware")]
    if any(one.evidence.field == "lldp-med.software-revision" for one in giving):
        giving = [one for one in giving if one.evidence.field != "lldp-med.firmware-revision"]
    giving = _of_model(giving, model)
    if not giving:
        return None
    grammars = fingerprints.grammars
    if maker and len(giving) > 1 and grammars.of(maker):
        giving = [
            one
            if grammars.version(maker, model, one.get("firmware")) is not None
            else replace(one, weight=one.weight * _UNPARSED)
            for one in giving
        ]
    versions: dict[object, list[WeightedEvidence]] = {}
    for one in giving:
        text = one.evidence.gives["firmware"]
        parsed = grammars.version(maker, model, text)
        versions.setdefault((parsed.scope, parsed.order) if parsed else text, []).append(one)
    found = list(versions.values())
    if len(found) == 1:
        return _of_version(found[0])
    left = {n: _of_version(found[n]) for n in standing(found)}
    top = min(left, key=lambda n: (-left[n].weight, left[n].value))
    chosen = left[top]
    losing = [_of_version(one) for n, one in enumerate(found) if n != top and not replaced(one, found[top])]
    others = sorted(((one.value, one.weight, one.evidence) for one in losing), key=lambda one: (-one[1], one[0]))
    return chosen._replace(others=tuple(others))


def _of_model(giving: Sequence[WeightedEvidence], model: str | None) -> list[WeightedEvidence]:
    """The evidence of a firmware without that of another model; of today's alone where all names another one."""

    def agrees(one: WeightedEvidence) -> bool:
        name = one.get("model")
        return (
            name is None or fold(name) == fold(model or "") or extends(name, model or "") or extends(model or "", name)
        )

    if model is None:
        return list(giving)
    return [one for one in giving if agrees(one)] or [one for one in giving if not one.age]


def _of_version(evidence: Sequence[WeightedEvidence]) -> Choice:
    """The choice of one version by the evidence that gives it, in any spelling."""
    choice = heaviest(evidence, "firmware")
    assert choice is not None  # the evidence gives a firmware
    weight = together((choice.weight, *(other[1] for other in choice.others)))
    return Choice(choice.value, weight, choice.evidence)


def mac_in_serial(serial: Choice | None, fingerprints: Fingerprints) -> Choice | None:
    """The MAC that a serial number is, as Polycom's are: one with the prefix of a listed maker."""
    address = mac(serial.value) if serial else None
    if serial is None or address is None or not identifying_mac(address):
        return None
    return Choice(address, serial.weight, serial.evidence) if fingerprints.registry.by_mac(address) else None
