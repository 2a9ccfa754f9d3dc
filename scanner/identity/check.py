"""The check of vendor files: each rule's examples must match that rule before all others."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import NamedTuple

from scanner import data
from scanner.core import toml
from scanner.core.errors import DataError
from scanner.core.model import KINDS
from scanner.core.text import VALUE_LIMIT, mac
from scanner.identity import recog
from scanner.identity.fingerprints import CANDIDATE, Fingerprints
from scanner.identity.load import load, own_paths
from scanner.identity.match import every, match, shared
from scanner.identity.mistakes import mistakes
from scanner.identity.names import fold
from scanner.identity.patterns import compiled, keywords
from scanner.identity.rules import Rule, lender, named_rules, rule_of
from scanner.identity.vendorfile import LoadedFile, RuleEntry, read


class Mistake(NamedTuple):
    """One mistake: the name of the file, the line (from 1), the name of the rule if it is in one, and the mistake."""

    file: str
    line: int
    rule: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.rule}{': ' if self.rule else ''}{self.problem}"


#: A mistake in one file: the path of the value in the TOML, the name of the rule, and the mistake.
_Found = tuple[str, str, str]


def check(path: Path | str | None = None) -> list[Mistake]:
    """All mistakes in the fingerprints of a folder, or in one vendor file; in the shipped ones when None.

    A folder of recog is checked by the examples in its XML; raises DataError where that cannot be loaded.
    """
    base = Path(path) if path is not None else data.fingerprints_folder()
    if recog.is_folder(base):
        return [Mistake(*one) for one in recog.mistakes(base)]
    problems: list[Mistake] = []
    origins: list[LoadedFile] = []
    if not (paths := [base] if base.is_file() else own_paths(base)):
        raise DataError(f"{base} contains no vendor file (*.toml): name a folder with vendor files")
    for each in paths:
        try:
            origins.append(LoadedFile(each.stem, str(each), read(each)))
        except DataError as error:
            problems.append(_unreadable(each, error))
    agreed, wrong = _vocabulary(base)
    problems += wrong
    unusable = bool(problems)
    for origin in origins:
        names = {f"rule[{nth}]": pending[0] for nth, pending in reversed(list(named_rules(origin)))}
        found = [(place, names.get(place.partition(".")[0], ""), why) for place, why in mistakes(origin)]
        unusable = unusable or bool(found)
        problems += _with_lines(origin, [*found, *_names(origin, agreed)])
    if unusable:
        return problems
    fingerprints = Fingerprints(origins)
    for origin in origins:
        problems += _with_lines(origin, _examples(origin, fingerprints))
    return problems


def _with_lines(origin: LoadedFile, found: list[_Found]) -> list[Mistake]:
    """Mistakes with the lines of their places; the file is read again only where there are any."""
    if not found:
        return []
    path = Path(origin.path)
    document = toml.read(path)
    return [Mistake(path.name, document.line(place), rule, why) for place, rule, why in found]


def _unreadable(path: Path, error: DataError) -> Mistake:
    """The error about a file as a mistake: its text begins with the path and the line."""
    where = re.fullmatch(r".*?, line (\d+): (.*)", str(error).removeprefix(str(path)), re.DOTALL)
    return Mistake(path.name, int(where[1]), "", where[2]) if where else Mistake(path.name, 1, "", str(error))


def _vocabulary(base: Path) -> tuple[dict[str, str], list[Mistake]]:
    """The agreed names of makers by their keys, and the mistakes in them.

    A user's folder may have a vocabulary for makers of its own; the names of the shipped files and of the shipped
    vocabulary are agreed everywhere.
    """
    path = base / "vocabulary.toml"
    agreed = {} if base == data.fingerprints_folder() else _shipped_makers()
    if not path.is_file():
        return agreed, []
    try:
        document = toml.read(path)
    except DataError as error:
        return agreed, [_unreadable(path, error)]
    own: dict[str, str] = {}
    found: list[Mistake] = []
    for number, name in enumerate(document.table.get("makers", ())):
        if fold(name) in own:
            line = document.line(f"makers[{number}]")
            found.append(Mistake(path.name, line, "", f"{name!r} and {own[fold(name)]!r} are the same name"))
        own[fold(name)] = name
    for kind in document.table.get("kinds", {}):
        if kind not in KINDS:
            line = document.line(f"kinds.{kind}")
            found.append(Mistake(path.name, line, "", f"{kind!r} is not one of the kinds {', '.join(KINDS)}"))
    return agreed | own, found


def _shipped_makers() -> dict[str, str]:
    agreed = toml.read(data.fingerprints_folder() / "vocabulary.toml").table.get("makers", ())
    return {fold(name): name for name in (*agreed, *(origin.file.manufacturer for origin in load().origins))}


def _names(origin: LoadedFile, agreed: dict[str, str]) -> list[_Found]:
    """Names that are not the agreed ones, and spellings that name two models."""
    file, shipped = origin.file, Path(origin.path).parent.parent == data.fingerprints_folder()
    makers = [("manufacturer", file.manufacturer), *(("siblings", name) for name in file.siblings)]
    makers += [(f"rule[{nth}].gives", rule.gives.get("manufacturer", "")) for nth, rule in enumerate(file.rule)]
    found = []
    for place, maker in makers:
        if maker and agreed.get(fold(maker)) != maker and (why := _other_name(maker, agreed, shipped)):
            found.append((place, "", why))
    seen: dict[str, str] = {}
    for number, entry in enumerate(file.model):
        for spelling in (entry.name, *entry.aliases):
            key = fold(spelling)
            if seen.setdefault(key, entry.name) != entry.name:
                place = f"model[{number}]"
                found.append((place, "", f"{spelling!r} names both {seen[key]!r} and {entry.name!r}"))
    return found


def _other_name(maker: str, agreed: dict[str, str], shipped: bool) -> str | None:
    """Why a maker's name is not an agreed one; None for a new name in a user's folder that is similar to no other."""
    if near := agreed.get(fold(maker)):
        return f"the maker {maker!r} is not in the vocabulary: the agreed name is {near!r}"
    if shipped:
        return f"the maker {maker!r} is not in the vocabulary: add it to vocabulary.toml"
    if known := load().models.maker(maker):
        return f"the maker {maker!r} is known as {known!r}: write that name"
    if similar := difflib.get_close_matches(fold(maker), agreed, n=1, cutoff=_SIMILAR):
        return (
            f"the maker {maker!r} is not known; did you mean {agreed[similar[0]]!r}? Where it is another maker, add "
            f"makers = [{maker!r}] to vocabulary.toml in this folder"
        )
    return None


def _examples(origin: LoadedFile, fingerprints: Fingerprints) -> list[_Found]:
    problems: list[_Found] = []
    for nth, pending in named_rules(origin):
        rule = rule_of(*pending)
        entry = origin.file.rule[nth]
        place = f"rule[{nth}]"
        own = rule.field == entry.field
        if own and not entry.examples:
            problems.append((place, rule.name, "has no example: add a real value, with the parts that it gives"))
        for number, example in enumerate(entry.examples):
            wrong = _example(rule, example, fingerprints)
            if own and lender(entry) and not wrong:
                wrong = _elsewhere(rule, example, fingerprints)
            problems += [(f"{place}.examples[{number}]", rule.name, why) for why in wrong]
        if own and (unproven := _unproven(entry)) and not entry.nothing:
            problems.append((f"{place}.examples", rule.name, f"no example asserts {', '.join(unproven)}"))
    for n, grammar in enumerate(origin.file.firmware):
        for number, example in enumerate(grammar.examples):
            wrong = _version(origin, example, fingerprints)
            problems += [(f"firmware[{n}].examples[{number}]", f"firmware {n + 1}", why) for why in wrong]
    return problems


#: Similarity (0..1) of two names of makers above which one may be a misspelling of the other.
_SIMILAR = 0.84
#: Keys of an example that are not parts it asserts: the value, and its source.
_ABOUT_EXAMPLE = frozenset({"value", "source", "basis"})


def _example(rule: Rule, example: dict[str, object], fingerprints: Fingerprints) -> list[str]:
    value = example.get("value")
    if not isinstance(value, str) or not value:
        return ["an example has no value"]
    if len(value) > VALUE_LIMIT:
        return [f"an example is longer than {VALUE_LIMIT} characters"]
    shown = repr(value if len(value) < 80 else value[:77] + "…")
    if not rule.fullmatch(value):
        return [f"the pattern does not match its example {shown}"]
    if not any(word in value.lower() for word in keywords(rule.pattern)):
        return [
            f"none of the keywords {sorted(keywords(rule.pattern))} is in the example {shown}: simplify the pattern"
        ]
    matching = every(fingerprints, rule.field, value)
    if not matching:
        return [f"the model of the example {shown} is listed in no file"]
    if matching[0].name != rule.name:
        return [f"{matching[0].name} is more specific for the example {shown}"]
    if len(matching) > 1 and matching[1].rank == matching[0].rank:
        return [f"ties with {matching[1].name} for the example {shown}: make one of them more specific"]
    gives = match(fingerprints, rule.field, value)[0].gives
    return [f"{why}, for the example {shown}" for why in _differences(example, gives)]


def _elsewhere(rule: Rule, example: dict[str, object], fingerprints: Fingerprints) -> list[str]:
    """How the fields of product text that have no rule of their own read an example otherwise than it asserts."""
    value = str(example["value"])
    found = shared(fingerprints, rule.field, value)
    by = "no rule" if found is None else found.rule.name
    wrong = _differences(example, found.gives if found else {})
    return [f"by {by}, in another field of product text, {why}, for the example {value[:77]!r}" for why in wrong]


def _differences(example: dict[str, object], gives: dict[str, str]) -> list[str]:
    """The parts that an example asserts and that are given otherwise."""
    wrong = []
    for part, want in example.items():
        have = gives.get(part)
        if part == "mac" and isinstance(want, str):
            want = mac(want)
        if part == "model" and CANDIDATE in gives:
            wrong.append(
                f"the model {gives[CANDIDATE]!r} is listed in no file, and nothing shows its kind: list the model, add "
                "gives = { kind = … } to the rule, or dedicated = true to the file"
            )
        elif part not in _ABOUT_EXAMPLE and have != want:
            wrong.append(f"{part} is {have!r}, not {want!r}")
    return wrong


def _unproven(entry: RuleEntry) -> list[str]:
    groups = list(compiled(entry.pattern).groupindex)
    return [group for group in groups if not any(group in example for example in entry.examples)]


def _version(origin: LoadedFile, example: dict[str, object], fingerprints: Fingerprints) -> list[str]:
    model, text = example.get("model"), str(example.get("value", ""))
    version = fingerprints.version(origin.file.manufacturer, model if isinstance(model, str) else None, text)
    if version is None:
        return [f"no grammar parses {text!r}"]
    want = example.get("line")
    return [f"{text!r} is of the line {version.line!r}, not {want!r}"] if (version.line or "unknown") != want else []
