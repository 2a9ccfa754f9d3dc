"""NetBox: the CSV of its device import, and an export through its API that matches first and never deletes.

Matching, in this order: the mac of an interface, the serial, the name within the site. A matched device keeps what a
person gave it (name, site, role, type, status): only an empty serial and our own key `phonescan` of the local context
data are written. What is missing (manufacturer, device type, role) is created; a site is not: it is a person's map.
`plan` only reads, `apply` does what a plan says. Needs the extra `netbox` (pynetbox).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal, TextIO

from scanner.core.errors import PhonescanError, UsageError
from scanner.core.text import mac as canonical_mac
from scanner.core.text import spreadsheet_cell
from scanner.reports.cells import plain, safe
from scanner.reports.data import Row
from scanner.reports.names import slug, unique_names

#: The device role of new devices.
ROLE = "IP phone"
#: Devices looked up with one request.
BATCH = 50
#: Columns of the device import (NetBox documentation, DCIM, devices).
CSV_COLUMNS = (
    "name", "role", "manufacturer", "device_type", "serial", "site", "status", "description", "local_context_data",
)  # fmt: skip
_FACTS = (
    "ip", "mac", "hostname", "kind", "firmware", "status", "compliance", "certified_firmware", "catalog", "switch",
    "switch_port", "vlan", "last_seen",
)  # fmt: skip


def write_device_csv(rows: Iterable[Row], stream: TextIO) -> int:
    """The device-import CSV of `rows`; returns the devices written. Without a known model: `Unknown phone`."""
    import json

    name_of = unique_names()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    count = 0
    for row in rows:
        facts = json.dumps({"phonescan": _facts(row)}, ensure_ascii=True)
        cells = [
            name_of(row), ROLE, _maker(row), _model(row), safe(row.get("serial"))[:50], safe(row.get("site")), "active",
            _description(row),
        ]  # fmt: skip
        writer.writerow([*map(spreadsheet_cell, cells), facts])
        count += 1
    return count


def _maker(row: Row) -> str:
    return safe(row.get("manufacturer"))[:100] or "Unknown"


def _model(row: Row) -> str:
    return safe(row.get("model"))[:100] or "Unknown phone"


def _description(row: Row) -> str:
    return f"{safe(row.get('firmware')) or 'firmware not known'}: {safe(row.get('status'))}"[:200]


def _facts(row: Row) -> dict[str, str]:
    return {name: safe(row.get(name))[:200] for name in _FACTS if plain(row.get(name))}


Verb = Literal["create", "update", "same", "skip"]


@dataclass(frozen=True, slots=True)
class Step:
    """What an export does with one device: `create`, `update` (what), nothing (`same`), or why not (`skip`)."""

    verb: Verb
    name: str
    row: Row
    device: int | None = None
    matched_by: str = ""
    changes: tuple[tuple[str, Any], ...] = ()
    note: str = ""

    def __str__(self) -> str:
        what = ", ".join(name for name, _ in self.changes)
        by = f" (found by {self.matched_by})" if self.matched_by else ""
        return f"{self.verb:<7} {self.name}{by}{': ' + what if what else ''}{': ' + self.note if self.note else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an export did: devices created, updated, left as they are, and what failed in words."""

    created: int
    updated: int
    same: int
    failed: tuple[str, ...]


def connect(url: str, token: str) -> Any:
    """A pynetbox API. Raises UsageError when the extra is not installed."""
    try:
        import pynetbox
    except ImportError:
        raise UsageError("the NetBox export needs the extra: pip install 'phonescan[netbox]'") from None
    return pynetbox.api(url, token=token)


def plan(api: Any, rows: Iterable[Row]) -> Iterator[Step]:
    """What `apply` would do, one step a row, in their order. Reads from NetBox, writes nothing.

    Raises PhonescanError in one sentence when NetBox does not answer as it should.
    """
    name_of = unique_names()
    with _one_sentence(api):
        sites = _by_slug(api.dcim.sites)
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        with _one_sentence(api):
            by_mac = _devices_by_mac(api, batch)
            by_serial = _devices_by_serial(api, batch)
            wanted = sorted({i for i in [*by_mac.values(), *by_serial.values()] if i is not None})
            known = {int(d.id): d for d in api.dcim.devices.filter(id=wanted)} if wanted else {}
        for row in batch:
            with _one_sentence(api):
                step = _step(api, row, name_of(row), by_mac, by_serial, known, sites)
            yield step


def _step(
    api: Any,
    row: Row,
    name: str,
    by_mac: dict[str, int | None],
    by_serial: dict[str, int | None],
    known: dict[int, Any],
    sites: dict[str, int],
) -> Step:
    mac, serial = canonical_mac(plain(row.get("mac"))), plain(row.get("serial"))
    site = sites.get(slug(plain(row.get("site")), "-"))
    for matched_by, found in (("mac", by_mac.get(mac or "", 0)), ("serial", by_serial.get(serial, 0))):
        if found is None:
            return Step(
                "skip", name, row, note=f"its {matched_by} is on several devices in NetBox: clean that up first"
            )
        if found and found in known:
            return _update(row, known[found], matched_by)
    if site is None:
        note = f"the site {safe(row.get('site'))!r} is not in NetBox: create it there, or name the site as it is there"
        return Step("skip", name, row, note=note)
    if (device := api.dcim.devices.get(name=name, site_id=site)) is not None:
        return _update(row, device, "name")
    return Step("create", name, row, note=f"{_maker(row)} {_model(row)}")


def _update(row: Row, device: Any, matched_by: str) -> Step:
    changes: dict[str, Any] = {}
    serial = safe(row.get("serial"))[:50]
    if serial and not device.serial:
        changes["serial"] = serial
    context = dict(device.local_context_data or {})
    if context.get("phonescan") != _facts(row):
        changes["local_context_data"] = {**context, "phonescan": _facts(row)}
    verb: Verb = "update" if changes else "same"
    return Step(verb, safe(str(device.name)), row, int(device.id), matched_by, tuple(changes.items()))


def apply(api: Any, steps: Iterable[Step]) -> Outcome:
    """Do what the steps of a plan say. A device that NetBox refuses is reported and does not stop the others."""
    created = updated = same = 0
    failed: list[str] = []
    needed = _Needed(api)
    for step in steps:
        try:
            match step.verb:
                case "create":
                    _create(api, step, needed)
                    created += 1
                case "update":
                    device = api.dcim.devices.get(step.device)
                    device.update(dict(step.changes))
                    updated += 1
                case "same":
                    same += 1
                case "skip":
                    failed.append(f"{step.name}: {step.note}")
        except Exception as fault:  # pynetbox and requests have no common root
            failed.append(f"{step.name}: {_words(fault)}")
    return Outcome(created, updated, same, tuple(failed))


class _Needed:
    """What a new device refers to, looked up once and created when it is not there."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.types: dict[tuple[str, str], int] = {}

    @cached_property
    def role(self) -> int:
        """The id of the role of phones."""
        return self._one(self.api.dcim.device_roles, ROLE, {"color": "2f9e67"})

    @cached_property
    def sites(self) -> dict[str, int]:
        """The sites that NetBox knows, by slug."""
        return _by_slug(self.api.dcim.sites)

    def _one(self, endpoint: Any, name: str, more: dict[str, Any]) -> int:
        found = endpoint.get(slug=slug(name, "-"))
        return int((found or endpoint.create(name=name, slug=slug(name, "-"), **more)).id)

    def device_type(self, row: Row) -> int:
        """The id of the device type of a row's maker and model."""
        key = _maker(row), _model(row)
        if key not in self.types:
            maker = self._one(self.api.dcim.manufacturers, key[0], {})
            model_slug = slug(f"{key[0]} {key[1]}", "-")
            found = self.api.dcim.device_types.get(manufacturer_id=maker, model=key[1])
            found = found or self.api.dcim.device_types.create(manufacturer=maker, model=key[1], slug=model_slug)
            self.types[key] = int(found.id)
        return self.types[key]


def _create(api: Any, step: Step, needed: _Needed) -> None:
    row = step.row
    device = api.dcim.devices.create(
        name=step.name,
        role=needed.role,
        device_type=needed.device_type(row),
        site=needed.sites[slug(plain(row.get("site")), "-")],
        status="active",
        serial=safe(row.get("serial"))[:50],
        description=_description(row),
        local_context_data={"phonescan": _facts(row)},
    )
    mac = canonical_mac(plain(row.get("mac")))
    if not mac:
        return
    interface = {"device": device.id, "name": "LAN", "type": "other"}
    if _macs_are_objects(api):  # since NetBox 4.2 a mac is an object of its own
        made = api.dcim.interfaces.create(**interface)
        address = api.dcim.mac_addresses.create(
            mac_address=mac, assigned_object_type="dcim.interface", assigned_object_id=made.id
        )
        made.update({"primary_mac_address": address.id})
    else:
        api.dcim.interfaces.create(**interface, mac_address=mac)


def _macs_are_objects(api: Any) -> bool:
    major, _, minor = str(api.version).partition(".")
    return (int(major or 0), int(minor or 0)) >= (4, 2)


def _by_slug(endpoint: Any) -> dict[str, int]:
    return {str(record.slug): int(record.id) for record in endpoint.all()}


def _devices_by_mac(api: Any, batch: Sequence[Row]) -> dict[str, int | None]:
    """mac → device id; None where several devices have it."""
    macs = sorted({mac for row in batch if (mac := canonical_mac(plain(row.get("mac"))))})
    found: dict[str, int | None] = {}
    for interface in api.dcim.interfaces.filter(mac_address=macs) if macs else ():
        mac = canonical_mac(str(interface.mac_address or "")) or ""
        device = int(interface.device.id)
        found[mac] = device if found.get(mac, device) == device else None
    return found


def _devices_by_serial(api: Any, batch: Sequence[Row]) -> dict[str, int | None]:
    serials = sorted({plain(row.get("serial"))[:50] for row in batch if plain(row.get("serial"))})
    found: dict[str, int | None] = {}
    for device in api.dcim.devices.filter(serial=serials) if serials else ():
        serial = str(device.serial)
        found[serial] = int(device.id) if serial not in found else None
    return found


@contextmanager
def _one_sentence(api: Any) -> Iterator[None]:
    """Turns whatever pynetbox and requests raise into one sentence."""
    url = getattr(api, "base_url", "NetBox")
    try:
        yield
    except PhonescanError:
        raise
    except Exception as fault:
        if isinstance(fault, OSError) and not isinstance(fault, ValueError):  # requests: no connection, or no response
            why = f"NetBox at {url} does not respond; correct --url, or make it reachable from this host"
            raise PhonescanError(why) from None
        raise PhonescanError(f"the response of NetBox at {url} is not as expected: {_words(fault)}") from None


def _words(fault: Exception) -> str:
    return safe(str(fault).replace("\n", " "))[:300]
