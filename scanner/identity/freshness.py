"""How current the observations of one device are, against the newest of them. Pure.

Two sources that report side by side are equally current, whichever was queried last: otherwise a firmware on which
SIP and LLDP differ would change back and forth with every scan. What was last seen before something new appeared,
and what was not seen for two weeks, is old; its weight halves with each day, down to a quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scanner.core.text import seconds

#: Sightings this close in time, in seconds, belong to one visit: one state of the network, seen by a long scan or
#: through a router's ARP cache. None of them is more current than another.
VISIT = 6 * 3600
DAY = 24 * 3600
#: How long an observation stays as current as the newest after its last sighting, in seconds.
_CURRENT = 14 * DAY
#: More than the certainty of the prefix of a mac: by age alone, what a device was loses to no number of another maker.
_LEAST_WEIGHT = 0.25
#: Days after which the weight decreases no more.
_LEAST_AFTER = 2


class Seen(Protocol):
    """What was seen from `first` to `last` (times as `core.text.utc` writes them, "" where unknown)."""

    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...


def ages(seen: Sequence[Seen]) -> list[int]:
    """The age of each in seconds: 0 while it is as current as the newest. A time that cannot be read is current."""
    if len({one.last for one in seen}) < 2:
        return [0] * len(seen)
    lasts = [_seconds(one.last) for one in seen]
    newest = max((last for last in lasts if last is not None), default=0)
    news = max((first for one in seen if (first := _seconds(one.first)) is not None), default=0)
    return [0 if last is None else _age(last, newest, news) for last in lasts]


def _age(last: int, newest: int, news: int) -> int:
    """`news` is when the newest fact was first seen."""
    return 0 if last + VISIT >= news and newest - last <= _CURRENT else newest - last


def weight(age: int) -> float:
    """0..1: how much an observation of this age counts; it depends on whole days, so that hours change nothing."""
    return max(_LEAST_WEIGHT, float(0.5 ** max(1, age // DAY))) if age else 1.0


def step(age: int) -> int:
    """A coarse age: 0 while current, then one more for each day until the weight decreases no more."""
    return 1 + min(age // DAY, _LEAST_AFTER) if age else 0


def _seconds(time: str) -> int | None:
    try:
        return seconds(time) if time else None
    except (ValueError, OverflowError, OSError):
        return None
