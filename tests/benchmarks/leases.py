"""Large files of DHCP servers: each of 5,000 phones renews its lease every four hours, which appends a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.benchmarks.phones import PHONES, ip, mac, time


def dhcpd(number: int) -> bytes:
    """A block of dhcpd.leases."""
    began = datetime.fromtimestamp(time(number), UTC)
    ended = began + timedelta(hours=8)
    start, end = (f"{at:%w %Y/%m/%d %H:%M:%S}".encode() for at in (began, ended))
    return (
        b"lease %s {\n  starts %s;\n  ends %s;\n  cltt %s;\n  binding state active;\n  next binding state free;\n"
        b'  rewind binding state free;\n  hardware ethernet %s;\n  uid "\\001%s";\n'
        b'  set vendor-class-identifier = "\\000\\0006=o\\001\\007Polycom\\002\\013VVX-VVX_411";\n'
        b'  client-hostname "phone-%d";\n}\n'
        % (ip(number), start, end, start, mac(number), mac(number), number % PHONES)
    )


def windows(number: int) -> bytes:
    """A row of the audit log of Windows."""
    at = datetime.fromtimestamp(time(number), UTC)
    hardware = mac(number).replace(b":", b"").upper()
    return (
        b"11,%s,Renew,%s,phone-%d.example.org,%s,,%d,0,,,,0x0000363D0107506F6C79636F6D020B5656582D5656585F343131,"
        b"6=PolycomVVX-VVX_411,,,,0\r\n"
        % (f"{at:%m/%d/%y,%H:%M:%S}".encode(), ip(number), number % PHONES, hardware, number)
    )


def kea(number: int) -> bytes:
    """A row of Kea."""
    row = ip(number), mac(number), mac(number), time(number) + 28_800, number % PHONES
    return b"%s,%s,01:%s,28800,%d,1,0,0,phone-%d.example.org,0,,1\n" % row


def dnsmasq(number: int) -> bytes:
    """A lease of dnsmasq."""
    return b"%d %s %s phone-%d 01:%s\n" % (time(number), mac(number), ip(number), number % PHONES, mac(number))


def dhcp_log(number: int) -> bytes:
    """The lines of a renewal in the log of ISC dhcpd, and one of another program."""
    client = b"%s (phone-%d) via eth0\n" % (mac(number), number % PHONES)
    return (
        b"2026-11-22T03:00:00.123456+01:00 gw dhcpd[7]: DHCPREQUEST for %s from %s"
        b"2026-11-22T03:00:00.123456+01:00 gw dhcpd[7]: DHCPACK on %s to %s"
        b"2026-11-22T03:00:01.123456+01:00 gw CRON[8]: pam_unix(cron:session): session opened for user root\n"
    ) % (ip(number), client, ip(number), client)


def listed(number: int) -> bytes:
    """A lease in a response of Kea."""
    return (
        b'{"cltt": %d, "fqdn-fwd": false, "hostname": "phone-%d", "hw-address": "%s", "ip-address": "%s", "state": 0, '
        b'"subnet-id": 4, "valid-lft": 3600},\n' % (time(number), number % PHONES, mac(number), ip(number))
    )


def windows_leases(number: int) -> bytes:
    """A row of Export-Csv."""
    hardware = mac(number).replace(b":", b"-")
    return (
        b'"%s","10.20.0.0","Active","%s","Dhcp",,"Complete","A","phone-%d.example.org","12/24/2026 3:13:20 PM","False",'
        b'"FullAccess",,,"10.20.0.1","dhcp1.example.org","root/Microsoft/Windows/DHCP:DhcpServerv4Lease",'
        b'"Microsoft.Management.Infrastructure.Internal.Data.CimPropertiesCollection",'
        b'"Microsoft.Management.Infrastructure.CimSystemProperties"\r\n' % (ip(number), hardware, number % PHONES)
    )


def fortigate(number: int) -> bytes:
    """A row of FortiGate."""
    name = b"phone-%d" % (number % PHONES)
    return (
        b"  %-13s %-23s %-19s %-19s %-19s %-19s Thu Dec 24 15:13:20 2026\n"
        % (ip(number), mac(number), name, b"yealink", b"", b"")
    )  # fmt: skip


def mikrotik(number: int) -> bytes:
    """A lease of RouterOS with its details."""
    hardware = mac(number).upper()
    return (
        b' %d D address=%s mac-address=%s client-id="1:%s" address-lists="" server=voice\n'
        b'     dhcp-option="" status=bound expires-after=8m55s last-seen=1m5s active-address=%s\n'
        b'     active-mac-address=%s active-client-id="1:%s" active-server=voice host-name="phone-%d"\n'
        b'     class-id="yealink"\n\n'
        % (number % 100_000, ip(number), hardware, mac(number), ip(number), hardware, mac(number), number % PHONES)
    )
