"""The events between two states of one device. Pure.

Only changes are events: the same scan twice gives none. A part that was unknown and is known now is not a change,
except for the device itself; a conflict is one event, whichever side is chosen later.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.core.model import Conflict
from scanner.identity.place_names import same_port, same_switch
from scanner.inventory.records import Event


@dataclass(frozen=True, slots=True)
class Look:
    """The state of a device at one time."""

    state: str
    last_seen: str
    ip: str | None
    mac: str | None
    switch: str | None
    switch_port: str | None
    firmware: str | None
    status: str
    compliance: str
    reason: str
    conflicts: tuple[Conflict, ...] = ()


def changes(before: Look | None, after: Look, *, baseline: bool, still: Iterable[str] = ()) -> list[Event]:
    """The events between two states of a device; `before` None: never seen. In a baseline nothing `appeared`.

    `still` contains addresses and firmwares of `before` that have as much evidence as those of `after`: choosing the
    other of two is not a change. Of the conflicts, `unrecorded` selects those that are events.
    """
    if before is None:
        appeared = [] if baseline else [Event("appeared", new=after.ip or after.mac, note=after.reason)]
        return appeared + [conflict_event(one) for one in after.conflicts]
    still = frozenset(still)
    found: list[Event] = []
    if before.state != "present" and after.state == "present":
        found.append(Event("returned", old=before.last_seen, new=after.ip or after.mac))
    if before.ip != after.ip and before.ip and before.ip not in still:
        if after.ip is None:
            found.append(Event("moved", "ip", before.ip, None, ADDRESS_TAKEN))
        elif _family(before.ip) == _family(after.ip):
            found.append(Event("moved", "ip", before.ip, after.ip))
    port, port_before = _port(after), _port(before)
    if port and port_before and not _same_place(before, after):
        found.append(Event("moved", "port", port_before, port))
    if before.firmware and after.firmware and before.firmware != after.firmware and before.firmware not in still:
        found.append(Event("firmware-changed", "firmware", before.firmware, after.firmware))
    if before.status != after.status:
        found.append(Event("status-changed", "status", before.status, after.status, after.reason))
    elif before.compliance != after.compliance:
        found.append(Event("status-changed", "compliance", before.compliance, after.compliance, after.reason))
    known = {_pair(conflict) for conflict in before.conflicts}
    return found + [conflict_event(one) for one in after.conflicts if _pair(one) not in known]


#: The note of an event where a device lost its address.
ADDRESS_TAKEN = "another device has the address now"


def conflict_event(conflict: Conflict) -> Event:
    """A conflict as an event: both values, what decided, and who claims the value that lost."""
    note = conflict.row or f"{conflict.chosen_rule} has more weight than {conflict.other_rule}"
    if conflict.claimant:
        note += f"; {conflict.other} is claimed by {conflict.claimant}"
    return Event("conflict", conflict.part, conflict.other, conflict.chosen, note)


def unrecorded(found: Iterable[Event], recorded: Iterable[tuple[str, str | None, str | None]]) -> list[Event]:
    """The events without conflicts of the same two values as one of `recorded` (part, old, new).

    A conflict is one event in the life of a device: not another when its sides change, or after a night without it.
    """
    known = {(part, frozenset((old, new))) for part, old, new in recorded}
    kept = []
    for one in found:
        pair = one.part or "", frozenset((one.old, one.new))
        if one.kind != "conflict" or pair not in known:
            kept.append(one)
            if one.kind == "conflict":
                known.add(pair)
    return kept


def _pair(conflict: Conflict) -> tuple[str, frozenset[str]]:
    return conflict.part, frozenset((conflict.chosen, conflict.other))


def _family(ip: str) -> int:
    return ipaddress.ip_address(ip).version


def _same_place(before: Look, after: Look) -> bool:
    """Whether switch and port differ in spelling at most."""
    switches, ports = (before.switch or "", after.switch or ""), (before.switch_port or "", after.switch_port or "")
    return same_switch(*switches) and same_port(*ports)


def _port(look: Look) -> str | None:
    return f"{look.switch} {look.switch_port}" if look.switch and look.switch_port else None
