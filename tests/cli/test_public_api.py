"""The library interface: its names, lazy imports, and results."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import scanner
import scanner.app.scan as story
from scanner import Inventory, assess, identify, read, scan
from scanner.core.errors import DataError, PhonescanError, UsageError
from scanner.core.model import Observation
from scanner.testing import Farm, catalogue
from tests.loopback import own

ROOT = Path(__file__).resolve().parents[2]


def test_the_public_names_are_these() -> None:
    assert scanner.__all__ == ["Inventory", "__version__", "assess", "identify", "read", "scan"]
    for name in scanner.__all__:
        assert getattr(scanner, name) is not None


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys, scanner\nprint([m for m in sys.modules if m.startswith('scanner.') and m != 'scanner.version'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_name_of_the_library_is_loaded_from_the_package() -> None:
    assert callable(scanner.scan)
    assert scanner.scan is scan
    from scanner.app.request import ScanRequest

    assert ScanRequest(targets=("198.18.0.1",)).pace == "normal"
    assert story is not None


def test_a_banner_is_identified_and_assessed() -> None:
    identity = identify({"sip.user-agent": "Yealink SIP-T58A 58.15.0.20"})
    assert (identity.manufacturer, identity.model, identity.firmware) == ("Yealink", "T58A", "58.15.0.20")
    verdict = assess(identity, today=date(2026, 11, 23))
    assert (verdict.status, verdict.compliance) == ("certified", "compliant")
    assert identify([Observation(field="sip.user-agent", value="Yealink SIP-T58A 58.15.0.20")]).model == "T58A"
    with pytest.raises(UsageError, match="is not a known field"):
        identify({"sip.agent": "x"})


def test_files_and_streams_are_read(tmp_path: Path) -> None:
    line = b'{"ip": "198.18.0.5", "field": "dhcp.hostname", "value": "x"}\n'
    (tmp_path / "x.jsonl").write_bytes(line)
    want = [Observation(time="2026-11-01T00:00:00Z", ip="198.18.0.5", field="dhcp.hostname", value="x")]
    assert list(read(tmp_path / "x.jsonl", now="2026-11-01T00:00:00Z")) == want
    assert list(read(io.BytesIO(line), now="2026-11-01T00:00:00Z")) == want
    with pytest.raises(PhonescanError, match="cannot be read"):
        list(read(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="unknown format"):
        list(read(io.BytesIO(b"hello")))


@pytest.mark.network
def test_a_scan_from_a_program_fills_an_inventory(tmp_path: Path) -> None:
    phone = next(phone for phone in catalogue(own("127.63.0.0/24")) if phone.surfaces.sip is not None)
    with Farm([phone]), Inventory.open(tmp_path / "x.sqlite", create=True) as inventory:
        summary = scan([phone.ip], inventory, discover=["sip"], pace="fast")
        assert (summary.outcome, summary.devices) == ("done", 1)
        assert summary.statuses == {phone.truth.status: 1}
