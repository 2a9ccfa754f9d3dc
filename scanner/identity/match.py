"""One field's value against the fingerprints: the most specific rule that matches speaks, the others are silent.

Speed comes from the keyword that each pattern cannot match without: a substring search leaves few patterns to run.
"""

from __future__ import annotations

from scanner.core.model import Evidence
from scanner.core.text import VALUE_LIMIT, identifying_mac, mac
from scanner.identity.fingerprints import Fingerprints, Rule


def match(
    fingerprints: Fingerprints, field: str, value: str, *, source: str = "", time: str = ""
) -> tuple[Evidence, ...]:
    """What `value` tells: one evidence by the most specific rule, or none. A "this tells nothing" rule gives {}."""
    value = value[:VALUE_LIMIT].strip()
    rules = fingerprints.rules.get(field)
    if not rules or not value:
        return ()
    low = value.lower()
    for rule in rules:
        if rule.keyword in low and (found := rule.fullmatch(value)):
            return (evidence(fingerprints, rule, value, found.groupdict(), source, time),)
    return ()


def every(fingerprints: Fingerprints, field: str, value: str) -> tuple[Rule, ...]:
    """All rules that match, most specific first: for `explain` and the check for ties."""
    value = value[:VALUE_LIMIT].strip()
    return tuple(rule for rule in fingerprints.rules.get(field, ()) if rule.fullmatch(value))


def evidence(
    fingerprints: Fingerprints, rule: Rule, value: str, groups: dict[str, str | None], source: str, time: str
) -> Evidence:
    """What one rule's match gives, names made canonical, a mac in our notation or left out."""
    gives: dict[str, str] = {}
    if rule.grade != "nothing":
        gives.update(rule.gives)
        for part, text in groups.items():
            if text is not None and (text := text.strip()):
                gives[part] = text
        _settle(fingerprints, rule, gives)
    return Evidence(
        field=rule.field, value=value, rule=rule.name, gives=gives, certainty=rule.certainty, source=source, time=time
    )


def _settle(fingerprints: Fingerprints, rule: Rule, gives: dict[str, str]) -> None:
    maker: str | None = gives.pop("manufacturer", None) or rule.maker or None
    maker, model = fingerprints.canonical(maker, gives.pop("model", None))
    kind = gives.pop("kind", None)
    if model and (listed := fingerprints.kind(maker, model)):
        kind = listed
    if maker and kind is None and (rule.kind != "unknown" or not rule.maker):
        kind = rule.kind if rule.kind != "unknown" else fingerprints.maker_kind(maker)
    if kind and kind != "unknown":
        gives["kind"] = kind
    if maker:
        gives["manufacturer"] = maker
    if model:
        gives["model"] = model
    if raw := gives.pop("mac", None):
        address = mac(raw)
        if address and identifying_mac(address):
            gives["mac"] = address
