"""Vendor files → fingerprints ready for use, once per process and folder.

Our own files are trusted to have passed `fingerprints check`; patterns compile when first used. Files of a user's
folder are compiled and checked as they load: a mistake there is one sentence with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from scanner import data
from scanner.core.errors import DataError
from scanner.core.fields import known
from scanner.core.model import KINDS
from scanner.identity.fingerprints import Fingerprints, Origin, Rule, compiled, compiled_grammar
from scanner.identity.names import prefix
from scanner.identity.patterns import keyword, slow, weight
from scanner.identity.vendorfile import RuleEntry, VendorFile, read, rule_line

#: Rules of a user's folder outrank all of ours, whatever their priority.
USER_BAND = 1
#: Most that a rule may ask for with `priority`.
PRIORITY_LIMIT = 9

#: What a pattern's groups and `gives` may name.
PARTS = frozenset({"manufacturer", "model", "firmware", "serial", "mac", "hardware", "hostname"})
STATIC_PARTS = PARTS | {"kind", "family", "line"}

_CERTAINTY = {"model": 0.95, "family": 0.7, "maker": 0.6, "kind": 0.5, "part": 0.5, "nothing": 0.0}
_GRADE_RANK = {"nothing": 4, "model": 4, "family": 3, "maker": 2, "kind": 1, "part": 1}
_GROUP = re.compile(r"\(\?P<(\w+)>")


def load(folder: Path | str | None = None, extra: Iterable[Path | str] = ()) -> Fingerprints:
    """The fingerprints of `folder` (ours when None), with the vendor files of the folders in `extra` above them.

    Cached by folders. Raises DataError with file, line and what to do.
    """
    base = Path(folder) if folder is not None else data.fingerprints_folder()
    return _load(base, tuple(Path(path) for path in extra))


@lru_cache(maxsize=8)
def _load(base: Path, extra: tuple[Path, ...]) -> Fingerprints:
    vendors = base / "vendors" if (base / "vendors").is_dir() else base
    origins = vendor_files(vendors)
    if not origins:
        raise DataError(f"{vendors} holds no vendor file (*.toml): name a folder with vendor files")
    rules = [rule for origin in origins for _, rule in compile_rules(origin, band=0)]
    for path in extra:
        if not path.is_dir():
            raise DataError(f"the fingerprints folder {path} does not exist: correct the setting or create it")
        for origin in vendor_files(path / "vendors" if (path / "vendors").is_dir() else path):
            refuse_mistakes(origin)
            origins.append(origin)
            rules += [rule for _, rule in compile_rules(origin, band=USER_BAND)]
    by_field: dict[str, list[Rule]] = {}
    for rule in rules:
        by_field.setdefault(rule.field, []).append(rule)
    ordered = {
        field: tuple(sorted(found, key=lambda r: (r.rank, r.name), reverse=True)) for field, found in by_field.items()
    }
    return Fingerprints(origins, ordered)


def vendor_files(folder: Path) -> list[Origin]:
    """Every vendor file of a folder, by name."""
    return [Origin(path.stem, str(path), read(path)) for path in sorted(folder.glob("*.toml"))]


def compile_rules(origin: Origin, band: int) -> list[tuple[int, Rule]]:
    """The rules of one file, each with the number of its [[rule]] from 0.

    Names are `file/field/n`, n counting the file's rules of that field from 1.
    """
    counts: dict[str, int] = {}
    found = []
    for nth, entry in enumerate(origin.file.rule):
        for field in (entry.field, *entry.also):
            counts[field] = counts.get(field, 0) + 1
            found.append((nth, _rule(f"{origin.stem}/{field}/{counts[field]}", field, entry, origin.file, band)))
    return found


def _rule(name: str, field: str, entry: RuleEntry, file: VendorFile, band: int) -> Rule:
    groups = _GROUP.findall(entry.pattern)
    maker = "" if entry.nothing else entry.gives.get("manufacturer", file.manufacturer)
    grade = grade_of(entry, groups, maker)
    return Rule(
        name=name,
        field=field,
        pattern=entry.pattern,
        keyword=keyword(entry.pattern),
        rank=(band, entry.priority, 0 if entry.generic else 1, _GRADE_RANK[grade], weight(entry.pattern), len(groups)),
        grade=grade,
        maker=maker,
        kind=file.kind,
        gives={} if entry.nothing else dict(entry.gives),
        certainty=entry.certainty if entry.certainty is not None else _CERTAINTY[grade],
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


def refuse_mistakes(origin: Origin) -> None:
    """Raises DataError for the first mistake in a file's rules, grammars and prefixes; names file and line."""
    for nth, why in mistakes(origin):
        text = Path(origin.path).read_text(encoding="utf-8")
        line = f", line {rule_line(text, nth)}" if nth is not None else ""
        raise DataError(f"{origin.path}{line}: {why}")


def mistakes(origin: Origin) -> list[tuple[int | None, str]]:
    """What is wrong in a file that its types do not show: (number of the rule from 0 or None, words)."""
    found: list[tuple[int | None, str]] = []
    file = origin.file
    for text in (*file.oui, *file.oui_mixed):
        try:
            prefix(text)
        except ValueError as error:
            found.append((None, str(error)))
    for n, grammar in enumerate(file.firmware):
        try:
            compiled_grammar(f"{origin.stem}/{n}", grammar)
        except DataError as error:
            found.append((None, str(error)))
    for spelling in file.spelling:
        if why := pattern_mistake(spelling.pattern):
            found.append((None, f"spelling {spelling.pattern!r}: {why}"))
    for nth, entry in enumerate(file.rule):
        found += [(nth, why) for why in _rule_mistakes(entry)]
    return found


def _rule_mistakes(entry: RuleEntry) -> list[str]:
    found = []
    for field in (entry.field, *entry.also):
        if known(field):
            continue
        found.append(f"{field!r} is no observation field: see the list in docs")
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
    if entry.nothing and entry.gives:
        found.append("a rule that tells nothing cannot give something")
    return found


def pattern_mistake(pattern: str) -> str | None:
    """Why a pattern cannot be used: unreadable, or slow in an adversary's hands. None when it can."""
    try:
        compiled(pattern)
    except (re.error, OverflowError) as error:
        return f"the pattern cannot be read ({error}): correct the regular expression"
    return slow(pattern)
