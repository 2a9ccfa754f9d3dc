"""Access logs of provisioning servers: phones send model and firmware when they fetch their configuration."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem, accesslog, detect
from tests.reading.inventories import NOW, inventoried

AGENT = "FileTransport PolycomVVX-VVX_411-UA/5.9.0.9373 Type/Application"
TAIL = f'- - [23/Nov/2026:03:00:00 +0100] "GET /64167f123456.cfg HTTP/1.1" 200 512 "-" "{AGENT}"'
PHONE = "64:16:7f:12:34:56"


@pytest.mark.parametrize(
    ("line", "ip"),
    [
        (f"10.1.2.3 {TAIL}", "10.1.2.3"),
        (f"2001:db8::7 {TAIL}", "2001:db8::7"),
        (f"prov.example.org:80 10.1.2.3 {TAIL}", "10.1.2.3"),
        (f'10.1.2.3 {TAIL} "10.9.9.9" 0.001', "10.1.2.3"),
        (f"phone-7.example.org {TAIL}", None),
        (f"10.1.2.3 - john doe {TAIL.removeprefix('- - ')}", "10.1.2.3"),
        (f"10.1.2.3 {TAIL}".replace(" 512 ", " - "), "10.1.2.3"),
    ],
    ids=["combined", "IPv6", "virtual host", "more fields", "host name", "a user with a blank", "no size"],
)
def test_a_line_contains_phone_address_mac_and_time(line: str, ip: str | None) -> None:
    assert detect.detect(line.encode()) is accesslog.FORMAT
    (item,) = read(io.BytesIO(line.encode()), now=NOW)
    assert isinstance(item, Observation)
    assert (item.ip, item.mac, item.field, item.value) == (ip, PHONE, "provisioning.user-agent", AGENT)
    assert item.time == "2026-11-23T02:00:00Z"


@pytest.mark.parametrize(
    ("path", "mac"),
    [
        ("/0004f2c67078-phone.cfg", "00:04:f2:c6:70:78"),
        ("/cfg/00-04-f2-c6-70-78.xml", "00:04:f2:c6:70:78"),
        ("/SEP001795B0F381.cnf.xml", "00:17:95:b0:f3:81"),
        ("/000000000000.cfg", None),
        ("/ffffffffffff.cfg", None),
        ("/y000000000058.cfg", None),
        ("/0123456789abcdef.bin", None),
    ],
)
def test_the_mac_in_the_path_is_the_phones_if_it_identifies_one(path: str, mac: str | None) -> None:
    line = f"10.1.2.3 {TAIL}".replace("/64167f123456.cfg", path)
    (item,) = read(io.BytesIO(line.encode()), now=NOW)
    assert isinstance(item, Observation)
    assert item.mac == mac


def test_a_repeated_request_is_reported_once_and_other_lines_are_problems() -> None:
    text = "\n".join([f"10.1.2.3 {TAIL}"] * 3 + ["", "garbage", f"10.1.2.4 {TAIL}"])
    items = list(read(io.BytesIO(text.encode()), now=NOW))
    assert [(i.number, i.what) for i in items if isinstance(i, Problem)] == [
        (5, "not a request in combined log format")
    ]
    assert [i.ip for i in items if isinstance(i, Observation)] == ["10.1.2.3", "10.1.2.4"]


def test_a_rotated_log_is_decompressed_and_only_phones_are_kept(tmp_path: Path) -> None:
    browser = '10.1.2.9 - - [23/Nov/2026:03:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux x86_64)"'
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(gzip.compress(f"10.1.2.3 {TAIL}\n{browser}\n".encode()))
    rows = inventoried(path, tmp_path)
    assert [(row["ip"], row["mac"], row["model"], row["firmware"]) for row in rows if row["kind"] != "unknown"] == [
        ("10.1.2.3", PHONE, "VVX 411", "5.9.0.9373")
    ]
