"""The unit files of all scans and watched folders in the settings, or the paths that cannot work, by their lines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.core import toml
from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.text import shown
from scanner.schedule import folders, grants, program, report_files, sandbox, systemd
from scanner.schedule.grants import Refusal
from scanner.schedule.timetable import entries
from scanner.settings import DEFAULT_DB, Settings, paths
from scanner.settings.records import ScanSection

if TYPE_CHECKING:
    from scanner.app.session import Session

_VARIABLE = re.compile(r"\s*(?:export\s+)?(\w+)\s*=")


def unit_files(session: Session, user: str | None = None) -> tuple[dict[str, str], list[str]]:
    """The unit files by name, and notes for the user. Raises SettingsError naming each path that cannot work."""
    if session.settings.path is None:
        raise SettingsError("there are no settings, and so no [[scan]] and no [[watch]]; name them with --config")
    settings = replace(session.settings, path=Path(os.path.abspath(session.settings.path)))
    assert settings.path is not None
    table = entries(settings.sections.scan)
    if not (table or settings.sections.watch):
        raise SettingsError(
            "no [[scan]] in the settings has a `cron`, and there is no [[watch]]: there is nothing to write units for"
        )
    who, command = sandbox.user(user), program.path()
    given = session.db != (session.settings.db or Path(DEFAULT_DB))  # by --db or PHONESCAN_DB
    db = Path(os.path.abspath(session.db)) if given else None
    faults: list[Refusal] = []
    if sentence := program.fault(command, who):
        faults.append(Refusal("", sentence))
    variables, fault = _variables(settings)
    faults += [fault] if fault else []
    written: dict[str, str] = {}
    notes = [_about_the_inventory(settings, db)]
    for entry in table:
        found = grants.granted(settings, entry, who, db)
        faults += [*found.faults, *_reports(settings, entry.section)]
        texts = systemd.units(entry, found, command=command, config=settings.path, db=db)
        if clash := set(texts) & set(written):
            raise SettingsError(
                f"two scans have the unit {sorted(clash)[0]}: give them names that differ in letters or digits"
            )
        written |= texts
        for key, name in paths.variables(settings, entry.section):
            if variables is not None and name not in variables:
                place = systemd.environment_file(settings.path)
                notes.append(f"{key}: write {name}=… into {place}, where the service reads it; it is not there yet")
    for number, section in enumerate(settings.sections.watch):
        found = grants.granted_to_watch(settings, number, who, db)
        faults += found.faults
        given_folder = folders.watched(session, section)
        one = replace(given_folder, folder=Path(os.path.abspath(given_folder.folder)))
        name, text = systemd.watch_unit(one, section, found, command=command, config=settings.path, db=db)
        if name in written:
            name = name.replace(".service", f"-{number + 1}.service")
        written[name] = text
    if faults:
        raise _error(settings.path, faults)
    return written, list(dict.fromkeys(notes))


def _error(path: Path, faults: list[Refusal]) -> PhonescanError:
    """All faults as one error, each with its line."""
    document = toml.read(path, SettingsError)
    lines = []
    for fault in dict.fromkeys(faults):
        if fault.key:
            lines.append(str(document.fault(fault.key, f"{fault.key}: {fault.sentence}")))
        else:
            lines.append(shown(fault.sentence))
    return SettingsError(*lines)


def _reports(settings: Settings, section: ScanSection) -> Iterator[Refusal]:
    """The reports of a scan that do not exist."""
    place = f"scan[{settings.sections.scan.index(section)}].reports"
    for number, report in enumerate(section.reports):
        try:
            report_files.check(report)
        except SettingsError as error:
            yield Refusal(f"{place}[{number}]", str(error))


def _about_the_inventory(settings: Settings, db: Path | None) -> str:
    """Where the inventory is, if the settings do not determine it."""
    if db is not None:
        return f"the inventory of the services is {db}: --db or PHONESCAN_DB has precedence over [inventory] db"
    if settings.db is None:
        return f"the inventory is {grants.HOME}/{DEFAULT_DB}; name it as [inventory] db, so that all commands use it"
    return f"the inventory is {settings.db}"


def _variables(settings: Settings) -> tuple[frozenset[str] | None, Refusal | None]:
    """The variables in the file beside the settings, None if it is unreadable; a fault if one moves the inventory."""
    assert settings.path is not None
    place = systemd.environment_file(settings.path)
    try:
        lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return frozenset(), None
    except OSError:
        return None, None
    names = {found[1]: number for number, line in enumerate(lines, 1) if (found := _VARIABLE.match(line))}
    if "PHONESCAN_DB" not in names:
        return frozenset(names), None
    what = f"{place}, line {names['PHONESCAN_DB']}: PHONESCAN_DB would move the inventory of the services"
    return frozenset(names), Refusal("", f"{what}; write it as [inventory] db instead")
