"""One field's value against the fingerprints: the most specific rule that matches speaks, the others are silent.

Speed comes from the keyword that each pattern cannot match without: a substring search leaves few patterns to run.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scanner.core.model import Evidence
from scanner.core.text import VALUE_LIMIT, identifying_mac, mac
from scanner.identity.fingerprints import Fingerprints, Model, Settled
from scanner.identity.rules import Rule

#: What devices leave around a value: blanks, line ends, the NUL that ends a C string.
BLANK = " \t\r\n\v\f\0"

#: What escape sequences and other controls look like.
_CONTROL = re.compile(r"\x1b\[[0-9;]{0,16}[A-Za-z]|[\x00-\x1f\x7f\xa0]")
_QUOTES = "\"'"

_TITLE = re.compile(r"<title>\s{0,40}([^<]{1,200}?)\s{0,40}</title>", re.IGNORECASE)

#: Fields that hold the name of a certificate's owner or signer.
_DISTINGUISHED = frozenset({"https.cert-subject", "https.cert-issuer"})
_SLASHED = re.compile(r"/(?=[A-Za-z]{1,24}=)")
_SPACED = re.compile(r"(^|,|\+) ?([A-Za-z]{1,24}) ?= ?")

_ENTERPRISES = re.compile(
    r"\A\.?(?:iso\.3\.6\.1\.4\.1|(?:iso\.org\.dod\.internet\.private\.|SNMPv2-SMI::)?enterprises)\."
)

#: Fields in which a device says its own mac beside its name.
_SAYS_MAC = frozenset({"sip.user-agent", "sip.server", "provisioning.user-agent"})
#: A maker, a model, a version and a mac are no shorter.
_ROOM_FOR_A_MAC = 29
_BARE_MAC = re.compile(r"[0-9a-fA-F]{12}")
_MAC_IN_PAIRS = re.compile(r"[0-9a-fA-F]{2}(?:(?::[0-9a-fA-F]{2}){5}|(?:-[0-9a-fA-F]{2}){5})")

#: Longest value, in characters, that is a banner and no page.
_SHORT = 512

#: Most pairs of maker and model, as spelled, remembered of all rules; a hostile network cannot make it more.
_SETTLED_KEPT = 8192


class Reading(NamedTuple):
    """A rule that spoke, what it gave (parts by name, names canonical), and the model's entry when it is listed."""

    rule: Rule
    gives: dict[str, str]
    listed: Model | None


def match(
    fingerprints: Fingerprints, field: str, value: str, *, source: str = "", time: str = ""
) -> tuple[Evidence, ...]:
    """What `value` tells: one evidence by the most specific rule, or none. A "this tells nothing" rule gives {}."""
    value = value[:VALUE_LIMIT].strip(BLANK)
    found = read(fingerprints, field, value)
    if found is None:
        return ()
    rule, gives, _ = found
    certainty = rule.certainty
    return (
        Evidence(field=field, value=value, rule=rule.name, gives=gives, certainty=certainty, source=source, time=time),
    )


def read(fingerprints: Fingerprints, field: str, value: str) -> Reading | None:
    """The most specific rule for a bounded, stripped value and what it gives; None when no rule speaks.

    A short value with blanks, quotation marks or controls too many is read in plain spelling as well, the name in a
    certificate as RFC 4514 writes it, an object identifier in numbers: what tells more counts. A page of which no rule
    speaks has its title.
    """
    found = _as_it_stands(fingerprints, field, value)
    if found is None and field == "http.body" and (title := _TITLE.search(value)):
        return read(fingerprints, "http.title", title[1])
    if len(value) <= _SHORT:
        spelled = value if _is_plain(value) else plain(value)
        if field in _DISTINGUISHED:
            spelled = distinguished(spelled)
        elif field == "snmp.sysobjectid":
            spelled = numeric(spelled)
        if spelled != value:
            plainly = _as_it_stands(fingerprints, field, spelled)
            if plainly is not None and (found is None or len(plainly.gives) > len(found.gives)):
                found = plainly
    if found is not None and len(value) >= _ROOM_FOR_A_MAC and field in _SAYS_MAC and "mac" not in found.gives:
        maker = found.gives.get("manufacturer")
        if maker and (address := _own_mac(fingerprints, value, maker)):
            found.gives["mac"] = address
    return found


def _own_mac(fingerprints: Fingerprints, value: str, manufacturer: str) -> str | None:
    """The mac that a user agent carries although its rule reads none: in pairs, or bare with the maker's own prefix."""
    in_pairs = value.count(":") > 4 or value.count("-") > 4
    for found in (_MAC_IN_PAIRS if in_pairs else _BARE_MAC).finditer(value):
        address = mac(found[0])
        if address and identifying_mac(address) and not _within_a_word(value, *found.span()):
            known = None if in_pairs else fingerprints.maker(address)
            if in_pairs or (known and known[0] in fingerprints.family_of_makers(manufacturer)):
                return address
    return None


def _within_a_word(value: str, start: int, end: int) -> bool:
    """Whether what stands between is part of a longer number or name."""
    around = value[start - 1 : start] + value[end : end + 1] if start else value[end : end + 1]
    return any(char.isalnum() or char in ":.-" for char in around)


def plain(value: str) -> str:
    """A value as its maker meant it: no quotation marks around it, no control characters, one blank between words."""
    return " ".join(_CONTROL.sub(" ", value).split()).strip(_QUOTES + " ")


def distinguished(value: str) -> str:
    """The name in a certificate as RFC 4514 writes it: `C = US, CN = x` and `/C=US/CN=x` are `C=US,CN=x`."""
    if value.startswith("/"):
        value = _SLASHED.sub(",", value)[1:]
    return _SPACED.sub(r"\1\2=", value).replace('"', "")


def numeric(oid: str) -> str:
    """An object identifier in numbers alone: net-snmp says `iso.3.6.1.4.1` and `SNMPv2-SMI::enterprises`."""
    return _ENTERPRISES.sub("1.3.6.1.4.1.", oid).lstrip(".")


def _is_plain(value: str) -> bool:
    return value.isprintable() and "  " not in value and value[:1] not in _QUOTES and value[-1:] not in _QUOTES


def _as_it_stands(fingerprints: Fingerprints, field: str, value: str) -> Reading | None:
    index = fingerprints.index(field)
    if index is None or not value:
        return None
    for rule, fullmatch in index.likely(value):
        found = fullmatch(value)
        if found is not None and (reading := _reading(fingerprints, rule, found)) is not None:
            return reading
    return None


def every(fingerprints: Fingerprints, field: str, value: str) -> tuple[Rule, ...]:
    """All rules that match, most specific first: for `explain` and the check for ties."""
    value = value[:VALUE_LIMIT].strip(BLANK)
    index = fingerprints.index(field)
    if index is None:
        return ()
    return tuple(rule for rule, found in index.matches(value) if _reading(fingerprints, rule, found))


def _reading(fingerprints: Fingerprints, rule: Rule, found: re.Match[str]) -> Reading | None:
    """What one match gives; None when the rule wants a listed model and this is none."""
    if rule.grade == "nothing":
        return Reading(rule, {}, None)
    told = found.groupdict()
    maker, model = told.pop("manufacturer", None), told.pop("model", None)
    key = rule.name, maker, model
    try:
        named = fingerprints.settled[key]
    except KeyError:
        named = _settled(fingerprints, rule, maker, model)
        if len(fingerprints.settled) < _SETTLED_KEPT:
            fingerprints.settled[key] = named
    if named is None:
        return None
    gives = named[0].copy()
    for part, text in told.items():
        if text is not None and (text := text.strip()) and text.isprintable():  # a bidi mark is no part of a version
            gives[part] = text
    if "mac" in gives:
        address = mac(gives.pop("mac"))
        if address and identifying_mac(address):
            gives["mac"] = address
    return Reading(rule, gives, named[1])


def _settled(fingerprints: Fingerprints, rule: Rule, maker: str | None, model: str | None) -> Settled:
    """What a rule gives once the maker and model that it read, as spelled, are known: its names and the kind."""
    gives = dict(rule.gives)
    maker = (maker or "").strip() or gives.pop("manufacturer", None) or rule.maker or None
    model = (model or "").strip() or gives.pop("model", None)
    listed: Model | None = None
    if maker or model:
        maker, model = fingerprints.canonical(maker, model)
        listed = fingerprints.model(maker, model)
    if rule.listed and listed is None:
        return None
    kind: str | None = gives.pop("kind", None)
    if listed is not None and listed.kind is not None:
        kind = listed.kind
    elif kind is None and maker:
        kind = rule.kind if rule.kind != "unknown" else fingerprints.maker_kind(maker)
    for part, text in (("kind", kind if kind != "unknown" else None), ("manufacturer", maker), ("model", model)):
        gives.pop(part, None)
        if text and text.isprintable():
            gives[part] = text
    return gives, listed
