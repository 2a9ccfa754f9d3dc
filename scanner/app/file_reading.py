"""The use case `read`: files of other tools → observations → inventory, with the problems of each file.

Each problem is reported with whether something that is wanted is missing because of it (`reading.Problem`): `read` ends
in part, with status 3, only then.
"""

from __future__ import annotations

import logging
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scanner.core import dating, shortage
from scanner.core.errors import DataError, PhonescanError, UsageError
from scanner.core.text import amount

if TYPE_CHECKING:
    from scanner.core.model import Observation
    from scanner.identity.fingerprints import Fingerprints
    from scanner.inventory import Inventory
    from scanner.reading import Item
    from scanner.settings import Settings

log = logging.getLogger(__name__)

#: Observations that are stored at a time.
BATCH = 2_000
#: The format of files whose columns the user names.
TABLE = "table"
#: Formats with values that only the end of their line ends.
UNQUOTED = ("snmprec", "snmpwalk", "lldpctl", "phone-report", "sip-messages", "mikrotik-leases", TABLE)


def opened(name: str) -> BinaryIO:
    """The file, opened. Raises PhonescanError when it cannot be read."""
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise PhonescanError(f"{name} cannot be read: {error.strerror or error}") from None


def format_of(name: str) -> str | None:
    """The format of a file by its content, None where it is none of those known. Raises PhonescanError."""
    from scanner.reading import detect

    with opened(name) as stream:
        try:
            found, _ = detect.detected(stream, Path(name).name)
        except (OSError, EOFError, zlib.error) as error:
            raise PhonescanError(f"{name} cannot be read: {error}") from None
    return found.name if found else None


def format_given(name: str | None, columns: Mapping[str, str]) -> str | None:
    """The format that the user states, by its name or by columns of a table; None: it is to be detected.

    Raises UsageError where it is not known, and where it is none with columns.
    """
    from scanner.reading import detect

    if columns and name not in (None, TABLE):
        raise UsageError(f"a map is for tables, CSV or JSON, and the format is {name!r}; leave one of them out")
    if name is not None:
        detect.named(name)
    return TABLE if columns else name


def chosen_columns(settings: Settings, words: tuple[str, ...]) -> dict[str, str]:
    """Column → what it is, of the words of `--map`: COLUMN=FIELD, or the name of a `[[map]]` of the settings.

    Raises UsageError.
    """
    from scanner.reading import table_columns

    saved = {one.name: one.columns for one in settings.sections.map}
    found: dict[str, str] = {}
    for name in (word for word in words if "=" not in word):
        if name not in saved:
            known = f"the settings have {', '.join(saved)}" if saved else "the settings have no [[map]]"
            raise UsageError(f"--map {name!r} is neither COLUMN=FIELD nor the name of a [[map]]; {known}")
        found |= table_columns.checked(saved[name], f"[[map]] {name!r}")
    return found | table_columns.given(word for word in words if "=" in word)


def check_columns(stream: BinaryIO, name: str, columns: Mapping[str, str]) -> None:
    """Raise UsageError where a file does not have the columns that the user names; the stream stays at its begin."""
    from scanner.reading import detect, table

    try:
        head, _ = detect.peek(stream)
        stream.seek(0)
    except (OSError, EOFError, zlib.error) as error:
        raise PhonescanError(f"{name} cannot be read: {error}") from None
    if lacking := table.not_there(head, columns):
        names = " or ".join(repr(one) for one in lacking)
        raise UsageError(f"{name} has no column {names}, which --map names; write it as the headings of the file do")


def written_at(stream: BinaryIO, now: str) -> str:
    """When the content of a stream was observed, if it does not contain that: when its file was written, else now."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return now
    return dating.of_file(status.st_mtime, now) if stat.S_ISREG(status.st_mode) else now


def record(
    inventory: Inventory,
    scan: int,
    stream: BinaryIO,
    name: str,
    *,
    now: str,
    format: str | None = None,
    ip: str | None = None,
    at: str | None = None,
    columns: Mapping[str, str] | None = None,
    fingerprints: Fingerprints,
    problem: Callable[[str, bool], None],
    progress: Callable[[int], None] = lambda count: None,
    note: Callable[[str], None] = lambda sentence: None,
) -> int:
    """Record the observations of one file; returns how many.

    What has no time of its own was observed `at`, by default when the file was written. `columns` are those of a table
    that the user names; `note` gets what was understood of a file. Each thing that cannot be read goes to `problem`:
    the sentence, and whether something wanted is missing.
    """
    from scanner.app.telephones import telephones
    from scanner.identity.same_maker import same_maker
    from scanner.reading import Context, detect

    count, before = 0, inventory.redated
    listed = fingerprints.registry.by_mac
    rank = telephones(fingerprints).rank
    context = Context(
        name, at or written_at(stream, now), ip, lambda mac: listed(mac) is not None,
        partial(same_maker, fingerprints), rank, columns or {}, note,
    )  # fmt: skip
    items = detect.read(stream, context, format)
    observations = _observations(items, problem)
    while batch := list(islice(observations, BATCH)):
        count += inventory.record(scan, batch, now)
        progress(count)
    if count and _unended(stream, format):
        problem("the last line has no end: if the file was cut, its last value was too", False)
    if redated := inventory.redated - before:
        problem(f"{amount(redated, 'observation')} dated in the future, which count as of now", False)
    return count


def _unended(stream: BinaryIO, format: str | None) -> bool:
    """Whether the last value of a file may be cut and be read nevertheless: nothing ends it, not even its line."""
    if format not in UNQUOTED:
        return False
    try:
        stream.seek(0)
        compressed = stream.read(2) == b"\x1f\x8b"
        stream.seek(-2, os.SEEK_END)
        last = stream.read(2).rstrip(b"\0")
    except (OSError, ValueError):  # a pipe
        return False
    return not compressed and not last.endswith((b"\n", b"\r", b'"', b"}", b"]", b">"))


def _observations(items: Iterator[Item], problem: Callable[[str, bool], None]) -> Iterator[Observation]:
    """The observations among the items; problems, and the end of a truncated file, go to `problem`."""
    from scanner.reading import Problem

    try:
        for item in items:
            if isinstance(item, Problem):
                problem(f"line {item.number}: {item.what}" if item.number else item.what, item.missing)
            else:
                yield item
    except DataError as error:
        problem(str(error), True)
    except (OSError, EOFError, zlib.error) as error:
        problem(f"the file is truncated: {error}", True)
    except Exception as error:  # a fault of a reader costs the rest of its file, and no other file
        if short := shortage.sentence(error):
            problem(f"the rest of the file is not read: {short}", True)
            return
        log.debug("the reader failed", exc_info=True)
        problem(
            f"the rest of the file is not read ({type(error).__name__}): report the file, and what -vv prints", True
        )
