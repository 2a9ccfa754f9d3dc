"""The responses of a simulated device to unicast mDNS queries (RFC 6762 5.5 and 6.7): bytes in, bytes out."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable

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
    return message(identifier, list(dict.fromkeys(records)))


def _records(name: str, kind: int, ip: str, service: MdnsSurface) -> list[bytes]:
    instance, host = f"{service.instance}.{service.service}", service.host
    pairs = [f"{key}={value}" for key, value in service.txt]
    pointer, target, text, address = service_records(
        service.instance, host, ip, pairs, service.service, service.target_port
    )
    if name == _SERVICES and kind in (_PTR, _ANY):
        return [record(dotted(_SERVICES), _PTR, dotted(service.service))]
    if name == service.service.lower() and kind in (_PTR, _ANY):
        return [pointer, target, text, address]
    if name == instance.lower():
        return [r for r, k in ((target, _SRV), (text, _TXT), (address, _SRV)) if kind in (k, _ANY)]
    if name == host.lower() and kind in (_A, _ANY):
        return [address]
    return []


def service_records(
    instance: str, host: str, address: str, pairs: Iterable[str], service: str, port: int = 5060
) -> list[bytes]:
    """The PTR, SRV, TXT and A records of an instance of a service on a host."""
    owner = _name(instance, *_labels(service))  # an instance is one label, including its dots
    text = b"".join(bytes((len(raw),)) + raw for raw in map(str.encode, pairs))
    return [
        record(dotted(service), _PTR, owner),
        record(owner, _SRV, struct.pack("!HHH", 0, 0, port) + dotted(host)),
        record(owner, _TXT, text or b"\0"),
        record(dotted(host), _A, ipaddress.IPv4Address(address).packed),
    ]


def message(identifier: int, records: list[bytes], count: int | None = None) -> bytes:
    """A response with these records; `count` is what its header declares, by default their number."""
    head = struct.pack("!HHHHHH", identifier, 0x8400, 0, len(records) if count is None else count, 0, 0)
    return head + b"".join(records)


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    """A resource record of class IN with a lifetime of two minutes."""
    return owner + struct.pack("!HHIH", kind, 1, 120, len(data)) + data


def dotted(text: str) -> bytes:
    """A name from dotted text."""
    return _name(*_labels(text))


def _labels(text: str) -> list[str]:
    return text.rstrip(".").split(".")


def _name(*labels: str) -> bytes:
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
