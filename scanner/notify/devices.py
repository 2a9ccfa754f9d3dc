"""The devices of a message: in order of address, each as a line of text and as the cells of a table. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.core.text import shown

#: The headings of `DeviceLine.cells`.
HEADINGS = ("Address", "Device", "Firmware", "Certified", "Status", "MAC", "Site")


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device as a message shows it; every text is escaped, `url` is its web page, empty without one."""

    ip: str
    mac: str
    site: str
    device: str
    firmware: str
    certified: str
    status: str
    url: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any], url: str = "") -> DeviceLine:
        """From a row with the columns of a device and of its assessment."""
        text = {name: shown(str(row.get(name) or "")) for name in _COLUMNS}
        device = " ".join(filter(None, (text["manufacturer"], text["model"]))) or "a phone"
        return cls(
            text["ip"], text["mac"], text["site"], device, text["firmware"], text["certified_firmware"],
            text["status"], url,
        )  # fmt: skip

    @property
    def cells(self) -> tuple[str, ...]:
        """The values below HEADINGS."""
        return self.ip, self.device, self.firmware, self.certified, self.status, self.mac, self.site

    def __str__(self) -> str:
        """`10.0.0.5 (hq, 64:16:7f:00:00:05): Polycom VVX 411 with 5.8.0.1, outdated; certified is 5.9.0.9373`."""
        first, *others = [part for part in (self.ip, self.mac, self.site) if part] or ["?"]
        beside = [part for part in (self.site, self.mac) if part in others]
        where = f"{first} ({', '.join(beside)})" if beside else first
        firmware = f"with {self.firmware}" if self.firmware else "with unknown firmware"
        certified = f"; certified is {self.certified}" if self.certified else ""
        return f"{where}: {self.device} {firmware}, {self.status}{certified}"


_COLUMNS = ("ip", "mac", "site", "manufacturer", "model", "firmware", "certified_firmware", "status")


def in_order(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows by address as a number, IPv4 before IPv6, then those without an address by mac; each device once."""
    once = {row.get("device") or (row.get("ip"), row.get("mac"), row.get("site")): row for row in rows}
    return sorted(once.values(), key=_place)


def _place(row: Mapping[str, Any]) -> tuple[int, int, str, str]:
    try:
        address = ipaddress.ip_address(str(row.get("ip") or "").partition("%")[0])
    except ValueError:
        return 9, 0, str(row.get("mac") or ""), str(row.get("site") or "")
    return address.version, int(address), str(row.get("site") or ""), str(row.get("mac") or "")
