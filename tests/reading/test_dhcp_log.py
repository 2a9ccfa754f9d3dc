"""Logs of DHCP servers: the lease of each address and what its client sent, in the words of each server."""

from __future__ import annotations

import pytest

from scanner.reading import detect, dhcp_syslog
from tests.reading.leases import CISCO, check_detected_alone, check_every_cut, facts, items

PHONE, OTHER = "64:16:7f:12:34:56", "c8:9c:1d:12:34:56"
BINDING = ("10.1.2.3", PHONE, "arp.mac", PHONE)
NAME = ("10.1.2.3", PHONE, "dhcp.hostname", "SIP-T46S")
VENDOR = ("10.1.2.3", PHONE, "dhcp.vendor-class", "yealink")

#: Lines of a lease → what they show; the prefix of the log stands in front of each.
LEASES: dict[str, tuple[str, set[tuple[str, str, str, str]]]] = {
    "dnsmasq": (f"dnsmasq-dhcp[12]: DHCPACK(eth0) 10.1.2.3 {PHONE} SIP-T46S", {BINDING, NAME}),
    "dnsmasq without a name": (f"dnsmasq-dhcp[12]: DHCPACK(br-lan) 10.1.2.3 {PHONE.upper()}", {BINDING}),
    "dnsmasq without a number": (f"dnsmasq-dhcp: DHCPACK(eth0) 10.1.2.3 {PHONE} ", {BINDING}),
    "dnsmasq, BOOTP": (f"dnsmasq-dhcp[12]: BOOTP(eth0) 10.1.2.3 {PHONE} SIP-T46S", {BINDING, NAME}),
    "dhcpd": (f"dhcpd[12]: DHCPACK on 10.1.2.3 to {PHONE} (SIP-T46S) via eth0", {BINDING, NAME}),
    "dhcpd without a name": (f"dhcpd: DHCPACK on 10.1.2.3 to {PHONE} via 10.1.2.1", {BINDING}),
    "dhcpd with a relay": (
        f"dhcpd[12]: DHCPACK on 10.1.2.3 to {PHONE} (SIP-T46S) via eth0 relay 10.1.2.1 lease-duration 600 (RENEW)",
        {BINDING, NAME},
    ),
    "dhcpd, INFORM": (f"dhcpd[12]: DHCPACK to 10.1.2.3 ({PHONE}) via eth0", {BINDING}),
    "dhcpd, BOOTP": (f"dhcpd[12]: BOOTREPLY on 10.1.2.3 to SIP-T46S ({PHONE}) via eth0", {BINDING, NAME}),
    "dhcpd, all messages": (
        f"dhcpd[12]: DHCPDISCOVER from {PHONE} via eth0\n"
        f"dhcpd[12]: DHCPOFFER on 10.1.2.3 to {PHONE} (SIP-T46S) via eth0\n"
        f"dhcpd[12]: DHCPREQUEST for 10.1.2.3 (10.1.2.1) from {PHONE} (SIP-T46S) via eth0\n"
        f"dhcpd[12]: DHCPACK on 10.1.2.3 to {PHONE} (SIP-T46S) via eth0",
        {BINDING, NAME},
    ),
    "Kea": (
        f"kea-dhcp4[7]: INFO  [kea-dhcp4.leases.0x7f12] DHCP4_LEASE_ALLOC [hwtype=1 {PHONE}], cid=[01:{PHONE}], "
        "tid=0x1a2b: lease 10.1.2.3 has been allocated for 3600 seconds",
        {BINDING},
    ),
    "Kea, a lease used again": (
        f"INFO [kea-dhcp4.leases/7.1] DHCP4_LEASE_REUSE [hwtype=1 {PHONE}], cid=[no info], tid=0x1: lease 10.1.2.3 has "
        "been reused for 3596 seconds",
        {BINDING},
    ),
    "Kea, of an earlier version": (
        f"INFO [kea-dhcp4.leases/7] DHCP4_LEASE_ALLOC [hwtype=1 {PHONE}], cid=[no info], tid=0x1: lease 10.1.2.3 has "
        "been allocated",
        {BINDING},
    ),
    "Kea without a hardware address": (
        f"INFO [kea-dhcp4.leases/7] DHCP4_LEASE_ALLOC [no hwaddr info], cid=[01:{PHONE}], tid=0x1: lease 10.1.2.3 has "
        "been allocated for 60 seconds",
        {BINDING},
    ),
    "Kea, forensic log": (
        "Address: 10.1.2.3 has been renewed for 1 hrs 52 min 15 secs to a device with hardware address: hwtype=1 "
        f"{PHONE}, client-id: 17:34:e2:ff:09:92:54 connected via relay at address: 10.1.2.1",
        {BINDING},
    ),
    "Kea, a vendor class": (
        f"DEBUG [kea-dhcp4.dhcp4/7.1] DHCP4_CLASSES_ASSIGNED [hwtype=1 {PHONE}], cid=[no info], tid=0x1: client packet "
        "has been assigned to the following classes: ALL, VENDOR_CLASS_yealink, UNKNOWN\n"
        f"INFO [kea-dhcp4.leases/7] DHCP4_LEASE_ALLOC [hwtype=1 {PHONE}], cid=[no info], tid=0x1: lease 10.1.2.3 has "
        "been allocated for 60 seconds",
        {BINDING, VENDOR},
    ),
    "FortiOS": (
        'logid="0100026001" type="event" logdesc="DHCP Ack log" interface="voice" dhcp_msg="Ack" '
        f'mac="{PHONE.upper()}" ip=10.1.2.3 lease=3600 hostname="SIP-T46S" msg="DHCP server sends a DHCPACK"',
        {BINDING, NAME},
    ),
    "RouterOS 7": (f"dhcp,info voice assigned 10.1.2.3 for {PHONE.upper()} SIP-T46S", {BINDING, NAME}),
    "RouterOS 6": (f"dhcp,info voice assigned 10.1.2.3 to {PHONE.upper()}", {BINDING}),
}  # fmt: skip
#: The start of a line → the time, of a log that is read on 2026-11-23.
STARTS = {
    "Nov 22 03:00:00 gw ": "2026-11-22T03:00:00Z",
    "<30>Nov  2 03:00:00 gw ": "2026-11-02T03:00:00Z",
    "Dec 24 03:00:00 ": "2025-12-24T03:00:00Z",
    "2026-11-22T03:00:00.123456+01:00 gw ": "2026-11-22T02:00:00Z",
    "2026-11-22T03:00:00+0100 gw ": "2026-11-22T02:00:00Z",
    "2026-11-22 03:00:00.123 ": "2026-11-22T03:00:00Z",
    "Sun 2026-11-22 03:00:00 CET gw ": "2026-11-22T03:00:00Z",
    "Sun Nov 22 03:00:00 2026 daemon.info ": "2026-11-22T03:00:00Z",
    "1795316400.123456 gw ": "2026-11-22T03:00:00Z",
    "2024-11-22T03:00:00.5Z gw local7 info ": "2024-11-22T03:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize("name", LEASES)
@pytest.mark.parametrize("start", ["Nov 22 03:00:00 gw ", "2026-11-22T04:00:00.123+01:00 gw "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_lease_shows_the_address_and_name_of_its_client(name: str, start: str, end: str) -> None:
    lines, wanted = LEASES[name]
    text = "".join(f"{start}{line}{end}" for line in lines.splitlines())
    assert detect.detect(text.encode()) is dhcp_syslog.FORMAT
    assert facts(text) == wanted
    assert {one.time for one in items(text)[0]} == {"2026-11-22T03:00:00Z"}
    check_detected_alone(text, "dhcp-log")


@pytest.mark.parametrize("start", STARTS)
def test_the_time_is_that_of_the_line(start: str) -> None:
    text = f"{start}dhcpd[12]: DHCPACK on 10.1.2.3 to {PHONE} via eth0\n"
    (one,), problems = items(text, now="2026-11-23T02:00:00Z")
    assert (one.time, problems) == (STARTS[start], [])


def test_kea_writes_the_year_that_syslog_leaves_out() -> None:
    start = "ene 06 12:48:19 kea kea-dhcp4[617]: 2023-01-06 12:48:19.229 INFO  [kea-dhcp4.leases/617.1] "
    text = start + LEASES["Kea"][0].partition("] ")[2]
    assert {one.time for one in items(text)[0]} == {"2023-01-06T12:48:19Z"}


def test_a_line_of_rfc_5424_is_read() -> None:
    text = (
        f'<190>1 2026-11-22T03:00:00.5+01:00 gw.example dhcpd 12 - [meta a="1"] DHCPACK on 10.1.2.3 to {PHONE} via em0'
    )
    assert facts(text) == {BINDING}
    assert {one.time for one in items(text)[0]} == {"2026-11-22T02:00:00Z"}


@pytest.mark.parametrize(
    ("vendor", "user", "name"),
    [
        ("vendor class", "user class", "client provides name"),
        ('"Vendor class"', "Benutzerklasse", "Klient stellt Name bereit"),
        ("Classe de vendeur ('Vendor Class') ", "Classe d'utilisateur", "Le client fournit le nom "),
    ],
)
def test_what_a_client_sent_is_in_the_lines_of_its_transaction(vendor: str, user: str, name: str) -> None:
    def logged(transaction: int, *lines: str) -> str:
        return "".join(f"Nov 22 03:00:00 gw dnsmasq-dhcp[12]: {transaction} {line}\n" for line in lines)

    first = logged(7, f"{vendor}: yealink", f"{user}: voice", f"{name}: SIP-T46S")
    other = logged(8, f"{vendor}: {CISCO}", f"DHCPREQUEST(eth0) 10.1.2.4 {OTHER} ")
    rest = logged(
        7, f"DHCPREQUEST(eth0) 10.1.2.3 {PHONE} ", "requested options: 1:netmask, 66:tftp-server",
        "next server: 10.1.2.1",
        "sent size:  4 option: 54 server-identifier  10.1.2.1", f"DHCPACK(eth0) 10.1.2.3 {PHONE} desk-7",
    )  # fmt: skip
    assert facts(first + other + rest + logged(8, f"DHCPACK(eth0) 10.1.2.4 {OTHER} SEPC89C1D123456")) == {
        BINDING, NAME, VENDOR, ("10.1.2.3", PHONE, "dhcp.user-class", "voice"),
        ("10.1.2.4", OTHER, "arp.mac", OTHER), ("10.1.2.4", OTHER, "dhcp.vendor-class", CISCO),
        ("10.1.2.4", OTHER, "dhcp.hostname", "SEPC89C1D123456"),
    }  # fmt: skip


def test_the_options_of_a_message_that_kea_prints_are_of_its_client() -> None:
    lease = LEASES["Kea"][0]
    text = (
        f"2026-11-22 03:00:00.1 DEBUG [kea-dhcp4.packets/7] DHCP4_QUERY_DATA [hwtype=1 {PHONE}], cid=[no info], "
        "tid=0x1, packet details: local_address=10.1.2.1:67, remote_address=10.1.2.3:68, msg_type=DHCPREQUEST (3), \n"
        "options:\n  type=012, len=008: \"SIP-T46S\" (string)\n  type=053, len=001: 3 (uint8)\n"
        "  type=060, len=007: \"yealink\" (string)\n  type=077, len=002: 76:6f\n"
        f"2026-11-22 03:00:00.2 {lease}\n"
        "2026-11-22 03:00:00.3 DEBUG [kea-dhcp4.packets/7] DHCP4_RESPONSE_DATA [no hwaddr info], cid=[no info]\n"
        "  type=012, len=004: \"mine\" (string)\n"
    )  # fmt: skip
    assert facts(text) == {BINDING, NAME, VENDOR, ("10.1.2.3", PHONE, "dhcp.user-class", "vo")}


@pytest.mark.parametrize(
    "end",
    [
        f"dhcpd[12]: DHCPRELEASE of 10.1.2.3 from {PHONE} (SIP-T46S) via eth0 (found)",
        f"dhcpd[12]: DHCPDECLINE of 10.1.2.3 from {PHONE} via eth0: abandoned", "dhcpd: DHCPEXPIRE on 10.1.2.3",
        f"dhcpd[12]: DHCPEXPIRE on 10.1.2.3 to {PHONE}", f"dnsmasq-dhcp[1]: DHCPRELEASE(eth0) 10.1.2.3 {PHONE}",
        f"dnsmasq-dhcp[1]: 99 DHCPNAK(eth0) 10.1.2.3 {PHONE} wrong network",
        f"INFO [kea-dhcp4.leases/7] DHCP4_RELEASE [hwtype=1 {PHONE}], cid=[no info], tid=0x1: address 10.1.2.3 was "
        "released properly.",
        f"INFO DHCP4_DECLINE_LEASE Received DHCPDECLINE for addr 10.1.2.3 from client [hwtype=1 {PHONE}], cid=[no "
        "info], tid=0x1. The lease will be unavailable for 60 seconds.",
        f"Address: 10.1.2.3 has been released from a device with hardware address: hwtype=1 {PHONE}",
        f'dhcp_msg="Release" mac="{PHONE}" ip=10.1.2.3 hostname="N/A" msg="DHCP server receives a DHCPRELEASE"',
        f"dhcp,info voice deassigned 10.1.2.3 from {PHONE.upper()}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["dnsmasq", "dhcpd", "Kea"])
def test_a_lease_that_ended_is_not_one(name: str, end: str) -> None:
    begun = f"Nov 22 03:00:00 gw {LEASES[name][0]}\n"
    assert facts(f"{begun}Nov 22 04:00:00 gw {end}\n") == set()
    assert BINDING in facts(f"{begun}Nov 22 04:00:00 gw {end}\n{begun}")


def test_the_refusal_of_an_address_that_another_client_has_ends_no_lease() -> None:
    text = (
        f"Nov 22 03:00:00 gw dhcpd: DHCPACK on 10.1.2.3 to {PHONE} via eth0\n"
        f"Nov 22 03:00:01 gw dhcpd: DHCPNAK on 10.1.2.3 to {OTHER} via eth0\n"
    )
    assert facts(text) == {BINDING}


def test_a_client_without_a_lease_has_no_address_and_what_it_sent() -> None:
    text = f"Nov 22 03:00:00 gw dhcpd: DHCPDISCOVER from {PHONE} (SIP-T46S) via eth0: no free leases\n"
    assert facts(text) == {(None, PHONE, "dhcp.hostname", "SIP-T46S")}


def test_the_last_lease_of_an_address_counts() -> None:
    lines = [
        f"Nov 22 0{hour}:00:00 gw dhcpd: DHCPACK on 10.1.2.3 to {mac} via x\n" for hour, mac in ((3, OTHER), (4, PHONE))
    ]
    (one,), _ = items("".join(lines))
    assert (one.value, one.time) == (PHONE, "2026-11-22T04:00:00Z")


def test_leases_of_ipv6_have_the_mac_of_their_duid() -> None:
    duid = "00:03:00:01:" + PHONE
    text = (
        f"Nov 22 03:00:00 gw dnsmasq-dhcp[1]: DHCPREPLY(eth0) 2001:db8::7 {duid} SIP-T46S\n"
        f"Nov 22 03:00:00 gw kea: DHCP6_LEASE_ALLOC duid=[{duid}], [no hwaddr info], tid=0x1: lease for address "
        "2001:db8::8 and iaid=1 has been allocated for 3600 seconds\n"
    )
    assert facts(text) == {(f"2001:db8::{at}", PHONE, "arp.mac", PHONE) for at in (7, 8)}


def test_an_entry_of_the_journal_as_json_has_its_time() -> None:
    text = (
        '{"__REALTIME_TIMESTAMP": "1795316400123456", "SYSLOG_IDENTIFIER": "dhcpd", '
        f'"MESSAGE": "DHCPACK on 10.1.2.3 to {PHONE} (SIP-T46S) via eth0"}}\n'
    )
    assert facts(text) == {BINDING, NAME}
    assert {one.time for one in items(text)[0]} == {"2026-11-22T03:00:00Z"}


@pytest.mark.parametrize("time", ["nov/22/2026 03:00:00", "nov/22 03:00:00", "2026-11-22 03:00:00"])
def test_a_line_of_routeros_has_its_time(time: str) -> None:
    line = f"{time} {LEASES['RouterOS 6'][0]}\n"
    assert {one.time for one in items(line, now="2026-11-23T02:00:00Z")[0]} == {"2026-11-22T03:00:00Z"}


def test_the_event_time_of_fortios_is_its_unix_time() -> None:
    line = f"date=2026-11-22 time=04:00:00 eventtime=1795316400123456789 {LEASES['FortiOS'][0]}\n"
    assert {one.time for one in items(line)[0]} == {"2026-11-22T03:00:00Z"}


def test_requests_to_a_tftp_server_in_the_same_log_are_read() -> None:
    text = (
        f"Nov 22 03:00:00 gw dnsmasq-dhcp[12]: DHCPACK(eth0) 10.1.2.3 {PHONE}\n"
        "Nov 22 04:00:00 gw dnsmasq-tftp[12]: sent /srv/tftp/SEPC89C1D123456.cnf.xml to 10.1.2.4\n"
    )
    assert {(one.ip, one.value, one.source, one.time) for one in items(text)[0]} == {
        ("10.1.2.3", PHONE, "leases ", "2026-11-22T03:00:00Z"),
        ("10.1.2.4", OTHER, "provisioning ", "2026-11-22T04:00:00Z"),
    }


def test_a_lease_without_a_time_is_one_of_the_time_of_reading() -> None:
    observations, problems = items(f"dhcpd: DHCPACK on 10.1.2.3 to {PHONE} via eth0\n", now="2026-11-23T02:00:00Z")
    assert [one.time for one in observations] == ["2026-11-23T02:00:00Z"]
    assert [one.what for one in problems] == ["of 1 lease the time cannot be read: taken as the time of reading"]


@pytest.mark.parametrize("limit", ["CLIENTS", "OCTETS"])
def test_more_clients_than_are_kept_cost_none(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(dhcp_syslog, limit, 2)
    macs = [f"64:16:7f:12:34:{number:02x}" for number in range(9)]
    lines = [
        f"Nov 22 03:00:00 gw dhcpd: DHCPACK on 10.1.2.{n + 1} to {mac} (p{n}) via x\n" for n, mac in enumerate(macs)
    ]
    found = facts("".join(lines))
    assert {(mac, value) for _, mac, field, value in found if field == "dhcp.hostname"} == {
        (mac, f"p{n}") for n, mac in enumerate(macs)
    }


def test_a_log_that_is_cut_loses_what_is_behind_the_cut() -> None:
    lines = (LEASES["dnsmasq"][0], LEASES["dhcpd"][0].replace("2.3", "2.4"), LEASES["Kea"][0].replace("2.3", "2.5"))
    check_every_cut("".join(f"2026-11-22T03:00:00Z gw {line}\n" for line in lines).encode(), "dhcp-log")


@pytest.mark.parametrize(
    "line",
    ["dnsmasq[1]: query[A] a from 10.1.2.3", "gw CRON[8]: session opened", "dhcpd: Wrote 11 leases to leases file."],
)
def test_lines_of_other_programs_are_not_such_a_log(line: str) -> None:
    assert not dhcp_syslog.FORMAT.looks_like(f"Nov 22 03:00:00 gw {line}\n".encode())
