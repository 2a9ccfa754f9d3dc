"""Files for the import forms of NetBox 4.2 and later, numbered in the order of their import.

A form rejects a file with a column that it does not have, and refers to other objects by name, so that a file needs
the objects of those before it. Custom fields are columns named `cf_NAME`. Source: `netbox/dcim/forms/bulk_import.py`
and its namesakes in `ipam` and `extras`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from scanner.core.text import spreadsheet_cell
from scanner.reports.netbox.device import (
    ASSIGNED,
    CUSTOM_FIELDS,
    FIELD_GROUP,
    INTERFACE,
    INTERFACE_TYPE,
    ROLE,
    ROLE_COLOR,
    Wanted,
    key,
)


@dataclass(frozen=True, slots=True)
class Form:
    """One file: its name, the page of its form in NetBox, the columns, and the rows."""

    file: str
    page: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def forms(devices: Sequence[Wanted]) -> Iterator[Form]:
    """The files for `devices`, without those that would have no row. Devices that are retired are left out."""
    kept = [device for device in devices if not device.retired]
    for file, (page, columns, rows) in FILES.items():
        if found := tuple(dict.fromkeys(rows(kept))):
            yield Form(file, page, columns, found)


def write_form(form: Form, stream: TextIO) -> None:
    """Write one file as RFC 4180, without a cell that a spreadsheet would evaluate."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(form.columns)
    writer.writerows([spreadsheet_cell(cell) for cell in row] for row in form.rows)


_Rows = Iterator[tuple[str, ...]]


def _sites(devices: Iterable[Wanted]) -> _Rows:
    return ((device.site, key(device.site), "active") for device in devices)


def _manufacturers(devices: Iterable[Wanted]) -> _Rows:
    return ((device.maker, key(device.maker)) for device in devices)


def _roles(devices: Iterable[Wanted]) -> _Rows:
    return ((ROLE, key(ROLE), ROLE_COLOR, "false") for _ in devices)


def _platforms(devices: Iterable[Wanted]) -> _Rows:
    return ((device.platform, key(device.platform), device.maker) for device in devices if device.platform)


def _types(devices: Iterable[Wanted]) -> _Rows:
    return ((device.maker, device.model, type_slug(device), "0", "false") for device in devices)


def type_slug(device: Wanted) -> str:
    """The slug of the device type of a device."""
    return key(f"{device.maker} {device.model}")


def _custom_fields(devices: Sequence[Wanted]) -> _Rows:
    for place, (name, (label, description)) in enumerate(CUSTOM_FIELDS.items() if devices else ()):
        yield name, label, FIELD_GROUP, "text", "dcim.device", "1000", "exact", str(100 + place), description


def _devices(devices: Iterable[Wanted]) -> _Rows:
    for one in devices:
        yield (
            one.name, ROLE, one.maker, one.model, one.platform, one.serial, one.status, one.site, one.description,
            *(one.custom[name] for name in CUSTOM_FIELDS),
        )  # fmt: skip


def _interfaces(devices: Iterable[Wanted]) -> _Rows:
    return ((device.name, INTERFACE, INTERFACE_TYPE, device.port) for device in devices)


def _macs(devices: Iterable[Wanted]) -> _Rows:
    return ((device.mac, device.name, INTERFACE, "true") for device in devices if device.mac)


def _addresses(devices: Iterable[Wanted]) -> _Rows:
    seen: set[str] = set()  # an address is one object of NetBox, also where two sites use it
    for device in sorted(devices, key=lambda one: one.vanished):
        if device.ip and device.ip not in seen:
            seen.add(device.ip)
            yield device.ip, "active", device.name, INTERFACE, "true", ASSIGNED


#: File → (page of its form, columns, rows), in the order of the import.
FILES: Mapping[str, tuple[str, tuple[str, ...], Callable[[Sequence[Wanted]], _Rows]]] = {
    "01-sites.csv": ("dcim/sites", ("name", "slug", "status"), _sites),
    "02-manufacturers.csv": ("dcim/manufacturers", ("name", "slug"), _manufacturers),
    "03-device-roles.csv": ("dcim/device-roles", ("name", "slug", "color", "vm_role"), _roles),
    "04-platforms.csv": ("dcim/platforms", ("name", "slug", "manufacturer"), _platforms),
    "05-device-types.csv": (
        "dcim/device-types", ("manufacturer", "model", "slug", "u_height", "is_full_depth"), _types,
    ),
    "06-custom-fields.csv": (
        "extras/custom-fields",
        ("name", "label", "group_name", "type", "object_types", "search_weight", "filter_logic", "weight",
         "description"),
        _custom_fields,
    ),
    "07-devices.csv": (
        "dcim/devices",
        ("name", "role", "manufacturer", "device_type", "platform", "serial", "status", "site", "description",
         *(f"cf_{name}" for name in CUSTOM_FIELDS)),
        _devices,
    ),
    "08-interfaces.csv": ("dcim/interfaces", ("device", "name", "type", "description"), _interfaces),
    "09-mac-addresses.csv": ("dcim/mac-addresses", ("mac_address", "device", "interface", "is_primary"), _macs),
    "10-ip-addresses.csv": (
        "ipam/ip-addresses", ("address", "status", "device", "interface", "is_primary", "description"), _addresses,
    ),
}  # fmt: skip
