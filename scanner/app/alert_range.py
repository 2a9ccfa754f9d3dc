"""Threshold ranges of the Monitoring Plugins Development Guidelines: `10`, `10:`, `~:10`, `10:20`, `@10:20`.

https://www.monitoring-plugins.org/doc/guidelines.html#THRESHOLDFORMAT
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isinf

from scanner.core.errors import UsageError

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
#: The largest bound; monitoring systems read performance data without exponents.
_MOST = 1e12


@dataclass(frozen=True, slots=True)
class AlertRange:
    """Values from `start` to `end`, both included; a value outside of them alerts, with `inside` one within them."""

    start: float
    end: float
    inside: bool = False

    def alerts(self, value: float) -> bool:
        """Whether a value alerts."""
        return (self.start <= value <= self.end) is self.inside

    def times(self, factor: float) -> AlertRange:
        """The range of values in a unit of which `factor` make one."""
        return AlertRange(self.start * factor, self.end * factor, self.inside)

    def __str__(self) -> str:
        start = "~:" if isinf(self.start) else f"{_decimal(self.start)}:" if self.start or isinf(self.end) else ""
        return f"{'@' if self.inside else ''}{start}{'' if isinf(self.end) else _decimal(self.end)}"


@dataclass(frozen=True, slots=True)
class Levels:
    """The ranges in which a value is a warning, and critical."""

    warning: AlertRange
    critical: AlertRange

    def times(self, factor: float) -> Levels:
        """The ranges of values in a unit of which `factor` make one."""
        return Levels(self.warning.times(factor), self.critical.times(factor))

    @property
    def hidden(self) -> bool:
        """Whether no value from 0 up can be a warning: each that would be is critical, and others are too.

        A warning range that alerts at no value hides nothing: `0:` and `~:` switch warnings off.
        """
        probes = _probes(self.warning, self.critical)
        warning = {probe for probe in probes if self.warning.alerts(probe)}
        return bool(warning) and warning < {probe for probe in probes if self.critical.alerts(probe)}


def parse(text: str) -> AlertRange:
    """The range in a text. Raises UsageError."""
    inside = text.startswith("@")
    start, colon, end = text.removeprefix("@").rpartition(":")
    first = -inf if start == "~" else _number(start) if start else 0.0
    last = _number(end) if end else inf if colon and start else None
    if first is None or last is None:
        raise UsageError(f"{text!r} is not a range: write 10, 10:, ~:10, 10:20 or @10:20")
    if first > last:
        raise UsageError(f"{text!r} is not a range: it begins at {_decimal(first)}, above its end {_decimal(last)}")
    return AlertRange(first, last, inside)


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text) or abs(float(text)) > _MOST:
        return None
    return float(text)


def _decimal(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _probes(*ranges: AlertRange) -> list[float]:
    """Values from 0 up, one at each bound, between two, and beyond the last: no other value alerts differently."""
    bounds = sorted({0.0, *(bound for one in ranges for bound in (one.start, one.end) if 0 < bound < inf)})
    between = [(low + high) / 2 for low, high in pairwise(bounds)]
    return [*bounds, *between, bounds[-1] + 1]
