"""What every command shares: `--db`, `--config`, `-v`, examples in its help, and the session they make.

    command = frame.command("scans", help="List the scans.", examples=["phonescan scans"])(run)

The function gets the `Session` first and returns an exit status, or None for 0.
"""

from __future__ import annotations

import functools
import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scanner.core.text import moment, shown, utc

if TYPE_CHECKING:
    from scanner.core.model import Catalog
    from scanner.identity.fingerprints import Fingerprints
    from scanner.inventory import Inventory, Knowledge
    from scanner.settings import Settings

log = logging.getLogger(__name__)

Callback = Callable[..., Any]
F = TypeVar("F", bound=Callback)

DB = click.option(
    "--db",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    envvar="PHONESCAN_DB",
    help="The inventory.  [default: phonescan.sqlite, PHONESCAN_DB, or what the settings say]",
)
CONFIG = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    envvar="PHONESCAN_CONFIG",
    help="The settings.  [default: phonescan.toml here if it is there, or PHONESCAN_CONFIG]",
)
VERBOSE = click.option("-v", "--verbose", count=True, help="Log more to standard error; twice for details.")


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the program: the settings in force and the inventory it is about."""

    settings: Settings
    db: Path
    #: Whether somebody named the inventory, and does not merely take the default.
    named: bool

    def now(self) -> str:
        """The time, as the inventory writes it."""
        return utc(datetime.now(UTC))

    def today(self) -> date:
        """The date, in UTC as all our times."""
        return datetime.now(UTC).date()

    def inventory(self, *, create: bool = False, readonly: bool = False) -> Inventory:
        """The inventory, opened. Raises InventoryError."""
        from scanner.inventory import Inventory

        return Inventory.open(self.db, create=create, readonly=readonly)

    def fingerprints(self) -> Fingerprints:
        """Our fingerprints, with those of the settings' folders above them."""
        folders = self.settings.sections.fingerprints.folders
        return _fingerprints(tuple(self.settings.folder / Path(folder).expanduser() for folder in folders))

    def catalogs(self, inventory: Inventory | None = None) -> tuple[Catalog, ...]:
        """The catalogs in force: those that ship, and above them those that the inventory has imported."""
        from scanner.compliance import catalog

        return catalog.in_force(catalog.builtin(), inventory.catalogs() if inventory is not None else ())

    def knowledge(self, inventory: Inventory | None = None, *, keep_all: bool = False) -> Knowledge:
        """What observations are judged by."""
        from scanner import settings
        from scanner.inventory import Knowledge

        site = settings.site_of(self.settings)
        return Knowledge(
            fingerprints=self.fingerprints(),
            catalogs=self.catalogs(inventory),
            policy=settings.policy(self.settings),
            today=self.today(),
            site_of=lambda ip: site(ip) or "",
            keep_all=keep_all,
            missing_after=self.settings.sections.inventory.missing_after,
        )

    def forget(self, inventory: Inventory, retention: str | int | None = None) -> None:
        """Drop what is older than `retention`, or than `[inventory] retention` says. Without either nothing goes.

        Nor where the scan before the last is older itself: then the clock has jumped, or nothing came in its stead.
        """
        from scanner import settings
        from scanner.inventory import queries

        kept = retention or self.settings.sections.inventory.retention
        if kept is None:
            return
        before = utc(moment(self.now()) - timedelta(days=settings.days(kept)))
        if any(scan.started < before for scan in queries.scans(inventory, limit=2)[1:]):
            log.warning("nothing is dropped: the scan before this one is older than the retention of %s", kept)
            return
        inventory.prune(before, self.now())


@functools.lru_cache(maxsize=8)
def _fingerprints(folders: tuple[Path, ...]) -> Fingerprints:
    """The fingerprints with those of `folders`, read once a process."""
    from scanner.identity.load import load

    found = load(extra=folders)
    gc.freeze()  # they stay: a collection in the middle of a run need not walk them
    return found


def session(db: Path | None, config: Path | None) -> Session:
    """The session that options, environment and settings make. Raises SettingsError."""
    from scanner import settings

    found = settings.load(config)
    return Session(found, db or found.db or Path(settings.DEFAULT_DB), db is not None or found.db is not None)


def examples(lines: Sequence[str]) -> str:
    """The examples of a command's help."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def command(name: str, *, help: str, examples: Sequence[str], **more: Any) -> Callable[[Callback], click.Command]:
    """A click command with what every command shares; the function gets the Session first."""

    def make(function: Callback) -> click.Command:
        decorate: Callable[[Callback], click.Command]
        decorate = click.command(name=name, cls=click.Command, help=help, epilog=_examples(examples), **more)
        return decorate(shared(function))

    return make


_examples = examples


def shared(function: Callback) -> Callback:
    """Give a function `--db`, `--config` and `-v`, and a Session in their place as its first argument."""

    @functools.wraps(function)
    def run(*args: Any, db: Path | None, config: Path | None, verbose: int, **options: Any) -> Any:
        log_to_stderr(verbose)
        return function(session(db, config), *args, **options)

    return DB(CONFIG(VERBOSE(run)))


class _Escaped(logging.Formatter):
    """Log lines with nothing in them that a terminal would obey: names in them come from the network."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(shown(line) for line in super().format(record).splitlines())


def log_to_stderr(verbose: int) -> None:
    """Log to standard error: warnings, with -v what is done, with -vv details; secrets redacted."""
    from scanner.settings.secrets import Redaction

    handler = logging.StreamHandler()
    handler.setFormatter(_Escaped("phonescan: %(message)s" if verbose < 2 else "%(asctime)s %(name)s: %(message)s"))
    handler.addFilter(Redaction())
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, _Escaped)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    logging.captureWarnings(True)
