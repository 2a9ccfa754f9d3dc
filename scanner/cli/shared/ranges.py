"""Option types for the ranges of `core/limits.py`."""

from __future__ import annotations

import click

from scanner.core.limits import Range


def whole(limit: Range) -> click.IntRange:
    """An integer of the range."""
    return click.IntRange(int(limit.least), int(limit.most))


def number(limit: Range) -> click.FloatRange:
    """A number of the range."""
    return click.FloatRange(limit.least, limit.most)
