"""Devices as NetBox stores them, and the CSV of its device import."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from scanner.core.text import spreadsheet_cell
from scanner.reports.cells import plain, safe
from scanner.reports.data import Row
from scanner.reports.names import unique_names

#: The device role of new devices.
ROLE = "IP phone"
#: Columns of the device import (NetBox documentation, DCIM, devices).
CSV_COLUMNS = (
    "name", "role", "manufacturer", "device_type", "serial", "site", "status", "description", "local_context_data",
)  # fmt: skip
_FACTS = (
    "ip", "mac", "hostname", "kind", "firmware", "status", "compliance", "certified_firmware", "catalog", "switch",
    "switch_port", "vlan", "last_seen",
)  # fmt: skip


def write_device_csv(rows: Iterable[Row], stream: TextIO) -> int:
    """Write the device-import CSV of `rows`; returns the number of devices."""
    name_of = unique_names()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    count = 0
    for row in rows:
        context = json.dumps({"phonescan": facts(row)}, ensure_ascii=True)
        cells = [
            name_of(row), ROLE, maker(row), model(row), serial(row), safe(row.get("site")), "active",
            description(row),
        ]  # fmt: skip
        writer.writerow([*map(spreadsheet_cell, cells), context])
        count += 1
    return count


def serial(row: Row) -> str:
    """The serial number of a device; empty when it is unknown."""
    return safe(row.get("serial"))[:50]


def maker(row: Row) -> str:
    """The name of the NetBox manufacturer."""
    return safe(row.get("manufacturer"))[:100] or "Unknown"


def model(row: Row) -> str:
    """The name of the NetBox device type."""
    return safe(row.get("model"))[:100] or "Unknown phone"


def description(row: Row) -> str:
    """Firmware and status, in the description of a device."""
    return f"{safe(row.get('firmware')) or 'unknown firmware'}: {safe(row.get('status'))}"[:200]


def facts(row: Row) -> dict[str, str]:
    """The columns that are stored in the local context data, without empty ones."""
    return {name: safe(row.get(name))[:200] for name in _FACTS if plain(row.get(name))}
