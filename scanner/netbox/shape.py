"""The shape of the objects in NetBox's responses, as far as the export reads them. Pure."""

from __future__ import annotations

import ipaddress
from typing import Any

#: Fields that are objects, or null.
_OBJECTS = (
    "site", "device", "manufacturer", "device_type", "platform", "primary_ip4", "primary_ip6", "primary_mac_address",
    "assigned_object", "custom_fields", "local_context_data",
)  # fmt: skip
#: List → the field that refers to an object with an id, never null.
_OWNER = {"dcim/devices": "site", "dcim/interfaces": "device", "dcim/device-types": "manufacturer"}


def misshapen(path: str, record: Any) -> str:
    """Why a record of a list is not one of NetBox's schema, as the end of a sentence; empty if it is."""
    if not _has_id(record):
        return "has no id"
    for name in _OBJECTS:
        value = record.get(name)
        if not isinstance(value, dict | None):
            return f"has a {name} that is not an object"
    if (owner := _OWNER.get(path)) and not _has_id(record.get(owner)):
        return f"has no {owner}"
    device = (record.get("assigned_object") or {}).get("device")
    if isinstance(device, dict) and not _has_id(device):
        return "is assigned to a device without an id"
    macs = record.get("mac_addresses") or []
    if not isinstance(macs, list) or not all(map(_has_id, macs)):
        return "has mac_addresses that are not objects"
    kinds = record.get("object_types") or []
    if not isinstance(kinds, list):
        return "has object_types that are not a list"
    return "has no prefix" if path == "ipam/prefixes" and not is_network(record.get("prefix")) else ""


def _has_id(value: Any) -> bool:
    return isinstance(value, dict) and type(value.get("id")) is int


def is_network(value: Any) -> bool:
    """Whether a value of a response is a prefix."""
    try:
        ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        return False
    return True
