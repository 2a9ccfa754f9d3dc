"""The kind of a device: by its listed model, else by rules for its model or family, its maker, or its behaviour.

Being a phone takes evidence: a listed model, a rule whose text shows a phone, a capability. The name, prefix or number
of a maker shows a kind only where the maker sells nothing else (`dedicated`). The capability "telephone" makes an
unknown device a phone, but not a gateway, nor a device that other evidence explicitly names as something else.

`hosts` weighs this against what shows a host that is not a phone.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.core.fields import FieldOrigin, field_of
from scanner.core.model import KINDS, Kind
from scanner.identity.evidence import WeightedEvidence
from scanner.identity.fingerprints import CANDIDATE
from scanner.identity.models import Models
from scanner.identity.weigh import together

#: Kinds that announce the capability "telephone" as well, and are not phones for it.
_ALSO_TELEPHONE = frozenset({"gateway", "pbx", "ata", "softphone"})
#: Grades of rules for a model or family, as opposed to the maker's usual products.
_SPECIFIC = frozenset({"model", "family"})
#: Share of the weight that is left where the kind is that of a dedicated maker known by its enterprise number alone.
_BY_ENTERPRISE = 0.6


def kind_of(
    evidence: Sequence[WeightedEvidence], manufacturer: str | None, model: str | None, models: Models
) -> tuple[Kind, float]:
    """The kind by the evidence that may be of the chosen maker's device, and its weight (0..1)."""
    listed = models.listed(manufacturer, model)
    if listed is not None and listed.kind is not None:
        return listed.kind, together([one.weight for one in evidence if one.get("model")])
    if len(evidence) == 1 and (kind := evidence[0].get("kind")):
        return kind, evidence[0].weight  # type: ignore[return-value]
    if specific := _heaviest([one for one in evidence if one.grade in _SPECIFIC]):
        return specific
    if listed is not None and listed.usual_kind is not None:
        return listed.usual_kind, together([one.weight for one in evidence if one.get("model") or one.get(CANDIDATE)])
    by_behaviour = _heaviest([one for one in evidence if one.grade == "kind"])
    by_maker = _heaviest([one for one in evidence if one.grade == "maker"])
    if by_maker and by_behaviour and by_maker[0] != by_behaviour[0]:
        if by_behaviour[0] != "phone":
            return by_behaviour
        explicit = _heaviest(
            [one for one in evidence if one.grade == "maker" and one.explicit_kind and _describes(one)]
        )
        return by_maker if by_maker[0] in _ALSO_TELEPHONE or explicit == by_maker else by_behaviour
    if by_maker or by_behaviour:
        return by_maker or by_behaviour or ("unknown", 0.0)
    by_enterprise = [one for one in evidence if one.grade == "enterprise"]
    if by_enterprise and (kind_of_all := models.kind_by_name(manufacturer)):
        return kind_of_all, by_enterprise[0].weight * _BY_ENTERPRISE
    return "unknown", 0.0


def _describes(one: WeightedEvidence) -> bool:
    """Whether evidence is of text about the product, and not the name of its maker in an inventory."""
    group = field_of(one.evidence.field).group
    return group.management or group.origin is not FieldOrigin.FRAME


def _heaviest(evidence: Sequence[WeightedEvidence]) -> tuple[Kind, float] | None:
    """The kind with the most weight, or None where none is given. Of equals the first of KINDS wins."""
    weights: dict[str, list[float]] = {}
    for one in evidence:
        if kind := one.get("kind"):
            weights.setdefault(kind, []).append(one.weight)
    best: tuple[Kind, float] | None = None
    for name in KINDS:
        if name in weights and (best is None or together(weights[name]) > best[1]):
            best = name, together(weights[name])
    return best
