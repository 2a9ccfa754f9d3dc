"""`phonescan listen` in namespaces: replayed captures, a real DHCP client, and CAP_NET_RAW as the only capability."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.wire import cdp, lldp
from scanner.wire.tlv import Identifier
from tests.namespaces import Host, hosts, join, wait_until
from tests.reading.captures import ethernet, octets, pcap, udp
from tests.wire.test_dhcp import BINARY, message, option

pytestmark = [pytest.mark.root, pytest.mark.daemon("ip", "setpriv"), pytest.mark.slow]
SECONDS = 6
POLYCOM, YEALINK, CISCO, AUDIOCODES = (
    "64:16:7f:12:34:56",
    "80:5e:c0:12:34:56",
    "00:17:95:b0:f3:81",
    "00:90:8f:12:34:56",
)


def pdu(mac: str, name: str, description: str) -> bytes:
    return lldp.encode(
        [
            ("chassis-id", Identifier(4, octets(mac))), ("port-id", Identifier(3, octets(mac))), ("ttl", 120),
            ("system-name", name), ("system-description", description),
            ("capabilities", lldp.Capabilities(0x24, 0x24)),
        ]
    )  # fmt: skip


CALLS = cdp.SNAP + cdp.encode(
    [("device-id", "SEP001795B0F381"), ("platform", "Cisco IP Phone 7941"), ("capabilities", 0x490)]
)
LEASE = udp("0.0.0.0", "255.255.255.255", 68, 67, message(option(53, b"\1"), option(60, BINARY), mac=octets(POLYCOM)))
#: What passes on a link: four phones, and what is none of ours.
FRAMES = [
    ethernet(YEALINK, lldp.ETHERTYPE, pdu(YEALINK, "SIP-T58A", "58.15.0.20")),
    ethernet(
        AUDIOCODES, lldp.ETHERTYPE, pdu(AUDIOCODES, "440HD", "AUDC-IPPhone/2.2.16.704 (440HDG-Rev0; 00908F123456)"),
        to="01:80:c2:00:00:03", vlans=[120],
    ),
    ethernet(CISCO, len(CALLS), CALLS, to=cdp.DESTINATION),
    ethernet(POLYCOM, 0x0800, LEASE, to="ff:ff:ff:ff:ff:ff"),
    *[ethernet("02:00:00:00:00:07", 0x0800, udp("10.9.9.9", "10.9.9.8", 20000, 20002, bytes(160)))] * 200,
]  # fmt: skip


@pytest.fixture
def link() -> Iterator[tuple[Host, Host]]:
    with hosts("ear", "voice") as made:
        join(made["voice"], "eth0", made["ear"], "eth0", left_mac=POLYCOM)
        yield made["ear"], made["voice"]


def listening(ear: Host, db: Path, *before: str) -> subprocess.Popen[bytes]:
    """A listener that has its socket on the link."""
    log = db.with_suffix(".log")
    words = (sys.executable, "-m", "scanner", "listen", "eth0", "--for", str(SECONDS), "--db", str(db))
    process = ear.start(*before, *words, log=log)
    wait_until("it listens", lambda: len(ear.run("cat", "/proc/net/packet").stdout.splitlines()) > 1)
    return process


def rows(db: Path) -> dict[str, dict[str, str]]:
    words = [sys.executable, "-m", "scanner", "export", "csv", "--db", str(db)]
    out = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    return {row["mac"]: row for row in csv.DictReader(io.StringIO(out))}


def ended(process: subprocess.Popen[bytes], db: Path) -> str:
    code = process.wait(60)
    said = db.with_suffix(".log").read_text(errors="replace")
    assert code == 0, said
    return said


@pytest.mark.daemon("tcpreplay")
def test_a_replayed_capture_gives_the_same_observations_as_the_file(link: tuple[Host, Host], tmp_path: Path) -> None:
    ear, voice = link
    capture, heard, read = tmp_path / "link.pcap", tmp_path / "heard.sqlite", tmp_path / "read.sqlite"
    capture.write_bytes(pcap(FRAMES))
    process = listening(ear, heard)
    voice.run("tcpreplay", "--topspeed", "-i", "eth0", str(capture))
    said = ended(process, heard)
    assert "eth0: 4 frames, 0 dropped by the kernel" in said  # the kernel's filter let nothing else through
    subprocess.run(
        [sys.executable, "-m", "scanner", "read", str(capture), "--db", str(read)],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    same = ("manufacturer", "model", "firmware", "status", "vlan")
    told = {mac: [row[column] for column in same] for mac, row in rows(heard).items()}
    assert told == {mac: [row[column] for column in same] for mac, row in rows(read).items()}
    assert {mac: (row["model"], row["firmware"]) for mac, row in rows(heard).items()} == {
        YEALINK: ("T58A", "58.15.0.20"),
        AUDIOCODES: ("440HD", "2.2.16.704"),
        CISCO: ("CP-7941G", ""),
        POLYCOM: ("VVX 411", "5.9.0.9373"),
    }


@pytest.mark.daemon("dhclient")
@pytest.mark.parametrize(
    ("vendor_class", "firmware"),
    [('"Polycom-VVX411"', ""), (BINARY.hex(":"), "5.9.0.9373")],
    ids=["text", "binary"],
)
def test_a_dhcp_client_is_identified_by_its_vendor_class(
    link: tuple[Host, Host], tmp_path: Path, vendor_class: str, firmware: str
) -> None:
    ear, voice = link
    db, config = tmp_path / "heard.sqlite", tmp_path / "dhclient.conf"
    config.write_text(f'send vendor-class-identifier {vendor_class};\nsend host-name "desk-7";\n')
    process = listening(ear, db)
    files = ("-cf", str(config), "-lf", str(tmp_path / "leases"), "-pf", str(tmp_path / "pid"), "-sf", "/bin/true")
    voice.start("dhclient", "-d", "-1", "-4", *files, "eth0", log=tmp_path / "dhclient.log")
    ended(process, db)
    row = rows(db)[POLYCOM]
    assert (row["manufacturer"], row["model"], row["firmware"], row["hostname"]) == (
        "Polycom", "VVX 411", firmware, "desk-7",
    )  # fmt: skip


@pytest.mark.daemon("tcpreplay")
def test_cap_net_raw_is_sufficient(link: tuple[Host, Host], tmp_path: Path) -> None:
    ear, voice = link
    capture, db = tmp_path / "link.pcap", tmp_path / "heard.sqlite"
    capture.write_bytes(pcap(FRAMES[:1]))
    process = listening(ear, db, "setpriv", "--inh-caps=-all,+net_raw", "--bounding-set=-all,+net_raw")
    voice.run("tcpreplay", "-i", "eth0", str(capture))
    ended(process, db)
    assert set(rows(db)) == {YEALINK}


def test_without_cap_net_raw_the_error_is_one_sentence(link: tuple[Host, Host], tmp_path: Path) -> None:
    words = (sys.executable, "-m", "scanner", "listen", "eth0", "--for", "1", "--db", str(tmp_path / "x.sqlite"))
    done = link[0].run("setpriv", "--inh-caps=-all", "--bounding-set=-all", *words, check=False)
    assert done.returncode == 4
    assert "listening needs CAP_NET_RAW" in done.stderr
    assert "Traceback" not in done.stderr
