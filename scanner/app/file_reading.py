"""The use case `read`: files of other tools → observations → inventory, with the problems of each file.

Each problem is reported with whether something that is wanted is missing because of it (`reading.Problem`): `read` ends
in part, with status 3, only then.
"""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scanner.core import shortage
from scanner.core.errors import DataError, PhonescanError

if TYPE_CHECKING:
    from scanner.core.model import Observation
    from scanner.identity.fingerprints import Fingerprints
    from scanner.inventory import Inventory
    from scanner.reading import Item

log = logging.getLogger(__name__)

#: Observations that are stored at a time.
BATCH = 2_000
#: Formats with values that only the end of their line ends.
UNQUOTED = ("snmprec", "snmpwalk", "lldpctl", "phone-report", "sip-messagesmikrotik-leases")


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


def record(
    inventory: Inventory,
    scan: int,
    stream: BinaryIO,
    name: str,
    *,
    now: str,
    format: str | None = None,
    ip: str | None = None,
    fingerprints: Fingerprints,
    problem: Callable[[str, bool], None],
    progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Record the observations of one file; returns how many.

    Each thing that cannot be read goes to `problem`: the sentence, and whether something wanted is missing.
    """
    from scanner.app.telephones import telephones
    from scanner.identity.same_maker import same_maker
    from scanner.reading import Context, detect

    count, before = 0, inventory.redated
    listed = fingerprints.registry.by_mac
    rank = telephones(fingerprints).rank
    context = Context(name, now, ip, lambda mac: listed(mac) is not None, partial(same_maker, fingerprints), rank)
    items = detect.read(stream, context, format)
    observations = _observations(items, problem)
    while batch := list(islice(observations, BATCH)):
        count += inventory.record(scan, batch, now)
        progress(count)
    if count and _unended(stream, format):
        problem("the last line has no end: if the file was cut, its last value was too", False)
    if redated := inventory.redated - before:
        problem(f"{redated:,} observations are dated in the future: they count as of now", False)
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
    return not compressed and not last.endswith((b"\n", b"\r", b'"', b"}", b">"))


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
