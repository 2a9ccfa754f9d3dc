"""The use cases `fingerprints unknown` and `suggest`: what the inventory could not identify, and a draft to read it."""

from __future__ import annotations

import difflib

from scanner.app.session import Session
from scanner.core.errors import UsageError
from scanner.identity.unread import PRODUCT_FIELDS, UnreadGroup, UnreadValue, unread
from scanner.inventory import queries


def unknown(session: Session, others: bool = False) -> list[UnreadGroup]:
    """The values of devices without a model, in groups; with `others`, of hosts that are not phones as well."""
    with session.inventory(readonly=True) as inventory:
        values = [UnreadValue(*row) for row in queries.unidentified(inventory, PRODUCT_FIELDS, others)]
    return unread(values, session.fingerprints())


def suggest(session: Session, name: str, manufacturer: str = "", kind: str = "") -> str:
    """The draft of a vendor file that reads the values of a group. Raises UsageError for an unknown group."""
    from scanner.identity.draft import draft

    return draft(group(session, name), session.fingerprints(), manufacturer, kind)


def group(session: Session, name: str) -> UnreadGroup:
    """The group of an id or a shape. Raises UsageError for an unknown one, with the nearest."""
    groups = unknown(session) + unknown(session, others=True)
    found = next((group for group in groups if name in (group.id, group.shape)), None)
    if found is None:
        near = difflib.get_close_matches(name, [each for one in groups for each in (one.id, one.shape)], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`phonescan fingerprints unknown` lists the groups"
        raise UsageError(f"no group {name!r}; {hint}")
    return found
