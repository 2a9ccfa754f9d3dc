"""Executes the steps of a batch in bulk: references, devices, interfaces, macs, addresses, primary addresses.

An interrupted run leaves no duplicates: each stage is compared with NetBox again by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.netbox.client import Client, MissingObjects, Record, RejectedWrite
from scanner.netbox.known import (
    ADDRESSES,
    DEVICES,
    FIELDS,
    INTERFACES,
    MACS,
    REFERENCES,
    TYPES,
    References,
    host,
)
from scanner.netbox.plan import Step, Writing
from scanner.netbox.prefixes import Lengths
from scanner.reports.netbox.device import CUSTOM_FIELDS, FIELD_GROUP, ROLE, ROLE_COLOR, Wanted, key
from scanner.reports.netbox.forms import type_slug


@dataclass(slots=True)
class Written:
    """The devices created, updated and unchanged; the failures in words, and notes on what was left as it is."""

    created: int = 0
    updated: int = 0
    same: int = 0
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def create_fields(client: Client, refs: References) -> None:
    """Create the custom fields that do not exist."""
    missing = [name for name in CUSTOM_FIELDS if name not in refs.fields]
    if missing:
        client.create(FIELDS, [custom_field(name) for name in missing])
        refs.fields.update(missing)


def custom_field(name: str) -> Record:
    """A custom field as it is created."""
    label, description = CUSTOM_FIELDS[name]
    return {
        "name": name, "label": label, "group_name": FIELD_GROUP, "type": "text", "object_types": ["dcim.device"],
        "filter_logic": "exact", "description": description, "weight": 100 + list(CUSTOM_FIELDS).index(name),
    }  # fmt: skip


def create_references(client: Client, refs: References, steps: Sequence[Step]) -> dict[int, str]:
    """Create the roles, manufacturers, platforms and types that the steps refer to and that do not exist.

    Returns the reasons for which steps cannot be written, by their `id`: NetBox refuses what they refer to.
    """
    refused: dict[tuple[str, str], str] = {}
    kinds = [step.wanted for step in steps if step.kind and step.verb != "skip"]
    platforms = [step.wanted for step in steps if step.platform and step.verb != "skip"]
    if kinds:
        _add(client, refs, "roles", {ROLE: {"color": ROLE_COLOR, "vm_role": False}}, refused)
    _add(client, refs, "makers", {one.maker: {} for one in [*kinds, *platforms]}, refused)
    known = [one for one in platforms if refs.get("makers", one.maker)]
    _add(
        client, refs, "platforms",
        {one.platform: {"manufacturer": refs.get("makers", one.maker)} for one in known}, refused,
    )  # fmt: skip
    types = {
        (one.maker, one.model): one
        for one in kinds
        if refs.get("makers", one.maker) and refs.type_of(one.maker, one.model) is None
    }
    for name, record in _created(client, TYPES, {name: _type(one, refs) for name, one in types.items()}, refused):
        refs.add_type(record, name[1])
    return {id(step): why for step in steps for name in _names(step) if (why := refused.get(name))}


def _names(step: Step) -> list[tuple[str, str]]:
    """What a step refers to, as the keys of `create_references`."""
    one = step.wanted
    kind = [("roles", ROLE), ("makers", one.maker), (one.maker, one.model)] if step.kind else []
    return [*kind, *([("makers", one.maker), ("platforms", one.platform)] if step.platform else [])]


def _add(
    client: Client,
    refs: References,
    sort: str,
    names: dict[str, dict[str, Any]],
    refused: dict[tuple[str, str], str],
) -> None:
    objects = {
        (sort, name): {"name": name, "slug": key(name), **more}
        for name, more in names.items()
        if refs.get(sort, name) is None
    }
    for _, record in _created(client, REFERENCES[sort], objects, refused):
        refs.add(sort, record)


def _created(
    client: Client, path: str, objects: dict[tuple[str, str], Record], refused: dict[tuple[str, str], str]
) -> Iterator[tuple[tuple[str, str], Record]]:
    """Create objects, together and else one by one; `refused` gets NetBox's reasons for those that it refuses."""
    if not objects:
        return
    try:
        yield from zip(objects, client.create(path, list(objects.values())), strict=True)
    except RejectedWrite as why:
        if len(objects) == 1:
            refused.update(dict.fromkeys(objects, str(why)))
            return
        for name, fields in objects.items():
            yield from _created(client, path, {name: fields}, refused)


def _type(one: Wanted, refs: References) -> Record:
    return {
        "manufacturer": refs.get("makers", one.maker), "model": one.model, "slug": type_slug(one), "u_height": 0,
        "is_full_depth": False,
    }  # fmt: skip


def execute(client: Client, refs: References, steps: Sequence[Step], lengths: Lengths, done: Written) -> None:
    """Write the steps of one batch. What NetBox refuses is a failure of its device alone. Raises NetBoxError."""
    writing = [step for step in steps if step.verb in ("create", "update")]
    failed = create_references(client, refs, writing)
    _Batch(client, refs, writing, lengths, failed).run()
    for step in steps:
        if id(step) in failed:
            done.failed.append(f"{step.name}: {failed[id(step)]}")
        elif step.note:
            (done.failed if step.verb == "skip" else done.notes).append(f"{step.name}: {step.note}")
        done.same += step.verb == "same"
    for step in writing:
        if id(step) not in failed:
            done.created += step.verb == "create"
            done.updated += step.verb == "update"


class _Batch:
    """The stages of one batch. A step that fails in one stage is left out of the following ones."""

    def __init__(
        self, client: Client, refs: References, steps: list[Step], lengths: Lengths, failed: dict[int, str]
    ) -> None:
        self.client, self.refs, self.steps, self.lengths, self.failed = client, refs, steps, lengths, failed

    def run(self) -> None:
        self._stage(DEVICES, lambda step: step.device, self._device)
        self._formers()
        self._stage(INTERFACES, lambda step: step.port, self._port)
        self._stage(MACS, lambda step: step.mac, self._assigned)
        self._follow(INTERFACES, lambda step: self._primary_mac(step))
        # NetBox assigns no address that is still the primary one of another device
        self._vacate()
        wanted = [step for step in self._left() if step.address is not None and step.address.id is None]
        self.lengths.read(self.client, [host(step.wanted.ip) for step in wanted])
        self._stage(ADDRESSES, lambda step: step.address, self._address)
        self._follow(DEVICES, lambda step: self._primary_address(step))
        self._release()

    def _left(self) -> list[Step]:
        return [step for step in self.steps if id(step) not in self.failed]

    def _stage(
        self, path: str, part_of: Callable[[Step], Writing | None], fields_of: Callable[[Step, Writing], Record]
    ) -> None:
        """Create or update one part of each step."""
        parts = [(step, part) for step in self._left() if (part := part_of(step)) is not None]
        objects = [(step, part, fields_of(step, part)) for step, part in parts]
        new = [one for one in objects if one[1].id is None]
        old = [one for one in objects if one[1].id is not None and one[2]]
        for (_, part, _), record in zip(
            new, self._bulk(self.client.create, path, [(step, fields) for step, _, fields in new]), strict=True
        ):
            part.id = int(record["id"]) if record else None
        self._bulk(self.client.update, path, [(step, {"id": part.id, **fields}) for step, part, fields in old])

    def _follow(self, path: str, object_of: Callable[[Step], Record | None]) -> None:
        """Update an object after those that it refers to were written."""
        objects = [(step, found) for step in self._left() if (found := object_of(step)) is not None]
        self._bulk(self.client.update, path, objects)

    def _bulk(
        self, write: Callable[[str, Sequence[Record]], list[Record]], path: str, objects: Sequence[tuple[Step, Record]]
    ) -> list[Record | None]:
        """Write objects; those that NetBox refuses are found by halves, the others are written."""
        if not objects:
            return []
        try:
            return list(write(path, [found for _, found in objects]))
        except MissingObjects as missing:  # the others were written
            for step, found in objects:
                if found["id"] in missing.ids:
                    self.failed[id(step)] = str(missing)
            return [None] * len(objects)
        except RejectedWrite as why:
            if len(objects) == 1:
                self.failed[id(objects[0][0])] = str(why)
                return [None]
            middle = len(objects) // 2
            return [*self._bulk(write, path, objects[:middle]), *self._bulk(write, path, objects[middle:])]

    def _device(self, step: Step, part: Writing) -> Record:
        fields = dict(part.fields)
        if step.kind:
            fields["device_type"] = self.refs.type_of(step.wanted.maker, step.wanted.model)
        if step.platform:
            fields["platform"] = self.refs.get("platforms", step.wanted.platform)
        if part.id is None:
            fields["role"] = self.refs.get("roles", ROLE)
        return fields

    def _port(self, step: Step, part: Writing) -> Record:
        return {**part.fields, **({"device": step.device.id} if part.id is None and step.device else {})}

    def _assigned(self, step: Step, part: Writing) -> Record:
        fields = dict(part.fields)
        if part.assigned and step.port is not None:
            fields |= {"assigned_object_type": "dcim.interface", "assigned_object_id": step.port.id}
        return fields

    def _address(self, step: Step, part: Writing) -> Record:
        fields = self._assigned(step, part)
        if "address" in fields:
            fields["address"] = self.lengths.with_length(host(fields["address"]))
        return fields

    def _primary_mac(self, step: Step) -> Record | None:
        if not step.mac_is_primary or step.mac is None or step.port is None:
            return None
        return {"id": step.port.id, "primary_mac_address": step.mac.id}

    def _primary_address(self, step: Step) -> Record | None:
        if not step.address_is_primary or step.address is None or step.device is None:
            return None
        family = "primary_ip6" if ":" in step.wanted.ip else "primary_ip4"
        return {"id": step.device.id, family: step.address.id}

    def _formers(self) -> None:
        self._bulk(
            self.client.update, DEVICES,
            [(step, {"id": part.id, **part.fields}) for step in self._left() for part in step.formers],
        )  # fmt: skip

    def _vacate(self) -> None:
        devices: dict[int, tuple[Step, Record]] = {}  # NetBox writes the last of two updates of an object alone
        for step in self._left():
            for device, family in step.vacated:
                devices.setdefault(device, (step, {"id": device}))[1][family] = None
        self._bulk(self.client.update, DEVICES, list(devices.values()))

    def _release(self) -> None:
        """Unassign the addresses that devices do not have any more, unless another device got them."""
        given = {step.address.id for step in self._left() if step.address is not None}
        self._follow(
            ADDRESSES,
            lambda step: (
                None
                if step.left is None or step.left in given
                else {"id": step.left, "assigned_object_type": None, "assigned_object_id": None}
            ),
        )
