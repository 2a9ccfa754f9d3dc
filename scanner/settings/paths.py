"""The files and folders that a settings file names, each with its key and its use.

A service that runs in a sandbox needs access to all of them. `tests/settings/test_paths.py` sets every key of the
settings to a path, so that a new key is either listed here or known to name none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.core.paths import expanded, is_file
from scanner.settings.records import SECRET_KEYS, ScanSection

if TYPE_CHECKING:
    from scanner.settings import Settings


class PathUse(StrEnum):
    """What is done with a path: a file or folder is read, a secret is read, the inventory or a report is written, the
    files of a folder are moved."""

    READ = "read"
    MOVE = "move"
    SECRET = "secret"
    INVENTORY = "inventory"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A path in the settings: its key as errors name it, its text, and the path from the folder of the settings on."""

    key: str
    text: str
    path: Path
    use: PathUse


def shared(settings: Settings) -> Iterator[NamedPath]:
    """The paths that every scan uses: those of all runs, and secrets of credentials and registrars."""
    sections, folder = settings.sections, settings.folder
    for i, credential in enumerate(sections.credentials):
        for key in SECRET_KEYS:
            yield from _secret(folder, f"credentials[{i}].{key}", getattr(credential, key))
    for i, registrar in enumerate(sections.registrar):
        yield from _secret(folder, f"registrar[{i}].secret", registrar.secret)
        if registrar.ca:
            yield _named(folder, f"registrar[{i}].ca", registrar.ca, PathUse.READ)
    yield from _of_all(settings)


def _of_all(settings: Settings) -> Iterator[NamedPath]:
    """The paths that every run uses: the inventory, folders of fingerprints."""
    sections, folder = settings.sections, settings.folder
    if sections.inventory.db is not None:
        yield _named(folder, "inventory.db", sections.inventory.db, PathUse.INVENTORY)
    for i, text in enumerate(sections.fingerprints.folders):
        yield _named(folder, f"fingerprints.folders[{i}]", text, PathUse.READ)
    if sections.fingerprints.recog:
        yield _named(folder, "fingerprints.recog", sections.fingerprints.recog, PathUse.READ)


def of_watch(settings: Settings, number: int) -> Iterator[NamedPath]:
    """The paths that the watch of a folder uses, by the place of its section: no secret is among them."""
    section = settings.sections.watch[number]
    use = PathUse.MOVE if section.done == "move" else PathUse.READ
    yield from _of_all(settings)
    yield _named(settings.folder, f"watch[{number}].folder", section.folder, use)


def of_scan(settings: Settings, section: ScanSection) -> Iterator[NamedPath]:
    """The paths that one scan uses besides: files of targets, reports, the template and the secrets of its message."""
    folder = settings.folder
    place = f"scan[{settings.sections.scan.index(section)}]"
    for key in ("targets", "exclude", "switches"):
        for i, word in enumerate(getattr(section, key)):
            if word.startswith("@") or is_file(folder / word):
                yield _named(folder, f"{place}.{key}[{i}]", word.removeprefix("@"), PathUse.READ)
    if _of_netbox(section):
        yield from _secret(folder, "netbox.token", settings.sections.netbox.token)
    for i, report in enumerate(section.reports):
        yield _named(folder, f"{place}.reports[{i}].path", report.path, PathUse.REPORT)
    if section.message:
        yield _named(folder, f"{place}.message", section.message, PathUse.READ)
    notify = section.notify
    if isinstance(notify, str):
        yield from _secret(folder, f"{place}.notify", notify)
    else:
        for i, text in enumerate(notify):
            yield from _secret(folder, f"{place}.notify[{i}]", text)


def variables(settings: Settings, section: ScanSection) -> Iterator[tuple[str, str]]:
    """(key, NAME) of each `env:NAME` that a run of the scan resolves."""
    for i, credential in enumerate(settings.sections.credentials):
        for name in SECRET_KEYS:
            yield from _variable(f"credentials[{i}].{name}", getattr(credential, name))
    for i, registrar in enumerate(settings.sections.registrar):
        yield from _variable(f"registrar[{i}].secret", registrar.secret)
    if _of_netbox(section):
        yield from _variable("netbox.token", settings.sections.netbox.token)
    place = f"scan[{settings.sections.scan.index(section)}].notify"
    for text in (section.notify,) if isinstance(section.notify, str) else section.notify:
        yield from _variable(place, text)


def _of_netbox(section: ScanSection) -> bool:
    """Whether targets of a scan are prefixes of NetBox."""
    return any(word.startswith("netbox:") for word in (*section.targets, *section.exclude))


def _named(folder: Path, key: str, text: str, use: PathUse) -> NamedPath:
    return NamedPath(key, text, folder / expanded(text), use)


def _secret(folder: Path, key: str, text: str | None) -> Iterator[NamedPath]:
    kind, _, rest = (text or "").partition(":")
    if kind == "file" and rest:
        yield _named(folder, key, rest, PathUse.SECRET)


def _variable(key: str, text: str | None) -> Iterator[tuple[str, str]]:
    kind, _, rest = (text or "").partition(":")
    if kind == "env" and rest:
        yield key, rest
