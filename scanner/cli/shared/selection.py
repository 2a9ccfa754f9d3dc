"""Options that choose which devices and which time a command is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from scanner.core.model import KINDS, STATUSES
from scanner.core.text import utc

if TYPE_CHECKING:
    from scanner.inventory.queries import Filters

_AGO = re.compile(r"(\d{1,5})\s*(m|min|h|d|w|days?|hours?|weeks?)")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def moment(text: str) -> str:
    """A time as the inventory writes it, from ISO 8601 (local without a zone) or how long ago. Raises ValueError."""
    if ago := _AGO.fullmatch(text.strip()):
        return utc(datetime.now(UTC) - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2][0]]))
    parsed = datetime.fromisoformat(text.strip())
    return utc(parsed.astimezone() if parsed.tzinfo is None else parsed)


def _since(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else moment(value)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is no time; write 2026-11-23, 2026-11-23T02:00Z, 24h, 7d or 2w", ctx, param
        ) from None


SINCE = click.option(
    "--since", metavar="TIME", callback=_since, help="Only what is new or changed since: a time, or 24h, 7d, 2w ago."
)

_FILTERS = (
    SINCE,
    click.option("--site", multiple=True, metavar="NAME", help="Only this site. May be repeated, as the next ones."),
    click.option("--manufacturer", multiple=True, metavar="NAME", help="Only this manufacturer."),
    click.option("--model", multiple=True, metavar="NAME", help="Only this model."),
    click.option("--status", multiple=True, type=click.Choice(STATUSES), metavar="STATUS", help="Only this status."),
    click.option("--kind", multiple=True, type=click.Choice(KINDS), metavar="KIND", help="Only this kind of device."),
    click.option("--switch", multiple=True, metavar="NAME", help="Only what hangs on this switch."),
)


def filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `--since`, `--site`, `--manufacturer`, `--model`, `--status`, `--kind`, `--switch`."""
    for option in reversed(_FILTERS):
        function = option(function)
    return function


def made(**options: Any) -> Filters:
    """The filters that those options make."""
    from scanner.inventory.queries import Filters

    return Filters(**options)


FAIL_ON = click.option(
    "--fail-on",
    type=click.Choice(["noncompliant", "review"]),
    help="Exit with 1 when there is a noncompliant device, or one in question as well.",
)


def found(fail_on: str | None, compliance: dict[str, int]) -> bool:
    """Whether the counts by compliance hold what `--fail-on` names; `review` includes noncompliant."""
    named = {"noncompliant": ("noncompliant",), "review": ("noncompliant", "review")}.get(fail_on or "", ())
    return any(compliance.get(each, 0) for each in named)
