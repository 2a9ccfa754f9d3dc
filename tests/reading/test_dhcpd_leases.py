"""dhcpd.leases of ISC DHCP: the last block of an address, in each form that the server writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.reading import latest
from tests.reading.inventories import inventoried
from tests.reading.leases import (
    CISCO,
    NOW,
    POLYCOM,
    POLYCOM_TEXT,
    check_detected_alone,
    check_every_cut,
    facts,
    items,
)

PHONE, OTHER = "64:16:7f:12:34:56", "c8:9c:1d:12:34:56"
BINDING = ("10.1.2.3", PHONE, "arp.mac", PHONE)


def lease(*statements: str, ip: str = "10.1.2.3", mac: str = PHONE, state: str = "active") -> str:
    """A block of the file."""
    common = ["starts 4 2026/11/19 07:00:00", "ends 4 2026/11/19 15:00:00", f"binding state {state}"]
    lines = [*common, f"hardware ethernet {mac}", *statements]
    return f"lease {ip} {{\n" + "".join(f"  {line};\n" for line in lines) + "}\n"


def octal(octets: bytes) -> str:
    """Octets as dhcpd writes them."""
    return "".join(chr(one) if 32 <= one < 127 and chr(one) not in '"\\' else f"\\{one:03o}" for one in octets)


HEAD = "# The format is documented in the dhcpd.leases(5) manual page.\n\nauthoring-byte-order little-endian;\n\n"
SET = "set vendor-class-identifier = "
FILE = HEAD + lease(f'{SET}"{CISCO}"', 'client-hostname "SEPC89C1D123456"', ip="10.1.2.4", mac=OTHER) + lease(
    "cltt 4 2026/11/19 11:00:00", f'{SET}"{octal(POLYCOM)}"'
)  # fmt: skip


def test_a_lease_is_read_at_the_time_of_its_last_transaction() -> None:
    found, problems = items(FILE)
    assert problems == []
    assert {(one.ip, one.mac, one.field, one.value, one.time, one.source) for one in found} == {
        ("10.1.2.4", OTHER, "arp.mac", OTHER, "2026-11-19T07:00:00Z", "leases "),
        ("10.1.2.4", OTHER, "dhcp.vendor-class", CISCO, "2026-11-19T07:00:00Z", "leases "),
        ("10.1.2.4", OTHER, "dhcp.hostname", "SEPC89C1D123456", "2026-11-19T07:00:00Z", "leases "),
        (*BINDING, "2026-11-19T11:00:00Z", "leases "),
        ("10.1.2.3", PHONE, "dhcp.vendor-class", POLYCOM_TEXT, "2026-11-19T11:00:00Z", "leases "),
    }


@pytest.mark.parametrize(
    "text",
    [
        FILE.replace("\n", "\r\n"), FILE.encode("utf-16").decode("latin-1"), "\ufeff" + FILE, FILE.replace("  ", "\t"),
        FILE.replace("  ", ""), FILE.replace("lease 10.", "  lease 10.").replace("}", "  }"),
        FILE.replace(f'"{octal(POLYCOM)}"', POLYCOM.hex(":")),
        FILE.replace("vendor-class-identifier", "vendor-string"),
        FILE.replace("auth", 'server-duid "\\000\\001";\nfailover peer "a" state {\n  my state normal;\n}\nauth'),
        FILE.replace("}\n", "  on expiry {\n    set a = 1;\n    if b {\n      set c = 2;\n    }\n  }\n}\n", 1),
    ],
    ids=["CRLF", "UTF-16", "byte order mark", "tabs", "not indented", "indented", "hexadecimal", "another variable",
         "failover", "statements in a lease"],
)  # fmt: skip
def test_other_spellings_are_read_alike(text: str) -> None:
    octets = text.encode("latin-1") if text.startswith("\xff") else text.encode()
    assert facts(octets) == facts(FILE)


@pytest.mark.parametrize("state", ["free", "backup", "abandoned", "expired", "released", "reset"])
def test_a_lease_that_ended_shows_nothing_even_if_an_earlier_block_was_active(state: str) -> None:
    assert facts(lease(state=state)) == set()
    assert facts(lease() + lease(state=state)) == set()
    assert facts(lease(state=state) + lease()) == {BINDING}
    assert facts(lease().replace("binding state active", "abandoned")) == set()


def test_the_states_that_a_lease_will_have_are_not_its_own() -> None:
    assert facts(lease("next binding state free", "rewind binding state free")) == {BINDING}
    assert facts(lease().replace("  binding state active;\n", "")) == {BINDING}


def test_the_last_block_of_an_address_counts() -> None:
    found, _ = items(lease() + lease(mac=OTHER) + lease(ip="10.1.2.9"))
    assert [(one.ip, one.mac) for one in found] == [("10.1.2.3", OTHER), ("10.1.2.9", PHONE)]


@pytest.mark.parametrize(
    ("starts", "time"),
    [
        ("starts epoch 1790000000; # Mon Sep 21 14:13:20 2026", "2026-09-21T14:13:20Z"),
        ("starts 0 2026/1/4 7:05:09;", "2026-01-04T07:05:09Z"),
        ("starts never;", NOW),
        ("starts 0 2026/02/31 07:00:00;", NOW),
        ("starts epoch 99999999999999;", NOW),
        ("", NOW),
    ],
)
def test_times_in_each_form(starts: str, time: str) -> None:
    found, problems = items(lease().replace("starts 4 2026/11/19 07:00:00;", starts).replace("ends 4", "ends never; #"))
    assert [one.time for one in found] == [time]
    assert problems == []


def test_a_lease_without_a_mac_shows_the_texts_of_its_client() -> None:
    text = lease('client-hostname "t46s"').replace(f"  hardware ethernet {PHONE};\n", "")
    assert facts(text) == {("10.1.2.3", None, "dhcp.hostname", "t46s")}
    empty, problems = items(text.replace('  client-hostname "t46s";\n', ""))
    assert (empty, [one.missing for one in problems]) == ([], [False])


def test_escapes_are_octets() -> None:
    text = 'client-hostname "a\\"b\\\\c\\303\\251\\9"'
    assert ("10.1.2.3", PHONE, "dhcp.hostname", 'a"b\\cé9') in facts(lease(text))


def test_what_cannot_be_read_is_named_with_its_line() -> None:
    found, problems = items(lease() + "lease 10.1.2.9 {\n  starts 4 2026/11/19 07:00:00;\n" + lease(ip="10.1.2.8"))
    assert {one.ip for one in found} == {"10.1.2.3", "10.1.2.8"}
    assert [(one.number, one.what) for one in problems] == [(7, "a lease without its end")]
    _, problems = items(lease() + "x" * 20_000 + "\n" + lease(*['set a = "b"'] * 2_000, ip="10.1.2.9"))
    assert [(one.number, one.missing) for one in problems] == [(7, True), (8, True)]
    _, problems = items('ia-na "\\001" {\n  cltt 4 2026/11/19 07:00:00;\n}\n')
    assert [(one.number, one.missing) for one in problems] == [(1, False)]


def test_a_cut_file_keeps_what_is_before() -> None:
    check_every_cut(FILE.encode(), "dhcpd-leases")


def test_no_other_format_has_its_signature() -> None:
    check_detected_alone(FILE, "dhcpd-leases")


def test_more_addresses_than_are_kept_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "ADDRESSES", 10)
    text = "".join(lease(ip=f"10.1.2.{number}") for number in range(1, 100))
    assert len(items(text)[0]) == 99


@pytest.mark.adds_to("reading/test_dhcpd_leases.py::test_a_lease_is_read_at_the_time_of_its_last_transaction")
def test_the_shared_sample(shared: Path, tmp_path: Path) -> None:
    rows = inventoried(shared / "sources" / "isc-dhcpd.leases", tmp_path)
    assert {(row["ip"], row["mac"], row["model"]) for row in rows} == {
        ("192.168.200.61", "c8:9c:1d:b5:c5:16", "CP-6961"),
        ("192.168.200.62", "00:04:f2:00:06:01", "SoundPoint IP 601"),
    }
