"""The lease file of Kea, with the columns of each version."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.reading import kea_leases, latest
from tests.reading.leases import check_detected_alone, check_every_cut, facts, items

PHONE = "64:16:7f:12:34:56"
HEADER = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
)
OLD = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n"


def row(ip: str = "10.1.2.3", mac: str = PHONE, lifetime: int = 3600, state: int = 0, host: str = "sip-t46s") -> str:
    return f"{ip},{mac},01:{PHONE},{lifetime},1790003600,1,0,0,{host},{state},,0\n"


FILE = HEADER + row(host="x") + row(ip="10.1.2.4", host="sip-t42s.example.org.") + row()
BINDING, NAME = ("10.1.2.3", PHONE, "arp.mac", PHONE), ("10.1.2.3", PHONE, "dhcp.hostname", "sip-t46s")
FACTS = {
    BINDING, NAME, ("10.1.2.4", PHONE, "arp.mac", PHONE), ("10.1.2.4", PHONE, "dhcp.hostname", "sip-t42s.example.org."),
}  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        FILE, FILE.replace("\n", "\r\n"), FILE.encode("utf-16"), "\ufeff" + FILE,
        "# joined\n\n" + FILE, FILE + HEADER + row(),
        FILE.replace(HEADER, OLD).replace(",0,,0\n", ",0\n"),
        FILE.replace(",user_context,pool_id\n", ",user_context\n").replace(",0,,0\n", ",0,\n"),
        OLD + row(ip="10.1.2.4", host="sip-t42s.example.org.").replace(",,0\n", "\n") + HEADER + row(),
        FILE.replace("1,0,0,sip", "1,0,0,sip") + "10.1.2.9,,,3600,1790003600,1,0,0,,0,{ &#x22a&#x22&#x2c 1 },0\n",
    ],
    ids=["as written", "CRLF", "UTF-16", "byte order mark", "comments", "joined", "10 columns", "11 columns",
         "joined versions", "a lease without a client"],
)  # fmt: skip
def test_the_last_row_of_an_address_is_read_by_the_names_of_columns(data: str | bytes) -> None:
    assert facts(data) == FACTS


def test_a_lease_has_the_time_of_its_last_renewal() -> None:
    found, _ = items(FILE)
    assert {(one.time, one.source) for one in found} == {("2026-09-21T14:13:20Z", "leases ")}
    endless, _ = items(HEADER + row(lifetime=4_294_967_295).replace("1790003600", str(1_790_000_000 + 4_294_967_295)))
    assert {one.time for one in endless} == {"2026-09-21T14:13:20Z"}


@pytest.mark.parametrize("ended", [row(lifetime=0), row(state=1), row(state=2), row(state=3)])
def test_a_lease_that_ended_shows_nothing(ended: str) -> None:
    assert facts(HEADER + row() + ended) == set()
    assert facts(HEADER + ended + row()) == {BINDING, NAME}


@pytest.mark.parametrize(
    ("mac", "client", "found"),
    [("", f"01:{PHONE}", PHONE), ("", "41:32:33:34:35:36", None), ("", f"ff:{PHONE}", None), ("", "", None)],
)
def test_the_mac_is_the_hardware_address_or_a_client_identifier_of_type_1(
    mac: str, client: str, found: str | None
) -> None:
    observed, _ = items(HEADER + row(mac=mac).replace(f"01:{PHONE}", client))
    assert {(one.ip, one.mac) for one in observed} == {("10.1.2.3", found)}


def test_escaped_characters_of_a_host_name_are_read() -> None:
    assert ("10.1.2.3", PHONE, "dhcp.hostname", "a,b") in facts(HEADER + row(host="a&#x2cb"))


def test_leases_of_dhcpv6_are_read_but_for_prefixes() -> None:
    header = (
        "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,"
        "hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id\n"
    )
    tail = f",1,3000,%s,7,128,0,0,sip-t46s,{PHONE},0,,1,2,0\n"
    data = header + "".join(f"2001:db8::{n},00:01,4000,1790004000{tail % n}" for n in (0, 2))
    assert facts(data.replace("::0", "::5")) == {
        ("2001:db8::5", PHONE, "arp.mac", PHONE), ("2001:db8::5", PHONE, "dhcp.hostname", "sip-t46s"),
    }  # fmt: skip


def test_a_lease_of_dhcpv6_without_a_hardware_address_has_the_mac_of_its_duid() -> None:
    data = (
        "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,hostname,hwaddr,state\n"
        f"2001:db8::5,00:01:00:01:2c:aa:bb:cc:{PHONE},4000,1790004000,1,3000,0,7,128,sip-t46s,,0\n"
    )
    assert facts(data) == {
        ("2001:db8::5", PHONE, "arp.mac", PHONE), ("2001:db8::5", PHONE, "dhcp.hostname", "sip-t46s"),
    }  # fmt: skip


def test_damaged_rows_are_named_and_replace_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kea_leases, "PROBLEMS", 1)
    found, problems = items(FILE + "10.1.2.3,64:16\n" + "x" * 20_000 + "\n" + row(ip="10.1.2.8").replace("3600", "x"))
    assert {(one.ip, one.mac, one.field, one.value) for one in found} == FACTS
    assert [(one.number, one.what) for one in problems] == [
        (5, "not a row of as many columns as the first line has"),
        (7, "a lease whose lifetime or end is not a number"),
        (0, "1 more rows have not as many columns as the first line"),
    ]


def test_more_addresses_than_are_kept_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "ADDRESSES", 10)
    text = HEADER + "".join(row(ip=f"10.1.2.{number}") for number in range(1, 100))
    assert len(items(text)[0]) == 198


def test_a_cut_file_keeps_what_is_before() -> None:
    check_every_cut((HEADER + row(ip="10.1.2.4") + row()).encode(), "kea-leases")


def test_no_other_format_has_its_signature() -> None:
    check_detected_alone(FILE, "kea-leases")


@pytest.mark.adds_to("reading/test_kea_leases.py::test_the_last_row_of_an_address_is_read_by_the_names_of_columns")
def test_the_shared_sample(shared: Path) -> None:
    assert {one[:2] for one in facts((shared / "sources" / "kea-leases4.csv").read_bytes())} == {
        ("192.168.0.131", "aa:aa:cc:dd:ee:ff"), ("192.168.0.140", "00:15:65:aa:bb:cc"),
    }  # fmt: skip
