"""Option types for the ranges of `core/limits.py`."""

from __future__ import annotations

import math
from typing import Any

import click

from scanner.core.limits import Range


def whole(limit: Range) -> click.IntRange:
    """An integer of the range."""
    return click.IntRange(int(limit.least), int(limit.most))


class FiniteRange(click.FloatRange):
    """A number between two bounds; `nan` and `inf`, which Python reads as numbers, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As click does."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value} is not a number of the range", param, ctx)
        return found


def number(limit: Range) -> click.FloatRange:
    """A number of the range."""
    return FiniteRange(limit.least, limit.most)
