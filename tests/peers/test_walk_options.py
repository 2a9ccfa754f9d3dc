"""net-snmp's snmpwalk with each of its options -O over one agent: the same observations from every form of the text."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect
from scanner.reading.agent import read_rows
from scanner.testing import Farm, SimulatedSwitch, SnmpRow, integer, object_id, octets, snmprec_rows
from scanner.testing.phones import IP_ADDRESS, TIME_TICKS
from scanner.testing.ports import UNPRIVILEGED
from tests.loopback import own
from tests.nonempty import some
from tests.peers import mibs

pytestmark = [pytest.mark.network, pytest.mark.daemon("snmpwalk")]

IP = own("127.29.4.1")
PORT = UNPRIVILEGED[161]
CONTEXT = Context("walk.txt", "2026-11-23T02:00:00Z")
LLDP, MED, CDP = "1.0.8802.1.1.2.1.4", "1.0.8802.1.1.2.1.5.4795.1.3", "1.3.6.1.4.1.9.9.23.1.2.1.1"
BRIDGE, Q_BRIDGE, IF = "1.3.6.1.2.1.17", "1.3.6.1.2.1.17.7.1", "1.3.6.1.2.1"


def _numbers(mac: str) -> str:
    return ".".join(str(octet) for octet in bytes.fromhex(mac))


#: Values of printable octets, line ends, quotes, backslashes, blanks, and longer than a line of hexadecimal digits.
ROWS: tuple[SnmpRow, ...] = (
    octets("1.3.6.1.2.1.1.1.0", 'Switch "A" \\ B\nTechnical Support: a = b\nCopyright'),
    object_id("1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.9.1.1208"),
    SnmpRow("1.3.6.1.2.1.1.3.0", TIME_TICKS, 4_000_000_000),
    octets("1.3.6.1.2.1.1.5.0", "sw1"),
    octets("1.3.6.1.2.1.1.6.0", ""),
    *(octets(f"{IF}.2.2.1.2.{n}", f"GigabitEthernet1/0/{n}") for n in (7, 8, 9)),
    *(integer(f"{IF}.2.2.1.3.{n}", 6) for n in (7, 8, 9)),
    *(SnmpRow(f"{IF}.2.2.1.6.{n}", 4, bytes.fromhex("0012da0000") + bytes((n,))) for n in (7, 8, 9)),
    *(integer(f"{IF}.2.2.1.8.{n}", 1) for n in (7, 8, 9)),
    *(octets(f"{IF}.31.1.1.1.1.{n}", f"gi1/0/{n}") for n in (7, 8, 9)),
    SnmpRow(f"{IF}.4.20.1.1.10.0.0.2", IP_ADDRESS, b"\x0a\x00\x00\x02"),
    integer(f"{IF}.4.20.1.2.10.0.0.2", 7),
    SnmpRow(f"{IF}.4.22.1.2.7.10.0.1.40", 4, bytes.fromhex("482567314122")),
    SnmpRow(f"{IF}.4.35.1.4.7.1.4.10.0.1.41", 4, bytes.fromhex("001565123457")),
    SnmpRow(f"{IF}.4.35.1.4.7.2.16.{_numbers('20010db8000000000000000000000007')}", 4, bytes.fromhex("001565123457")),
    *(integer(f"{BRIDGE}.1.4.1.2.{n}", n) for n in (7, 8, 9)),
    integer(f"{BRIDGE}.4.3.1.2.{_numbers('482567314122')}", 9),
    integer(f"{BRIDGE}.4.3.1.3.{_numbers('482567314122')}", 3),
    *(SnmpRow(f"{BRIDGE}.4.3.1.1.{_numbers(mac)}", 4, bytes.fromhex(mac)) for mac in ("482567314122", "0015650c0d0a")),
    integer(f"{BRIDGE}.4.3.1.2.{_numbers('0015650c0d0a')}", 9),
    integer(f"{BRIDGE}.4.3.1.3.{_numbers('0015650c0d0a')}", 3),
    *(integer(f"{Q_BRIDGE}.2.2.1.2.{fdb}.{_numbers('001565123456')}", 7) for fdb in (1, 2)),
    *(integer(f"{Q_BRIDGE}.2.2.1.3.{fdb}.{_numbers('001565123456')}", 3) for fdb in (1, 2)),
    integer(f"{Q_BRIDGE}.4.2.1.3.0.10", 1),
    integer(f"{Q_BRIDGE}.4.2.1.3.0.120", 2),
    SnmpRow(f"{Q_BRIDGE}.4.2.1.5.0.10", 4, b"\x03\x80"),
    SnmpRow(f"{Q_BRIDGE}.4.2.1.5.0.120", 4, bytes(40)),
    integer(f"{LLDP}.1.1.4.0.7.22", 5),
    SnmpRow(f"{LLDP}.1.1.5.0.7.22", 4, b"\x01\x0a\x00\x01\x16"),
    integer(f"{LLDP}.1.1.6.0.7.22", 3),
    SnmpRow(f"{LLDP}.1.1.7.0.7.22", 4, bytes.fromhex("001565123456")),
    octets(f"{LLDP}.1.1.9.0.7.22", "SIP-T58A"),
    octets(f"{LLDP}.1.1.10.0.7.22", "58.86.0.20"),
    SnmpRow(f"{LLDP}.1.1.11.0.7.22", 4, b"\x24\x00"),
    SnmpRow(f"{LLDP}.1.1.12.0.7.22", 4, b"\x24\x00"),
    integer(f"{LLDP}.1.1.4.0.8.23", 4),
    SnmpRow(f"{LLDP}.1.1.5.0.8.23", 4, b'H%g\x0c>"'),
    integer(f"{LLDP}.1.1.6.0.8.23", 3),
    SnmpRow(f"{LLDP}.1.1.7.0.8.23", 4, b'H%g\x0c>"'),
    octets(f"{LLDP}.1.1.9.0.8.23", "Polycom VVX 411"),
    SnmpRow(f"{LLDP}.1.1.12.0.8.23", 4, b"\x24\x00"),
    integer(f"{LLDP}.2.1.3.0.8.23.1.4.10.0.1.23", 2),
    integer(f"{LLDP}.2.1.4.0.8.23.1.4.10.0.1.23", 7),
    integer(f"{MED}.1.1.3.0.7.22", 3),
    integer(f"{MED}.2.1.5.0.8.23.1", 2),
    integer(f"{MED}.2.1.2.0.8.23.1", 130),
    octets(f"{MED}.3.1.6.0.8.23", "VVX 411"),
    integer(f"{CDP}.3.9.1", 1),
    SnmpRow(f"{CDP}.4.9.1", 4, b"\n\n2<"),
    octets(f"{CDP}.5.9.1", "sip78xx.11-5-1-18.loads"),
    octets(f"{CDP}.6.9.1", "SEP0CD0F8F5DACC"),
    octets(f"{CDP}.7.9.1", "Port 1"),
    octets(f"{CDP}.8.9.1", "Cisco IP Phone 7821"),
    SnmpRow(f"{CDP}.9.9.1", 4, b"\x00\x00\x04\x90"),
    integer(f"{CDP}.3.9.2", 1),
    SnmpRow(f"{CDP}.4.9.2", 4, b"@AB "),
    octets(f"{CDP}.6.9.2", "SEP0CD0F8F5DACD"),
    octets(f"{CDP}.8.9.2", "Cisco IP Phone 7821"),
    SnmpRow(f"{CDP}.9.9.2", 4, b"\x00\x00\x04\x90"),
)  # fmt: skip

#: Options that lose nothing, whatever else is given, and forms of names.
LOSSLESS = ("", "e", "E", "t", "T", "U", "x", "q", "Q", "0", "xT", "qe", "QU", "Qx", "qT", "QtU0")
NAMES = ("", "n", "f", "s", "S", "u", "b", "X", "fb", "sX", "sb", "uX")


def facts(items: object) -> set[tuple[str | None, str | None, str, str]]:
    assert isinstance(items, list)
    return {(i.ip, i.mac, i.field, i.value) for i in items if isinstance(i, Observation)}


EXPECTED = facts(list(read_rows(((row.oid, row.value) for row in ROWS), CONTEXT)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("mibs")
    mibs.write(path)
    with Farm([], [SimulatedSwitch(ip=IP, port=PORT, tables={"public": ROWS})]):
        yield path


def walked(folder: Path, options: str, *, named: bool, address: str = IP) -> bytes:
    """The text of two walks, with the MIBs or without."""
    environment = {**os.environ, "MIBS": "PHONESCAN-TEST-MIB" if named else "", "MIBDIRS": str(folder)}
    words = ["snmpbulkwalk", "-Cc", "-v2c", "-c", "public", *([f"-O{options}"] if options else []), f"{address}:{PORT}"]
    return b"".join(
        subprocess.run([*words, root], capture_output=True, check=True, timeout=60, env=environment).stdout
        for root in (".1.3", ".1.0")
    )


def read(text: bytes) -> tuple[set[tuple[str | None, str | None, str, str]], list[str]]:
    items = list(detect.read(io.BytesIO(text), CONTEXT))
    return facts(items), [item.what for item in items if isinstance(item, Problem) and item.missing]


@pytest.mark.parametrize(("options", "names"), list(product(LOSSLESS, NAMES)))
def test_all_options_give_the_same_observations_without_mibs(folder: Path, options: str, names: str) -> None:
    assert read(walked(folder, options + names, named=False)) == (EXPECTED, [])


@pytest.mark.parametrize(("options", "names"), list(product(LOSSLESS, ("n", "b", "fb", "sb", "Sb", "ub"))))
def test_all_options_give_the_same_observations_with_mibs(folder: Path, options: str, names: str) -> None:
    assert read(walked(folder, options + names, named=True)) == (EXPECTED, [])


@pytest.mark.parametrize(
    "options", ["", "E", "q", "Q", "x", "T", "f", "s", "u", "X", "sX", "qX", "XE", "a", "an", "aQ"]
)
def test_what_an_option_makes_unreadable_is_reported_and_the_rest_is_read(folder: Path, options: str) -> None:
    found, problems = read(walked(folder, options, named=options != "an"))
    assert any("walk with -On or -Ob" in what or "walk without -Oa" in what for what in problems)
    assert {fact[2:] for fact in found} - {("switch.vlan", "10")} <= {fact[2:] for fact in EXPECTED}
    assert {fact[2:] for fact in EXPECTED if fact[2].startswith(("cdp.platform", "lldp.system", "lldp-med.model"))} <= {
        fact[2:] for fact in found
    } | ({("lldp.system-name", "SIP-T58A"), ("lldp.system-description", "58.86.0.20")} if "a" in options else set())


@pytest.mark.slow
@pytest.mark.adds_to("peers/test_walk_options.py::test_all_options_give_the_same_observations_with_mibs")
def test_walks_of_recorded_switches_give_what_the_recordings_give(folder: Path, shared: Path) -> None:
    recorded = own("127.29.4.2")
    for file in some(sorted((shared / "recordings/switches").glob("*.snmprec"))):
        rows = {row.oid: row for row in snmprec_rows(file.read_text(encoding="latin-1").splitlines())}
        expected = facts(list(read_rows(((oid, row.value) for oid, row in rows.items()), CONTEXT)))
        with Farm([], [SimulatedSwitch(ip=recorded, port=PORT, tables={"public": tuple(rows.values())})]):
            for options, named in (("n", False), ("Qs", False), ("T", False), ("b", True), ("qfb", True)):
                found, _ = read(walked(folder, options, named=named, address=recorded))
                assert found == expected, f"{file.name} -O{options}"
