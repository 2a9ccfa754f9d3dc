"""A command that ends as monitoring plugins do: whatever keeps it from a result is UNKNOWN, in one line, in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from scanner.app.plugin_output import UNKNOWN, safe
from scanner.cli.shared.bounded_command import BoundedCommand
from scanner.core import shortage
from scanner.core.deadline import within
from scanner.core.errors import PhonescanError, UsageError
from scanner.version import __version__


class PluginCommand(BoundedCommand):
    """A click command whose wrong usage, errors and faults are the state UNKNOWN, with a line on standard output."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> click.Context:
        """As click does; wrong usage ends the command."""
        try:
            return super().make_context(info_name, args, *more, **extra)
        except click.ClickException as error:
            raise unknown(f"{' '.join(error.format_message().split()).rstrip('.')} (see --help)") from None

    def invoke(self, ctx: click.Context) -> Any:
        """As click does; every error ends the command."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, BrokenPipeError):
            raise
        except click.ClickException as error:
            raise unknown(error.format_message()) from None
        except (click.Abort, KeyboardInterrupt):
            raise unknown("interrupted") from None
        except PhonescanError as error:
            raise unknown(str(error)) from None
        except Exception as error:
            if short := shortage.sentence(error):
                raise unknown(short) from None
            raise unknown(f"a fault in phonescan itself ({type(error).__name__}: {error})") from None


def unknown(sentence: str) -> click.exceptions.Exit:
    """Write the state UNKNOWN with a sentence; returns the exception that ends the command with its status."""
    from scanner.settings.secrets import redacted

    write(f"UNKNOWN: {safe(redacted(sentence))}")
    return click.exceptions.Exit(UNKNOWN)


def write(text: str) -> None:
    """Write the output of a plugin, in UTF-8 whatever the locale."""
    click.echo(text.encode("utf-8", "replace"))


def in_time(seconds: float, work: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """The result of `work`. Raises UsageError after so many `seconds`, and the exceptions of `work`."""
    try:
        return within(seconds, work)
    except TimeoutError:
        raise UsageError(
            f"no result within {seconds:g} s; wait until the inventory is free, or raise --timeout"
        ) from None


def _help(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        write(ctx.get_help())
        ctx.exit(UNKNOWN)


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        write(f"phonescan {__version__}")
        ctx.exit(UNKNOWN)


#: The guidelines let both end with UNKNOWN, so that neither is taken for a result.
HELP = click.option(
    "-h", "plugin_help", is_flag=True, is_eager=True, expose_value=False, callback=_help,
    help="Show this help and end with 3, as plugins do; `--help` ends with 0.",
)  # fmt: skip
VERSION = click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Show the version and end with 3, as plugins do.",
)  # fmt: skip
