"""Geometry and labels of the plots that the SVG macros in `templates/plots.html` draw."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scanner.core.text import moment
from scanner.reports.data import Bar, Breakdown, TrendPoint
from scanner.reports.labels import COMPLIANCE_ORDER, UNKNOWN, counted

#: Width of a strip and height and width of the trend, in units of their viewBox.
STRIP, HEIGHT, WIDTH = 1000, 200, 1000
#: Bars of one group that are drawn; the others are counted in one line.
BARS = 12
#: Points of the trend; of more a selection is drawn, always with the first and the last.
POINTS = 240
#: A scan is full where the inventory contains after it at least the share FULL of its devices after any scan of so many
#: days, and of so many scans, that follow; and the share FULL_LATER of those after any scan.
FULL, FILLING_DAYS, FILLING_SCANS, FULL_LATER = 0.9, 7, 5, 0.5


class Segment(NamedTuple):
    """One coloured segment of a strip: the devices of one compliance."""

    name: str
    x: float
    width: float


class DrawnBar(NamedTuple):
    """A bar with its label for screen readers and its count in words."""

    name: str
    devices: int
    parts: tuple[Segment, ...]
    label: str
    of_all: str


class DrawnGroup(NamedTuple):
    """The bars of a group that are drawn, and how many others there are."""

    title: str
    bars: tuple[DrawnBar, ...]
    more: int = 0
    more_devices: int = 0


def parts(counts: Mapping[str, int], total: int) -> tuple[Segment, ...]:
    """The segments of a strip for counts by compliance; `total` devices fill it."""
    found, x = [], 0.0
    for name in COMPLIANCE_ORDER:
        width = STRIP * counts.get(name, 0) / total if total else 0
        if width:
            found.append(Segment(name, round(x, 1), round(width, 1)))
        x += width
    return tuple(found)


def _counts(bar: Bar | TrendPoint) -> dict[str, int]:
    return {name: getattr(bar, name) for name in COMPLIANCE_ORDER}


def group(of: Breakdown) -> DrawnGroup:
    """The bars of a group, the most non-compliant first, scaled to the largest; none where all names are unknown."""
    if not any(bar.name for bar in of.bars):
        return DrawnGroup(of.title, (), 0, 0)
    ranked = sorted(of.bars, key=lambda bar: (-bar.noncompliant, -bar.devices, bar.name))
    shown, rest = ranked[:BARS], ranked[BARS:]
    longest = max((bar.devices for bar in shown), default=0)
    bars = tuple(
        DrawnBar(
            bar.name or UNKNOWN,
            bar.devices,
            parts(_counts(bar), longest),
            counted(_counts(bar)),
            f"{bar.noncompliant:,} of {bar.devices:,}",
        )
        for bar in shown
    )
    return DrawnGroup(of.title, bars, len(rest), sum(bar.devices for bar in rest))


def statuses(of: Breakdown) -> DrawnGroup | None:
    """A bar for each status, in the colours of the compliance of its devices: one in conflict is to be reviewed."""
    longest = max((bar.devices for bar in of.bars), default=0)
    bars = tuple(
        DrawnBar(
            bar.name,
            bar.devices,
            parts(_counts(bar), longest),
            f"{bar.devices:,} {bar.name}: {counted(_counts(bar))}",
            f"{bar.devices:,}",
        )
        for bar in sorted(of.bars, key=lambda bar: -bar.devices)
    )
    return DrawnGroup(of.title, bars) if bars else None


class Area(NamedTuple):
    """One stacked area of the trend: an SVG polygon."""

    name: str
    points: str


class Moment(NamedTuple):
    """A time of the axis: as stored (UTC, ISO 8601), and as it is written."""

    time: str
    text: str


class Trend(NamedTuple):
    """The trend as stacked areas, with the texts around it."""

    areas: tuple[Area, ...]
    names: tuple[str, ...]
    top: str
    first: Moment
    last: Moment
    label: str


def trend(points: Sequence[TrendPoint]) -> Trend | None:
    """Compliance over time, stacked, from the first full scan on; None with fewer than two points from there."""
    points = _from_first_full(sorted((point for point in points if point.time), key=lambda point: point.time))
    if len(points) < 2:
        return None
    points = _thinned(points)
    names = [name for name in COMPLIANCE_ORDER if any(getattr(point, name) for point in points)]
    top = max(map(_devices, points)) or 1
    xs = _places([moment(point.time).timestamp() for point in points])
    lower = [0.0] * len(points)
    areas = []
    for name in names:
        upper = [low + getattr(point, name) for low, point in zip(lower, points, strict=True)]
        outline = [*zip(xs, upper, strict=True), *reversed(list(zip(xs, lower, strict=True)))]
        areas.append(Area(name, " ".join(f"{x:.1f},{HEIGHT - HEIGHT * y / top:.1f}" for x, y in outline)))
        lower = upper
    first, last = _ends(points[0].time, points[-1].time)
    then, now = (f"{end.text} ({counted(_counts(point))})" for end, point in ((first, points[0]), (last, points[-1])))
    label = f"Devices by compliance from {then} to {now}"
    return Trend(tuple(areas), tuple(names), f"{top:,}", first, last, label)


def _devices(point: TrendPoint) -> int:
    return sum(_counts(point).values())


def _from_first_full(points: Sequence[TrendPoint]) -> Sequence[TrendPoint]:
    """The points from the first full scan on: before it, the inventory did not contain the whole network yet.

    Scans of parts of the network that are soon followed by more would draw a rise that is none of the network.
    Networks that are added later, and devices that vanish and return, remain in the plot.
    """
    counts = [_devices(point) for point in points]
    days = [moment(point.time).timestamp() / 86_400 for point in points]
    for at, count in enumerate(counts):
        soon = max(at + FILLING_SCANS + 1, bisect_right(days, days[at] + FILLING_DAYS))
        if count and count >= FULL * max(counts[at:soon]) and count >= FULL_LATER * max(counts):
            return points[at:]
    return ()


def _ends(first: str, last: str) -> tuple[Moment, Moment]:
    """The ends of the axis: days, with the time where both are of one day, to the second within a minute."""
    for length, blank in ((10, False), (16, True), (19, True)):
        texts = [time[:length].replace("T", " ") + (" UTC" if blank else "") for time in (first, last)]
        if texts[0] != texts[1]:
            break
    return Moment(first, texts[0]), Moment(last, texts[1])


def _places(times: Sequence[float]) -> list[float]:
    """The positions of times on the width of the plot, to scale."""
    first, whole = times[0], times[-1] - times[0]
    return [
        WIDTH * (time - first) / whole if whole > 0 else WIDTH * at / (len(times) - 1) for at, time in enumerate(times)
    ]


def _thinned(points: Sequence[TrendPoint]) -> Sequence[TrendPoint]:
    if len(points) <= POINTS:
        return points
    step = (len(points) - 1) / (POINTS - 1)
    return [points[round(at * step)] for at in range(POINTS)]
