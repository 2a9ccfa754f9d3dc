"""The subject of facts, and the device that it is: rows of `subjects` and `devices`."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """A row of `subjects`; `touched` is 1 when its facts changed, 2 when it lost some to another subject."""

    id: int
    key: str
    touched: int

    @property
    def mac(self) -> str | None:
        """The mac that identifies it."""
        return self.key.removeprefix("mac ") if self.key.startswith("mac ") else None

    @property
    def by_address(self) -> bool:
        """Whether only its address identifies it."""
        return self.key.startswith("ip ")

    @property
    def lost_facts(self) -> bool:
        """Whether some of its facts turned out to belong to another subject."""
        return self.touched > 1


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
    first_scan: int = 0
    state: str = "present"
    evidence: int = 0
    last_seen: str = ""
    last_scan: int = 0
    misses: int = 0


#: Of the fields, the last three change with every scan.
CHANGING = 3
COLUMNS = ", ".join(Device._fields)
