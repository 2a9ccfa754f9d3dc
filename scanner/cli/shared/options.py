"""Options that several commands have: output file and format, filters of devices, `--fail-on`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from scanner.cli.shared.click_command import clock
from scanner.core.limits import PaceName
from scanner.core.model import KINDS, STATUSES
from scanner.core.text import utc
from scanner.reports.render import FORMATS

if TYPE_CHECKING:
    from scanner.inventory.queries import Filters

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_AGO = re.compile(r"(\d{1,5})\s*(m|min|h|d|w|days?|hours?|weeks?)")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}

OUTPUT = click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
#: `--format` of a command that records: the devices that it observed, where the user wants them.
DEVICES_FORMAT = click.option(
    "--format",
    "format",
    type=click.Choice(["table", "json", "jsonl", "csv", "none"]),
    default="none",
    show_default=True,
    help="Write the devices that were observed to standard output.",
)
#: The site of a device, for commands about one device.
DEVICE_SITE = click.option("--site", metavar="NAME", help="The site, where an address is used in several.")
COMMUNITY = click.option(
    "--community",
    multiple=True,
    metavar="NAME",
    help="SNMP credential of the settings, or a community: env:NAME, file:PATH.",
)
PACE = click.option("--pace", type=click.Choice(get_args(PaceName)), help="How fast to send.  [default: normal]")
FAIL_ON = click.option(
    "--fail-on",
    type=click.Choice(["noncompliant", "review"]),
    help="Exit with 1 when there is a noncompliant device; `review` adds devices in question.",
)


def format_option(*formats: str, default: str = "table") -> Decorator:
    """The `--format` option of a command that writes rows."""
    return click.option("--format", "format", type=click.Choice(formats or FORMATS), default=default, show_default=True)


def moment(text: str) -> str:
    """A time as the inventory stores it, from ISO 8601 (local without a zone) or an age. Raises ValueError."""
    if ago := _AGO.fullmatch(text.strip()):
        return utc(clock() - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2][0]]))
    parsed = datetime.fromisoformat(text.strip())
    return utc(parsed.astimezone() if parsed.tzinfo is None else parsed)


def as_moment(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The time that an option states, as the inventory stores it; for `callback`."""
    try:
        return None if value is None else moment(value)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is not a time; write 2026-11-23, 2026-11-23T02:00Z, 24h, 7d or 2w", ctx, param
        ) from None


_FILTERS = (
    click.option(
        "--since",
        metavar="TIME",
        callback=as_moment,
        help="Only what is new or changed since a time, or 24h, 7d, 2w ago.",
    ),
    click.option("--site", multiple=True, metavar="NAME", help="Only this site. May be repeated, as the next ones."),
    click.option("--manufacturer", multiple=True, metavar="NAME", help="Only this manufacturer."),
    click.option("--model", multiple=True, metavar="NAME", help="Only this model."),
    click.option("--status", multiple=True, type=click.Choice(STATUSES), metavar="STATUS", help="Only this status."),
    click.option("--kind", multiple=True, type=click.Choice(KINDS), metavar="KIND", help="Only this kind of device."),
    click.option("--switch", multiple=True, metavar="NAME", help="Only devices on this switch."),
)


def filter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--since`, `--site`, `--manufacturer`, `--model`, `--status`, `--kind` and `--switch` to a command."""
    for option in reversed(_FILTERS):
        function = option(function)
    return function


def filters_of(**options: Any) -> Filters:
    """The filters that those options make."""
    from scanner.inventory.queries import Filters

    return Filters(**options)


def fails(fail_on: str | None, compliance: dict[str, int]) -> bool:
    """Whether the counts by compliance include what `--fail-on` names; `review` includes noncompliant."""
    named = {"noncompliant": ("noncompliant",), "review": ("noncompliant", "review")}.get(fail_on or "", ())
    return any(compliance.get(each, 0) for each in named)
