"""The check of a folder of vendor files: each rule's examples must match that rule before all others."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from scanner import data
from scanner.core import toml
from scanner.core.errors import DataError
from scanner.core.model import KINDS
from scanner.core.text import VALUE_LIMIT, mac
from scanner.identity.fingerprints import CANDIDATE, Fingerprints
from scanner.identity.load import load, vendors_folder
from scanner.identity.match import every, match, shared
from scanner.identity.mistakes import mistakes
from scanner.identity.names import fold
from scanner.identity.patterns import compiled, keywords
from scanner.identity.rules import Rule, lender, named_rules, rule_of
from scanner.identity.vendorfile import LoadedFile, RuleEntry, read


class Mistake(NamedTuple):
    """One mistake: the name of the file, that of the rule (empty for the file as a whole), and the mistake in words."""

    file: str
    rule: str
    problem: str


def check(folder: Path | str | None = None) -> list[Mistake]:
    """All mistakes in the fingerprints of `folder` (the shipped ones when None)."""
    base = Path(folder) if folder is not None else data.fingerprints_folder()
    problems: list[Mistake] = []
    origins: list[LoadedFile] = []
    for path in sorted(vendors_folder(base).glob("*.toml")):
        try:
            origins.append(LoadedFile(path.stem, str(path), read(path)))
        except DataError as error:
            problems.append(Mistake(path.name, "", str(error)))
    unusable = bool(problems)
    agreed = _vocabulary(base, problems)
    for origin in origins:
        names = {nth: pending[0] for nth, pending in reversed(list(named_rules(origin)))}
        for nth, why in mistakes(origin):
            unusable = True
            problems.append(Mistake(Path(origin.path).name, names[nth] if nth is not None else "", why))
        problems += _names(origin, agreed)
    if unusable:
        return problems
    fingerprints = load(base)
    for origin in fingerprints.origins:
        problems += _examples(origin, fingerprints)
    return problems


def _vocabulary(base: Path, problems: list[Mistake]) -> dict[str, str]:
    """The agreed names of makers by their keys; {} when the folder has no vocabulary, as a user's has not."""
    path = base / "vocabulary.toml"
    if not path.is_file():
        return {}
    try:
        words = toml.read(path).table
    except DataError as error:
        problems.append(Mistake(path.name, "", str(error)))
        return {}
    agreed: dict[str, str] = {}
    for name in words.get("makers", ()):
        if fold(name) in agreed:
            problems.append(Mistake(path.name, "", f"{name!r} and {agreed[fold(name)]!r} are the same name"))
        agreed[fold(name)] = name
    for kind in words.get("kinds", {}):
        if kind not in KINDS:
            problems.append(Mistake(path.name, "", f"{kind!r} is not one of the kinds {', '.join(KINDS)}"))
    return agreed


def _names(origin: LoadedFile, agreed: dict[str, str]) -> list[Mistake]:
    file, name = origin.file, Path(origin.path).name
    found = []
    for maker in {file.manufacturer, *file.siblings, *(r.gives.get("manufacturer", "") for r in file.rule)} - {""}:
        if agreed and agreed.get(fold(maker)) != maker:
            near = agreed.get(fold(maker))
            hint = f": the agreed name is {near!r}" if near else ": add it to vocabulary.toml"
            found.append(Mistake(name, "", f"the maker {maker!r} is not in the vocabulary{hint}"))
    seen: dict[str, str] = {}
    for entry in file.model:
        for spelling in (entry.name, *entry.aliases):
            key = fold(spelling)
            if seen.setdefault(key, entry.name) != entry.name:
                found.append(Mistake(name, "", f"{spelling!r} names both {seen[key]!r} and {entry.name!r}"))
    return found


def _examples(origin: LoadedFile, fingerprints: Fingerprints) -> list[Mistake]:
    file = Path(origin.path).name
    problems = []
    for nth, pending in named_rules(origin):
        rule = rule_of(*pending)
        entry = origin.file.rule[nth]
        if rule.field != entry.field:
            problems += [
                Mistake(file, rule.name, why) for e in entry.examples for why in _example(rule, e, fingerprints)
            ]
            continue
        if not entry.examples:
            problems.append(Mistake(file, rule.name, "has no example: add a real value, with the parts that it gives"))
        for example in entry.examples:
            wrong = _example(rule, example, fingerprints)
            if lender(entry) and not wrong:
                wrong = _elsewhere(rule, example, fingerprints)
            problems += [Mistake(file, rule.name, why) for why in wrong]
        if (unproven := _unproven(entry)) and not entry.nothing:
            problems.append(Mistake(file, rule.name, f"no example asserts {', '.join(unproven)}"))
    for n, grammar in enumerate(origin.file.firmware):
        for example in grammar.examples:
            problems += [Mistake(file, f"firmware {n + 1}", why) for why in _version(origin, example, fingerprints)]
    return problems


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
