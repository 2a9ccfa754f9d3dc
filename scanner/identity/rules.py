"""One fingerprint in the shape in which it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from scanner.core.model import Kind
from scanner.identity.patterns import FLAGS
from scanner.identity.patterns import weight as plain_characters
from scanner.identity.vendorfile import RuleEntry, VendorFile
from scanner.identity.weigh import directness

#: Rules of a user's folder outrank all of ours, whatever their priority.
USER_BAND = 1

#: What a rule tells at most, best first, with the certainty it has unless it says otherwise.
_CERTAINTY = {"model": 0.95, "family": 0.7, "maker": 0.6, "kind": 0.5, "part": 0.5, "nothing": 0.0}
_GRADE_RANK = {"nothing": 5, "model": 5, "family": 4, "listed": 3, "maker": 2, "kind": 1, "part": 1}
_GROUP = re.compile(r"\(\?P<(\w+)>")


class Rule(Struct, frozen=True, kw_only=True):
    """One fingerprint, ready to match. `rank` orders rules by how specific they are; equal ranks are a tie.
    `weight` is its certainty times the directness of its field.

    `gives` are the parts given as they stand. `context`: counts only beside other evidence of the maker. `listed`:
    counts only when the model is one that a vendor file lists.
    """

    name: str
    field: str
    pattern: str
    rank: tuple[int, ...]
    grade: str
    maker: str
    kind: Kind
    gives: Mapping[str, str]
    certainty: float
    weight: float
    context: bool = False
    listed: bool = False
    description: str = ""
    basis: str = ""

    def fullmatch(self, value: str) -> re.Match[str] | None:
        """The rule's pattern against a whole value."""
        return compiled(self.pattern).fullmatch(value)


@lru_cache(maxsize=16_384)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled at its first use: most rules of a run are never reached. More than all patterns fit."""
    return re.compile(pattern, FLAGS)


def rule_of(name: str, field: str, entry: RuleEntry, file: VendorFile, band: int) -> Rule:
    """A [[rule]] of a vendor file for one of its fields."""
    groups = _GROUP.findall(entry.pattern)
    maker = "" if entry.nothing else entry.gives.get("manufacturer", file.manufacturer)
    grade = grade_of(entry, groups, maker)
    # a listed model after its maker's name, for all makers: above the maker's name alone, below the maker's own rules
    listed = entry.generic and entry.listed and "manufacturer" in groups
    specific = 0 if entry.generic and not listed else 1
    standing = _GRADE_RANK["listed" if listed else grade]
    certainty = entry.certainty if entry.certainty is not None else _CERTAINTY[grade]
    return Rule(
        name=name,
        field=field,
        pattern=entry.pattern,
        rank=(band, entry.priority, specific, standing, plain_characters(entry.pattern), len(groups)),
        grade=grade,
        maker=maker,
        kind=file.kind,
        gives={} if entry.nothing else dict(entry.gives),
        certainty=certainty,
        weight=certainty * directness(field),
        context=entry.context,
        listed=entry.listed,
        description=entry.description,
        basis=entry.basis,
    )


def grade_of(entry: RuleEntry, groups: Sequence[str], maker: str) -> str:
    """How much a rule tells: model, family, maker, kind, part (firmware, mac, … alone) or nothing."""
    if entry.nothing:
        return "nothing"
    if "model" in groups or "model" in entry.gives:
        return "model"
    if "family" in entry.gives:
        return "family"
    if maker or "manufacturer" in groups:
        return "maker"
    return "kind" if "kind" in entry.gives else "part"
