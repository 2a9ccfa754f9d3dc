"""The responses of a simulated device to unicast mDNS queries (RFC 6762 5.5 and 6.7): bytes in, bytes out."""

from __future__ import annotations

import ipaddress
import struct

from scanner.testing.phones import MdnsSurface

_A, _PTR, _TXT, _SRV, _ANY = 1, 12, 16, 33, 255
_SERVICES = "_services._dns-sd._udp.local"


def respond(query: bytes, ip: str, services: tuple[MdnsSurface, ...]) -> bytes | None:
    """The response to a query for one of the device's services, instances or its host name, else None."""
    try:
        identifier, flags, count = struct.unpack_from("!HHH", query)
        questions, at = [], 12
        for _ in range(min(count, 16)):
            name, at = _read_name(query, at)
            (kind,) = struct.unpack_from("!H", query, at)
            questions.append((name, kind))
            at += 4
    except (struct.error, IndexError, ValueError):
        return None
    if flags & 0x8000:
        return None
    records: list[bytes] = []
    for name, kind in questions:
        for service in services:
            records += _records(name.lower().rstrip("."), kind, ip, service)
    if not records:
        return None
    unique = list(dict.fromkeys(records))
    return struct.pack("!HHHHHH", identifier, 0x8400, 0, len(unique), 0, 0) + b"".join(unique)


def _records(name: str, kind: int, ip: str, service: MdnsSurface) -> list[bytes]:
    instance, host = f"{service.instance}.{service.service}", service.host
    pointer = _record(service.service, _PTR, _name(service.service, service.instance))
    target = _record(instance, _SRV, struct.pack("!HHH", 0, 0, service.target_port) + _name(host), service)
    pairs = [f"{key}={value}".encode() for key, value in service.txt]
    text = _record(instance, _TXT, b"".join(bytes((len(p),)) + p for p in pairs) or b"\0", service)
    address = _record(host, _A, ipaddress.IPv4Address(ip).packed)
    if name == _SERVICES and kind in (_PTR, _ANY):
        return [_record(_SERVICES, _PTR, _name(service.service))]
    if name == service.service.lower() and kind in (_PTR, _ANY):
        return [pointer, target, text, address]
    if name == instance.lower():
        return [r for r, k in ((target, _SRV), (text, _TXT), (address, _SRV)) if kind in (k, _ANY)]
    if name == host.lower() and kind in (_A, _ANY):
        return [address]
    return []


def _record(name: str, kind: int, data: bytes, service: MdnsSurface | None = None) -> bytes:
    owner = _name(name) if service is None else _name(service.service, service.instance)
    return owner + struct.pack("!HHIH", kind, 1, 120, len(data)) + data


def _name(name: str, instance: str | None = None) -> bytes:
    labels = [instance] if instance is not None else []  # an instance is one label, including its dots
    labels += name.rstrip(".").split(".")
    return b"".join(bytes((len(raw),)) + raw for raw in (label.encode()[:63] for label in labels)) + b"\0"


def _read_name(data: bytes, at: int) -> tuple[str, int]:
    labels: list[str] = []
    after, jumps = 0, 0
    while size := data[at]:
        if size >= 0xC0:
            after = after or at + 2
            at = (size & 0x3F) << 8 | data[at + 1]
            jumps += 1
            if jumps > 8:
                raise ValueError("a name that points in circles")
            continue
        labels.append(data[at + 1 : at + 1 + size].decode("utf-8", "replace"))
        at += 1 + size
    return ".".join(labels), after or at + 1
