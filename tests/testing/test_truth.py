"""A scan of the demonstration LAN agrees with its truth row by row, and sends no forbidden request."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import pytest

from scanner.app.request import ScanRequest
from scanner.app.scan import scan
from scanner.compliance import catalog
from scanner.compliance.policy import Policy
from scanner.identity.load import load
from scanner.inventory import Inventory, Knowledge
from scanner.inventory.queries import inventory_rows
from scanner.testing import TRUTH_COLUMNS, catalogue, forbidden, truth_rows
from scanner.testing.ports import UNPRIVILEGED, unprivileged
from scanner.testing.process import FarmProcess
from tests.loopback import own

SUBNET = own("127.29.16.0/24")


@pytest.mark.network
@pytest.mark.slow
def test_a_scan_of_the_demonstration_agrees_with_its_truth_row_by_row(tmp_path: Path) -> None:
    knowledge = Knowledge(load(), catalog.builtin(), Policy(), date(2026, 11, 23))
    seconds = itertools.count()
    phones = unprivileged(catalogue(SUBNET))
    with FarmProcess(phones) as farm, Inventory.open(tmp_path / "demo.sqlite", create=True) as inventory:
        scan(
            ScanRequest(targets=(SUBNET,), discover=("sip", "snmp", "http"), seconds=120, port_snmp=UNPRIVILEGED[161]),
            inventory,
            knowledge,
            now=lambda: f"2026-11-23T02:{(n := next(seconds)) // 60 % 60:02}:{n % 60:02}Z",
        )
        tallies = farm.tallies()
        found = {str(row["ip"]): row for row in inventory_rows(inventory)}
    columns = [column for column in TRUTH_COLUMNS if column != "in_inventory"]
    expected = {row["ip"]: row for row in truth_rows(phones) if row["in_inventory"] == "yes"}
    for ip, row in expected.items():
        assert ip in found, row
        assert {c: found[ip][c] or "" for c in columns} == {c: row[c] for c in columns}
    assert set(found) == set(expected)
    assert forbidden(tallies) == []
    assert [tally.faults for tally in tallies.values() if tally.faults] == []
