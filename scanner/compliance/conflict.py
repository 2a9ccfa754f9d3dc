"""Whether the conflicts of an identity make a verdict uncertain: the verdict is then `in conflict`. Pure.

A conflict of the kind always does, and a product that is named by a value with the mac of another device; one of
manufacturer, model or firmware where the other value would lead to another status. The compliance of such a verdict is
at most `review`: the device is not compliant, and starts no change request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from scanner.compliance.compare import Product
from scanner.compliance.listing import Readings
from scanner.core.model import IN_CONFLICT, Assessment, Compliance, Conflict, Evidence, Identity, Status

#: Most conflicts of one identity that are assessed and named: a hostile host makes no more.
_MOST = 8
#: The parts on which a verdict depends, in their order: a later one follows from an earlier one of the same claim.
_PARTS = {"kind": 0, "manufacturer": 1, "model": 2, "firmware": 3}
_LAST = len(_PARTS)
#: The row of a conflict of the mac in which the value that names the product contains the mac of another device.
BORROWED = "a value of another device"


class Rival(NamedTuple):
    """A conflict that may change the verdict: the field of the other value, and the product that it leads to.

    `product` is None for a conflict of the kind or mac.
    """

    conflict: Conflict
    field: str
    product: Product | None


def in_conflict(reason: str) -> bool:
    """Whether a stored reason (`assessments.reason`, the column of reports) is that of a verdict in conflict."""
    return reason.startswith(IN_CONFLICT)


def contested(identity: Identity, differs: Callable[[Product], bool], readings: Readings) -> tuple[Rival, ...]:
    """The conflicts that make a verdict uncertain; empty where none does.

    `differs` returns whether the verdict on a product by the same catalog or policy is another one.
    """
    return tuple(rival for rival in rivals(identity, readings) if rival.product is None or differs(rival.product))


def rivals(identity: Identity, readings: Readings) -> tuple[Rival, ...]:
    """The conflicts of an identity about the parts on which a verdict depends, those of the kind first.

    One for each claim: what else it claims is in its product.
    """
    found: dict[tuple[str, str], Rival] = {}
    for conflict in sorted(
        identity.conflicts, key=lambda one: (_PARTS.get(one.part, _LAST), one.other, one.other_rule)
    ):
        claim = _claim(identity, conflict)
        field = claim.field if claim else conflict.other_rule or "another source"
        gives = claim.gives if claim else {}
        key = (claim.rule, claim.value) if claim else (conflict.other_rule, conflict.other)
        if key in found or len(found) >= _MOST:
            continue
        maker, model, firmware = identity.manufacturer, identity.model, gives.get("firmware", identity.firmware)
        match conflict.part:
            case "kind":
                found[key] = Rival(conflict, field, None)
                continue
            case "mac" if conflict.row == BORROWED:
                found[key] = Rival(conflict, field, None)
                continue
            case "manufacturer":
                maker, model = readings.canonical(conflict.other, gives.get("model", model))
            case "model":
                maker, model = readings.canonical(maker, conflict.other)
            case "firmware":
                firmware = conflict.other
            case _:
                continue
        line = next((one.gives["line"] for one in identity.evidence if "line" in one.gives), None)
        found[key] = Rival(conflict, field, Product(identity.kind, maker, model, firmware, line))
    return tuple(found.values())


def at_most_review(
    assessment: Assessment, contest: tuple[Rival, ...], statuses: tuple[Status | None, ...]
) -> Assessment:
    """The assessment with the sentence about its conflicts before its reason, neither compliant nor noncompliant.

    `statuses` are those of the products that `contest` leads to, None for conflicts of the kind or mac.
    """
    compliance: Compliance = "none" if assessment.compliance == "none" else "review"
    claims = "; ".join(map(_words, contest, statuses))
    return replace(assessment, compliance=compliance, reason=f"{IN_CONFLICT}{claims}. {assessment.reason}")


def _words(rival: Rival, status: Status | None) -> str:
    claim = f"{rival.field} claims the {rival.conflict.part} {rival.conflict.other}"
    return f"{claim}, with which the status would be {status}" if status else f"{claim}, not {rival.conflict.chosen}"


def _claim(identity: Identity, conflict: Conflict) -> Evidence | None:
    """The evidence of the other value, by the rule that the conflict names where it has one."""
    claims = [
        (one.rule != conflict.other_rule, one.gives.get(conflict.part) != conflict.other, one.field, one.value, one)
        for one in identity.evidence
        if one.rule == conflict.other_rule or one.gives.get(conflict.part) == conflict.other
    ]
    return min(claims, key=lambda entry: entry[:-1])[-1] if claims else None
