"""Click commands with `--db`, `--config` and `-v`, whose function gets a Session in the place of these options.

    @click_command.define("scans", help="List the scans.", examples=["phonescan scans"])
    def command(session: Session) -> int | None: ...

The function returns an exit status, or None for 0.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scanner.app.session import Session
from scanner.cli.shared import logs
from scanner.cli.shared.bounded_command import BoundedCommand

Callback = Callable[..., Any]

DB = click.option(
    "--db",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    envvar="PHONESCAN_DB",
    help="The inventory.  [default: phonescan.sqlite, PHONESCAN_DB, or the file that the settings name]",
)
CONFIG = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    envvar="PHONESCAN_CONFIG",
    help="The settings.  [default: phonescan.toml in this folder if it exists, or PHONESCAN_CONFIG]",
)
VERBOSE = click.option("-v", "--verbose", count=True, help="Log more to standard error; twice for details.")


RECOG = click.option(
    "--recog",
    metavar="DIR",
    type=click.Path(path_type=Path, readable=False),
    help="A folder of rapid7/recog, to identify what is not a phone.  [default: the one that the settings name]",
)


def clock() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


def open_session(db: Path | None, config: Path | None, recog: Path | None = None) -> Session:
    """The session that options, environment and settings make. Raises SettingsError."""
    from scanner import settings

    found = settings.load(config)
    return Session(found, db or found.db or Path(settings.DEFAULT_DB), clock, recog=recog)


def default_session(db: Path) -> Session:
    """A session with default settings, whatever files and environment contain."""
    from scanner.settings import Settings
    from scanner.settings.records import SettingsSections

    return Session(Settings(None, SettingsSections()), db, clock)


def examples(lines: Sequence[str]) -> str:
    """The examples of a command's help."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


_examples = examples


def define(
    name: str, *, help: str, examples: Sequence[str], identifies: bool = False, **more: Any
) -> Callable[[Callback], click.Command]:
    """A decorator: the function becomes a command with the shared options; it gets the Session first.

    `identifies`: it identifies devices, and has the option `--recog` as well.
    """

    def make(function: Callback) -> click.Command:
        decorate: Callable[[Callback], click.Command]
        decorate = click.command(name=name, cls=BoundedCommand, help=help, epilog=_examples(examples), **more)
        return decorate(RECOG(with_session(function)) if identifies else with_session(function))

    return make


def with_session(function: Callback) -> Callback:
    """Add `--db`, `--config` and `-v` to a function, which gets the Session first in their place."""

    @functools.wraps(function)
    def run(
        *args: Any, db: Path | None, config: Path | None, verbose: int, recog: Path | None = None, **options: Any
    ) -> Any:
        logs.to_stderr(verbose)
        return function(open_session(db, config, recog), *args, **options)

    return DB(CONFIG(VERBOSE(run)))
