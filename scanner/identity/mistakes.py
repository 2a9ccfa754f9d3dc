"""Mistakes in a vendor file that its types do not show: prefixes, patterns, grammars, and names of fields and parts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from scanner.core.errors import DataError
from scanner.core.fields import FIELDS, known
from scanner.core.model import KINDS, TELEPHONES
from scanner.identity.grammars import compiled_grammar
from scanner.identity.names import prefix
from scanner.identity.patterns import compiled
from scanner.identity.slow import slow
from scanner.identity.vendorfile import SISTER_MODEL, LoadedFile, RuleEntry

#: Highest `priority` of a rule, and lowest with a minus sign.
PRIORITY_LIMIT = 9

#: Parts that a pattern's groups, and `gives`, may name.
PARTS = frozenset({"manufacturer", "model", "firmware", "serial", "mac", "hardware", "hostname"})
STATIC_PARTS = PARTS | {"kind", "family", "line"}
#: Keys of an example: the value, the parts that it asserts, and where it is from.
EXAMPLE_KEYS = STATIC_PARTS | {"value", "source", "basis"}


def mistakes(origin: LoadedFile) -> list[tuple[str, str]]:
    """The mistakes in one file: the path of the value in the TOML (empty for the file), and the mistake in words."""
    found: list[tuple[str, str]] = []
    file = origin.file
    for key, prefixes in (("oui", file.oui), ("oui_mixed", file.oui_mixed)):
        for text in prefixes:
            try:
                prefix(text)
            except ValueError as error:
                found.append((key, str(error)))
    if not file.manufacturer and (file.model or file.oui or file.oui_mixed or file.firmware):
        found.append(("manufacturer", "models, prefixes and grammars without a maker: write manufacturer = its name"))
    if file.dedicated and file.kind not in TELEPHONES:
        found.append(("dedicated", f"dedicated = true needs kind = one of {', '.join(sorted(TELEPHONES))}"))
    for number, grammar in enumerate(file.firmware):
        try:
            compiled_grammar(f"{origin.stem}/{number}", grammar)
        except DataError as error:
            found.append((f"firmware[{number}]", str(error)))
    for number, spelling in enumerate(file.spelling):
        if why := pattern_mistake(spelling.pattern):
            found.append((f"spelling[{number}].pattern", f"spelling {spelling.pattern!r}: {why}"))
    for number, entry in enumerate(file.rule):
        found += [(f"rule[{number}].{key}", why) for key, why in _rule_mistakes(entry)]
    return found


def _rule_mistakes(entry: RuleEntry) -> list[tuple[str, str]]:
    """The mistakes in one rule: the key, and the mistake in words."""
    found = [
        (key, f"{field!r} is not an observation field; {_nearest(field, FIELDS, '`phonescan identify --fields`')}")
        for key, fields in (("field", (entry.field,)), ("also", entry.also))
        for field in fields
        if not known(field)
    ]
    if why := pattern_mistake(entry.pattern):
        found.append(("pattern", why))
    else:
        for group in compiled(entry.pattern).groupindex:
            if group not in PARTS:
                found.append(("pattern", f"the group {group!r} is not one of {_one_of(group, PARTS)}"))
    for part in entry.gives:
        if part not in STATIC_PARTS:
            found.append(("gives", f"gives {part!r}, which is not one of {_one_of(part, STATIC_PARTS)}"))
    if (kind := entry.gives.get("kind")) is not None and kind not in KINDS:
        found.append(("gives", f"the kind {kind!r} is not one of {_one_of(kind, KINDS)}"))
    for example in entry.examples:
        for part in example:
            if part not in EXAMPLE_KEYS:
                found.append(
                    ("examples", f"an example has {part!r}, which is not one of {_one_of(part, EXAMPLE_KEYS)}")
                )
    if abs(entry.priority) > PRIORITY_LIMIT:
        found.append(("priority", f"priority is beyond -{PRIORITY_LIMIT}..{PRIORITY_LIMIT}"))
    if entry.certainty is not None and not 0 <= entry.certainty <= 1:
        found.append(("certainty", "certainty is not within 0..1"))
    for basis in (entry.basis, *(example.get("basis", "") for example in entry.examples)):
        if basis not in ("", SISTER_MODEL):
            found.append(("basis", f"the basis {basis!r} is not {SISTER_MODEL!r}, the only value"))
    if entry.veto and entry.gives.get("kind") in TELEPHONES:
        found.append(
            ("veto", f"a rule with a veto cannot give the kind {entry.gives['kind']!r}, which the veto rules out")
        )
    if entry.nothing and (entry.gives or entry.veto):
        found.append(("nothing", "a rule with `nothing` cannot give a part"))
    return found


def _one_of(word: str, allowed: Iterable[str]) -> str:
    """The allowed words, and the nearest of them."""
    listed = ", ".join(allowed if isinstance(allowed, tuple) else sorted(allowed))
    near = difflib.get_close_matches(word, list(allowed), n=1)
    return listed + (f"; did you mean {near[0]!r}?" if near else "")


def _nearest(word: str, allowed: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, list(allowed), n=1)
    return f"did you mean {near[0]!r}?" if near else f"{otherwise} lists them"


def pattern_mistake(pattern: str) -> str | None:
    """Why a pattern cannot be used: a syntax error, or time that an adversary can make long. None when it can."""
    try:
        compiled(pattern)
    except re.error as error:
        return f"the pattern cannot be compiled ({error}): correct the regular expression"
    return slow(pattern)
