"""What NetBox has of the devices of one batch: found by our id, mac, serial or name, with ports and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.core.errors import NetBoxError
from scanner.core.text import mac as canonical_mac
from scanner.netbox.client import Client, Record
from scanner.reports.cells import safe
from scanner.reports.netbox.device import CONTEXT, CUSTOM_FIELDS, Wanted, key

#: Sort of object that a device refers to → its list.
REFERENCES: Mapping[str, str] = {
    "sites": "dcim/sites",
    "makers": "dcim/manufacturers",
    "roles": "dcim/device-roles",
    "platforms": "dcim/platforms",
}
DEVICES, TYPES, FIELDS = "dcim/devices", "dcim/device-types", "extras/custom-fields"
INTERFACES, MACS, ADDRESSES, PREFIXES = "dcim/interfaces", "dcim/mac-addresses", "ipam/ip-addresses", "ipam/prefixes"
#: The custom field with our id.
ID = "phonescan_id"


@dataclass(slots=True)
class References:
    """Ids of the objects that devices refer to, by their slug and by their name as a slug; `types` by maker and model.

    `fields` has the custom fields that exist.
    """

    by_name: dict[str, dict[str, int]] = field(default_factory=lambda: {sort: {} for sort in REFERENCES})
    types: dict[tuple[int, str], int] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)

    def get(self, sort: str, name: str) -> int | None:
        """The id of an object with this name, or with the slug of this name."""
        return self.by_name[sort].get(key(name))

    def type_of(self, maker: str, model: str) -> int | None:
        """The id of a device type."""
        owner = self.get("makers", maker)
        names = (key(model), key(f"{maker} {model}"))
        return next((self.types[owner, name] for name in names if owner and (owner, name) in self.types), None)

    def add(self, sort: str, record: Record) -> None:
        """Add an object of NetBox."""
        for name in (str(record.get("slug")), key(str(record.get("name")))):
            self.by_name[sort].setdefault(name, int(record["id"]))

    def add_type(self, record: Record, model: str = "") -> None:
        """Add a device type of NetBox, by its model, else its slug, and by the `model` for which it was created."""
        owner = int(record["manufacturer"]["id"])
        for name in (key(str(record.get("model"))), str(record.get("slug")), *([key(model)] if model else [])):
            self.types.setdefault((owner, name), int(record["id"]))


def references(client: Client) -> References:
    """Read the references. Raises NetBoxError when a custom field of ours exists and is not one for devices."""
    found = References()
    for sort, path in REFERENCES.items():
        for record in client.all(path):
            found.add(sort, record)
    for record in client.all(TYPES):
        found.add_type(record)
    for record in client.find(FIELDS, "name", CUSTOM_FIELDS):
        name = str(record.get("name"))
        if name not in CUSTOM_FIELDS:
            continue
        if "dcim.device" not in (record.get("object_types") or ()) or choice(record.get("type")) != "text":
            raise NetBoxError(f"the custom field {name} in NetBox is not a text of devices; delete or rename it there")
        if name == ID and choice(record.get("filter_logic")) == "disabled":
            raise NetBoxError(f"the custom field {name} in NetBox has no filter; set its filter logic to exact there")
        found.fields.add(name)
    return found


@dataclass(slots=True)
class Existing:
    """The objects of NetBox around some devices. All ids are NetBox's.

    `matches` has, for the place of each device, the device of NetBox and by what it was found; `doubtful` why a
    device was not chosen; `former` devices of NetBox that have the id of a device which was merged into another.
    """

    devices: dict[int, Record] = field(default_factory=dict)
    interfaces: dict[int, list[Record]] = field(default_factory=dict)
    addresses: dict[int, list[Record]] = field(default_factory=dict)
    matches: dict[int, tuple[int, str]] = field(default_factory=dict)
    doubtful: dict[int, str] = field(default_factory=dict)
    former: dict[int, list[int]] = field(default_factory=dict)
    macs: dict[str, list[Record]] = field(default_factory=dict)
    hosts: dict[str, list[Record]] = field(default_factory=dict)
    names: set[tuple[int, str]] = field(default_factory=set)


def batch(client: Client, wanted: Sequence[Wanted], refs: References) -> Existing:
    """Read what NetBox has of `wanted`."""
    found = Existing()
    if ID in refs.fields:
        by_id: dict[str, list[int]] = {}
        for record in client.find(DEVICES, f"cf_{ID}", (one for device in wanted for one in device.ids)):
            # NetBox ignores a filter that it does not know, and returns every device
            found.devices[int(record["id"])] = record
            by_id.setdefault(own_id(record), []).append(int(record["id"]))
        _by_id(found, wanted, by_id)
    _by_mac(client, found, wanted)
    _by_serial(client, found, wanted)
    _by_name(client, found, wanted, refs)
    ids = sorted({device for device, _ in found.matches.values()})
    if ids:
        for record in client.find(INTERFACES, "device_id", map(str, ids)):
            found.interfaces.setdefault(int(record["device"]["id"]), []).append(record)
        for record in client.find(ADDRESSES, "device_id", map(str, ids)):
            found.addresses.setdefault(owner(record) or 0, []).append(record)
    _doubt(found, wanted)
    _loose(client, found, wanted)
    return found


def own_id(device: Record) -> str:
    """The id of a device in our custom field; empty without one."""
    return str((device.get("custom_fields") or {}).get(ID) or "")


def facts(device: Record) -> dict[str, str]:
    """The facts of the last export."""
    found = (device.get("local_context_data") or {}).get(CONTEXT)
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def title(device: Record) -> str:
    """The name of a device for messages; one without a name has its number."""
    return safe(str(device.get("name") or f"device {device['id']}"))


def macs_of(interface: Record) -> set[str]:
    """The macs of an interface, in our notation."""
    texts = [interface.get("mac_address"), *(one.get("mac_address") for one in interface.get("mac_addresses") or ())]
    return {found for text in texts if text and (found := canonical_mac(str(text)))}


def owner(record: Record) -> int | None:
    """The device to whose interface an address or a mac is assigned."""
    device = (record.get("assigned_object") or {}).get("device")
    return int(device["id"]) if isinstance(device, dict) else None


def host(address: Any) -> str:
    """An address without its length."""
    return str(address or "").partition("/")[0].lower()


def choice(value: Any) -> str:
    """The value of a choice, which NetBox returns with its label."""
    return str(value.get("value") if isinstance(value, dict) else value or "")


def _by_id(found: Existing, wanted: Sequence[Wanted], by_id: Mapping[str, list[int]]) -> None:
    """The device with the own id is chosen, else one with the id of a merged device; the rest is former."""
    for place, one in enumerate(wanted):
        devices = [device for text in one.ids for device in sorted(by_id.get(text, ()))]
        if devices:
            found.matches[place] = devices[0], "id"
            found.former[place] = devices[1:]


def _doubt(found: Existing, wanted: Sequence[Wanted]) -> None:
    """A device with our id is that of another inventory if it has another mac, or facts of one and not our mac."""
    for place, (device, by) in list(found.matches.items()):
        one = wanted[place]
        macs = set().union(*(macs_of(port) for port in found.interfaces.get(device, ())))
        record = found.devices[device]
        serial = str(record.get("serial") or "")
        theirs, ours = facts(record).get("inventory", ""), one.facts.get("inventory", "")
        other_mac = bool(one.mac and macs and one.mac not in macs)
        other = bool(theirs and ours and theirs != ours)
        if by == "id" and (other_mac or other) and one.mac not in macs and (serial or "-") != one.serial:
            what = "another mac" if other_mac else "the facts of another inventory"
            found.doubtful[place] = (
                f"{title(record)} in NetBox has the id {one.ids[0]} and {what}: give each inventory that writes to this"
                f" NetBox its own [netbox] inventory, or, where this one was created again, empty the field {ID} there"
            )
            del found.matches[place]
            found.former.pop(place, None)


def _left(found: Existing, wanted: Sequence[Wanted]) -> list[tuple[int, Wanted]]:
    return [
        (place, one)
        for place, one in enumerate(wanted)
        if place not in found.matches and place not in found.doubtful and not one.retired
    ]


def _choose(found: Existing, place: int, one: Wanted, devices: Iterable[int], by: str) -> None:
    devices = set(devices)
    if unread := devices - found.devices.keys():
        found.doubtful[place] = (
            f"device {min(unread)} in NetBox has its {by} and is not returned: give the token the right to view it"
        )
        return
    taken = {device for device, _ in found.matches.values()}
    free = sorted({
        device for device in devices
        if device not in taken and own_id(found.devices[device]) in ("", *one.ids)
    })  # fmt: skip
    if len(free) > 1:
        found.doubtful[place] = f"several devices in NetBox have its {by}: correct them first"
    elif free:
        found.matches[place] = free[0], by


def _by_mac(client: Client, found: Existing, wanted: Sequence[Wanted]) -> None:
    left = [(place, one) for place, one in _left(found, wanted) if one.mac]
    by_mac: dict[str, set[int]] = {}
    for record in client.find(MACS, "mac_address", (one.mac for _, one in left)):
        if device := owner(record):
            by_mac.setdefault(canonical_mac(str(record.get("mac_address"))) or "", set()).add(device)
    _read(client, found, (device for devices in by_mac.values() for device in devices))
    for place, one in left:
        _choose(found, place, one, by_mac.get(one.mac, ()), "mac")


def _by_serial(client: Client, found: Existing, wanted: Sequence[Wanted]) -> None:
    left = [(place, one) for place, one in _left(found, wanted) if one.serial]
    by_serial: dict[str, list[int]] = {}
    for record in client.find(DEVICES, "serial", (one.serial for _, one in left)):
        found.devices.setdefault(int(record["id"]), record)
        by_serial.setdefault(str(record.get("serial")).casefold(), []).append(int(record["id"]))
    for place, one in left:
        _choose(found, place, one, by_serial.get(one.serial.casefold(), ()), "serial")


def _by_name(client: Client, found: Existing, wanted: Sequence[Wanted], refs: References) -> None:
    """A device of the same name and site is the same one, unless its mac, serial or id is another's."""
    left = [(place, one) for place, one in _left(found, wanted)]
    by_name: dict[tuple[int, str], list[Record]] = {}
    for record in client.find(DEVICES, "name__ie", (one.name for _, one in left)):
        site, name = int(record["site"]["id"]), str(record.get("name")).casefold()
        by_name.setdefault((site, name), []).append(record)
        found.names.add((site, name))
    devices = {int(record["id"]): record for records in by_name.values() for record in records}
    ports: dict[int, set[str]] = {}
    if devices:
        for record in client.find(INTERFACES, "device_id", map(str, sorted(devices))):
            ports.setdefault(int(record["device"]["id"]), set()).update(macs_of(record))
    for place, one in left:
        same = []
        for record in by_name.get((refs.get("sites", one.site) or 0, one.name.casefold()), ()):
            number, serial = int(record["id"]), str(record.get("serial") or "").casefold()
            other_mac = bool(one.mac and ports.get(number) and one.mac not in ports[number])
            other_serial = bool(serial and one.serial and serial != one.serial.casefold())
            if not other_mac and not other_serial:
                found.devices.setdefault(number, record)
                same.append(number)
        _choose(found, place, one, same, "name")


def _loose(client: Client, found: Existing, wanted: Sequence[Wanted]) -> None:
    """Read the macs and addresses that exist in NetBox without being those of the matched device."""
    macs, hosts = [], []
    for place, one in enumerate(wanted):
        device = found.matches.get(place, (0, ""))[0]
        here = set().union(*(macs_of(port) for port in found.interfaces.get(device, ())))
        if one.mac and one.mac not in here:
            macs.append(one.mac)
        if one.ip and host(one.ip) not in {host(record.get("address")) for record in found.addresses.get(device, ())}:
            hosts.append(host(one.ip))
    for record in client.find(MACS, "mac_address", macs):
        if not record.get("assigned_object_id"):
            found.macs.setdefault(canonical_mac(str(record.get("mac_address"))) or "", []).append(record)
    for record in client.find(ADDRESSES, "address", hosts):
        found.hosts.setdefault(host(record.get("address")), []).append(record)
    _read(client, found, (owner(record) or 0 for records in found.hosts.values() for record in records))


def _read(client: Client, found: Existing, devices: Iterable[int]) -> None:
    missing = sorted({device for device in devices if device and device not in found.devices})
    for record in client.find(DEVICES, "id", map(str, missing)):
        found.devices[int(record["id"])] = record
