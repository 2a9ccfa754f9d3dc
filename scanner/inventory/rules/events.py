"""What changed between two looks at one device. Pure: before and after in, events out.

Only changes are events: the same night twice gives none. What was not known and is known now is no change, except
for the device itself; a conflict is told once, whichever side wins later.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.core.model import Conflict
from scanner.inventory.records import Event


@dataclass(frozen=True, slots=True)
class Look:
    """A device as it stood at one time. `still` are addresses and firmwares that other facts still tell."""

    state: str
    last_seen: str
    ip: str | None
    mac: str | None
    switch: str | None
    switch_port: str | None
    firmware: str | None
    status: str
    reason: str
    conflicts: tuple[Conflict, ...] = ()


def changes(before: Look | None, after: Look, *, baseline: bool, still: Iterable[str] = ()) -> list[Event]:
    """The events between two looks; `before` None: never seen. A baseline has no `appeared`: all is new there.

    `still` holds addresses and firmwares of before that are told as much as the new ones: choosing the other of two
    is no change.
    """
    if before is None:
        return [] if baseline else [Event("appeared", new=after.ip or after.mac, note=after.reason)]
    still = frozenset(still)
    found: list[Event] = []
    if before.state != "present" and after.state == "present":
        found.append(Event("returned", old=before.last_seen, new=after.ip or after.mac))
    if before.ip != after.ip and before.ip and before.ip not in still:
        if after.ip is None:
            found.append(Event("moved", "ip", before.ip, None, "another device has the address now"))
        elif _family(before.ip) == _family(after.ip):
            found.append(Event("moved", "ip", before.ip, after.ip))
    port, was = _port(after), _port(before)
    if port and was and port != was:
        found.append(Event("moved", "port", was, port))
    if before.firmware and after.firmware and before.firmware != after.firmware and before.firmware not in still:
        found.append(Event("firmware-changed", "firmware", before.firmware, after.firmware))
    if before.status != after.status:
        found.append(Event("status-changed", "status", before.status, after.status, after.reason))
    known = {_pair(conflict) for conflict in before.conflicts}
    found += [conflict_event(one) for one in after.conflicts if _pair(one) not in known]
    return found


def first_conflicts(after: Look) -> list[Event]:
    """The conflicts of a device that is new: worth telling, baseline or not."""
    return [conflict_event(one) for one in after.conflicts]


def conflict_event(conflict: Conflict) -> Event:
    """A conflict as an event: both values, and which rules read them."""
    note = f"{conflict.chosen_rule} counts more than {conflict.other_rule}"
    return Event("conflict", conflict.part, conflict.other, conflict.chosen, note)


def _pair(conflict: Conflict) -> tuple[str, frozenset[str]]:
    return conflict.part, frozenset((conflict.chosen, conflict.other))


def _family(ip: str) -> int:
    return ipaddress.ip_address(ip).version


def _port(look: Look) -> str | None:
    return f"{look.switch} {look.switch_port}" if look.switch and look.switch_port else None
