"""The device: a row of `devices`."""

from __future__ import annotations

from typing import NamedTuple


class Device(NamedTuple):
    """A row of `devices`, in the order of `COLUMNS`; the schema explains them."""

    id: int
    site: str = ""
    ip: str | None = None
    mac: str | None = None
    local_mac: int = 0
    hostname: str | None = None
    kind: str = "unknown"
    manufacturer: str | None = None
    model: str | None = None
    firmware: str | None = None
    line: str | None = None
    serial: str | None = None
    confidence: float = 0.0
    conflicts: str = "[]"
    discovered_by: str = ""
    switch: str | None = None
    switch_port: str | None = None
    vlan: str | None = None
    first_seen: str = ""
    last_seen: str = ""
    first_scan: int = 0
    last_scan: int = 0
    misses: int = 0
    state: str = "present"
    evidence: int = 0


COLUMNS = ", ".join(Device._fields)
