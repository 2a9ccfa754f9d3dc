"""Phones that are registered at a call manager, out of CISCO-CCM-MIB: ccmPhoneTable and ccmProductTypeTable.

Each node of a cluster has the phones that are registered at it. The columns of addresses differ with the version: an
IpAddress in all, octets since the MIB of 2008.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scanner.core.text import identifying_mac
from scanner.discovery import cucm
from scanner.discovery.conversation import Findings
from scanner.discovery.lldp import usable
from scanner.discovery.switches import values
from scanner.discovery.switches.ports import Columns

#: Protocol of these rows in the source of an observation.
PROTOCOL = "ccm"
#: ccmPhoneStatus: registered, and registered in part.
_REGISTERED = frozenset({None, 2, 5})
#: A model without its maker: `7960`, `8851NR`, `ATA 191`.
_BARE_MODEL = re.compile(r"\d{4}\w{0,6}|ATA ?\d{3}")


class RegisteredPhone(NamedTuple):
    """One row: its index, the phone's mac and address, and findings."""

    row: str
    mac: str | None
    ip: str | None
    findings: Findings


def phones(columns: Columns) -> Iterator[RegisteredPhone]:
    """The phones of a table that are registered, and have a mac or an address."""
    column = {name: columns.get(f"ccm.{name}", {}) for name in ("address", "ipv4", "status", "product", "load", "name")}
    macs = columns.get("ccm.mac", {})
    for index in macs or column["name"]:
        name = values.text(column["name"].get(index)) or ""
        mac = values.octets_mac(macs.get(index))
        mac = mac if mac and identifying_mac(mac) else cucm.device_mac(name)
        addresses = (values.address(column[each].get(index)) for each in ("ipv4", "address"))
        ip = next((address for address in addresses if address and usable(address)), None)
        findings = cucm.findings(
            _model(columns, values.number(column["product"].get(index))), values.text(column["load"].get(index)) or ""
        )
        if values.number(column["status"].get(index)) in _REGISTERED and findings is not None and (mac or ip):
            yield RegisteredPhone(f"{PROTOCOL} {index}", mac, ip, findings)


def _model(columns: Columns, product: int | None) -> str:
    """The name of a product; its number where the table of products is not there."""
    if product is None:
        return ""
    name = values.text(columns.get("ccm-product.name", {}).get(str(product))) or ""
    if name:
        return f"Cisco {name}" if _BARE_MODEL.fullmatch(name) else name
    number = values.number(columns.get("ccm-product.type", {}).get(str(product)))
    return str(product if number is None else number)
