"""The demonstration LAN: about ninety phones and similar devices, each with its expected verdict.

It contains every row of the Skype for Business catalog once as certified, then the other statuses, then other devices.
Statuses and certified versions are copied from the pages of the catalogs, never computed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from scanner.core.errors import UsageError
from scanner.core.model import Compliance, Kind, Status
from scanner.testing.makers.audiocodes import audiocodes
from scanner.testing.makers.common import FIRMWARE, MAC, MODEL, SERIAL
from scanner.testing.makers.polycom import polycom
from scanner.testing.makers.yealink import crestron, yealink
from scanner.testing.phones import SimulatedPhone, Surfaces, Truth
from scanner.testing.unlisted import OTHER_DEVICES, UNLISTED

DEMO_SUBNET = "127.20.0.0/24"
_COMPLIANCE: dict[Status, Compliance] = {
    "certified": "compliant",
    "compatible": "compliant",
    "outdated": "noncompliant",
    "other-line": "noncompliant",
    "not-listed": "noncompliant",
    "newer": "review",
    "unknown-firmware": "review",
    "unidentified": "review",
    "not-a-phone": "none",
}
_OUI = {
    "AudioCodes": "00:90:8f", "Crestron": "00:10:7f", "Poly": "48:25:67", "Polycom": "64:16:7f", "Yealink": "80:5e:c0",
    "Cisco": "b0:7d:47", "Grandstream": "00:0b:82", "Snom": "00:04:13", "Fanvil": "0c:38:3e", "Mitel": "14:00:e9",
    "Aastra": "00:08:5d", "Avaya": "10:cd:ae", "Gigaset": "7c:2f:80", "Panasonic": "00:80:f0",
    "Spectralink": "00:90:7a", "Alcatel-Lucent Enterprise": "48:7a:55", "Htek": "00:1f:c1", "Algo": "00:22:ee",
    "2N": "7c:1e:b3",
}  # fmt: skip


_NO_MORE: Mapping[str, object] = MappingProxyType({})


class Listed(NamedTuple):
    """A phone of a maker in a catalog: expected status, maker, model, firmware, version in the catalog, its services,
    and further arguments of the function of the maker."""

    status: Status
    manufacturer: str
    model: str
    firmware: str
    certified: str
    offers: str
    more: Mapping[str, object] = _NO_MORE
    kind: Kind = "phone"


_MAKE: dict[str, Callable[..., Surfaces]] = {
    "AudioCodes": audiocodes,
    "Crestron": crestron,
    "Poly": polycom,
    "Polycom": polycom,
    "Yealink": yealink,
}
_VVX = "5.9.0.9373"
_T58 = "58.15.0.20"

#: Each row of the page once, with the certified version. "VVX 300/310" and "301/311" are two models each.
CERTIFIED: tuple[Listed, ...] = (
    Listed("certified", "AudioCodes", "C450HD", "UCC450HD_3.2.0.1003.61", "UCC450HD_3.2.0.1003.61", "sip"),
    Listed("certified", "AudioCodes", "440HD", "UC440HD_3.1.3.144.18", "UC440HD_3.1.3.144.18", "sip http"),
    Listed("certified", "AudioCodes", "430HD", "UC430HD_3.1.3.144.18", "UC430HD_3.1.3.144.18", "sip", {"tcp": True}),
    Listed("certified", "AudioCodes", "445HD", "3.1.2.89", "3.1.2.89", "sip-image"),
    Listed("certified", "AudioCodes", "405HD", "3.0.1.89.1", "3.0.1.89.1", "sip-image", {"status": 486}),
    Listed("certified", "Crestron", "UC-P100-S", "55.66.91.11", "55.66.91.11", "sip"),
    Listed("certified", "Crestron", "UC-P110-S", "55.66.91.11", "55.66.91.11", "http"),
    Listed("certified", "Poly", "Trio C60", "5.9.3.7392", "5.9.3.7392", "sip", kind="conference"),
    Listed("certified", "Poly", "CCX 400", "6.2.11.1475", "6.2.11.1475", "sip-doubled"),
    Listed("certified", "Poly", "CCX 600", "5.9.12.1111", "5.9.12.1111", "sip"),
    Listed("certified", "Poly", "CCX 500", "1.0.0.2535", "1.0.0.2535", "sip https"),
    Listed("certified", "Polycom", "VVX 201", _VVX, _VVX, "sip"),
    Listed("certified", "Polycom", "VVX 300", _VVX, _VVX, "sip-doubled"),
    Listed("certified", "Polycom", "VVX 310", _VVX, _VVX, "sip-mac"),
    Listed("certified", "Polycom", "VVX 301", _VVX, _VVX, "sip http"),
    Listed("certified", "Polycom", "VVX 311", _VVX, _VVX, "sip", {"udp": False, "tcp": True}),
    Listed("certified", "Polycom", "VVX 400", _VVX, _VVX, "sip-server"),
    Listed("certified", "Polycom", "VVX 401", _VVX, _VVX, "sip", {"compact": True}),
    Listed("certified", "Polycom", "VVX 410", _VVX, _VVX, "sip-doubled", {"folded": True}),
    Listed("certified", "Polycom", "VVX 411", _VVX, _VVX, "sip", {"other_port": 5070}),
    Listed("certified", "Polycom", "VVX 500", _VVX, _VVX, "sip https"),
    Listed("certified", "Polycom", "VVX 501", _VVX, _VVX, "sip", {"status": 401}),
    Listed("certified", "Polycom", "VVX 600", _VVX, _VVX, "sip", {"status": 404}),
    Listed("certified", "Polycom", "VVX 601", _VVX, _VVX, "sip", {"udp": False, "tls": True}),
    Listed("certified", "Yealink", "MP56", "122.9.0.1", "122.9.0.1", "https", {"login": "api"}),
    Listed("certified", "Yealink", "T55", "55.9.0.9", "55.9.0.9", "sip"),
    Listed("certified", "Yealink", "T56A", _T58, _T58, "sip-mac"),
    Listed("certified", "Yealink", "T58A", _T58, _T58, "sip https snmp"),
    Listed("certified", "Yealink", "MP54", "122.9.0.5", "122.9.0.5", "http"),
    Listed("certified", "Yealink", "MP58", "122.9.0.5", "122.9.0.5", "snmp"),
)

#: Phones of the same makers with every other status.
OTHERWISE: tuple[Listed, ...] = (
    Listed("outdated", "AudioCodes", "440HD", "UC440HD_3.1.2.89", "UC440HD_3.1.3.144.18", "sip"),
    Listed("outdated", "AudioCodes", "405HD", "3.0.1.89", "3.0.1.89.1", "sip-image"),
    Listed("outdated", "Crestron", "UC-P100-S", "55.66.91.10", "55.66.91.11", "sip"),
    Listed("outdated", "Poly", "CCX 600", "5.9.12.1110", "5.9.12.1111", "sip"),
    Listed("outdated", "Poly", "Trio C60", "5.9.2.8801", "5.9.3.7392", "sip", kind="conference"),
    Listed("outdated", "Polycom", "VVX 411", "5.8.0.12848", _VVX, "sip-doubled https"),
    Listed(
        "outdated", "Polycom", "VVX 500", "5.3.0.12074", _VVX, "sip"
    ),  # Lync-qualified, but the primary catalog lists it
    Listed("outdated", "Polycom", "VVX 600", "5.9.0.9372", _VVX, "sip-mac"),
    Listed("outdated", "Yealink", "T58A", "58.15.0.12", _T58, "https snmp", {"login": "listener"}),
    Listed("outdated", "Yealink", "T55", "55.9.0.5", "55.9.0.9", "http", {"login": "servlet"}),
    Listed("outdated", "Yealink", "MP54", "122.9.0.1", "122.9.0.5", "sip"),  # the version of the MP56
    Listed("newer", "AudioCodes", "C450HD", "UCC450HD_3.2.0.1003.62", "UCC450HD_3.2.0.1003.61", "sip"),
    Listed("newer", "Crestron", "UC-P110-S", "55.66.91.12", "55.66.91.11", "sip"),
    Listed("newer", "Poly", "CCX 500", "1.0.0.2536", "1.0.0.2535", "sip"),
    Listed("newer", "Polycom", "VVX 401", "5.9.7.4477", _VVX, "sip"),
    Listed("newer", "Polycom", "VVX 311", "5.9.6.2327", _VVX, "sip-mac"),
    Listed("newer", "Yealink", "T56A", "58.15.0.26", _T58, "sip"),
    Listed("newer", "Yealink", "MP56", "122.9.0.5", "122.9.0.1", "snmp"),
    Listed("other-line", "AudioCodes", "440HD", "2.2.16.704", "UC440HD_3.1.3.144.18", "sip"),
    Listed("other-line", "AudioCodes", "C450HD", "C450HD_TEAMS_1.14.449", "UCC450HD_3.2.0.1003.61", "sip"),
    Listed("other-line", "Yealink", "T58A", "58.86.0.20", _T58, "sip http", {"login": "api"}),
    Listed("other-line", "Yealink", "T56A", "58.80.0.25", _T58, "sip"),
    Listed("other-line", "Yealink", "T55", "58.15.0.36", "55.9.0.9", "sip"),
    Listed("other-line", "Yealink", "MP56", "122.15.0.69", "122.9.0.1", "https", {"login": "api"}),
    Listed("unknown-firmware", "Poly", "CCX 400", "6.2.11.1475", "6.2.11.1475", "http"),
    Listed("unknown-firmware", "Polycom", "VVX 410", _VVX, _VVX, "http"),
    Listed("unknown-firmware", "Polycom", "VVX 301", _VVX, _VVX, "https"),
    Listed("unknown-firmware", "Yealink", "T58A", _T58, _T58, "http", {"login": "title"}),
    Listed("compatible", "AudioCodes", "420HD", "UC420HD_2.0.1.44.9", "UC420HD_2.0.1.44.9", "sip"),
    Listed("compatible", "Polycom", "SoundPoint IP 650", "4.1.0.84959", "4.1.0.84959", "sip http"),
    Listed("compatible", "Yealink", "T48G", "35.7.0.26", "35.7.0.26", "sip"),
    Listed("outdated", "Polycom", "SoundPoint IP 550", "4.0.14.1388", "4.1.0.84959", "sip"),
    Listed("other-line", "Yealink", "T48G", "35.83.0.120", "35.7.0.26", "sip"),
    Listed("not-listed", "Polycom", "VVX 450", _VVX, "", "sip"),  # a certified version on a model that is not listed
    Listed("not-listed", "Polycom", "VVX 350", "5.8.0.13337", "", "sip-server"),
    Listed("not-listed", "Yealink", "T46S", "66.86.0.15", "", "sip-mac"),
    Listed("not-listed", "Yealink", "T54W", "96.86.0.45", "", "http", {"login": "api"}),
    Listed("not-listed", "Yealink", "T42G", "29.72.0.1", "", "http", {"login": "servlet"}),
    Listed("not-listed", "Yealink", "T20P", "9.70.0.120", "", "http", {"login": "basic"}),
    Listed("not-listed", "Yealink", "CP960", "73.8.0.27", "", "sip", kind="conference"),
    Listed("unidentified", "Polycom", "VVX 501", _VVX, "", "http-mute"),
    Listed("unidentified", "Yealink", "T58A", _T58, "", "cert", {"login": "title"}),
    Listed("unidentified", "AudioCodes", "430HD", "UC430HD_3.1.3.144.18", "", "http"),
)


def catalogue(subnet: str = DEMO_SUBNET) -> list[SimulatedPhone]:
    """The demonstration LAN on addresses of `subnet`, in order of address; always the same devices.

    A subnet with fewer addresses than devices gets the first of them. Raises UsageError for a malformed subnet or
    one outside 127.0.0.0/8.
    """
    devices = [*_listed(), *_unlisted_devices()]
    return [
        SimulatedPhone(ip=ip, mac=mac, surfaces=surfaces, truth=truth, note=truth.status)
        for ip, (surfaces, truth, mac) in zip(_addresses(subnet, len(devices)), devices, strict=False)
    ]


def _listed() -> Iterator[tuple[Surfaces, Truth, str]]:
    for number, phone in enumerate((*CERTIFIED, *OTHERWISE), 1):
        mac = f"{_OUI[phone.manufacturer]}:2a:00:{number:02x}"
        surfaces = _MAKE[phone.manufacturer](phone.model, phone.firmware, mac, phone.offers, **phone.more)
        identifies = surfaces.identifies
        truth = Truth(
            status=phone.status,
            compliance=_COMPLIANCE[phone.status],
            kind=phone.kind,
            manufacturer=phone.manufacturer,
            model=phone.model if MODEL in identifies else None,
            firmware=phone.firmware if FIRMWARE in identifies else None,
            mac=mac if MAC in identifies else None,
            certified_firmware=phone.certified or None,
        )
        yield surfaces, truth, mac


def _unlisted_devices() -> Iterator[tuple[Surfaces, Truth, str]]:
    for number, phone in enumerate(UNLISTED, 1):
        mac = f"{_OUI.get(phone.manufacturer or '', '02:00:00')}:2b:00:{number:02x}"
        surfaces = phone.make(mac)
        identifies = surfaces.identifies
        truth = Truth(
            status="not-listed" if phone.model else "unidentified",
            compliance="noncompliant" if phone.model else "review",
            kind=phone.kind,
            manufacturer=phone.manufacturer,
            model=phone.model,
            firmware=phone.firmware if FIRMWARE in identifies else None,
            serial=phone.serial if SERIAL in identifies else None,
            mac=mac if MAC in identifies else None,
        )
        yield surfaces, truth, mac
    for number, other in enumerate(OTHER_DEVICES, 1):
        mac = f"02:00:00:2c:00:{number:02x}"
        truth = Truth(
            status="not-a-phone",
            compliance="none",
            kind=other.kind,
            manufacturer=other.manufacturer,
            model=other.model,
            firmware=other.firmware,
            in_inventory=False,
        )
        yield other.make(mac), truth, mac


def _addresses(subnet: str, count: int) -> Iterator[str]:
    try:
        network = ipaddress.IPv4Network(subnet, strict=False)
    except ValueError as error:
        raise UsageError(f"{subnet!r} is not an IPv4 subnet; write it as {DEMO_SUBNET}") from error
    if not network.subnet_of(ipaddress.IPv4Network("127.0.0.0/8")):
        raise UsageError(f"{subnet} is not in 127.0.0.0/8; simulated phones have loopback addresses only")
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.prefixlen < 31:
        first, last = first + 1, last - 1
    room = last - first + 1
    start, step = (9, 2) if room >= 9 + 2 * count else (0, 1)
    for place in range(min(count, room)):
        yield str(ipaddress.IPv4Address(first + start + step * place))
