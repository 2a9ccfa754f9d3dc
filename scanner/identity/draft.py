"""A draft of a vendor file that reads the values of one group: maker, pattern with groups, models and examples.

The values are those of the user's own devices; the text is TOML that `fingerprints check` accepts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from scanner.core.model import KINDS
from scanner.core.text import identifying_mac, mac
from scanner.identity import guess
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.patterns import compiled
from scanner.identity.tokens import LONGEST, Token, tokens
from scanner.identity.unread import UnreadGroup, UnreadValue

#: Most examples of the rule, and most models, that a draft has.
MOST_EXAMPLES, MOST_MODELS = 5, 40
#: Most versions, serial numbers and macs that a pattern reads; any text may follow, so that no value makes it slow.
MOST_VARIABLE = 5
#: Fields in which no word is the name of a model: of a certificate the names of a company and a place.
_WITHOUT_MODEL = frozenset({"lldp-med.manufacturer", "https.cert-subject", "snmp.sysobjectid"})
_VERSION = r"\d{1,6}(?:[._]\w{1,12}){1,7}(?:\([\w.]{1,24}\)\w{0,4})?"
_HYPHENATED = r"\d{1,4}(?:-\d{1,6}){2,5}"
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()#]")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


def draft(group: UnreadGroup, fingerprints: Fingerprints, manufacturer: str = "", kind: str = "") -> str:
    """The text of a vendor file for a group; `manufacturer` and `kind` replace the guesses."""
    values = [value.value for value in group.values]
    name = manufacturer or group.manufacturer or guess.maker(values, fingerprints.models)
    name = fingerprints.models.maker(name) or name
    word = kind or (group.kind if group.kind not in (None, "unknown") else guess.kind(values)) or "unknown"
    pattern = _pattern(group.values, name)
    read = [value for value in group.values if compiled(pattern).fullmatch(value.value)] or list(group.values[:1])
    return _text(group, name, word, pattern, read)


def _pattern(values: Sequence[UnreadValue], manufacturer: str) -> str:
    """The pattern that matches values of the shape of the first one, with a group for each part that is found."""
    first = values[0]
    parts = list(tokens(first.value))
    firmware = guess.firmware(parts)
    model = guess.model(parts, manufacturer) if first.field not in _WITHOUT_MODEL else None
    aligned = [[token.text for token in tokens(value.value)] for value in values]
    written: list[str] = []
    used: set[str] = set()
    variable = 0
    for at, part in enumerate(parts):
        variable += part.kind in ("version", "serial", "mac")
        if variable > MOST_VARIABLE:
            return "".join(written) + r".{1,4096}"
        spelled = {texts[at] for texts in aligned if len(texts) == len(parts)} | {part.text}
        if at == model:
            written.append(f"(?P<model>{_model(part.text, spelled)})")
        elif at == firmware:
            written.append(f"(?P<firmware>{_HYPHENATED if '-' in part.text else _VERSION})")
        elif part.kind not in used and (part.kind == "serial" or (part.kind == "mac" and _identifies(part.text))):
            used.add(part.kind)
            written.append(f"(?P<{part.kind}>{_plain(part, spelled)})")
        else:
            written.append(_plain(part, spelled))
    return "".join(written) + (r".{0,4096}" if len(first.value) > LONGEST else "")


def _identifies(address: str) -> bool:
    found = mac(address)
    return found is not None and identifying_mac(found)


def _model(text: str, spelled: set[str]) -> str:
    """The pattern of the models of one series: their letters, and any number; without a number the names themselves."""
    if not any(character.isdigit() for character in text):
        return "|".join(sorted(map(_escaped, spelled)))
    return _numbers(text) + r"\w{0,3}"


def _mac(text: str) -> str:
    if len(text) == 12:
        return r"[0-9a-f]{12}"
    return r"[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}" if "." in text else r"[0-9a-f]{2}(?:[:\- ][0-9a-f]{2}){5}"


def _plain(part: Token, spelled: set[str]) -> str:
    """The pattern of a token outside all groups; words that differ between the values are any word."""
    match part.kind:
        case "mac":
            return _mac(part.text)
        case "serial":
            return r"\w{2,40}" if part.text.isalnum() else r"[\w-]{2,40}"
        case "version":
            return _HYPHENATED if "-" in part.text else _VERSION
        case "word" if len({re.sub(r"\d+", "", text) for text in spelled}) > 1:
            return r"[\w+-]{1,40}"
    return _numbers(part.text)


def _numbers(text: str) -> str:
    """A text as a pattern in which each number is any number."""
    return re.sub(r"[0-9]+", r"\\d{1,10}", _escaped(text))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def _text(group: UnreadGroup, manufacturer: str, kind: str, pattern: str, read: Sequence[UnreadValue]) -> str:
    field, *also = list(dict.fromkeys(value.field for value in read))
    found = [(value, compiled(pattern).fullmatch(value.value)) for value in read]
    given = [
        (value, {name: text for name, text in match.groupdict().items() if text}) for value, match in found if match
    ]
    models = list(dict.fromkeys(parts["model"] for _, parts in given if "model" in parts))[:MOST_MODELS]
    lines = [
        f"# {group.id}: {_comment(group.shape)}",
        "# A draft: correct the names and the kind, then `phonescan fingerprints check` it.",
        f"manufacturer = {_string(manufacturer)}" + ("" if manufacturer else "  # the values do not name it"),
        f"kind = {_string(kind)}  # of its models: {', '.join(KINDS)}",
        "",
    ]
    for model in models:
        lines += ["[[model]]", f"name = {_string(model)}", ""]
    lines += ["[[rule]]", f"field = {_string(field)}"]
    if also:
        lines.append(f"also = [{', '.join(map(_string, also))}]")
    lines += [f"pattern = {_pattern_string(pattern)}", 'source = "your inventory"']
    if kind != "unknown":
        lines.append(f"gives = {{ kind = {_string(kind)} }}")
    lines.append("examples = [")
    lines += [f"  {_example(value, parts)}," for value, parts in given[:MOST_EXAMPLES]]
    lines += ["]"]
    return "\n".join(lines) + "\n"


def _example(value: UnreadValue, parts: dict[str, str]) -> str:
    asserted = {"value": value.value, **parts}
    if "mac" in parts:
        asserted["mac"] = mac(parts["mac"]) or parts["mac"]
    return "{ " + ", ".join(f"{name} = {_string(text)}" for name, text in asserted.items()) + " }"


def _string(text: str) -> str:
    """A TOML string; control characters and bidi marks as escapes."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _pattern_string(pattern: str) -> str:
    """A TOML string without escapes where one can have the pattern."""
    return _string(pattern) if "'" in pattern or _UNSAFE.search(pattern) else f"'{pattern}'"


def _comment(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
