"""Rules: the fingerprints of vendor files, graded by what they give and ranked by how specific they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct, structs

from scanner.core.fields import Rules, field_of
from scanner.core.model import Kind
from scanner.identity.patterns import compiled
from scanner.identity.patterns import weight as plain_characters
from scanner.identity.vendorfile import LoadedFile, RuleEntry, VendorFile

#: Band of the rules of a user's folder, which outrank all shipped rules, whatever their priority.
USER_BAND = 1

#: Grades of rules, best first, with the certainty of a rule that does not set its own.
_CERTAINTY = {"model": 0.95, "family": 0.7, "maker": 0.6, "kind": 0.5, "part": 0.5, "nothing": 0.0}
_GRADE_RANK = {"nothing": 5, "model": 5, "family": 4, "listed": 3, "maker": 2, "kind": 1, "part": 1}
#: Certainty of what words give: less than that of rules.
_BY_WORDS = {"model": 0.6, "maker": 0.4, "candidate": 0.4}
#: Share of the weight of a rule that is left in a field that borrows it.
_BORROWED = 0.97
_GROUP = re.compile(r"\(\?P<(\w+)>")


class Rule(Struct, frozen=True, kw_only=True):
    """One fingerprint for one field, ready to match. `rank` orders rules by how specific they are; equal ranks tie.

    `weight` is the certainty times the directness of the field. `gives` are the parts that the rule gives whatever the
    value. `generic`: a last resort below other rules. `context`: counts only with other evidence of the maker.
    `listed`: matches only a model that a vendor file lists. `kind` is the one that its maker's name shows. `veto`: the
    device is not a phone, with the reason.
    """

    name: str
    field: str
    pattern: str
    rank: tuple[int, ...]
    grade: str
    maker: str
    kind: Kind | None
    gives: Mapping[str, str]
    certainty: float
    weight: float
    generic: bool = False
    context: bool = False
    listed: bool = False
    veto: str = ""
    description: str = ""
    basis: str = ""

    @property
    def last_resort(self) -> bool:
        """Whether all other rules precede it, those for other fields too; never a rule of a user's folder."""
        return self.generic and self.rank[0] != USER_BAND

    @property
    def grade_rank(self) -> tuple[int, ...]:
        """The part of `rank` that does not depend on the pattern: equal for rules of one grade."""
        return self.rank[:4]

    def fullmatch(self, value: str) -> re.Match[str] | None:
        """The match of the pattern with the whole value, or None."""
        return compiled(self.pattern).fullmatch(value)


def rule_of(name: str, field: str, entry: RuleEntry, file: VendorFile, band: int) -> Rule:
    """The rule of a [[rule]] entry for one of its fields."""
    groups = _GROUP.findall(entry.pattern)
    maker = "" if entry.nothing else entry.gives.get("manufacturer", file.manufacturer)
    grade = grade_of(entry, groups, maker)
    # "maker, listed model" for all makers: more specific than a maker's name alone, less than the maker's own rules
    listed = entry.generic and entry.listed and "manufacturer" in groups
    specific = 0 if entry.generic and not listed else 1
    level = _GRADE_RANK["listed" if listed else grade]
    certainty = entry.certainty if entry.certainty is not None else _CERTAINTY[grade]
    return Rule(
        name=name,
        field=field,
        pattern=entry.pattern,
        rank=(band, entry.priority, specific, level, plain_characters(entry.pattern), len(groups)),
        grade=grade,
        maker=maker,
        kind=file.kind_by_name,
        gives={} if entry.nothing else _fixed(entry),
        certainty=certainty,
        weight=certainty * field_of(field).group.directness,
        generic=entry.generic,
        context=entry.context,
        listed=entry.listed,
        veto=entry.veto,
        description=entry.description,
        basis=entry.basis,
    )


def lent(name: str, field: str, entry: RuleEntry, file: VendorFile, band: int) -> Rule:
    """The rule of a [[rule]] entry as one of those for product text: the grade ranks above the priority, and one
    above the rules of its own field does not count."""
    rule = rule_of(name, field, entry, file, band)
    _, priority, _, level, *pattern = rule.rank
    return structs.replace(rule, rank=(band, level, min(priority, 0), 0, *pattern))


def borrowed(rule: Rule, field: str) -> Rule:
    """A rule as it applies to a field that borrows it: with the directness of that field, and a little less weight."""
    weight = rule.certainty * field_of(field).group.directness * _BORROWED
    return structs.replace(rule, field=field, weight=weight)


@lru_cache(maxsize=256)
def rule_of_words(what: str, field: str) -> Rule:
    """The rule that evidence by the words of a value has: `words/model`, `words/maker` or `words/candidate`."""
    certainty = _BY_WORDS[what]
    return Rule(
        name=f"words/{what}",
        field=field,
        pattern="",
        rank=(),
        grade="part" if what == "candidate" else what,
        maker="",
        kind=None,
        gives={},
        certainty=certainty,
        weight=certainty * field_of(field).group.directness,
    )


def lender(entry: RuleEntry) -> str | None:
    """The field of product text by which the fields of product text borrow a rule; None where it is not lent.

    A last resort, a veto and a rule that counts with other evidence alone are for the fields that they name.
    """
    if entry.generic or entry.context or entry.veto:
        return None
    return next((field for field in (entry.field, *entry.also) if field_of(field).rules is Rules.SHARED), None)


def _fixed(entry: RuleEntry) -> dict[str, str]:
    """The parts that a rule gives whatever the value; a veto among them, with the kind `other` where it gives none."""
    return {"kind": "other"} | entry.gives | {"veto": entry.veto} if entry.veto else dict(entry.gives)


def grade_of(entry: RuleEntry, groups: Sequence[str], maker: str) -> str:
    """The most specific part that a rule gives: model, family, maker, kind, part (firmware, MAC, …) or nothing."""
    if entry.nothing:
        return "nothing"
    if "model" in groups or "model" in entry.gives:
        return "model"
    if "family" in entry.gives:
        return "family"
    if maker or "manufacturer" in groups:
        return "maker"
    return "kind" if "kind" in entry.gives or entry.veto else "part"


#: The arguments of `rule_of` for a rule that is made when its field is first used.
Pending = tuple[str, str, RuleEntry, VendorFile, int]


def named_rules(origin: LoadedFile) -> Iterator[tuple[int, Pending]]:
    """The arguments of `rule_of` for all rules of one file, each with the number of its [[rule]] from 0.

    Rules are named `file/field/n`, n counting the file's rules for that field from 1.
    """
    counts: dict[str, int] = {}
    for nth, entry in enumerate(origin.file.rule):
        for field in (entry.field, *entry.also):
            counts[field] = counts.get(field, 0) + 1
            yield nth, (f"{origin.stem}/{field}/{counts[field]}", field, entry, origin.file, origin.band)
