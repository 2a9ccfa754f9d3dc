"""A device of the inventory as NetBox stores it: the values of its device, interface, mac and address objects.

The largest lengths are those of NetBox's models (`dcim/models/devices.py`, `ipam/models/ip.py`, 4.2 to 4.6).
"""

from __future__ import annotations

import ipaddress
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.core.text import mac as canonical_mac
from scanner.reports.cells import plain, safe
from scanner.reports.data import Row
from scanner.reports.names import slug, unique_names

#: The device role of new devices, and its colour.
ROLE = "IP phone"
ROLE_COLOR = "2f9e67"
#: The type and manufacturer of a device that is not identified; replaced when it is.
UNKNOWN_MODEL = "Unknown phone"
UNKNOWN_MAKER = "Unknown"
#: The name of the interface of new devices, and its type.
INTERFACE = "LAN"
INTERFACE_TYPE = "other"
#: The description of an address that phonescan created.
ASSIGNED = "Assigned by phonescan"
#: The key of the local context data that contains the facts.
CONTEXT = "phonescan"
#: Custom field of a device → (label, description). They are texts that are filtered by the exact value.
CUSTOM_FIELDS: Mapping[str, tuple[str, str]] = {
    "phonescan_id": ("phonescan id", "Number of the device in the inventory of phonescan"),
    "phonescan_state": ("State", "present, vanished or replaced"),
    "phonescan_firmware": ("Firmware", "Firmware as the device reports it"),
    "phonescan_status": ("Certification", "certified, outdated, newer, other-line, not-listed and so on"),
    "phonescan_compliance": ("Compliance", "compliant, noncompliant, review or none"),
    "phonescan_certified_firmware": ("Certified firmware", "Version of the catalog for this model"),
    "phonescan_catalog": ("Catalog", "Catalog of the verdict"),
}
#: The heading of the custom fields on the page of a device.
FIELD_GROUP = "phonescan"

_NAME, _SERIAL, _TYPE, _DESCRIPTION, _FACT = 64, 50, 100, 200, 200
_FACTS = (
    "ip", "mac", "hostname", "kind", "firmware", "status", "compliance", "certified_firmware", "catalog", "switch",
    "switch_port", "vlan", "state", "platform", "inventory",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One device as NetBox is to have it. `ids` begins with its own id; the others are those of merged devices.

    `ip` has the length of a host (`/32`, `/128`), and `site` is the name in the inventory. `retired` is a device that
    the inventory does not have any more because another device has its address: it is not created.
    """

    ids: tuple[str, ...]
    name: str
    site: str
    maker: str
    model: str
    platform: str
    serial: str
    vanished: bool
    retired: bool
    description: str
    port: str
    mac: str
    ip: str
    custom: Mapping[str, str]
    facts: Mapping[str, str]

    @property
    def status(self) -> str:
        """NetBox's status of a new device."""
        return "offline" if self.vanished or self.retired else "active"


def wanted(
    rows: Iterable[Row], former: Mapping[int, tuple[int, ...]] | None = None, prefix: str = "", inventory: str = ""
) -> Iterator[Wanted]:
    """The devices of `rows` in their order, with names that are unique among them.

    `former` has the numbers of merged devices by the number of the device that they are now. `prefix` precedes each
    number where several inventories write to one NetBox; `inventory` identifies the inventory, and is among the facts.
    """
    name_of, spelling = unique_names(_NAME), _Spellings()
    for row in rows:
        maker = spelling.of(_bounded(row.get("manufacturer"), _TYPE) or UNKNOWN_MAKER, "maker")
        number = int(row["id"])
        state = plain(row.get("state")) or "present"
        platform = spelling.of(found, "platform") if (found := _platform(row)) else ""
        about = {**row, "platform": platform, "inventory": inventory}
        yield Wanted(
            ids=tuple(f"{prefix}{one}" for one in (number, *(former or {}).get(number, ()))),
            name=name_of(row),
            site=spelling.of(_bounded(row.get("site"), _TYPE), "site"),
            maker=maker,
            model=spelling.of(_bounded(row.get("model"), _TYPE) or UNKNOWN_MODEL, "model", maker),
            platform=platform,
            serial=_bounded(row.get("serial"), _SERIAL),
            vanished=state == "vanished",
            retired=state == "replaced",
            description=description(row),
            port=port(row),
            mac=canonical_mac(plain(row.get("mac"))) or "",
            ip=_host(row.get("ip")),
            custom={
                "phonescan_id": f"{prefix}{number}",
                "phonescan_state": state,
                "phonescan_firmware": _bounded(row.get("firmware"), _FACT),
                "phonescan_status": _bounded(row.get("status"), _FACT),
                "phonescan_compliance": _bounded(row.get("compliance"), _FACT),
                "phonescan_certified_firmware": _bounded(row.get("certified_firmware"), _FACT),
                "phonescan_catalog": _bounded(row.get("catalog"), _FACT),
            },
            facts={name: value for name in _FACTS if (value := _bounded(about.get(name), _FACT))},
        )


def description(facts: Mapping[str, Any]) -> str:
    """Firmware and status, for the description of a device."""
    return _bounded(f"{safe(facts.get('firmware')) or 'unknown firmware'}: {safe(facts.get('status'))}", _DESCRIPTION)


def port(facts: Mapping[str, Any]) -> str:
    """Switch, port and VLAN, for the description of an interface; empty when none is known."""
    parts = (("switch", "switch"), ("port", "switch_port"), ("VLAN", "vlan"))
    known = [f"{word} {safe(facts.get(name))}" for word, name in parts if plain(facts.get(name))]
    return _bounded(", ".join(known), _DESCRIPTION)


def key(name: str) -> str:
    """The slug of an object with this name; names with the same slug are one object.

    A name with letters that are none of ASCII ends with a checksum, as a long one does, so that two of them are two
    objects.
    """
    found = slug(name, "-", len(name) * 4)
    lost = any(sign.isalnum() and not sign.isascii() for sign in unicodedata.normalize("NFKD", name))
    if len(found) > _TYPE or lost or found == "unknown":
        start = "name" if found == "unknown" else found[: _TYPE - 9]
        return f"{start}-{zlib.crc32(name.casefold().encode()):08x}"
    return found


class _Spellings:
    """The first spelling of each name: `VVX-411` and `VVX 411` are one object of NetBox, with one name."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, ...], str] = {}

    def of(self, name: str, *about: str) -> str:
        """The spelling of `name` for what it is `about`: its kind, and the object that it belongs to."""
        return self.known.setdefault((*about, key(name)), name)


def _platform(row: Row) -> str:
    """The firmware line of the maker, such as `Yealink teams`; empty when it is not known."""
    line, maker = safe(row.get("line")), safe(row.get("manufacturer"))
    return _bounded(f"{maker} {line}", _TYPE) if maker and line and line != "unknown" else ""


def _bounded(value: Any, longest: int) -> str:
    return safe(value).strip()[:longest].strip()


def _host(value: Any) -> str:
    try:
        ip = ipaddress.ip_address(plain(value).partition("%")[0])
    except ValueError:
        return ""
    return f"{ip}/{ip.max_prefixlen}"
