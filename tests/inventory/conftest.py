"""An inventory in a temporary folder, with the real fingerprints and catalogs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner.compliance.catalog import builtin
from scanner.compliance.policy import Policy
from scanner.core.model import Observation
from scanner.identity.load import load
from scanner.inventory import Coverage, Inventory, Knowledge, Missed, Summary, queries

Row = dict[str, Any]


def knowledge(**changes: Any) -> Knowledge:
    """The knowledge of these tests: our own files, the policy of the contract, one fixed day."""
    own = Knowledge(fingerprints=load(), catalogs=builtin(), policy=Policy(), today=date(2026, 11, 23))
    return replace(own, **changes)


def day(number: int, clock: str = "02:00:00") -> str:
    """A night of November 2026."""
    return f"2026-11-{number:02d}T{clock}Z"


def arp(ip: str, mac: str, **more: Any) -> Row:
    return {"ip": ip, "mac": mac, "field": "arp.mac", "value": mac, "source": "arp eth0", **more}


def sip(ip: str, banner: str, mac: str | None = None, **more: Any) -> Row:
    return {"ip": ip, "mac": mac, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}:5060", **more}


def lldp(mac: str, name: str, field: str = "lldp.system-name", **more: Any) -> Row:
    return {"mac": mac, "field": field, "value": name, "source": "switches 10.0.0.1 lldp 0.1.1", **more}


class Store:
    """One inventory that is filled scan by scan, and its contents."""

    arp, sip, lldp, day, knowledge = map(staticmethod, (arp, sip, lldp, day, knowledge))

    def __init__(self, path: Path) -> None:
        self.path = path
        self._received = ""

    def feed(
        self,
        rows: Iterable[Row],
        time: str = day(1),
        *,
        cover: Iterable[tuple[str, str]] = (),
        missed: Iterable[Missed] = (),
        outcome: Any = "done",
        site: str = "default",
        kind: str = "read",
        targets: tuple[str, ...] = (),
        settings: Row | None = None,
        received: str | None = None,
        **changes: Any,
    ) -> Summary:
        """One scan of these observations, covered and settled.

        `received` is the clock then: by default after all observations so far, since most tests choose their order.
        """
        rows = list(rows)
        self._received = max([self._received, time, *(row["time"] for row in rows if "time" in row)])
        now = received or self._received
        with Inventory.open(self.path, create=True) as inventory:
            scan = inventory.begin_scan(
                kind=kind, targets=targets, discoveries=(), site=site, now=time, settings=settings
            )
            inventory.record(scan, [Observation(**{"time": time, **row}) for row in rows], now)
            inventory.cover(scan, [Coverage(*one) for one in cover])
            inventory.missed(scan, missed)
            return inventory.finish_scan(scan, outcome=outcome, knowledge=knowledge(**changes), now=now)

    def rows(self) -> list[Row]:
        """The inventory view, by mac and address."""
        with Inventory.open(self.path, readonly=True) as inventory:
            found = list(queries.inventory_rows(inventory))
        return sorted(found, key=lambda row: (row["mac"] or "", row["ip"] or "", row["model"] or ""))

    def brief(self, *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of the view: mac, ip and model when none are named."""
        return [tuple(row[name] for name in columns or ("mac", "ip", "model")) for row in self.rows()]

    def events(self, *kinds: str) -> list[tuple[str, str | None, str | None]]:
        """Events in their order: kind, old, new."""
        found = self.sql("SELECT kind, old, new FROM events ORDER BY id")
        return [(kind, old, new) for kind, old, new in found if not kinds or kind in kinds]

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The result of a user's own query."""
        with Inventory.open(self.path, readonly=True) as inventory:
            return list(inventory.connection.execute(statement, values))

    def observations(self) -> list[Observation]:
        with Inventory.open(self.path, readonly=True) as inventory:
            return list(queries.all_observations(inventory))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "phonescan.sqlite")


@pytest.fixture
def other(tmp_path: Path) -> Store:
    return Store(tmp_path / "other.sqlite")
