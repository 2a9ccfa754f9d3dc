"""The setting of the trials: an inventory with a history, files to read, and simulated phones to scan."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scanner.core.text import utc
from scanner.inventory import Inventory
from scanner.testing import catalogue
from scanner.testing.ports import unprivileged
from scanner.testing.process import FarmProcess
from tests import namespaces
from tests.chaos import commands
from tests.loopback import own

DB = "phonescan.sqlite"
PAGE = Path(__file__).resolve().parents[1] / "compliance" / "pages" / "sfb-certified.md"
#: The simulated phones: 40 of the demonstration among 64 addresses, on loopback or behind a link.
LOOPBACK, LINKED, PHONES = own("127.20.0.0/26"), "10.77.0.0/26", 40
SETTINGS = '[inventory]\nretention = "30d"\n'
FIRST_NIGHT = datetime.now(UTC) - timedelta(days=4)
#: Devices that the inventory has before a trial, and those that a trial reads.
BEFORE, READ = 60, 400


@dataclass(frozen=True, slots=True)
class Setting:
    """A folder with the inventory and the files that each trial gets a copy of, and the farm.

    `subnet` is that of the phones.
    """

    folder: Path
    farm: FarmProcess
    subnet: str
    #: What runs a command where the phones are reachable, and sets the link towards them up or down.
    prefix: tuple[str, ...] = ()
    link: Callable[[str], object] | None = None

    def copy(self, to: Path) -> Path:
        """A folder of its own for one trial."""
        shutil.copytree(self.folder, to)
        return to


def observations(first: int, number: int, night: int) -> Iterator[dict[str, Any]]:
    """What a night shows of so many phones: three facts each. The firmware of every tenth changes each night."""
    for phone in range(first, first + number):
        ip, mac = f"10.{phone >> 16 & 255}.{phone >> 8 & 255}.{phone & 255}", f"64:16:7f:{phone:06x}"
        mac = f"{mac[:11]}:{mac[11:13]}:{mac[13:]}"
        build = 9373 + (night if phone % 10 == 0 else 0)
        for field, value in (
            ("sip.user-agent", f"PolycomVVX-VVX_411-UA/5.9.0.{build}"),
            ("arp.mac", mac),
            ("lldp-med.serial", mac.replace(":", "").upper()),
        ):
            yield {
                "time": utc(FIRST_NIGHT + timedelta(days=night)),
                "ip": ip,
                "mac": mac,
                "field": field,
                "value": value,
            }


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _prepare(folder: Path) -> None:
    folder.mkdir()
    (folder / "phonescan.toml").write_text(SETTINGS, encoding="utf-8")
    _write(folder / "before.jsonl", observations(1_000, BEFORE, 0))
    for night in (1, 2):
        _write(folder / f"night{night}.jsonl", observations(1_000, READ, night))
    shutil.copy(PAGE, folder / "page.md")
    for words in (("read", "before.jsonl"), ("catalog", "import", "page.md", "--name", "own")):
        if faults := commands.run(words, folder).faults((0,)):
            raise RuntimeError(f"the setting cannot be prepared: {faults}")
    with Inventory.open(folder / DB) as inventory:
        for device in (1, 2, 3):
            inventory.set_fields(device, {"owner": f"Owner {device}"}, author="chaos", now=utc(FIRST_NIGHT))
    with closing(sqlite3.connect(folder / DB)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for rest in ("-wal", "-shm"):
        (folder / f"{DB}{rest}").unlink(missing_ok=True)
    (folder / "errors.log").unlink()


@contextmanager
def prepared(folder: Path) -> Iterator[Setting]:
    """The setting, while its farm runs: for root behind a link between two namespaces, otherwise on loopback."""
    _prepare(folder)
    if os.geteuid() != 0:
        print("link down: left out, because network namespaces need root", flush=True)
        with FarmProcess(unprivileged(catalogue(LOOPBACK)[:PHONES])) as farm:
            yield Setting(folder, farm, LOOPBACK)
        return
    with namespaces.hosts("scan", "lan") as made:
        scanner, lan = made["scan"], made["lan"]
        namespaces.join(scanner, "eth0", lan, "lan0")
        namespaces.address(scanner, "eth0", "10.77.0.253/24")
        lan.run("ip", "route", "add", "local", LINKED, "dev", "lo")
        namespaces.address(lan, "lan0", "10.77.0.254/24")
        phones = [
            replace(phone, ip=phone.ip.replace(LOOPBACK[: -len("0/26")], LINKED[: -len("0/26")]))
            for phone in unprivileged(catalogue(LOOPBACK)[:PHONES])
        ]
        with FarmProcess(phones, prefix=tuple(lan.command())) as farm:
            # the end of the phones: the scanner loses the carrier, and keeps its address and route
            yield Setting(
                folder,
                farm,
                LINKED,
                tuple(scanner.command()),
                lambda state: lan.run("ip", "link", "set", "lan0", state),
            )
