"""Mistakes in a vendor file that its types do not show: prefixes, patterns, grammars, and names of fields and parts."""

from __future__ import annotations

import re

from scanner.core.errors import DataError
from scanner.core.fields import known
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


def mistakes(origin: LoadedFile) -> list[tuple[int | None, str]]:
    """The mistakes in one file: the number of the [[rule]] from 0, or None for the file, and the mistake in words."""
    found: list[tuple[int | None, str]] = []
    file = origin.file
    for text in (*file.oui, *file.oui_mixed):
        try:
            prefix(text)
        except ValueError as error:
            found.append((None, str(error)))
    if file.dedicated and file.kind not in TELEPHONES:
        found.append((None, f"dedicated = true needs kind = one of {', '.join(sorted(TELEPHONES))}"))
    for number, grammar in enumerate(file.firmware):
        try:
            compiled_grammar(f"{origin.stem}/{number}", grammar)
        except DataError as error:
            found.append((None, str(error)))
    for spelling in file.spelling:
        if why := pattern_mistake(spelling.pattern):
            found.append((None, f"spelling {spelling.pattern!r}: {why}"))
    for number, entry in enumerate(file.rule):
        found += [(number, why) for why in _rule_mistakes(entry)]
    return found


def _rule_mistakes(entry: RuleEntry) -> list[str]:
    found = [
        f"{field!r} is not an observation field: `phonescan identify --fields` lists them"
        for field in (entry.field, *entry.also)
        if not known(field)
    ]
    if why := pattern_mistake(entry.pattern):
        found.append(why)
    else:
        for group in compiled(entry.pattern).groupindex:
            if group not in PARTS:
                found.append(f"the group {group!r} is not one of {', '.join(sorted(PARTS))}")
    for part in entry.gives:
        if part not in STATIC_PARTS:
            found.append(f"gives {part!r}, which is not one of {', '.join(sorted(STATIC_PARTS))}")
    if (kind := entry.gives.get("kind")) is not None and kind not in KINDS:
        found.append(f"the kind {kind!r} is not one of {', '.join(KINDS)}")
    if abs(entry.priority) > PRIORITY_LIMIT:
        found.append(f"priority is beyond -{PRIORITY_LIMIT}..{PRIORITY_LIMIT}")
    if entry.certainty is not None and not 0 <= entry.certainty <= 1:
        found.append("certainty is not within 0..1")
    for basis in (entry.basis, *(example.get("basis", "") for example in entry.examples)):
        if basis not in ("", SISTER_MODEL):
            found.append(f"the basis {basis!r} is not {SISTER_MODEL!r}, the only value")
    if entry.veto and entry.gives.get("kind") in TELEPHONES:
        found.append(f"a rule with a veto cannot give the kind {entry.gives['kind']!r}, which the veto rules out")
    if entry.nothing and (entry.gives or entry.veto):
        found.append("a rule with `nothing` cannot give a part")
    return found


def pattern_mistake(pattern: str) -> str | None:
    """Why a pattern cannot be used: a syntax error, or time that an adversary can make long. None when it can."""
    try:
        compiled(pattern)
    except (re.error, OverflowError) as error:
        return f"the pattern cannot be compiled ({error}): correct the regular expression"
    return slow(pattern)
