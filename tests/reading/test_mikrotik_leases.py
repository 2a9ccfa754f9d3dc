"""`/ip dhcp-server lease print` of MikroTik RouterOS 6 and 7, in each form."""

from __future__ import annotations

import pytest

from scanner.reading import mikrotik_leases
from tests.reading.leases import CISCO, NOW, check_detected_alone, check_every_cut, facts, items

PHONE, OTHER = "64:16:7f:12:34:56", "c8:9c:1d:12:34:56"
FLAGS = "Flags: X - disabled, R - radius, D - dynamic, B - blocked \n"
DETAIL = f"""{FLAGS} 0 D address=10.1.2.3 mac-address={PHONE.upper()} client-id="1:64:16:7f:12:34:56" address-lists=""
     server=defconf dhcp-option="" status=bound expires-after=8m55s last-seen=1h1m5s active-address=10.1.2.3
     active-mac-address={PHONE.upper()} active-server=defconf host-name="SIP-T46S" class-id="yealink"

 1   ;;; reception, do not move = really
     address=voice mac-address={OTHER.upper()} server=defconf dhcp-option="" status=bound last-seen=1h1m5s
     active-address=10.1.2.4 host-name="SEPC89C1D123456" class-id="{CISCO}"

 2   address=10.1.2.5 mac-address=64:16:7F:12:34:57 server=defconf dhcp-option="" status=waiting last-seen=never
 3 X address=10.1.2.6 mac-address=64:16:7F:12:34:58 server=defconf status=bound last-seen=1s
"""
TERSE = (
    f"0 D address=10.1.2.3 mac-address={PHONE.upper()} server=defconf status=bound last-seen=1h1m5s host-name=SIP-T46S "
    f"class-id=yealink\n1   comment=a = b address=10.1.2.4 mac-address={OTHER.upper()} status=bound last-seen=1h1m5s "
    f"host-name=SEPC89C1D123456 class-id={CISCO} radius=no\n"
    "2   address=10.1.2.5 mac-address=64:16:7F:12:34:57 status=waiting\n"
)
AS_VALUE = (
    f".id=*1;address=10.1.2.3;class-id=yealink;host-name=SIP-T46S;last-seen=1h1m5s;mac-address={PHONE.upper()};status=bound;"
    f".id=*2;address=10.1.2.4;class-id={CISCO};host-name=SEPC89C1D123456;last-seen=1h1m5s;mac-address={OTHER.upper()};"
    "status=bound;.id=*3;address=10.1.2.6;disabled=true;last-seen=1s;mac-address=64:16:7F:12:34:58;status=bound\n"
)
FACTS = {
    ("10.1.2.3", PHONE, "arp.mac", PHONE), ("10.1.2.3", PHONE, "dhcp.hostname", "SIP-T46S"),
    ("10.1.2.3", PHONE, "dhcp.vendor-class", "yealink"),
    ("10.1.2.4", OTHER, "arp.mac", OTHER), ("10.1.2.4", OTHER, "dhcp.hostname", "SEPC89C1D123456"),
    ("10.1.2.4", OTHER, "dhcp.vendor-class", CISCO),
}  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [DETAIL, DETAIL.replace("\n", "\r\n"), DETAIL.encode("utf-16"), "\ufeff" + DETAIL, TERSE, AS_VALUE,
     "[admin@MikroTik] > /ip dhcp-server lease print detail\n" + DETAIL + "[admin@MikroTik] > quit\n",
     DETAIL.replace(" D ", " DR ").replace("Flags: X", "Flags: D - DYNAMIC; X")],
    ids=["detail", "CRLF", "UTF-16", "byte order mark", "terse", "as-value", "a session", "two flags"],
)  # fmt: skip
def test_bound_leases_are_read_at_the_time_when_the_client_was_last_seen(data: str | bytes) -> None:
    assert facts(data) == FACTS
    assert {one.time for one in items(data)[0]} == {"2026-11-23T00:58:55Z"}


@pytest.mark.parametrize(
    ("since", "time"),
    [
        ("1w2d3h4m5s", "2026-11-13T22:55:55Z"), ("1d00:00:05", "2026-11-22T01:59:55Z"), ("never", NOW), ("", NOW),
        ("999999w", "1970-01-01T00:00:00Z"), ("1x", NOW),
    ],
)  # fmt: skip
def test_durations_in_each_form(since: str, time: str) -> None:
    assert {one.time for one in items(DETAIL.replace("1h1m5s", since))[0]} == {time}


@pytest.mark.parametrize(
    ("head", "time"),
    [
        ("# 2026-11-20 10:00:00 by RouterOS 7.16\n", "2026-11-20T08:58:55Z"),
        ("# nov/20/2026 10:00:00 by RouterOS 6.49.10\n# software id = X\n", "2026-11-20T08:58:55Z"),
        ("# xyz/20/2026 10:00:00 by RouterOS 6.49.10\n", "2026-11-23T00:58:55Z"),
        ("# a comment\n", "2026-11-23T00:58:55Z"),
    ],
)
def test_the_clock_of_the_list_is_used_where_it_has_one(head: str, time: str) -> None:
    assert {one.time for one in items(head + DETAIL)[0]} == {time}


@pytest.mark.parametrize("status", ["waiting", "offered", "testing", "busy", "conflict"])
def test_a_lease_that_is_not_bound_shows_nothing(status: str) -> None:
    assert facts(DETAIL.replace("=bound", f"={status}")) == set()


def test_the_reservations_of_an_export_are_counted_and_show_no_client() -> None:
    data = (
        "# 2026-11-20 10:00:00 by RouterOS 7.16\n/ip pool\nadd name=voice ranges=10.1.2.3\n/ip dhcp-server lease\n"
        f"add address=10.1.2.3 mac-address={PHONE.upper()} server=defconf\nadd address=10.1.2.4 comment=x \\\n"
        f"    mac-address={OTHER.upper()} server=defconf\n/ip dns\nadd address=10.1.2.5\n"
    )
    check_detected_alone(data, "mikrotik-leases")
    found, problems = items(data)
    assert found == []
    assert [(one.what.partition(":")[0], one.missing) for one in problems] == [("2 reservations are not read", True)]


def test_leases_that_are_cut_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mikrotik_leases, "PROBLEMS", 1)
    monkeypatch.setattr(mikrotik_leases, "LINE", 5_000)
    cut = " 8 D address=10.1.2.9 mac-address=64:16\n"
    found, problems = items(DETAIL + cut + cut.replace("2.9", "2.8") + "x" * 6_000 + "\n")
    assert {(one.ip, one.mac, one.field, one.value) for one in found} == FACTS
    assert [(one.number, one.what) for one in problems] == [
        (14, "longer than a lease"),
        (12, "the lease has no status: it may be truncated"),
        (0, "1 more leases have no status"),
    ]


def test_a_record_without_values_is_named() -> None:
    found, problems = items(DETAIL + " 8 D ;;;\n")
    assert {(one.ip, one.mac, one.field, one.value) for one in found} == FACTS
    assert [one.what for one in problems] == ["the lease has no status: it may be truncated"]


def test_a_cut_file_keeps_what_is_before() -> None:
    check_every_cut((TERSE.replace("\n", " a=b\n")).encode(), "mikrotik-leases")


TABLE = f"""Flags: D - DYNAMIC
Columns: ADDRESS, MAC-ADDRESS, HOST-NAME, SERVER, STATUS, LAST-SEEN
#   ADDRESS   MAC-ADDRESS        HOST-NAME        SERVER   STATUS   LAST-SEEN
;;; reception
0   10.1.2.3  {PHONE.upper()}  SIP-T46S         defconf  bound    1h1m5s
1 D 10.1.2.4  {OTHER.upper()}  SEPC89C1D123456  defconf  bound    1h1m5s
2   10.1.2.5  64:16:7F:12:34:57                   defconf  waiting  never
"""
TABLE_6 = f"""Flags: X - disabled, R - radius, D - dynamic, B - blocked
 #   ADDRESS         MAC-ADDRESS       HO... SERVER        RATE-LIMIT        STATUS
 0 D 10.1.2.3        {PHONE.upper()} SIP-T defconf                         bound
 1   10.1.2.4        {OTHER.upper()} x     defconf         1M/1M           bound
 2 X 10.1.2.5        64:16:7F:12:34:57 x     defconf                         bound
"""


def test_the_table_without_details_is_read() -> None:
    assert facts(TABLE) == {one for one in FACTS if one[2] != "dhcp.vendor-class"}
    assert {one.time for one in items(TABLE)[0]} == {"2026-11-23T00:58:55Z"}
    assert facts(TABLE_6) == {
        ("10.1.2.3", PHONE, "arp.mac", PHONE),
        ("10.1.2.4", OTHER, "arp.mac", OTHER),
    }  # the names may be cut
    cut = TABLE.replace("HOST-NAME        SERVER ", "HOST-NAME SERVER ").replace(
        "SIP-T46S         def", "SIP-T46SX def"
    )
    assert ("10.1.2.3", PHONE, "arp.mac", PHONE) in facts(cut)
    assert not any(value.startswith("SIP") for _, _, _, value in facts(cut))


@pytest.mark.parametrize("sample", [DETAIL, TERSE, AS_VALUE, TABLE, TABLE_6])
def test_no_other_format_has_its_signature(sample: str) -> None:
    check_detected_alone(sample, "mikrotik-leases")


@pytest.mark.parametrize(
    "other",
    [
        ' 0 interface=ether2 address=10.1.2.3 mac-address=64:16:7F:12:34:56 identity="x" platform="MikroTik" age=1s\n',
        " 0 D address=10.1.2.3 mac-address=64:16:7F:12:34:56 interface=bridge published=no status=\"reachable\"\n",
        "#   ADDRESS   MAC-ADDRESS        INTERFACE  STATUS\n0 D 10.1.2.3  64:16:7F:12:34:56  bridge     reachable\n",
        " 0   interface=ether1 add-default-route=yes status=bound address=10.1.2.3/24 gateway=10.1.2.1\n",
    ],
    ids=["neighbours", "ARP", "ARP as table", "a client"],
)  # fmt: skip
def test_other_lists_of_the_router_are_not_leases(other: str) -> None:
    assert not mikrotik_leases.looks_like(FLAGS.encode() + other.encode())
