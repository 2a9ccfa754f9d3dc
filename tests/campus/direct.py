"""The observations of a file for which there is no reader yet: what its reader would yield."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.core.model import Observation
from scanner.core.text import utc_of
from tests.campus.files import Seen, Written
from tests.campus.truth import Source


def observations(file: Written) -> Iterator[Observation]:
    """What a file shows, as observations."""
    for one in file.seen:
        source, fields = _described(file, one)
        for field, value in fields.items():
            if value:
                ip = one.ip if field == "arp.mac" or (one.mac is None and one.ip) else None
                yield Observation(time=utc_of(one.time), mac=one.mac, ip=ip, field=field, value=value, source=source)


def _described(file: Written, one: Seen) -> tuple[str, dict[str, str]]:
    desk, product = one.desk, one.desk.product
    firmware = one.firmware or ""
    if one.source is Source.EXPORT:
        return f"manager {file.name}", {
            "lldp-med.manufacturer": product.maker,
            "lldp-med.model": product.model,
            "lldp-med.software-revision": firmware,
            "lldp-med.serial": desk.serial,
        }
    switch = f"sw-{desk.switch:02d}"
    place = {"switch.name": switch, "switch.port": desk.port, "switch.port-method": "lldp"}
    described = {
        "lldp.system-name": product.name or product.model,
        "lldp.system-description": product.description(firmware) or product.model,
    }
    if one.source is Source.RADIUS:
        return f"switches 10.1.1.{desk.switch + 1} radius {desk.port}", {
            **described, **place, "arp.mac": desk.mac if one.ip else "",
        }  # fmt: skip
    return f"switches {switch} lldp {desk.port}", {
        **described, **place, "lldp.capabilities": "bridge,telephone", "lldp-med.model": product.model,
        "lldp-med.manufacturer": product.maker, "lldp-med.software-revision": firmware,
        "lldp-med.serial": desk.serial, "lldp.management-address": one.ip or "",
    }  # fmt: skip
