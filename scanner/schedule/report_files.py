"""The report files of a scheduled scan: their paths, and writing them, with retries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.app import files
from scanner.core import saving
from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.paths import expanded
from scanner.core.text import moment
from scanner.schedule.timetable import ScheduledScan

if TYPE_CHECKING:
    from scanner.app.session import Session
    from scanner.settings.records import ReportSection

#: Seconds to wait before an output that failed is repeated.
RETRIES = (1.0, 5.0)


def write_all(
    session: Session, entry: ScheduledScan, pause: Callable[[float], None]
) -> tuple[list[tuple[ReportSection, Path]], list[str]]:
    """Write the reports of a scan; returns those written, and a sentence for each that failed."""
    written, failures = [], []
    for section in entry.section.reports:
        path = path_of(session, entry, section)
        error = _repeated(lambda s=section, p=path: write(session, entry, s, p), pause)  # type: ignore[misc]
        if error:
            failures.append(f"the report {section.kind} as {section.format}: {error}")
        else:
            written.append((section, path))
    return written, failures


def write(session: Session, entry: ScheduledScan, section: ReportSection, path: Path) -> None:
    """Write one report of a scan to a file. Raises PhonescanError, OSError."""
    from scanner.app import reporting
    from scanner.inventory.queries import Filters

    check(section)
    saving.folder(path.parent)
    filters = Filters(site=(entry.section.site,) if entry.section.site else ())
    with session.inventory(readonly=True) as inventory, saving.replacing(path) as stream:
        files.write_format(
            lambda out: reporting.write(session, inventory, section.kind, filters, section.format, out),
            section.format,
            stream,
        )


def check(section: ReportSection) -> None:
    """Raise SettingsError where there is no report of that kind or format."""
    from scanner.app.reporting import TITLES
    from scanner.reports import FORMATS

    if section.kind not in TITLES or section.format not in FORMATS:
        raise SettingsError(f"unknown report {section.kind!r} as {section.format!r}; correct kind or format")


def path_of(session: Session, entry: ScheduledScan, section: ReportSection) -> Path:
    """The path of a report, relative to the settings; `{name}`, `{date}` and `{time}` are replaced (local time)."""
    local = moment(session.now()).astimezone(entry.zone)
    path = session.settings.folder / expanded(section.path)
    return _filled(path, entry, date=f"{local:%Y-%m-%d}", time=f"{local:%H%M}")


def fixed_folder(path: Path, entry: ScheduledScan) -> Path:
    """The folder that contains a report at every time: the part of its path before `{date}` and `{time}`."""
    filled = _filled(path, entry)
    while any(word in str(filled.parent) for word in ("{date}", "{time}")):
        filled = filled.parent
    return filled.parent


def pattern(path: Path, entry: ScheduledScan) -> Path:
    """The paths of a report at any time, as a pattern of fnmatch."""
    return _filled(path, entry, date="*", time="*")


def _filled(path: Path, entry: ScheduledScan, **values: str) -> Path:
    """A path in which `{name}` and the words of `values` are replaced."""
    text = str(path)
    for key, value in {"name": entry.name, **values}.items():
        text = text.replace("{" + key + "}", value.replace("/", "_"))
    return Path(text)


def _repeated(attempt: Callable[[], object], pause: Callable[[float], None]) -> str | None:
    """Run `attempt` until it succeeds or RETRIES end; the last error, None on success."""
    message: str | None = None
    for wait in (0.0, *RETRIES):
        if wait:
            pause(wait)
        try:
            attempt()
            return None
        except FileExistsError as error:
            message = f"{error.filename} is not a folder; remove it, or choose another path"
        except OSError as error:
            message = f"{error.filename or 'the file'} cannot be written ({error.strerror or error})"
        except (PhonescanError, ValueError) as error:
            message = str(error)
    return message
