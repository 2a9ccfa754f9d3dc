"""What is to be written for each device of a batch: a pure comparison of what NetBox has with what it is to have.

A value that a person set is kept: name, site, role, a known type, another status than active and offline, and every
description that is not one of phonescan. A description is phonescan's when it is empty or follows from the facts of
the last export, which the device contains in its local context data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from scanner.core.model import STATUSES
from scanner.netbox.client import Record
from scanner.netbox.known import Existing, References, choice, facts, host, macs_of, own_id, owner, title
from scanner.reports.cells import safe
from scanner.reports.netbox.device import (
    ASSIGNED,
    CONTEXT,
    INTERFACE,
    INTERFACE_TYPE,
    UNKNOWN_MODEL,
    Wanted,
    description,
    key,
    port,
)

Verb = Literal["create", "update", "same", "skip"]

#: Descriptions of devices and interfaces by earlier exports, also where their facts are not in the context.
_OLD_DESCRIPTION = re.compile(rf".+: ({'|'.join(STATUSES)})")
_OLD_PORT = re.compile(r"switch .+, port .+|(switch|port|VLAN) [^ ]+")


class ValueChange(NamedTuple):
    """One value that is written: the object, its field, and the values before and after."""

    what: str
    name: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.what} {self.name}: {_quoted(self.old)} → {_quoted(self.new)}"


@dataclass(slots=True)
class Writing:
    """The object of a device that is written: its id (None: it is created), the fields, and whether it is assigned.

    An address or mac that is `assigned` is one of the interface of the device from now on.
    """

    id: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    assigned: bool = False


@dataclass(slots=True)
class Step:
    """What is written for one device, and the changes in words.

    `kind` and `platform` name the type and the platform that `device` is to refer to. `address` has the host in
    `fields["address"]` when it is created. `vacated` are devices whose primary address is taken from them first,
    with its family; `left` is the address that the device does not have any more. `formers` are updates of devices
    that turned out to be this one.
    """

    wanted: Wanted
    verb: Verb = "same"
    matched_by: str = ""
    name: str = ""
    note: str = ""
    device: Writing | None = None
    kind: bool = False
    platform: bool = False
    port: Writing | None = None
    mac: Writing | None = None
    mac_is_primary: bool = False
    address: Writing | None = None
    address_is_primary: bool = False
    vacated: tuple[tuple[int, str], ...] = ()
    left: int | None = None
    formers: list[Writing] = field(default_factory=list)
    changes: list[ValueChange] = field(default_factory=list)

    def __str__(self) -> str:
        by = f" (found by {self.matched_by})" if self.matched_by else ""
        head = f"{self.verb:<7} {self.name}{by}{': ' + self.note if self.note else ''}"
        return "\n".join([head, *(f"        {change}" for change in self.changes)])


def steps(wanted: Sequence[Wanted], found: Existing, refs: References, holders: Mapping[str, str]) -> list[Step]:
    """The steps for a batch, in its order. `holders` has the id of the device that has each address now."""
    taken = set(found.names)
    planned = []
    for place, one in enumerate(wanted):
        if place in found.doubtful:
            step = Step(one, "skip", name=one.name, note=found.doubtful[place])
        elif place in found.matches:
            number, by = found.matches[place]
            device = found.devices[number]
            step = Step(one, matched_by=by, name=title(device), device=Writing(number))
            former = [found.devices[number] for number in found.former.get(place, ())]
            if one.retired:
                _retire(step, device, "another device has its address")
            else:
                _update(step, device, found, holders)
            for old in former:
                _former(step, old)
        elif one.retired:
            continue
        elif (site := refs.get("sites", one.site)) is None:
            note = f"the site {one.site!r} is not in NetBox: create it there, or name the site as it is there"
            step = Step(one, "skip", name=one.name, note=note)
        else:
            step = Step(one, name=_free(one, site, taken))
            _create(step, site, found, holders)
        if step.verb == "same" and (step.changes or step.formers):
            step.verb = "update"
        planned.append(step)
    return planned


def _create(step: Step, site: int, found: Existing, holders: Mapping[str, str]) -> None:
    one = step.wanted
    step.verb = "create"
    step.device = Writing(
        fields={
            "name": step.name,
            "site": site,
            "status": one.status,
            "serial": one.serial,
            "description": one.description,
            "custom_fields": {name: value or None for name, value in one.custom.items()},
            "local_context_data": {CONTEXT: dict(one.facts)},
        }
    )
    step.kind, step.platform = True, bool(one.platform)
    for name, value in (
        ("site", one.site), ("type", f"{one.maker} {one.model}"), ("platform", one.platform), ("serial", one.serial),
        ("status", one.status), ("description", one.description),
    ):  # fmt: skip
        _note(step, "device", name, "", value)
    _port(step, None, found, {}, holders)


def _update(step: Step, device: Record, found: Existing, holders: Mapping[str, str]) -> None:
    one, part = step.wanted, step.device
    assert part is not None
    old = facts(device)
    if one.serial and not device.get("serial"):
        _set(step, part, "serial", "", one.serial)
    kind = device.get("device_type") or {}
    if str(kind.get("model")) == UNKNOWN_MODEL and one.model != UNKNOWN_MODEL:
        step.kind = True
        _note(step, "device", "type", UNKNOWN_MODEL, f"{one.maker} {one.model}")
    platform = str((device.get("platform") or {}).get("name") or "")
    if one.platform and key(platform) != key(one.platform) and platform in ("", old.get("platform", "")):
        step.platform = True
        _note(step, "device", "platform", platform, one.platform)
    _status(step, part, device, one.custom["phonescan_state"])
    now = str(device.get("description") or "")
    if now != one.description and (now in ("", description(old)) or _OLD_DESCRIPTION.fullmatch(now)):
        _set(step, part, "description", now, one.description)
    _custom(step, part, device, one.custom)
    _context(part, device, dict(one.facts))
    if "local_context_data" in part.fields and not step.changes:
        for name in sorted({*old, *one.facts}):
            _note(step, "context", name, old.get(name, ""), one.facts.get(name, ""))
    _port(step, device, found, old, holders)


def _status(step: Step, part: Writing, device: Record, state: str) -> None:
    """Only a change of our state changes the status, and only between active and offline."""
    before, now = str((device.get("custom_fields") or {}).get("phonescan_state") or ""), choice(device.get("status"))
    if state != "present" and before in ("", "present") and now == "active":
        _set(step, part, "status", now, "offline")
    elif state == "present" and before in ("vanished", "replaced") and now == "offline":
        _set(step, part, "status", now, "active")


def _custom(step: Step, part: Writing, device: Record, wanted: Mapping[str, str]) -> None:
    has = device.get("custom_fields") or {}
    for name, value in wanted.items():
        if str(has.get(name) or "") != value:
            part.fields.setdefault("custom_fields", {})[name] = value or None
            _note(step, "field", name, str(has.get(name) or ""), value)


def _context(part: Writing, device: Record, wanted: dict[str, str]) -> None:
    context = dict(device.get("local_context_data") or {})
    if context.get(CONTEXT) != wanted:
        part.fields["local_context_data"] = {**context, CONTEXT: wanted}


def _retire(step: Step, device: Record, why: str) -> None:
    assert step.device is not None
    _close(step, step.device, device, step.wanted.ids[0], why)


def _former(step: Step, device: Record) -> None:
    part = Writing(int(device["id"]))
    _close(step, part, device, own_id(device), f"the same device as {step.name}")
    if part.fields:
        step.formers.append(part)


def _close(step: Step, part: Writing, device: Record, number: str, why: str) -> None:
    """Set a device that was merged or replaced offline, without a verdict."""
    state = {"phonescan_id": number, "phonescan_state": "replaced"}
    gone = dict.fromkeys(("phonescan_status", "phonescan_compliance", "phonescan_firmware"), "")
    old = facts(device)
    _status(step, part, device, "replaced")
    now = str(device.get("description") or "")
    if now != why and (now in ("", description(old)) or _OLD_DESCRIPTION.fullmatch(now)):
        _set(step, part, "description", now, why)
    _custom(step, part, device, {**state, **gone})
    _context(part, device, {"state": "replaced"})


def _port(
    step: Step, device: Record | None, found: Existing, old: Mapping[str, str], holders: Mapping[str, str]
) -> None:
    """The interface with our mac, else LAN, else the only one; its description, mac and address."""
    one = step.wanted
    ports = found.interfaces.get(int(device["id"]), []) if device else []
    chosen = next((record for record in ports if one.mac and one.mac in macs_of(record)), None)
    chosen = chosen or next((record for record in ports if record.get("name") == INTERFACE), None)
    chosen = chosen or (ports[0] if len(ports) == 1 else None)
    if chosen is None:
        step.port = Writing(fields={"name": INTERFACE, "type": INTERFACE_TYPE, "description": one.port})
        _note(step, "interface", "name", "", INTERFACE)
        _note(step, "interface", "description", "", one.port)
    else:
        step.port = Writing(int(chosen["id"]))
        now = str(chosen.get("description") or "")
        if now != one.port and (now in ("", port(old)) or _OLD_PORT.fullmatch(now)):
            _set(step, step.port, "description", now, one.port, "interface")
    _mac(step, chosen, found)
    _address(step, device, found, old, holders)


def _mac(step: Step, interface: Record | None, found: Existing) -> None:
    one = step.wanted
    if not one.mac:
        return
    primary = (interface or {}).get("primary_mac_address")
    if interface is None or one.mac not in macs_of(interface):
        loose = found.macs.get(one.mac) or []
        number = int(loose.pop()["id"]) if loose else None
        step.mac = Writing(number, {} if number else {"mac_address": one.mac}, assigned=True)
        step.mac_is_primary = not primary
        _note(step, "interface", "mac", "", one.mac)
    elif not primary:
        listed = interface.get("mac_addresses") or ()
        mine = next((record for record in listed if macs_of({"mac_addresses": [record]}) == {one.mac}), None)
        if mine is not None:
            step.mac, step.mac_is_primary = Writing(int(mine["id"])), True
            _note(step, "interface", "primary mac", "", one.mac)


def _address(
    step: Step, device: Record | None, found: Existing, old: Mapping[str, str], holders: Mapping[str, str]
) -> None:
    one = step.wanted
    if not one.ip or one.vanished:
        return
    ip = host(one.ip)
    if holders.get(ip, one.ids[0]) != one.ids[0]:
        step.note = f"{ip} is the address of another device"
        return
    here = found.addresses.get(int(device["id"]), []) if device else []
    primary = (device or {}).get(f"primary_ip{_family(ip)}") or {}
    mine = next((record for record in here if host(record.get("address")) == ip), None)
    if mine is not None:
        step.address = Writing(int(mine["id"]))
    else:
        others = found.hosts.get(ip, [])
        free = next((record for record in others if not record.get("assigned_object_id")), None)
        ours = next((record for record in others if own_id(found.devices.get(owner(record) or 0, {}))), None)
        chosen = free or ours
        if others and chosen is None:
            step.note = f"{ip} is assigned to another object in NetBox"
            return
        step.address = (
            Writing(int(chosen["id"])) if chosen else Writing(fields={"address": one.ip, "description": ASSIGNED})
        )
        if chosen is not None and free is None:
            loser = found.devices[owner(chosen) or 0]
            family = f"primary_ip{_family(ip)}"
            if (loser.get(family) or {}).get("id") == chosen["id"]:
                step.vacated = ((int(loser["id"]), family),)
            _note(step, "device", "address", "", f"{ip} (of {title(loser)} before)")
        else:
            _note(step, "device", "address", "", ip)
        step.address.assigned = True
    if primary.get("id") != step.address.id or step.address.id is None:
        before = host(primary.get("address"))
        if not before or before == host(old.get("ip")) or (not old and device and own_id(device)):
            step.address_is_primary = True
            _note(step, "device", "primary address", before, ip)
    for record in here:
        if host(record.get("address")) == host(old.get("ip")) != ip and record.get("description") == ASSIGNED:
            step.left = int(record["id"])
            family = f"primary_ip{_family(host(old.get('ip')))}"
            if family != f"primary_ip{_family(ip)}" and ((device or {}).get(family) or {}).get("id") == step.left:
                step.vacated += ((int((device or {})["id"]), family),)
            _note(step, "device", "address", host(old.get("ip")), "")


def _family(ip: str) -> str:
    return "6" if ":" in ip else "4"


def _free(one: Wanted, site: int, taken: set[tuple[int, str]]) -> str:
    """A name that no device of the site has: the own one, else with the mac or our id."""
    suffix = one.mac.replace(":", "")[-6:] or one.ids[0]
    candidates = (one.name, f"{one.name[: 63 - len(suffix)]}-{suffix}", f"phone-{one.ids[0]}")
    name = next((name for name in candidates if (site, name.casefold()) not in taken), candidates[-1])
    taken.add((site, name.casefold()))
    return name


def _set(step: Step, part: Writing, name: str, old: str, new: str, what: str = "device") -> None:
    part.fields[name] = new
    _note(step, what, name, old, new)


def _note(step: Step, what: str, name: str, old: str, new: str) -> None:
    if old != new:
        step.changes.append(ValueChange(what, name, safe(old), safe(new)))


def _quoted(text: str) -> str:
    return repr(text) if text else "none"
