"""Devices of the demonstration LAN that no catalog lists: phones of other makers, and devices that are not phones."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from scanner.core.model import Kind
from scanner.testing.makers import other_devices, others
from scanner.testing.makers.common import bare
from scanner.testing.phones import SipSurface, Surfaces


class Unlisted(NamedTuple):
    """The expected identity of a device, and the function that creates its surfaces from its mac."""

    kind: Kind
    manufacturer: str | None
    model: str | None
    firmware: str | None
    make: Callable[[str], Surfaces]
    serial: str | None = None


#: Phones of other makers, with known models that no catalog lists.
UNLISTED: tuple[Unlisted, ...] = (
    Unlisted(
        "phone", "Cisco", "CP-8841", "sip88xx.12-5-1SR3-74",
        lambda mac: others.cisco("CP-8841", "sip88xx.12-5-1SR3-74", mac, "FCH2043D1A2"), "FCH2043D1A2",
    ),
    Unlisted(
        "phone", "Cisco", "CP-8851", None,
        lambda mac: others.cisco_by_certificate("CP-8851", mac, "FCH1924AHCA"), "FCH1924AHCA",
    ),
    Unlisted("phone", "Cisco", "SPA504G", "7.6.2c", lambda mac: others.by_server("Cisco/SPA504G-7.6.2c")),
    Unlisted("phone", "Grandstream", "GXP2170", "1.0.11.23",
             lambda mac: others.grandstream("GXP2170", "1.0.11.23", mac, "sip snmp")),
    Unlisted("phone", "Grandstream", "GXP280", "1.2.5.2",
             lambda mac: others.grandstream("GXP280", "1.2.5.2", mac, "http")),
    Unlisted("phone", "Grandstream", "GXP2135", None,
             lambda mac: others.grandstream("GXP2135", "1.0.9.108", mac, "snmp")),
    Unlisted("phone", "Snom", "D785", "10.1.159.12", lambda mac: others.snom("D785", "10.1.159.12", "sip")),
    Unlisted("phone", "Snom", "710", "8.7.5.35", lambda mac: others.snom("710", "8.7.5.35", "snmp")),
    Unlisted("phone", "Snom", "320", None, lambda mac: others.snom("320", "8.4.18", "http")),
    Unlisted("phone", "Fanvil", "X4", "2.10.2.6887",
             lambda mac: others.by_user_agent(f"Fanvil X4 2.10.2.6887 {bare(mac)}", mac=True)),
    Unlisted("phone", "Mitel", "6930", "6.4.0.132", lambda mac: others.by_server("Mitel 6930/6.4.0.132")),
    Unlisted("phone", "Mitel", "5320", "06.05.00.11",
             lambda mac: others.by_user_agent(f"Mitel-5320-SIP-Phone 06.05.00.11 {bare(mac)}", mac=True)),
    Unlisted("phone", "Aastra", "6865i", "4.2.0.2023", lambda mac: others.aastra("6865i", "4.2.0.2023", "sip")),
    Unlisted("phone", "Aastra", "6757i", None, lambda mac: others.aastra("6757i", "2.6.0.2010", "http")),
    Unlisted("phone", "Avaya", "J179", "4.0.11.0.1",
             lambda mac: others.by_user_agent(f"Avaya J179 IP Phone 4.0.11.0.1 {bare(mac)}", mac=True)),
    Unlisted("dect", "Gigaset", "N510 IP PRO", "42.258.00.000.000",
             lambda mac: others.by_user_agent("N510 IP PRO/42.258.00.000.000")),
    Unlisted("phone", "Panasonic", "KX-UT113", "01.133",
             lambda mac: others.by_user_agent(f"Panasonic_KX-UT113/01.133 ({bare(mac)})", mac=True)),
    Unlisted("phone", "Alcatel-Lucent Enterprise", "8028s-GE", "1.51.52.2204",
             lambda mac: others.by_user_agent(f"ALE 8028s-GE 1.51.52.2204 {bare(mac)}", mac=True)),
    Unlisted("phone", "Htek", "UC926", "2.0.4.2",
             lambda mac: others.by_user_agent(f"Htek UC926 2.0.4.2 {mac}", mac=True)),
    Unlisted("phone", "Digium", "D65", "2_9_10", lambda mac: others.by_server("Digium D65 2_9_10")),
    Unlisted("phone", "Unify", "OpenStage 40", "V3 R5.13.0",
             lambda mac: others.by_server("OpenStage_40_V3 R5.13.0      SIP  190111")),
    Unlisted("phone", "Spectralink", "8744", "1.4.0.2211",
             lambda mac: others.by_user_agent("Spectralink 8744/1.4.0.2211")),
    Unlisted("unknown", None, None, None, lambda mac: Surfaces(sip=SipSurface())),
)  # fmt: skip

#: Devices that a scan must not report as phones.
OTHER_DEVICES: tuple[Unlisted, ...] = (
    Unlisted("pbx", "Asterisk", None, None, lambda mac: other_devices.sip_server(server="Asterisk PBX")),
    Unlisted("pbx", "FreeSWITCH", None, "1.10.4", lambda mac: other_devices.sip_server(
        "FreeSWITCH-mod_sofia/1.10.4-release+git~20200805T110119Z~133fc2c870~64bit")),
    Unlisted("pbx", "Kamailio", None, "4.4.4",
             lambda mac: other_devices.sip_server(server="kamailio (4.4.4 (x86_64/linux))")),
    Unlisted("pbx", "OpenSIPS", None, "2.3.3",
             lambda mac: other_devices.sip_server(server="OpenSIPS (2.3.3 (i386/linux))")),
    Unlisted("gateway", "AudioCodes", "Mediant 600", "6.20A.045.001",
             lambda mac: other_devices.mediant("Mediant 600", "6.20A.045.001")),
    Unlisted("gateway", "Grandstream", "HT802", "1.0.3.2",
             lambda mac: other_devices.sip_server("Grandstream HT802 1.0.3.2")),
    Unlisted("other", "2N", "IP Force", "2.33.1", lambda mac: other_devices.sip_server("2N IP Force/2.33.1")),
    Unlisted("other", "Brother", "MFC-L5900DW", "1.10", lambda mac: other_devices.printer(
        "Brother MFC-L5900DW series", "Brother NC-8300h, Firmware Ver.1.10 ,MID 8C5-H33,FID 2",
        "1.3.6.1.4.1.2435.2.3.9.1")),
    Unlisted("other", "Hikvision", None, None, lambda mac: other_devices.camera("Hikvision-Webs", "")),
    Unlisted("other", "Axis", None, None, lambda mac: other_devices.camera("Apache/2.4.54", "AXIS")),
    Unlisted("other", "Cisco", None, "15.2(2)E6", lambda mac: other_devices.network_device(
        "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(2)E6, RELEASE SOFTWARE (fc1)",
        "1.3.6.1.4.1.9.1.1208", "VOIP-SW-2")),
    Unlisted("other", "Grandstream", "GWN7822P", None,
             lambda mac: other_devices.network_device("GWN7822P", "1.3.6.1.4.1.42397", "Phones")),
    Unlisted("other", "Crestron", None, None, lambda mac: other_devices.controller()),
    Unlisted("other", None, None, None, lambda mac: other_devices.web_server("nginx/1.22.1", "Welcome to nginx!")),
    Unlisted("softphone", "Zoiper", "Zoiper", "2.10.18.6", lambda mac: other_devices.sip_server("Zoiper rv2.10.18.6")),
)  # fmt: skip
