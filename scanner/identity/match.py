"""One field's value matched with the fingerprints: of all rules that match, the most specific one applies."""

from __future__ import annotations

import re
from typing import NamedTuple

from scanner.core.fields import Role, field_of
from scanner.core.model import Evidence
from scanner.core.text import VALUE_LIMIT, identifying_mac, mac
from scanner.identity import values
from scanner.identity.fingerprints import Fingerprints, Named
from scanner.identity.models import ListedModel
from scanner.identity.rules import Rule
from scanner.identity.values import BLANK

#: Shortest product, in characters, with a MAC next to it: a maker, a model, a version and a MAC.
_SHORTEST_WITH_MAC = 29
_BARE_MAC = re.compile(r"[0-9a-fA-F]{12}")
_MAC_IN_PAIRS = re.compile(r"[0-9a-fA-F]{2}(?:(?::[0-9a-fA-F]{2}){5}|(?:-[0-9a-fA-F]{2}){5})")

#: Most pairs of maker and model, as spelled, cached for all rules: a hostile network cannot make it more.
_REMEMBERED = 8192


class Match(NamedTuple):
    """The rule that applies, the parts that it gives (with canonical names), and the model's entry if it is listed."""

    rule: Rule
    gives: dict[str, str]
    listed: ListedModel | None


def match(
    fingerprints: Fingerprints, field: str, value: str, *, source: str = "", time: str = ""
) -> tuple[Evidence, ...]:
    """The evidence in `value`: one by the most specific rule, or none. A `nothing` rule gives {}."""
    value = value[:VALUE_LIMIT].strip(BLANK)
    found = best(fingerprints, field, value)
    return (evidence(found, field, value, source, time),) if found else ()


def evidence(found: Match, field: str, value: str, source: str, time: str) -> Evidence:
    """A match as evidence."""
    return Evidence(
        field=field,
        value=value,
        rule=found.rule.name,
        gives=found.gives,
        certainty=found.rule.certainty,
        source=source,
        time=time,
    )


def readable(fingerprints: Fingerprints, field: str) -> bool:
    """Whether a rule can match values of a field."""
    return fingerprints.index(field) is not None or (field == "http.body" and readable(fingerprints, "http.title"))


def best(fingerprints: Fingerprints, field: str, value: str) -> Match | None:
    """The match of the most specific rule for a bounded, stripped value; None when no rule matches.

    The value is matched as it is and in plain spelling; the match that gives more parts is returned. An HTML page that
    no rule matches is matched by its title.
    """
    found = _as_spelled(fingerprints, field, value)
    if found is None and field == "http.body" and (title := values.title(value)):
        return best(fingerprints, "http.title", title)
    role = field_of(field).role
    respelled = values.respelled(role, value)
    if respelled != value:
        other = _as_spelled(fingerprints, field, respelled)
        if other is not None and (found is None or len(other.gives) > len(found.gives)):
            found = other
    if found and role is Role.PRODUCT and len(value) >= _SHORTEST_WITH_MAC and "mac" not in found.gives:
        maker = found.gives.get("manufacturer")
        if maker and (address := _own_mac(fingerprints, value, maker)):
            found.gives["mac"] = address
    return found


def every(fingerprints: Fingerprints, field: str, value: str) -> tuple[Rule, ...]:
    """All rules that match, most specific first: for the check of examples, which finds ties."""
    value = value[:VALUE_LIMIT].strip(BLANK)
    index = fingerprints.index(field)
    if index is None:
        return ()
    return tuple(rule for rule, found in index.matches(value) if _given(fingerprints, rule, found))


def _own_mac(fingerprints: Fingerprints, value: str, maker: str) -> str | None:
    """The MAC in a user agent whose rule gives none: in pairs, or bare with a prefix of its maker."""
    in_pairs = value.count(":") > 4 or value.count("-") > 4
    for found in (_MAC_IN_PAIRS if in_pairs else _BARE_MAC).finditer(value):
        address = mac(found[0])
        if address and identifying_mac(address) and not _within_a_word(value, *found.span()):
            assigned = None if in_pairs else fingerprints.registry.by_mac(address)
            if in_pairs or (assigned and assigned.maker in fingerprints.models.family(maker)):
                return address
    return None


def _within_a_word(value: str, start: int, end: int) -> bool:
    """Whether the text between `start` and `end` is part of a longer number or name."""
    around = value[start - 1 : start] + value[end : end + 1] if start else value[end : end + 1]
    return any(char.isalnum() or char in ":.-" for char in around)


def _as_spelled(fingerprints: Fingerprints, field: str, value: str) -> Match | None:
    index = fingerprints.index(field)
    if index is None or not value:
        return None
    for rule, fullmatch in index.likely(value):
        found = fullmatch(value)
        if found is not None and (given := _given(fingerprints, rule, found)) is not None:
            return given
    return None


def _given(fingerprints: Fingerprints, rule: Rule, found: re.Match[str]) -> Match | None:
    """The parts that a matching rule gives; None where the rule wants a listed model and the model is not listed."""
    if rule.grade == "nothing":
        return Match(rule, {}, None)
    groups = found.groupdict()
    maker, model = groups.pop("manufacturer", None), groups.pop("model", None)
    key = rule.name, maker, model
    try:
        named = fingerprints.named[key]
    except KeyError:
        named = _named(fingerprints, rule, maker, model)
        if len(fingerprints.named) < _REMEMBERED:
            fingerprints.named[key] = named
    if named is None:
        return None
    gives = named[0].copy()
    for part, text in groups.items():
        if text is not None and (text := text.strip()) and text.isprintable():  # no bidi mark belongs to a version
            gives[part] = text
    if "mac" in gives:
        address = mac(gives.pop("mac"))
        if address and identifying_mac(address):
            gives["mac"] = address
    return Match(rule, gives, named[1])


def _named(fingerprints: Fingerprints, rule: Rule, maker: str | None, model: str | None) -> Named:
    """What a rule gives for a maker and model as spelled in a value: canonical names, and the kind."""
    models = fingerprints.models
    gives = dict(rule.gives)
    maker = (maker or "").strip() or gives.pop("manufacturer", None) or rule.maker or None
    model = (model or "").strip() or gives.pop("model", None)
    listed: ListedModel | None = None
    if maker or model:
        maker, model = models.canonical(maker, model)
        listed = models.listed(maker, model)
    if rule.listed and listed is None:
        return None
    kind: str | None = gives.pop("kind", None)
    if listed is not None and listed.kind is not None:
        kind = listed.kind
    elif kind is None and maker:
        kind = rule.kind if rule.kind != "unknown" else models.usual_kind(maker)
    for part, text in (("kind", kind if kind != "unknown" else None), ("manufacturer", maker), ("model", model)):
        gives.pop(part, None)
        if text and text.isprintable():
            gives[part] = text
    return gives, listed
