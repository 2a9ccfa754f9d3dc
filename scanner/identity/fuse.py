"""The identity of one device from all its observations; values that lose are kept as conflicts.

The maker is chosen first, its siblings included, by the weight of all evidence; then the model by the evidence of that
maker, then the firmware, kind, serial and MAC. A telephone of which stronger claims show another host (`hosts`) is that
host: the evidence of the telephone is of another device then, and adds a conflict of kind alone. The order of the
observations does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from scanner.core.model import PHONE_KINDS, TELEPHONES, Conflict, Evidence, Identity
from scanner.identity import choose
from scanner.identity.authority import Part, decision
from scanner.identity.confidence import by_one as by_single
from scanner.identity.confidence import confidence
from scanner.identity.evidence import Item, MatchOf, WeightedEvidence, weighted
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.hosts import contest
from scanner.identity.kinds import kind_of


def identify(
    observations: Sequence[Item], fingerprints: Fingerprints, matched: MatchOf[Item] | None = None
) -> Identity:
    """The identity of a device from its observations; kind `unknown` and all parts None without evidence.

    `matched` returns the match of an observation, where the caller has it already.
    """
    evidence = weighted(observations, fingerprints, matched)
    if len(evidence) == 1:
        return by_one(evidence[0], fingerprints)
    return combined(evidence, fingerprints)


def by_one(one: WeightedEvidence, fingerprints: Fingerprints) -> Identity:
    """The identity by a single evidence: equal to `combined([one])`, in less time."""
    gives = one.evidence.gives
    if one.context or "serial" in gives or "veto" in gives:
        return combined([one], fingerprints)
    manufacturer, model, firmware = gives.get("manufacturer"), gives.get("model"), gives.get("firmware")
    version = fingerprints.grammars.version(manufacturer, model, firmware) if firmware else None
    line = (version.line if version else None) or gives.get("line")
    kind = gives.get("kind")
    if kind is None:
        kind, _ = kind_of((one,), manufacturer, model, fingerprints.models)
    return Identity(
        kind=kind,  # type: ignore[arg-type]  # rules give no other words than kinds
        manufacturer=manufacturer,
        model=model,
        firmware=firmware,
        line=line,
        mac=gives.get("mac"),
        confidence=by_single(one, line),
        evidence=(one.evidence,),
    )


def combined(evidence: Sequence[WeightedEvidence], fingerprints: Fingerprints) -> Identity:
    """The identity by evidence of any number, heaviest first."""
    found = _by_authority(evidence, fingerprints)
    return replace(found, confidence=confidence(found.manufacturer, found.model, evidence, fingerprints))


def _by_authority(evidence: Sequence[WeightedEvidence], fingerprints: Fingerprints) -> Identity:
    """The identity by the weight of evidence, and of its kind by the ranks of the claims."""
    found = _fused(evidence, fingerprints)
    models = fingerprints.models
    if not _in_question(found, evidence):
        return found
    kinds = contest(evidence, models, found.manufacturer)
    if kinds is None:
        return found
    host, phone = kinds.host.evidence, kinds.phone.evidence if kinds.phone else None
    as_host = host.gives.get("kind") or models.kind_by_name(host.gives.get("manufacturer")) or "other"
    as_phone = found.kind if found.kind in PHONE_KINDS else (phone.gives["kind"] if phone else "phone")
    if not kinds.by_host:
        sides = (found.kind, phone, as_host, host) if found.kind in PHONE_KINDS else (found.kind, host, as_phone, phone)
        return replace(found, conflicts=(*found.conflicts, _conflict(*sides)))
    rest = _fused([one for one in evidence if one.get("kind") not in TELEPHONES], fingerprints)
    if rest.kind in PHONE_KINDS:
        rest = replace(rest, kind=as_host)
    if models.kind(rest.manufacturer, rest.model) in TELEPHONES:
        rest = replace(rest, model=None, firmware=None, line=None)
    return replace(
        rest,
        evidence=found.evidence,
        conflicts=(*rest.conflicts, _conflict(rest.kind, host, as_phone, phone)),
    )


def _in_question(found: Identity, evidence: Sequence[WeightedEvidence]) -> bool:
    """Whether a device may be a telephone, or its evidence names one: the capability alone is of gateways too."""
    if found.kind == "unknown":
        return found.model is not None
    return found.kind in TELEPHONES or any(one.grade == "model" and one.get("kind") in TELEPHONES for one in evidence)


def _conflict(chosen: str, chosen_by: Evidence | None, other: str, other_by: Evidence | None) -> Conflict:
    return Conflict(
        part="kind",
        chosen=chosen,
        chosen_rule=chosen_by.rule if chosen_by else "",
        other=other,
        other_rule=other_by.rule if other_by else "",
        row=decision("kind", chosen_by.field, other_by.field) if chosen_by and other_by else "",
    )


def _fused(evidence: Sequence[WeightedEvidence], fingerprints: Fingerprints) -> Identity:
    """The identity by the weight of evidence alone."""
    maker = choose.manufacturer(evidence, fingerprints)
    family = fingerprints.models.family(maker.value) if maker else frozenset[str]()
    own = [one for one in evidence if _may_be_of(one, family)]
    model = choose.model(own, maker, fingerprints)
    manufacturer = maker.value if maker else None
    if model is not None:
        manufacturer = fingerprints.canonical(manufacturer, model.value)[0]
    name = model.value if model else None
    firmware = choose.firmware(own, manufacturer, name, fingerprints)
    version = fingerprints.version(manufacturer, name, firmware.value) if firmware else None
    line = version.line if version else None
    if line is None and (given := choose.heaviest(own, "line")):
        line = given.value
    kind, _ = kind_of(own, manufacturer, name, fingerprints.models)
    serial = choose.heaviest(own, "serial")
    mac = choose.heaviest(own, "mac") or choose.mac_in_serial(serial, fingerprints)
    choices: tuple[tuple[Part, choose.Choice | None], ...] = (
        ("manufacturer", maker),
        ("model", model),
        ("firmware", firmware),
        ("mac", mac),
        ("serial", serial),
    )
    conflicts = [conflict for part, choice in choices if choice for conflict in choice.conflicts(part)]
    return Identity(
        kind=kind,
        manufacturer=manufacturer,
        model=name,
        firmware=firmware.value if firmware else None,
        line=line,
        serial=serial.value if serial else None,
        mac=mac.value if mac else None,
        evidence=tuple(one.evidence for one in evidence),
        conflicts=tuple(conflicts),
    )


def _may_be_of(one: WeightedEvidence, family: frozenset[str]) -> bool:
    """Whether evidence may be of a device of the chosen family of makers; context evidence only where one is chosen."""
    maker = one.get("manufacturer")
    if maker is None:
        return bool(family) or not one.context
    return maker in family
