"""A click command that bounds its arguments, options and variables before its function is called.

Python's numbers and texts have no limits, those of SQLite, of the file system and of UTF-8 do. Every command of
phonescan is one of these, so that no function of a command has to check what all of them would have to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import click

from scanner.core.limits import STORED_INTEGER

# U+DC80 to U+DCFF stand for the bytes of an argument that are not UTF-8 (PEP 383)
_NOT_TEXT = re.compile("[\ud800-\udfff]")
_NEVER_AN_ARGUMENT = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")
#: Characters of a value that a message repeats.
_SHOWN = 60


class BoundedCommand(click.Command):
    """A command whose texts are UTF-8 and whose whole numbers fit in 64 bits. Names of files are any bytes but NUL."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; a value without the bounds is wrong usage."""
        if any(_NEVER_AN_ARGUMENT.search(word) for word in args):
            raise click.UsageError("an argument contains NUL or half of a surrogate pair: delete that character", ctx)
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            for param in self.params:
                for value in _values(ctx.params.get(param.name or "")):
                    _check(value, param, ctx)
        return rest


class BoundedGroup(BoundedCommand, click.Group):
    """A group of such commands."""


def _values(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (tuple, list)) else (value,)


def _check(value: Any, param: click.Parameter, ctx: click.Context) -> None:
    """Raise click.BadParameter for a value without the bounds."""
    if isinstance(value, int) and not STORED_INTEGER.least <= value <= STORED_INTEGER.most:
        raise click.BadParameter(f"{str(value)[:_SHOWN]} is not a number of 64 bits", ctx, param)
    named_file = isinstance(param.type, (click.Path, click.types.UnprocessedParamType))
    if isinstance(value, str) and not named_file and _NOT_TEXT.search(value):
        raise click.BadParameter(f"{value[:_SHOWN]!r} is not UTF-8 text", ctx, param)
