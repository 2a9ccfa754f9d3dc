"""Pages of the docs, their fenced blocks and commands, and a folder with the files that the commands need."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.loopback import own

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"

_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its page, the line it starts on, its language and its text without the indent."""

    page: Path
    line: int
    kind: str
    text: str

    @property
    def name(self) -> str:
        """Where it is, as a test's name."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """The pages of the docs, and the README."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def blocks(*kinds: str, page: Path | None = None) -> list[Block]:
    """Fenced blocks of these languages, of all pages or of one."""
    found = []
    for one in [page] if page else pages():
        text = one.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            if match["kind"] in kinds:
                indent = len(match["indent"])
                body = "".join(line[indent:] if line.strip() else line for line in match["body"].splitlines(True))
                found.append(Block(one, text.count("\n", 0, match.start()) + 1, match["kind"], body))
    return found


def commands(page: Path) -> list[str]:
    """The commands of a page, in order: the lines that begin with `$ ` in console blocks; a `\\` at the end joins."""
    found = []
    for block in blocks("console", page=page):
        for line in re.sub(r"\\\n\s*", "", block.text).splitlines():
            if line.startswith("$ "):
                found.append(line[2:].partition("  # ")[0].strip())
    return found


#: Absolute folders in commands of the docs; in a test they are below a temporary folder.
PLACES = ("/etc/phonescan", "/etc/systemd/system", "/var/lib/phonescan", "/var/lib/node_exporter")


def own_net(text: str) -> str:
    """A text with the loopback networks of the docs' examples (127.20 to 127.44) moved to that of this test run."""
    return re.sub(r"\b127\.(20|30|33|44)\.", lambda match: own(match[0]), text)


def here(text: str, world: Path) -> str:
    """A text of the docs with its absolute folders below `world`."""
    for place in PLACES:
        text = text.replace(place, f"{world}{place}")
    return text


def environment(world: Path) -> dict[str, str]:
    """The environment in which commands of the docs run: `phonescan` is this checkout's, and no secret is real."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **kept,
        "PATH": f"{world / 'bin'}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
        "HOME": str(world),
        "PYTHONPATH": str(ROOT),
        "PHONESCAN_MAIL": "json://127.0.0.1:9/",
        "PHONESCAN_COMMUNITY": "not-a-secret",
        "PHONESCAN_AUTH": "not-a-secret-either",
        "NETBOX_TOKEN": "0123456789",
        "COLUMNS": "120",
    }


def build_world(world: Path) -> None:
    """Create the files in the commands of the docs, without an inventory."""
    (world / "bin").mkdir(parents=True)
    shim = world / "bin" / "phonescan"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scanner "$@"\n')
    shim.chmod(0o755)
    for place in PLACES:
        (world / place.lstrip("/")).mkdir(parents=True)
    settings = world / "etc/phonescan"
    tomls = {name: [block.text for block in blocks("toml", page=DOCS / name)] for name in _SETTINGS_PAGES}
    quick = next(text for text in tomls["quick-start.md"] if "[[scan]]" in text)
    (settings / "phonescan.toml").write_text(here(quick, world))
    (settings / "phonescan.env").write_text('PHONESCAN_MAIL="json://127.0.0.1:9/"\n')
    (settings / "snmp.toml").write_text(here(tomls["how-to/snmpv3.md"][0], world))
    (settings / "privacy.key").write_text("not-a-secret\n")
    nightly = quick.replace('db = "/var/lib/phonescan/phonescan.sqlite"', 'db = "phonescan.sqlite"')
    (world / "phonescan.toml").write_text(here(nightly, world))
    vendor, folders, _ = tomls["how-to/adding-a-vendor.md"]
    (world / "our-fingerprints/vendors").mkdir(parents=True)
    (world / "our-fingerprints/vendors/examplephone.toml").write_text(vendor)
    (world / "with-our-fingerprints.toml").write_text(folders)
    shutil.copytree(ROOT / "tests/identity/recog", world / "recog")
    (world / "exports").mkdir()
    (world / "exports/devices.csv").write_bytes(files()["devices.csv"])
    for name, content in {**files(), **_taught()}.items():
        (world / name).write_bytes(content)


_SETTINGS_PAGES = ("quick-start.md", "how-to/snmpv3.md", "how-to/adding-a-vendor.md")


def observations(firmware: str = "5.8.0.12848", time: str = "2026-11-22T02:00:00Z") -> bytes:
    """A few phones at the addresses that the docs use, as JSON lines."""
    rows = [
        ("10.1.2.3", "64:16:7f:12:34:56", "sip.user-agent", f"PolycomVVX-VVX_411-UA/{firmware}"),
        ("10.1.2.4", "80:5e:c0:00:00:04", "sip.user-agent", "Yealink SIP-T58A 58.15.0.20"),
        ("10.1.2.5", "64:16:7f:00:00:05", "sip.user-agent", "PolycomVVX-VVX_401-UA/5.9.7.4477"),
        ("127.20.0.80", None, "sip.user-agent", "PolycomVVX-VVX_411-UA/5.8.0.12848"),
    ]
    lines = []
    for ip, mac, field, value in rows:
        row = {"time": time, "ip": ip, "field": field, "value": value, "source": f"sip {ip}:5060", "site": "hq"}
        lines.append(json.dumps(row | ({"mac": mac} if mac else {})))
    return ("\n".join(lines) + "\n").encode()


def files() -> dict[str, bytes]:
    """Small complete files of other tools."""
    return {
        "observations.jsonl": observations(),
        "capture.pcap": _capture(),
        "nmap.xml": _NMAP,
        "tr64desc.xml": b'<root xmlns="urn:dslforum-org:device-1-0"><device><modelName>FRITZ!Box 7530</modelName>'
        b"<serialNumber>00:04:0E:00:00:01</serialNumber></device></root>",
        "neighbours.json": _LLDPCTL,
        "access.log": _ACCESS_LOG,
        "phone.snmprec": b"1.3.6.1.2.1.1.1.0|4|Polycom VVX 411\n1.3.6.1.2.1.1.5.0|4|phone\n",
        "switch-walk.txt": _WALK,
        "IP Phone Inventory Report.csv": _PHONE_REPORT,
        "devices.csv": b"Manufacturer,Model,MacAddresses,FirmwareVersion\nyealink,mp56,805EC0000005,122.15.0.142\n",
        "phones.csv": b"Device;Model;Load\n64-16-7F-00-00-08;VVX 411;5.8.0.12848\n",
        "devices-ip-phones.md": _PAGE,
        "our-list.csv": b"Vendor,Model,Version\r\nPolycom,VVX 411,5.9.0.9373\r\nYealink,T58A,58.15.0.20\r\n",
        "sites.txt": b"10.1.2.0/24  # hq\n10.1.3.10-50\n",
    }


def _taught() -> dict[str, bytes]:
    """The observations of a new phone and the corpus, as the page about teaching shows them."""
    observed, corpus = (block.text.encode() for block in blocks("json", page=DOCS / "how-to/teaching-a-new-phone.md"))
    return {"new-phones.jsonl": observed, "our-phones.jsonl": corpus}


def _capture() -> bytes:
    """A pcap with one LLDP frame of a phone with LLDP-MED (IEEE 802.1AB 8, TIA-1057 10)."""

    def tlv(kind: int, value: bytes) -> bytes:
        return struct.pack(">H", kind << 9 | len(value)) + value

    def med(subtype: int, value: bytes) -> bytes:
        return tlv(127, b"\x00\x12\xbb" + bytes([subtype]) + value)

    mac = bytes.fromhex("64167f123456")
    frame = bytes.fromhex("0180c200000e") + mac + b"\x88\xcc"
    frame += tlv(1, b"\x05\x01" + bytes([10, 1, 2, 3])) + tlv(2, b"\x03" + mac) + tlv(3, struct.pack(">H", 120))
    frame += tlv(5, b"Polycom VVX 411") + tlv(7, struct.pack(">HH", 0x24, 0x24)) + med(1, b"\x00\x33\x03")
    frame += med(6, b"5.8.0.12848") + med(9, b"Polycom") + med(10, b"VVX 411") + tlv(0, b"")
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + struct.pack("<IIII", 1795312800, 0, len(frame), len(frame)) + frame


_NMAP = b"""<?xml version="1.0"?>
<nmaprun scanner="nmap" start="1795312800" version="7.93">
<host starttime="1795312800" endtime="1795312801"><status state="up"/>
<address addr="10.1.2.6" addrtype="ipv4"/><address addr="64:16:7F:00:00:06" addrtype="mac"/>
<ports><port protocol="tcp" portid="80"><state state="open"/><service name="http"/>
<script id="http-title" output="Polycom - VVX 411 Configuration Utility"/></port></ports></host>
<runstats><finished time="1795312802"/></runstats>
</nmaprun>
"""
_LLDPCTL = json.dumps(
    {
        "lldp": [
            {
                "interface": [
                    {
                        "name": "eth0",
                        "via": "LLDP",
                        "chassis": [
                            {
                                "id": [{"type": "ip", "value": "10.1.2.7"}],
                                "name": [{"value": "Polycom VVX 401"}],
                                "capability": [{"type": "Tel", "enabled": True}],
                            }
                        ],
                        "port": [{"id": [{"type": "mac", "value": "64:16:7f:00:00:07"}]}],
                    }
                ]
            }
        ]
    }
).encode()
_ACCESS_LOG = (
    b'10.1.2.8 - - [22/Nov/2026:02:00:00 +0000] "GET /64167f000008.cfg HTTP/1.1" 200 312 "-" '
    b'"FileTransport PolycomVVX-VVX_411-UA/5.9.0.9373 Type/Application"\n'
)
_WALK = b""".1.3.6.1.2.1.1.1.0 = STRING: "A switch"
.1.3.6.1.2.1.1.5.0 = STRING: "sw1"
.1.3.6.1.2.1.4.20.1.1.10.9.0.1 = IpAddress: 10.9.0.1
.1.0.8802.1.1.2.1.4.1.1.4.0.5.1 = INTEGER: 5
.1.0.8802.1.1.2.1.4.1.1.5.0.5.1 = Hex-STRING: 01 0A 01 02 0B
.1.0.8802.1.1.2.1.4.1.1.6.0.5.1 = INTEGER: 3
.1.0.8802.1.1.2.1.4.1.1.7.0.5.1 = Hex-STRING: 64 16 7F 00 00 0B
.1.0.8802.1.1.2.1.4.1.1.9.0.5.1 = STRING: "Polycom VVX 411"
"""
_PHONE_REPORT = (
    b"Manufacturer,Hardware version,MAC address,User URI,User agent\r\n"
    b"POLYCOM,VVX 411,64-16-7F-00-00-0C,someone@example.org,PolycomVVX-VVX_411-UA/5.8.0.12848\r\n"
)
_PAGE = b"""---
title: "Certified Skype for Business IP phones"
ms.date: 11/01/2026
---
# IP Phones

|Vendor|Model|Version|
|---|---|---|
|Polycom |VVX 411 |5.9.0.9373 |
|Polycom |VVX 401 |5.9.7.4477 |
|Yealink |T58A |58.15.0.20 |
"""


def sentences(page: Path) -> Iterator[str]:
    """The lines of the text blocks of a page: the quoted messages."""
    for block in blocks("text", page=page):
        yield from (line for line in block.text.splitlines() if line.strip())
