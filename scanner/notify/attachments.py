"""The reports of a message within its size: attached, zipped, or named with the place where they are.

Attachments are sent as base64 (RFC 2045, section 6.8): 57 bytes become a line of 76 characters and a line end, so a
message is larger than its files by more than a third.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from scanner.core import saving
from scanner.core.text import shown

#: Largest message in bytes as it is sent, unless the settings name another size.
LIMIT = 10_000_000
#: Media types by format of a report; others are text.
MEDIA = {
    "html": "text/html", "csv": "text/csv", "md": "text/markdown", "table": "text/plain", "json": "application/json",
    "jsonl": "application/jsonl", "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
#: Bytes of the headers of one part, and of a zip file in memory; a larger one is written to a temporary file.
_HEADERS, _IN_MEMORY = 400, 1 << 24


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report that was written: its file, its format, and the web page with its content, empty without one.

    `place` is the path that is named where the report is not attached; empty for that of the file.
    """

    path: Path
    format: str
    page: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a message. `media` is its media type."""

    name: str
    media: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """The attachments of a message, and a sentence for each report that is not attached as it is."""

    files: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()


def encoded(size: int) -> int:
    """The bytes of an attachment of this size in a message."""
    return -(-size // 57) * 78 + _HEADERS


def fit(reports: Sequence[ReportFile], room: int, why: str = "") -> Attached:
    """The reports that fit into `room` bytes of a message; while they do not, the largest is zipped, then left out.

    Each report that is not attached as it is has a note with its reason: `why` for one that is left out, by default
    that it is too large.
    """
    sizes: dict[int, int] = {}
    notes: dict[int, str] = {}
    for number, report in enumerate(reports):
        try:
            sizes[number] = _size(report.path)
        except OSError as error:
            notes[number] = f"{_name(report)} cannot be attached ({error.strerror or error})"
    zipped: dict[int, Attachment | None] = {}
    left = dict(sizes)
    while (chosen := _chosen(reports, left, zipped, room)) is None:
        number = max(left, key=lambda n: len(packed.content) if (packed := zipped.get(n)) else left[n])
        del left[number]
        place = shown(reports[number].place or str(reports[number].path))
        where = " or ".join(filter(None, (reports[number].page, place)))
        reason = why or f"it has {_mb(sizes[number])}"
        notes[number] = f"{_name(reports[number])} is not attached, {reason}: {where}"
    files = []
    for number, packed in chosen.items():
        if packed:
            notes[number] = f"{_name(reports[number])} is attached as a zip file: it has {_mb(sizes[number])}"
        try:
            files.append(packed or _attachment(reports[number]))
        except OSError as error:  # it was removed since
            notes[number] = f"{_name(reports[number])} cannot be attached ({error.strerror or error})"
    return Attached(tuple(_unique(files)), tuple(notes[number] for number in sorted(notes)))


def _chosen(
    reports: Sequence[ReportFile], sizes: Mapping[int, int], zipped: dict[int, Attachment | None], room: int
) -> dict[int, Attachment | None] | None:
    """Number → zip file, or None for a report as it is; None if they do not fit. `zipped` are those made so far."""
    chosen: dict[int, Attachment | None] = dict.fromkeys(sizes)
    total = sum(map(encoded, sizes.values()))
    for number in sorted(sizes, key=lambda n: -sizes[n]):
        if total <= room:
            break
        if number not in zipped:
            zipped[number] = _zipped(reports[number], room) if room > 0 else None
        if (packed := zipped[number]) is not None and len(packed.content) < sizes[number]:
            chosen[number] = packed
            total -= encoded(sizes[number]) - encoded(len(packed.content))
    return chosen if total <= room or not sizes else None


def _size(path: Path) -> int:
    if not path.is_file():
        path.stat()
        raise OSError(f"{path.name} is not a file")
    return path.stat().st_size


def _name(report: ReportFile) -> str:
    return shown(report.path.name)


def _attachment(report: ReportFile) -> Attachment:
    return Attachment(_name(report), MEDIA.get(report.format, "text/plain"), report.path.read_bytes())


def _zipped(report: ReportFile, room: int) -> Attachment | None:
    """A report as a zip file; None if it cannot be written or does not fit, or for a format that is a zip file."""
    if report.format == "xlsx":
        return None
    try:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as stream:
            with ZipFile(stream, "w", ZIP_DEFLATED, strict_timestamps=False) as packed:
                packed.write(report.path, report.path.name)
            if encoded(stream.tell()) > room:
                return None
            stream.seek(0)
            return Attachment(f"{_name(report)}.zip", MEDIA["zip"], stream.read())
    except (OSError, ValueError):
        return None


def _unique(files: Sequence[Attachment]) -> Iterator[Attachment]:
    """The files with different names: mail programs save them to one folder."""
    names: set[str] = set()
    for file in files:
        name, number = file.name, 1
        while name.casefold() in names:
            number += 1
            name = f"{number}-{file.name}"
        names.add(name.casefold())
        yield replace(file, name=name)


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


@contextmanager
def in_folder(files: Sequence[Attachment]) -> Iterator[list[str]]:
    """The paths of attachments in a temporary folder, for services that are given files."""
    with tempfile.TemporaryDirectory(prefix="phonescan-message-") as folder:
        paths = [Path(folder) / file.name for file in files]
        for path, file in zip(paths, files, strict=True):
            saving.write(path, file.content)
        yield [str(path) for path in paths]
