"""The export through NetBox's API: rights first, then batch by batch read, compare and write.

A device is found again by the custom field with our id, else by mac, serial, or name within its site. Nothing is
deleted. A run that was interrupted is continued by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from scanner.core.errors import NetBoxError
from scanner.netbox.client import Client, ForbiddenRead, RejectedWrite
from scanner.netbox.known import (
    ADDRESSES,
    DEVICES,
    FIELDS,
    INTERFACES,
    MACS,
    PREFIXES,
    REFERENCES,
    TYPES,
    References,
    batch,
    host,
    references,
)
from scanner.netbox.plan import Step, steps
from scanner.netbox.prefixes import Lengths
from scanner.netbox.write import Written, create_fields, execute
from scanner.reports.netbox.device import CUSTOM_FIELDS, ROLE, Wanted

#: Devices that are read, compared and written together.
BATCH = 100
#: Lists whose objects are created and changed in every export.
WRITTEN = (DEVICES, INTERFACES, MACS, ADDRESSES)
#: List → model, as permissions name it.
MODELS = {
    DEVICES: "dcim.device", INTERFACES: "dcim.interface", MACS: "dcim.macaddress", ADDRESSES: "ipam.ipaddress",
    TYPES: "dcim.devicetype", FIELDS: "extras.customfield", PREFIXES: "ipam.prefix", "dcim/sites": "dcim.site",
    "dcim/manufacturers": "dcim.manufacturer", "dcim/device-roles": "dcim.devicerole",
    "dcim/platforms": "dcim.platform",
}  # fmt: skip


class Export:
    """One export of `wanted` to a NetBox. `written` counts what was done, also when it ends with an error."""

    def __init__(self, client: Client, wanted: Sequence[Wanted]) -> None:
        self.client, self.wanted = client, wanted
        self.written = Written()
        #: address → the id of the device that has it now: the first that is present
        self.holders: dict[str, str] = {}
        for one in wanted:
            if one.ip and not one.vanished and not one.retired:
                self.holders.setdefault(host(one.ip), one.ids[0])

    def begin(self) -> References:
        """Check the release and read what devices refer to. Raises NetBoxError."""
        self.client.version()
        return references(self.client)

    def lacking(self, refs: References) -> list[str]:
        """The permissions that the token lacks for this export, those to read before those to write."""
        needed = {path: {"add", "change"} for path in WRITTEN}
        if not set(CUSTOM_FIELDS) <= refs.fields:
            needed[FIELDS] = {"add"}
        for sort, path in REFERENCES.items():
            names = {
                "sites": (), "roles": (ROLE,), "makers": (one.maker for one in self.wanted),
                "platforms": (one.platform for one in self.wanted if one.platform),
            }[sort]  # fmt: skip
            if any(refs.get(sort, name) is None for name in names):
                needed[path] = {"add"}
        if any(refs.type_of(one.maker, one.model) is None for one in self.wanted):
            needed[TYPES] = {"add"}
        unreadable = [permission("view", path) for path in MODELS if not self.client.may_view(path)]
        return unreadable or [
            permission(right, path)
            for path, rights in needed.items()
            for right in sorted(rights - self.client.rights(path))
        ]

    def plan(self, refs: References) -> Iterator[list[Step]]:
        """The steps by batch, each read and compared when the one before is done."""
        for start in range(0, len(self.wanted), BATCH):
            part = self.wanted[start : start + BATCH]
            yield steps(part, batch(self.client, part, refs), refs, self.holders)

    def preview(self) -> Iterator[list[Step]]:
        """The steps of `run` by batch, without writing anything."""
        with self._permissions():
            refs = self.begin()
            if missing := self.lacking(refs):
                self.written.failed.append(f"to write this, the token lacks {', '.join(missing)}")
            for planned in self.plan(refs):
                self.written.failed += [f"{step.name}: {step.note}" for step in planned if step.verb == "skip"]
                self.written.notes += [
                    f"{step.name}: {step.note}" for step in planned if step.verb != "skip" and step.note
                ]
                yield planned

    def run(self) -> Iterator[list[Step]]:
        """Write batch by batch; yields the steps of each one after it was written. Raises NetBoxError.

        The permissions are checked before the first object is written, and not where nothing is to be written.
        """
        lengths, checked = Lengths(), False
        with self._permissions():
            refs = self.begin()
            for planned in self.plan(refs):
                if not checked and any(step.verb in ("create", "update") for step in planned):
                    self._prepare(refs)
                    checked = True
                execute(self.client, refs, planned, lengths, self.written)
                yield planned

    def _prepare(self, refs: References) -> None:
        if missing := self.lacking(refs):
            raise _lacking(self.client, missing)
        try:
            create_fields(self.client, refs)
        except RejectedWrite as why:
            raise NetBoxError(f"NetBox at {self.client.url} refuses the custom fields: {why}") from None

    @contextmanager
    def _permissions(self) -> Iterator[None]:
        """Name every list that cannot be read, not only the first."""
        try:
            yield
        except ForbiddenRead as error:
            missing = [permission("view", path) for path in MODELS if not self.client.may_view(path)]
            raise (_lacking(self.client, missing) if missing else error) from None


def permission(right: str, path: str) -> str:
    """The name of a permission of NetBox, such as `dcim.add_device`."""
    app, _, model = MODELS[path].partition(".")
    return f"{app}.{right}_{model}"


def _lacking(client: Client, missing: Sequence[str]) -> NetBoxError:
    return NetBoxError(
        f"the token for NetBox at {client.url} lacks {', '.join(missing)}; nothing was written: give its user these"
        " permissions, and the token write access"
    )
