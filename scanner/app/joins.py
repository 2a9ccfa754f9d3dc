"""By what an observation is that of its device: the join, in words for `explain`. Pure.

An observation that contains the mac of the device needs no other. One that was made at an address is joined by the
sighting nearest in time that has both the address and the mac.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.core.fields import Role, field_of
from scanner.core.model import Observation
from scanner.core.named_source import port_in, serial_in
from scanner.core.text import mac as read_mac
from scanner.core.text import seconds
from scanner.inventory.queries import Explained, Explanation


def joined_by(each: Explained, explanation: Explanation) -> str:
    """The join of an observation of a device."""
    one, mac = each.observation, explanation.device["mac"] if explanation.device else None
    if mac is None:
        return f"the address {one.ip}" if one.ip and explanation.key.startswith("ip ") else explanation.key
    if one.mac == mac:
        return f"its mac {mac}"
    if _contains(each, mac):
        return f"the mac {mac} in its value"
    if one.ip is None:
        return _named(one.source)
    bound = [other for other in explanation.observations if _binds(other, one.ip, mac)]
    if not bound:
        return f"the address {one.ip}, and what the device is known to be"
    return f"the address {one.ip}, which {mac} has by {_words(_nearest(bound, each), each)}"


def _named(source: str) -> str:
    """The join of an observation that its source alone names."""
    if serial := serial_in(source):
        return f"the serial number {serial}, which the device reports"
    if port := port_in(source):
        return f"the port {port[1]} of {port[0]}, which the device had then"
    return "the mac that its sender has"


def _contains(each: Explained, mac: str) -> bool:
    return any(read_mac(evidence.gives.get("mac") or "") == mac for evidence in each.evidence)


def _binds(other: Explained, ip: str, mac: str) -> bool:
    """Whether an observation shows that a mac has an address."""
    one = other.observation
    names = field_of(one.field).role is Role.ADDRESS and one.value == ip
    return (one.mac == mac or _contains(other, mac)) and (one.ip == ip or names)


def _nearest(bound: Sequence[Explained], each: Explained) -> Explained:
    def distance(other: Explained) -> int:
        before, after = other.last_seen, each.first_seen
        return max(seconds(after) - seconds(before), seconds(other.first_seen) - seconds(each.last_seen), 0)

    return min(bound, key=lambda other: (distance(other), _place(other.observation)))


def _place(one: Observation) -> tuple[str, str, str]:
    return one.source, one.field, one.value


def _words(other: Explained, each: Explained) -> str:
    """The sighting that joins, with the end of its run that is nearer."""
    time = other.first_seen if other.first_seen > each.last_seen else min(other.last_seen, each.last_seen)
    return f"{other.observation.field} from {other.observation.source or 'a file'}, {time}"
