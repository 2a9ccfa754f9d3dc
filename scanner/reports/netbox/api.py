"""The export to NetBox through its API: devices are matched, created and updated, never deleted.

Devices are matched by the MAC of an interface, then the serial number, then the name within the site. Of a matched
device only an empty serial number and the key `phonescan` of the local context data are written: name, site, role, type
and status are edited by people. A missing manufacturer, device type or role is created, a site is not. `plan` only
reads; `apply` executes a plan. Needs the extra `netbox` (pynetbox).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from scanner.core.errors import PhonescanError, UsageError
from scanner.core.text import mac as canonical_mac
from scanner.reports.cells import plain, safe
from scanner.reports.data import Row
from scanner.reports.names import slug, unique_names
from scanner.reports.netbox.device import ROLE, UNKNOWN_MAKER, UNKNOWN_MODEL, description

#: Devices that are looked up with one request.
BATCH = 50
Verb = Literal["create", "update", "same", "skip"]


@dataclass(frozen=True, slots=True)
class Step:
    """The action for one device: `create`, `update` with its changes, `same`, or `skip` with the reason in `note`."""

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
class ExportResult:
    """The number of devices created, updated and unchanged, and the failures in words."""

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
    """The steps for `apply`, one for each row in their order. Reads from NetBox, writes nothing.

    Raises PhonescanError when NetBox does not respond, or not as expected.
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
    mac, serial = canonical_mac(plain(row.get("mac"))), _serial(row)
    site = sites.get(slug(plain(row.get("site")), "-"))
    for matched_by, found in (("mac", by_mac.get(mac or "", 0)), ("serial", by_serial.get(serial, 0))):
        if found is None:
            return Step("skip", name, row, note=f"several devices in NetBox have its {matched_by}: correct them first")
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
    serial = _serial(row)
    if serial and not device.serial:
        changes["serial"] = serial
    context = dict(device.local_context_data or {})
    if context.get("phonescan") != _facts(row):
        changes["local_context_data"] = {**context, "phonescan": _facts(row)}
    verb: Verb = "update" if changes else "same"
    return Step(verb, safe(str(device.name)), row, int(device.id), matched_by, tuple(changes.items()))


def apply(api: Any, steps: Iterable[Step]) -> ExportResult:
    """Execute the steps of a plan. A device that NetBox rejects is reported, the others are processed."""
    created = updated = same = 0
    failed: list[str] = []
    references = _References(api)
    for step in steps:
        try:
            match step.verb:
                case "create":
                    _create(api, step, references)
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
    return ExportResult(created, updated, same, tuple(failed))


class _References:
    """Roles, sites and device types that new devices refer to; missing roles and types are created."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.types: dict[tuple[str, str], int] = {}

    @cached_property
    def role(self) -> int:
        """The id of the role of phones."""
        return self._one(self.api.dcim.device_roles, ROLE, {"color": "2f9e67"})

    @cached_property
    def sites(self) -> dict[str, int]:
        """The sites in NetBox, by slug."""
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


def _create(api: Any, step: Step, references: _References) -> None:
    row = step.row
    device = api.dcim.devices.create(
        name=step.name,
        role=references.role,
        device_type=references.device_type(row),
        site=references.sites[slug(plain(row.get("site")), "-")],
        status="active",
        serial=_serial(row),
        description=description(row),
        local_context_data={"phonescan": _facts(row)},
    )
    mac = canonical_mac(plain(row.get("mac")))
    if not mac:
        return
    interface = {"device": device.id, "name": "LAN", "type": "other"}
    if _macs_are_objects(api):  # since NetBox 4.2 a MAC is an object of its own
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
    """MAC → device id; None where several devices have it."""
    macs = sorted({mac for row in batch if (mac := canonical_mac(plain(row.get("mac"))))})
    found: dict[str, int | None] = {}
    for interface in api.dcim.interfaces.filter(mac_address=macs) if macs else ():
        mac = canonical_mac(str(interface.mac_address or "")) or ""
        device = int(interface.device.id)
        found[mac] = device if found.get(mac, device) == device else None
    return found


def _devices_by_serial(api: Any, batch: Sequence[Row]) -> dict[str, int | None]:
    serials = sorted({_serial(row) for row in batch if _serial(row)})
    found: dict[str, int | None] = {}
    for device in api.dcim.devices.filter(serial=serials) if serials else ():
        serial = str(device.serial)
        found[serial] = int(device.id) if serial not in found else None
    return found


@contextmanager
def _one_sentence(api: Any) -> Iterator[None]:
    """Turn any exception of pynetbox and requests into a PhonescanError of one sentence."""
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


def _serial(row: Row) -> str:
    return safe(row.get("serial"))[:50]


def _maker(row: Row) -> str:
    return safe(row.get("manufacturer"))[:100] or UNKNOWN_MAKER


def _model(row: Row) -> str:
    return safe(row.get("model"))[:100] or UNKNOWN_MODEL


def _facts(row: Row) -> dict[str, str]:
    names = ("ip", "mac", "hostname", "kind", "firmware", "status", "compliance", "certified_firmware", "catalog",
             "switch", "switch_port", "vlan")  # fmt: skip
    return {name: safe(row.get(name))[:200] for name in names if plain(row.get(name))}
