"""Values that identify no model, in groups of one shape: what a new vendor file has to read."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from scanner.identity.fingerprints import Fingerprints
from scanner.identity.match import match
from scanner.identity.tokens import shape
from scanner.identity.values import BLANK

#: The fields whose values name a product.
PRODUCT_FIELDS = (
    "sip.user-agent", "sip.server", "provisioning.user-agent", "http.server", "http.realm", "http.title",
    "https.cert-subject", "snmp.sysdescr", "snmp.sysobjectid", "snmp.entity-model", "snmp.vendor-model",
    "lldp.system-description", "lldp-med.manufacturer", "lldp-med.model", "cdp.platform", "dhcp.vendor-class",
    "dhcp.user-class", "nmap.product",
)  # fmt: skip
#: Most groups, values of a group, and fields of a group that are kept.
MOST_GROUPS, MOST_VALUES = 10_000, 20


class UnreadValue(NamedTuple):
    """A value of one field, the number of devices that sent it, and their manufacturer where it is known otherwise."""

    field: str
    value: str
    devices: int
    manufacturer: str | None = None


class UnreadGroup(NamedTuple):
    """Values of one shape. `values` has the most frequent ones; `manufacturer` and `kind` are what the rules give.

    `devices` counts those of the field that most devices have. `reason` is `no rule matches` or `no model`.
    """

    id: str
    shape: str
    devices: int
    values: tuple[UnreadValue, ...]
    reason: str
    manufacturer: str | None
    kind: str | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the values, the most frequent first."""
        return tuple(dict.fromkeys(value.field for value in self.values))


def unread(values: Iterable[UnreadValue], fingerprints: Fingerprints) -> list[UnreadGroup]:
    """The groups of those values that identify no model, the group of most devices first.

    A value that identifies nothing by a rule is left out.
    """
    groups: dict[str, list[tuple[UnreadValue, dict[str, str] | None]]] = {}
    spelled = (one._replace(value=one.value.strip(BLANK)) for one in values)
    for value in sorted(spelled, key=lambda one: (-one.devices, one.field, one.value)):
        found = match(fingerprints, value.field, value.value)
        gives = found[0].gives if found else None
        if gives is not None and (not gives or "model" in gives):
            continue
        name = shape(value.value)
        if name in groups or len(groups) < MOST_GROUPS:
            groups.setdefault(name, []).append((value, gives))
    made = [_group(name, members) for name, members in groups.items()]
    return sorted(made, key=lambda group: (-group.devices, group.shape))


def _group(name: str, members: list[tuple[UnreadValue, dict[str, str] | None]]) -> UnreadGroup:
    given = [gives for _, gives in members if gives]
    fields = {value.field for value, _ in members}
    return UnreadGroup(
        id=group_id(name),
        shape=name,
        devices=max(sum(one.devices for one, _ in members if one.field == field) for field in fields),
        values=tuple(value for value, _ in members[:MOST_VALUES]),
        reason="no model" if given else "no rule matches",
        manufacturer=next(
            (gives["manufacturer"] for gives in given if "manufacturer" in gives),
            next((value.manufacturer for value, _ in members if value.manufacturer), None),
        ),
        kind=next((gives["kind"] for gives in given if "kind" in gives), None),
    )


def group_id(name: str) -> str:
    """The id of the group of a shape: the same in every inventory."""
    return "g" + blake2b(name.encode("utf-8", "replace"), digest_size=4).hexdigest()
