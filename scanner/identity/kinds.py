"""What kind of device the voices add up to: a listed model decides, then rules about it, then its maker, then manners.

The mac's prefix never makes a phone. A telephone capability makes one of an unknown device, not of a gateway, nor of
what says outright that it is something else ("Cisco IOS Software").
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.core.model import KINDS, Kind
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.voices import Voice
from scanner.identity.weigh import together

#: Kinds that a telephone capability does not turn into a phone: they announce it as well.
_ALSO_TELEPHONE = frozenset({"gateway", "pbx", "ata", "softphone"})
#: Grades of rules that speak of the very model or family, not of the maker's usual products.
_SPECIFIC = frozenset({"model", "family"})


def kind_of(
    heard: Sequence[Voice], manufacturer: str | None, model: str | None, fingerprints: Fingerprints
) -> tuple[Kind, float]:
    """The kind and how sure it is (0..1). `heard` are the voices that may be about the chosen maker's device."""
    if listed := fingerprints.kind(manufacturer, model):
        weights = [v.weight for v in heard if v.get("model")]
        return listed, together(weights)
    if len(heard) == 1 and (kind := heard[0].get("kind")):
        return kind, heard[0].weight  # type: ignore[return-value]
    specific = _strongest([v for v in heard if v.grade in _SPECIFIC])
    if specific:
        return specific
    manners = _strongest([v for v in heard if v.grade == "kind"])
    by_maker = _strongest([v for v in heard if v.grade == "maker"])
    if by_maker and manners and by_maker[0] != manners[0]:
        if manners[0] != "phone":
            return manners
        told = _strongest([v for v in heard if v.grade == "maker" and v.outright])
        return by_maker if by_maker[0] in _ALSO_TELEPHONE or told == by_maker else manners
    if by_maker or manners:
        return by_maker or manners or ("unknown", 0.0)
    known = [v for v in heard if v.grade == "enterprise"]
    usual = fingerprints.maker_kind(manufacturer)
    if known and usual == "phone":
        return "phone", known[0].weight * 0.6
    return "unknown", 0.0


def _strongest(voices: Sequence[Voice]) -> tuple[Kind, float] | None:
    """The kind with the most weight among these, or None when none names one."""
    said: dict[str, list[float]] = {}
    for voice in voices:
        if kind := voice.get("kind"):
            said.setdefault(kind, []).append(voice.weight)
    best: tuple[Kind, float] | None = None
    for kind_name in KINDS:
        if kind_name in said and (best is None or together(said[kind_name]) > best[1]):
            best = kind_name, together(said[kind_name])
    return best
