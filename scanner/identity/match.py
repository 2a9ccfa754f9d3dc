"""One field's value matched with the fingerprints: of all rules that match, the most specific one applies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scanner.core.fields import Field, Role, Rules, field_of
from scanner.core.model import TELEPHONES, Evidence
from scanner.core.text import VALUE_LIMIT, identifying_mac, mac
from scanner.identity import values
from scanner.identity.application import is_application
from scanner.identity.fingerprints import CANDIDATE, Fingerprints, Named
from scanner.identity.index import Candidate, Outlined, has_one, outlined
from scanner.identity.models import ListedModel
from scanner.identity.ownmac import SHORTEST, own_mac
from scanner.identity.prose import is_document
from scanner.identity.rules import Rule, rule_of_words
from scanner.identity.values import BLANK
from scanner.identity.words import host_kind, kind_by_words, names_program
from scanner.identity.wrappers import unwrapped

#: Longest text, in characters, that may be a product's and not a document.
_LONGEST_PRODUCT = 1024
#: A match with less certainty than this does not limit what a rule for another field may give.
_DOUBTFUL = 0.5

#: Fields of the product in a SIP message, which has them of two hosts where a proxy forwards it.
OF_ONE_MESSAGE = frozenset({"sip.server", "sip.user-agent"})
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
    return (
        field_of(field).rules is not Rules.OWN
        or fingerprints.index(field) is not None
        or (field == "http.body" and readable(fingerprints, "http.title"))
        or (fingerprints.recog is not None and field in fingerprints.recog.fields)
    )


def best(fingerprints: Fingerprints, field: str, value: str) -> Match | None:
    """The match of the most specific rule for a bounded, stripped value; None when no rule matches.

    The value is matched as it is and in plain spelling; the match that gives more parts is returned. Product text that
    no rule for its field matches, or not with model and firmware, is matched by the rules for the other fields of
    product text, then within its wrappers, and last by its words; an HTML page that no rule matches, by its title.
    """
    about = field_of(field)
    if "\0" in value:
        value = values.until_nul(value)
    found = _by_rules(fingerprints, about, value)
    if found is None and field == "http.body" and (title := values.title(value)):
        return best(fingerprints, "http.title", title)
    if about.rules is not Rules.OWN and not about.host_name and (found is None or _may_be_more(found, value)):
        found = _within_wrappers(fingerprints, about, found, value)
        if found is None or (found.gives and "model" not in found.gives and not found.rule.veto):
            found = _by_words(fingerprints, field, found, value)
    if found and about.role is Role.TITLE and _is_about_another(found, value):
        found = None
    if fingerprints.recog is not None and (found is None or _names_no_device(found)):
        other = fingerprints.recog.match(field, value, fingerprints.models)
        found = Match(*other) if other else found
    if found and field in OF_ONE_MESSAGE and found.gives.get("kind") == "pbx" and names_program(value):
        found = Match(found.rule, {**found.gives, "kind": "softphone"}, None)
        found.gives.pop("model", None)  # that of the PBX
    if found and "firmware" in found.gives and not is_application(value, found.gives["firmware"]):
        found = found._replace(gives={part: text for part, text in found.gives.items() if part != "firmware"})
    return found and _with_mac(fingerprints, about, found, value)


def _names_no_device(found: Match) -> bool:
    """Whether a match gives at most the kind of a device that is not a telephone, so that recog may give more."""
    return found.gives.keys() == {"kind"} and not found.rule.veto and found.gives["kind"] not in TELEPHONES


def _is_about_another(found: Match, title: str) -> bool:
    """Whether a title that names a telephone is that of a document, or of a device of another kind: of a printer.

    A title with the version is the device's own.
    """
    if found.gives.get("kind") not in TELEPHONES or "firmware" in found.gives:
        return False
    outline = outlined(title)[2]
    return is_document(outline) or kind_by_words(outline) in ("other", "softphone")


def _by_rules(fingerprints: Fingerprints, about: Field, value: str) -> Match | None:
    """The match by the rules for the field, then by those that it borrows, and last by its last resorts."""
    spellings = [outlined(text) for text in values.spellings(about.role, value)]
    index = fingerprints.index(about.name)
    found, last = None, None
    likely = [] if index is None else [(text, index.candidates(text[2])) for text in spellings]
    for text, candidates in likely:
        if candidates.specific:
            found = _more(found, _first(fingerprints, text, candidates.specific))
    if found is not None and "model" in found.gives and not _may_be_more(found, value):
        return found
    borrows = about.rules is not Rules.OWN and len(value) <= _LONGEST_PRODUCT
    if borrows and (found is None or _may_be_more(found, value)):
        found = _supplemented(fingerprints, found, _borrowed(fingerprints, about.name, spellings))
    if found is None or (found.gives and "model" not in found.gives):
        for text, candidates in likely:
            if candidates.last_resorts:
                last = _more(last, _first(fingerprints, text, candidates.last_resorts))
        found = _more(found, last)
    return found


def _within_wrappers(fingerprints: Fingerprints, about: Field, found: Match | None, value: str) -> Match | None:
    """The match, or the one of the text within the wrappers of a value which gives more of the same device."""
    for text, parts in unwrapped(value):
        inner = _by_rules(fingerprints, about, text)
        if inner and inner.gives:
            inner.gives.update(parts | inner.gives)
            found = _supplemented(fingerprints, found, inner)
    return found


def _by_words(fingerprints: Fingerprints, field: str, found: Match | None, value: str) -> Match | None:
    """The match, or what the words of a value give where that is more of the same device."""
    maker = found.gives.get("manufacturer") if found else None
    read = fingerprints.words.read(value, outlined(value)[2], maker)
    if read is None or (found and found.rule.generic and "model" not in read.gives):
        return found
    if read.by == "candidate":
        return found or Match(rule_of_words(read.by, field), {CANDIDATE: read.gives["model"]}, None)
    words = Match(rule_of_words(read.by, field), dict(read.gives), read.listed)
    return words if found is None else _supplemented(fingerprints, found, words)


def every(fingerprints: Fingerprints, field: str, value: str) -> tuple[Rule, ...]:
    """All rules for a field that match, most specific first: for the check of examples, which finds ties."""
    index, text = fingerprints.index(field), outlined(value[:VALUE_LIMIT].strip(BLANK))
    return tuple(rule for rule, found in index.matches(text) if _given(fingerprints, rule, found)) if index else ()


def shared(fingerprints: Fingerprints, field: str, value: str) -> Match | None:
    """The match by the rules for product text alone, as in a field without rules of its own."""
    value = value[:VALUE_LIMIT].strip(BLANK)
    found = _borrowed(fingerprints, field, [outlined(text) for text in values.spellings(field_of(field).role, value)])
    return found and _with_mac(fingerprints, field_of(field), found, value)


def _with_mac(fingerprints: Fingerprints, about: Field, found: Match, value: str) -> Match:
    """The match, with the MAC of the device that stands beside its product, where no group of the rule gives it."""
    if about.rules is not Rules.OWN and len(value) >= SHORTEST and "mac" not in found.gives:
        maker = found.gives.get("manufacturer")
        if maker and (address := own_mac(value, maker, fingerprints.models, fingerprints.registry)):
            found.gives["mac"] = address
    return found


def _first(fingerprints: Fingerprints, text: Outlined, candidates: Sequence[Candidate]) -> Match | None:
    """The match of the first candidate that matches."""
    value, low, _ = text
    for rule, fullmatch, words in candidates:
        if (words is None or has_one(words, low)) and (found := fullmatch(value)):
            given = _given(fingerprints, rule, found)
            if given is not None:
                return given
    return None


def _borrowed(fingerprints: Fingerprints, field: str, spellings: Sequence[Outlined]) -> Match | None:
    """The match of the most specific rule that the fields of product text share; of its grade, that with most parts.

    Each field has its own rules in their order, which another field has not: a rule that ends in `.*` may be listed
    before the one that reads the rest.
    """
    best_match: Match | None = None
    for value, low, outline in spellings:
        grade = None
        for rule, fullmatch, words in fingerprints.product_text.candidates(outline).specific:
            if grade is not None and rule.grade_rank != grade:
                break
            if (words is None or has_one(words, low)) and (found := fullmatch(value)):
                given = _given(fingerprints, rule, found)
                if given is not None:
                    grade, best_match = rule.grade_rank, _more(best_match, given)
                    if "model" in given.gives and "firmware" in given.gives:
                        break
    if best_match is None:
        return None
    return Match(fingerprints.borrowed(best_match.rule, field), best_match.gives, best_match.listed)


def _may_be_more(found: Match, value: str) -> bool:
    """Whether a rule for another field may give more than the match: the model is missing, or what may be a version."""
    gives = found.gives
    if found.rule.veto:
        return False
    return found.rule.generic or (bool(gives) and ("model" not in gives or ("firmware" not in gives and "." in value)))


def _supplemented(fingerprints: Fingerprints, own: Match | None, other: Match | None) -> Match | None:
    """The match of a field's own rule, or that of another field's rule which gives more of the same device.

    More of the same: of the same makers, and the same model, a listed one, or one of a rule that gives its kind.
    """
    if own is None or other is None or own.rule.generic:
        return _more(other, own)
    if own.rule.certainty < _DOUBTFUL and "model" in other.gives:
        return _more(own, other)
    maker, model = own.gives.get("manufacturer"), own.gives.get("model")
    same_maker = maker and other.gives.get("manufacturer") in fingerprints.models.family(maker)
    certain = other.listed is not None or "kind" in other.rule.gives
    same_model = model == other.gives.get("model") or (model is None and certain)
    exact = other.listed is not None and "firmware" in other.gives
    same_kind = exact or own.rule.gives.get("kind") in (None, other.gives.get("kind"))
    return _more(own, other) if same_maker and same_model and same_kind else own


def _more(one: Match | None, other: Match | None) -> Match | None:
    """The match that gives more parts; the first where they give as many."""
    return other if one is None or (other is not None and len(other.gives) > len(one.gives)) else one


def _given(fingerprints: Fingerprints, rule: Rule, found: re.Match[str]) -> Match | None:
    """The parts that a matching rule gives; None where the rule wants a listed model and the model is not listed."""
    if rule.grade == "nothing":
        return Match(rule, {}, None)
    groups = found.groupdict()
    maker, model = groups.pop("manufacturer", None), groups.pop("model", None)
    key = rule.name, maker, model
    named = fingerprints.named.get(key)
    if named is None and key not in fingerprints.named:
        named = _named(fingerprints, rule, maker, model)
        if len(fingerprints.named) < _REMEMBERED:
            fingerprints.named[key] = named
    if named is None:
        return None
    gives = named.gives.copy()
    if named.by_name and (kind := host_kind(found.string)):
        gives["kind"] = kind
    if named.unproven:
        if values.says_phone(found.string):
            gives["kind"] = "phone"
        else:
            gives[CANDIDATE] = gives.pop("model")
    for part, text in groups.items():
        if text is not None and (text := text.strip()) and text.isprintable():  # no bidi mark belongs to a version
            gives[part] = text
    if "mac" in gives:
        address = mac(gives.pop("mac"))
        if address and identifying_mac(address):
            gives["mac"] = address
    return Match(rule, gives, named.listed)


def _named(fingerprints: Fingerprints, rule: Rule, maker: str | None, model: str | None) -> Named | None:
    """What a rule gives for a maker and model as spelled in a value: canonical names, and the kind.

    The kind is that of the listed model, else the rule's, else that of a maker which sells nothing else. A maker of
    several kinds of devices shows none, and then a model in the value that no file lists is unproven.
    """
    models = fingerprints.models
    gives = dict(rule.gives)
    maker = (maker or "").strip() or gives.pop("manufacturer", None) or rule.maker or None
    spelled = (model or "").strip()
    model = spelled or gives.pop("model", None)
    listed: ListedModel | None = None
    by_name = False
    if maker or model:
        maker, model = models.canonical(maker, model)
        listed = models.listed(maker, model)
    if rule.listed and listed is None:
        return None
    kind: str | None = gives.pop("kind", None)
    if listed is not None and listed.kind is not None:
        kind = listed.kind
    elif kind is None and maker:
        kind = listed.usual_kind if listed else rule.kind or models.kind_by_name(maker)
        by_name = listed is None and not spelled and kind in TELEPHONES
        if spelled and listed is None and kind in TELEPHONES and not models.resembles(maker, model or ""):
            kind = None
    unproven = bool(spelled) and listed is None and kind is None
    for part, text in (("kind", kind if kind != "unknown" else None), ("manufacturer", maker), ("model", model)):
        gives.pop(part, None)
        if text and text.isprintable():
            gives[part] = text
    return Named(gives, listed, unproven and "model" in gives, by_name)
