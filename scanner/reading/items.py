"""The interface of format readers: `Context` in, observations and problems out.

A reader is a function `read(stream, context) -> Iterator[Item]`: it takes an open binary stream, yields observations in
the order of the file and a `Problem` for each part that it cannot read, and continues. It holds one record at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from scanner.core.model import Observation
from scanner.discovery.announcement import Announcement


class Problem(NamedTuple):
    """A part that could not be read: number of its line, record or frame (0 for the whole file), and the reason.

    `missing`: whether something that is wanted is missing because of it. That is the rule of the exit status: `read`
    reports every problem, and ends with status 3 if one of them has it. What no one wants (a column that is not read, a
    message about MIB files) is not a problem at all.
    """

    number: int
    what: str
    missing: bool = True


Item = Observation | Problem


def _none_listed(mac: str) -> bool:
    return False


def _unknown(announcement: Announcement) -> int:
    return 0


def _unread(note: str) -> None:
    return None


#: Whether the prefix of a mac is of the maker that a value names, as (field, value, mac): True where only devices of
#: that maker have it, False where it is another maker's, None otherwise.
SameMaker = Callable[[str, str, str], bool | None]


class Context(NamedTuple):
    """Given by the caller: name of the file, time of observations without one, address of the recorded device.

    `rank` returns the rank of a sender by its announcement (`discovery.telephones`): telephones have precedence.
    `columns` are those of a table that the user names, with what each is; `note` takes what was understood of a file.
    `listed_prefix` returns whether a maker in the vendor files has the prefix of a mac, `same_maker` whether it is the
    maker that a value names.
    """

    name: str
    time: str
    address: str | None = None
    listed_prefix: Callable[[str], bool] = _none_listed
    same_maker: SameMaker | None = None
    rank: Callable[[Announcement], int] = _unknown
    columns: Mapping[str, str] = MappingProxyType({})
    note: Callable[[str], None] = _unread


Reader = Callable[[BinaryIO, Context], Iterator[Item]]


class Format(NamedTuple):
    """One format: its name for `--as`, a summary, whether a file that starts with some octets has it, its reader."""

    name: str
    summary: str
    looks_like: Callable[[bytes], bool]
    read: Reader
