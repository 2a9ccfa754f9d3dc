"""The true identities of simulated devices as rows and as CSV, to compare a scan with."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TextIO

from scanner.testing.phones import SimulatedPhone

TRUTH_COLUMNS = (
    "ip", "mac", "kind", "manufacturer", "model", "firmware", "serial", "status", "compliance", "certified_firmware",
    "in_inventory",
)  # fmt: skip


def truth_rows(phones: Iterable[SimulatedPhone]) -> Iterator[dict[str, str]]:
    """One row for each device, by `TRUTH_COLUMNS`; a part that no surface contains is empty. `in_inventory` is `no` for
    a device that a scan stores only with `--keep-all`."""
    for phone in phones:
        truth = phone.truth
        yield {
            "ip": phone.ip,
            "mac": truth.mac or "",
            "kind": truth.kind,
            "manufacturer": truth.manufacturer or "",
            "model": truth.model or "",
            "firmware": truth.firmware or "",
            "serial": truth.serial or "",
            "status": truth.status,
            "compliance": truth.compliance,
            "certified_firmware": truth.certified_firmware or "",
            "in_inventory": "yes" if truth.in_inventory else "no",
        }


def write_truth(phones: Iterable[SimulatedPhone], stream: TextIO) -> None:
    """Write the truth as CSV (RFC 4180) with a header. The stream must be open with `newline=""`."""
    writer = csv.DictWriter(stream, TRUTH_COLUMNS)
    writer.writeheader()
    writer.writerows(truth_rows(phones))
