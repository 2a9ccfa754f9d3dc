"""dnsmasq.leases, of IPv4 and IPv6."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.reading import dnsmasq_leases, latest
from tests.reading.leases import NOW, check_detected_alone, check_every_cut, facts, items

PHONE = "64:16:7f:12:34:56"
V4 = f"1790003600 {PHONE} 10.1.2.3 SIP-T46S 01:{PHONE}\n0 {PHONE} 10.1.2.4 * *\n"
DUID = "00:01:00:01:2c:aa:bb:cc:64:16:7f:11:22:33"
LINK = "64:16:7f:11:22:33"
V6 = f"duid {DUID}\n1790003600 287454020 2001:db8::7 SIP-T42S {DUID}\n1790003600 T99 2001:db8::8 * {DUID}\n"
FACTS = {
    ("10.1.2.3", PHONE, "arp.mac", PHONE), ("10.1.2.3", PHONE, "dhcp.hostname", "SIP-T46S"),
    ("10.1.2.4", PHONE, "arp.mac", PHONE), ("2001:db8::7", LINK, "dhcp.hostname", "SIP-T42S"),
    ("2001:db8::7", LINK, "arp.mac", LINK), ("2001:db8::8", LINK, "arp.mac", LINK),
}  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [V4 + V6, (V4 + V6).replace("\n", "\r\n"), (V4 + V6).encode("utf-16"), "\ufeff" + V4 + V6, "\n" + V6 + "\n" + V4,
     V4.replace("SIP-T46S", "x") + V6 + V4],
    ids=["as written", "CRLF", "UTF-16", "byte order mark", "IPv6 first", "joined"],
)  # fmt: skip
def test_leases_are_read_and_an_identifier_of_an_interface_is_not_a_mac(data: str | bytes) -> None:
    assert facts(data) == FACTS


@pytest.mark.parametrize(
    ("end", "time"),
    [("1790003600", "2026-09-21T15:13:20Z"), ("1890003600", NOW), ("0", NOW), ("86400", NOW)],
    ids=["ended", "not ended", "never", "a duration"],
)
def test_the_time_is_that_of_the_list_and_not_after_the_end(end: str, time: str) -> None:
    assert {one.time for one in items(V4.splitlines()[0].replace("1790003600", end))[0]} == {time}


@pytest.mark.parametrize("hardware", ["06-" + PHONE, "*", "00:00:00:00:00:00", PHONE + ":00:01"])
def test_what_does_not_identify_a_client_is_not_its_mac(hardware: str) -> None:
    found, _ = items(V4.splitlines()[0].replace(PHONE, hardware, 1))
    assert [(one.ip, one.mac, one.value) for one in found] == [("10.1.2.3", None, "SIP-T46S")]


def test_the_four_columns_of_old_versions_are_read() -> None:
    assert len(facts(V4.splitlines()[0].rpartition(" ")[0])) == 2


def test_lines_that_are_not_leases_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dnsmasq_leases, "PROBLEMS", 2)
    found, problems = items(V4 + "x\n" + "x" * 5_000 + "\n1790003600 64:16:7f:12:34:56 10.1.2\n" + V6)
    assert {(one.ip, one.mac, one.field, one.value) for one in found} == FACTS
    assert [one.number for one in problems] == [3, 4, 0]


def test_more_addresses_than_are_kept_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "ADDRESSES", 10)
    assert len(items("".join(V4.replace("10.1.2", f"10.1.{number}") for number in range(1, 100)))[0]) == 297


@pytest.mark.parametrize(
    ("duid", "mac"),
    [
        (f"00:03:00:01:{LINK}", LINK), (f"00:01:00:06:2c:aa:bb:cc:{LINK}", None),
        ("00:02:00:00:00:09:0c:c0:84:d3:03:00:09:12", None), ("00:04:" + "ab:" * 15 + "cd", None), ("*", None),
    ],
    ids=["link-layer address", "no Ethernet", "enterprise number", "UUID", "none"],
)  # fmt: skip
def test_the_mac_of_a_lease_of_dhcpv6_is_that_of_the_duid(duid: str, mac: str | None) -> None:
    found = facts(f"duid {DUID}\n1790003600 287454020 2001:db8::7 SIP-T42S {duid}\n")
    assert {(one[0], one[1]) for one in found} == {("2001:db8::7", mac)}


def test_a_cut_file_keeps_what_is_before() -> None:
    check_every_cut((V4 + V6).encode(), "dnsmasq-leases")


def test_no_other_format_has_its_signature() -> None:
    check_detected_alone(V4, "dnsmasq-leases")
    check_detected_alone(V6, "dnsmasq-leases")


@pytest.mark.adds_to(
    "reading/test_dnsmasq_leases.py::test_leases_are_read_and_an_identifier_of_an_interface_is_not_a_mac"
)
def test_the_shared_sample(shared: Path) -> None:
    found = facts((shared / "sources" / "dnsmasq.leases").read_bytes())
    assert {("192.168.1.121", "00:15:65:aa:bb:cc"), ("192.168.1.122", "00:04:13:74:a6:64")} <= {
        one[:2] for one in found
    }
    assert ("fd00::120", "aa:bb:cc:11:22:33", "dhcp.hostname", "pc-bureau") in found
