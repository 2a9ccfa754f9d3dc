"""Editing: the form on the page of a device, and writing what it sends. The middleware has checked the request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.web import render
from scanner.web.config import WebConfig

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Row

#: Values of the history that are shown.
HISTORY = 30
#: Largest body of a form, in bytes: each character of the longest values takes up to twelve.
BODY = 65_536


def fields(inventory: Inventory, device: int) -> Row:
    """The values of the page: current fields, their history, and the version that a form is based on."""
    from scanner.inventory import queries
    from scanner.inventory.rules.device_fields import DEVICE_FIELDS, LINES

    history, version = queries.field_history(inventory, device, HISTORY)
    return {
        "fields": queries.fields_of(inventory, device),
        "history": history,
        "fields_version": version,
        "field_limits": DEVICE_FIELDS,
        "field_lines": LINES,
    }


def values_of(form: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The fields in a form: one that is missing from the form stays as it is."""
    from scanner.inventory.rules.device_fields import DEVICE_FIELDS

    return {key: form[key][0] for key in DEVICE_FIELDS if key in form}


async def save(config: WebConfig, device: int, form: Mapping[str, Sequence[str]], address: str) -> None:
    """Write the fields that a form contains; `address` is that of the browser.

    The author of a value is the name in the form and the address, because all readers have one password. Raises
    UsageError for an invalid value, InventoryError when nothing can be written.
    """
    name = form.get("by", [""])[0].strip()
    author = f"{name}, web, {address}" if name else f"web, {address}"
    version = form.get("version", [""])[0]

    def write() -> None:
        with config.session.inventory() as inventory:
            inventory.set_fields(
                device, values_of(form), author=author, now=config.session.now(),
                version=int(version) if version.isascii() and version.isdecimal() and len(version) < 19 else 0,
            )  # fmt: skip

    await asyncio.to_thread(write)


def token(config: WebConfig) -> str:
    """The token of the form of a device; empty where it cannot be edited."""
    return render.form_token.get() if config.edit else ""
