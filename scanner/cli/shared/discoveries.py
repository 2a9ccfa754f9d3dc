"""The option that names discoveries; its help and its completion list those of the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem


def names() -> tuple[str, ...]:
    """The discoveries that a scan may be given: those of the registry, `switches` and `registrar`."""
    from scanner.app.request import REGISTRAR, SWITCHES
    from scanner.core.errors import UsageError
    from scanner.discovery.options import Options
    from scanner.discovery.registry import all_discoveries, default_names

    try:
        return (*all_discoveries(Options()), SWITCHES, REGISTRAR)
    except UsageError:  # a plug-in that does not load is reported when the scan begins
        return (*default_names(), SWITCHES, REGISTRAR)


class _Names(click.ParamType[str]):
    name = "list"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that continue the last of a list."""
        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{name}") for name in names() if name.startswith(last)]


class DiscoverOption(click.Option):
    """`--discover LIST`. The registry is imported for help and completion, not with the command."""

    def __init__(self, names: Sequence[str], **attributes: Any) -> None:
        super().__init__(names, **{"metavar": "LIST", "type": _Names(), **attributes})

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option and its help, in which LIST is followed by the names."""
        record = super().get_help_record(ctx)
        return record and (record[0], record[1].replace("by commas", f"by commas: {', '.join(names())}", 1))
