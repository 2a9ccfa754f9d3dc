"""Large files of RADIUS servers: the interim updates of 5,000 phones, in which most values are repeated."""

from __future__ import annotations

from tests.benchmarks.phones import PHONES, ip, mac, time


def detail(number: int) -> bytes:
    """An interim update of a session: switches repeat the TLVs of a device in each."""
    return (
        b'Tue Nov 24 09:00:00 2026\n\tUser-Name = "%s"\n\tNAS-IP-Address = 10.1.0.%d\n\tNAS-Port = 50113\n'
        b'\tService-Type = Framed-User\n\tFramed-IP-Address = %s\n\tFramed-MTU = 1500\n\tCalled-Station-Id = "3C-13"\n'
        b'\tCalling-Station-Id = "%s"\n\tNAS-Port-Type = Ethernet\n\tAcct-Status-Type = Interim-Update\n'
        b'\tNAS-Port-Id = "GigabitEthernet2/0/%d"\n\tAcct-Session-Id = "%08X"\n\tAcct-Input-Octets = %d\n'
        b'\tCisco-AVPair = "cdp-tlv=\\000\\006\\000\\023Cisco IP Phone 6961"\n'
        b'\tCisco-AVPair = "cdp-tlv=\\000\\005\\000\\021SCCP69xx.9-3-1-SR"\n'
        b'\tCisco-AVPair = "dhcp-option=\\000<\\000$Cisco Systems, Inc. IP Phone CP-6961"\n'
        b'\tCisco-AVPair = "dhcp-option=\\000\\014\\000\\010phone-%02d"\n'
        b'\tCisco-AVPair = "audit-session-id=A1001FAC%08X"\n\tTimestamp = %d\n\n'
    ) % (
        mac(number), number % PHONES // 48, ip(number), mac(number), number % PHONES % 48, number % PHONES, number,
        number % PHONES % 100, number, time(number),
    )  # fmt: skip


def nps(number: int) -> bytes:
    """A request in the IAS format of NPS."""
    return (
        b"10.1.0.%d,%s,11/22/2026,04:00:00,IAS,NPS01,4,10.1.0.%d,31,%s,87,GigabitEthernet2/0/%d,61,15,40,3,44,%08X,8,%s,"
        b"4108,10.1.0.%d,4116,9,4128,sw01,4136,4,4142,0\r\n"
    ) % (
        number % PHONES // 48, mac(number), number % PHONES // 48, mac(number), number % PHONES % 48, number % PHONES,
        ip(number), number % PHONES // 48,
    )  # fmt: skip


def ise(number: int) -> bytes:
    """An interim update as ISE logs it."""
    return (
        b"<181>Nov 24 09:00:00 ise01 CISE_RADIUS_Accounting %010d 1 0 2026-11-24 09:00:00.095 +00:00 %010d 3002 NOTICE "
        b"Radius-Accounting: RADIUS Accounting watchdog update, ConfigVersionId=73, Device IP Address=10.1.0.%d, "
        b"RequestLatency=2, NetworkDeviceName=sw01, User-Name=user, NAS-IP-Address=10.1.0.%d, NAS-Port=50742, "
        b"Framed-IP-Address=%s, Called-Station-ID=00-CA-E5-B1-21-AA, Calling-Station-ID=%s, "
        b"Acct-Status-Type=Interim-Update, NAS-Port-Type=Ethernet, NAS-Port-Id=GigabitEthernet2/0/%d, "
        b"cisco-av-pair=cdp-tlv=cdpCachePlatform=Cisco IP Phone 6961, "
        b"cisco-av-pair=cdp-tlv=cdpCacheVersion=SCCP69xx.9-3-1-SR, cisco-av-pair=dhcp-option=host-name=phone-%d, "
        b"AcsSessionID=ise01/323409315/14578982, SelectedAccessService=Default Network Access, Step=11004, Step=11017\n"
    ) % (
        number, number, number % PHONES // 48, number % PHONES // 48, ip(number), mac(number),
        number % PHONES % 48, number % PHONES % 99,
    )  # fmt: skip
