"""A session: the settings in force, the inventory's file and the clock; every use case gets its inputs from it."""

from __future__ import annotations

import functools
import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.core.paths import expanded
from scanner.core.text import moment, utc

if TYPE_CHECKING:
    from scanner.core.model import Catalog
    from scanner.identity.fingerprints import Fingerprints
    from scanner.inventory import Inventory, Knowledge
    from scanner.settings import Settings

log = logging.getLogger(__name__)

#: Thresholds of the garbage collector: records are freed by their reference counts, and few are in cycles.
COLLECTED = (50_000, 20, 100)


@dataclass(frozen=True, slots=True)
class Session:
    """The settings, the inventory's file, and `clock`, which returns the current time in UTC.

    `recog` is a folder of recog that has precedence over the one of the settings.
    """

    settings: Settings
    db: Path
    clock: Callable[[], datetime]
    recog: Path | None = field(default=None, kw_only=True)

    def now(self) -> str:
        """The current time as the inventory stores it: ISO 8601, UTC."""
        return utc(self.clock())

    def today(self) -> date:
        """The current date in UTC."""
        return self.clock().date()

    def inventory(self, *, create: bool = False, readonly: bool = False) -> Inventory:
        """The inventory, opened. Raises InventoryError."""
        from scanner.inventory import Inventory

        return Inventory.open(self.db, create=create, readonly=readonly)

    def fingerprints(self) -> Fingerprints:
        """The shipped fingerprints, overridden by those in the folders that the settings name, and recog below them."""
        named, base = self.settings.sections.fingerprints, self.settings.folder
        folders = tuple(base / expanded(folder) for folder in named.folders)
        recog = self.recog or (base / expanded(named.recog) if named.recog else None)
        return _fingerprints(folders, recog)

    def catalogs(self, inventory: Inventory | None = None) -> tuple[Catalog, ...]:
        """The catalogs in force: the shipped ones, overridden by those imported into the inventory."""
        from scanner.compliance import catalog

        return catalog.in_force(catalog.builtin(), inventory.catalogs() if inventory is not None else ())

    def catalogs_by_name(self) -> dict[str, Catalog]:
        """The catalogs in force by name; the inventory's file need not exist."""
        if not self.db.exists():
            return {catalog.name: catalog for catalog in self.catalogs()}
        with self.inventory(readonly=True) as inventory:
            return {catalog.name: catalog for catalog in self.catalogs(inventory)}

    def knowledge(self, inventory: Inventory | None = None, *, keep_all: bool = False) -> Knowledge:
        """What observations are identified and assessed by."""
        from scanner import settings
        from scanner.inventory import Knowledge

        site = settings.site_of(self.settings)
        return Knowledge(
            fingerprints=self.fingerprints(),
            catalogs=self.catalogs(inventory),
            policy=settings.policy(self.settings),
            exceptions=settings.exceptions(self.settings),
            today=self.today(),
            site_of=lambda ip: site(ip) or "",
            site_of_spans=settings.site_of_spans(self.settings),
            keep_all=keep_all,
            missing_after=self.settings.sections.inventory.missing_after,
        )

    def prune(self, inventory: Inventory, retention: str | int | None = None) -> None:
        """Delete what is older than `retention`, or than `[inventory] retention`; without either, nothing.

        Nothing is deleted either where the scan before the last one is older than that: then the clock has jumped,
        or no scan has replaced the data. The scans after it delete by the time between scans (`db/retention.py`).
        """
        from scanner import settings
        from scanner.inventory import queries

        kept = retention or self.settings.sections.inventory.retention
        if kept is None:
            return
        before = utc(moment(self.now()) - timedelta(days=settings.days(kept)))
        if any(scan.started < before for scan in queries.scans(inventory, limit=2)[1:]):
            log.warning("nothing is deleted: the scan before this one is older than the retention of %s", kept)
            return
        inventory.prune(before, self.now())


@functools.lru_cache(maxsize=8)
def _fingerprints(folders: tuple[Path, ...], recog: Path | None) -> Fingerprints:
    """The fingerprints with those of `folders` and of `recog`, read once a process."""
    from scanner.identity.load import load

    found = load(extra=folders, recog=recog)
    for note in found.recog.notes() if found.recog is not None else ():
        log.warning("%s", note)
    gc.freeze()  # they live until the process ends: the garbage collector need not traverse them
    gc.set_threshold(*COLLECTED)
    return found
