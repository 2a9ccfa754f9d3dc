"""Vendor files → `Fingerprints`.

Our own files are trusted to have passed `fingerprints check`; patterns compile when first used. Files of a user's
folder are compiled and checked as they load: a mistake there is one sentence with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from scanner import data
from scanner.core import toml
from scanner.core.errors import DataError
from scanner.core.fields import known
from scanner.core.model import KINDS
from scanner.identity.fingerprints import Fingerprints, Origin, compiled_grammar
from scanner.identity.names import prefix
from scanner.identity.patterns import slow
from scanner.identity.rules import USER_BAND, compiled
from scanner.identity.vendorfile import SISTER_MODEL, RuleEntry, read

#: Most that a rule may ask for with `priority`.
PRIORITY_LIMIT = 9

#: What a pattern's groups and `gives` may name.
PARTS = frozenset({"manufacturer", "model", "firmware", "serial", "mac", "hardware", "hostname"})
STATIC_PARTS = PARTS | {"kind", "family", "line"}


def load(folder: Path | str | None = None, extra: Iterable[Path | str] = ()) -> Fingerprints:
    """The fingerprints of `folder` (the shipped ones when None), with those of the folders in `extra` above them.

    The shipped fingerprints alone are read once a process, others at each call. Raises DataError with file, line and
    what to do.
    """
    folders = tuple(Path(path) for path in extra)
    if folder is None and not folders:
        return _shipped()
    return _read(Path(folder) if folder is not None else data.fingerprints_folder(), folders)


@cache
def _shipped() -> Fingerprints:
    return _read(data.fingerprints_folder(), ())


def _read(base: Path, extra: Iterable[Path]) -> Fingerprints:
    vendors = base / "vendors" if (base / "vendors").is_dir() else base
    origins = vendor_files(vendors)
    if not origins:
        raise DataError(f"{vendors} holds no vendor file (*.toml): name a folder with vendor files")
    for path in extra:
        if not path.is_dir():
            raise DataError(f"the fingerprints folder {path} does not exist: correct the setting or create it")
        for origin in vendor_files(path / "vendors" if (path / "vendors").is_dir() else path, band=USER_BAND):
            refuse_mistakes(origin)
            origins.append(origin)
    return Fingerprints(origins)


def vendor_files(folder: Path, band: int = 0) -> list[Origin]:
    """Every vendor file of a folder, by name."""
    return [Origin(path.stem, str(path), read(path), band) for path in sorted(folder.glob("*.toml"))]


def refuse_mistakes(origin: Origin) -> None:
    """Raises DataError for the first mistake in a file's rules, grammars and prefixes; names file and line."""
    for nth, why in mistakes(origin):
        if nth is None:
            raise DataError(f"{origin.path}: {why}")
        raise toml.read(Path(origin.path)).fault(f"rule[{nth}]", why)


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
    for where in (entry.basis, *(example.get("basis", "") for example in entry.examples)):
        if where not in ("", SISTER_MODEL):
            found.append(f"the basis {where!r} is not {SISTER_MODEL!r}, the only one there is")
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
