"""The identifiers in one value: mac, serial number and address of its device, manufacturer and model. Pure.

A device may report its own mac (at the end of a SIP User-Agent, in the name of a certificate, in a vendor's MIB) or
serial number; a table (ARP, the forwarding table of a switch) contains a mac without knowing the device.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.core import text
from scanner.core.address import address
from scanner.core.fields import Field, FieldOrigin, Role, field_of
from scanner.core.text import VALUE_LIMIT
from scanner.identity.evidence import Observed
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.match import Match, best, readable
from scanner.identity.values import BLANK

#: Roles of the fields that contain identifiers even where no rule is about the field.
_IDENTIFYING = frozenset({Role.SERIAL, Role.ADDRESS})
#: Below this certainty the manufacturer or model of a rule does not distinguish two devices.
_DISTINCT = 0.5
#: Most values cached; a hostile network cannot make it more.
_REMEMBERED = 32_768
#: Loopback and link-local addresses, which do not place a device.
_UNROUTED = ("127.", "169.254.", "::1", "fe80:")

_SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/:-]{5,39}")
_DOTTED_NUMBERS = re.compile(r"\d+(?:\.\d+)+")
_COUNTING = "01234567890123456789"


class Identifiers(NamedTuple):
    """What one value contains; None where it does not. `ip` is an address that the device reports as its own."""

    mac: str | None = None
    serial: str | None = None
    maker: str | None = None
    model: str | None = None
    ip: str | None = None


NONE = Identifiers()


class Read(NamedTuple):
    """What is known of a value: the row of its field, its match with the rules, its identifiers."""

    about: Field
    match: Match | None
    identifiers: Identifiers


@dataclass(slots=True)
class Signature:
    """The manufacturers, models and serials in several values of one device, by which devices are distinguished.

    `host` is whether its own frames show that it is not a phone: it may contain the banner of any.
    """

    makers: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    serials: set[str] = field(default_factory=set)
    host: bool = False

    def add(self, found: Identifiers) -> None:
        """Add the identifiers of one more value."""
        if found.maker:
            self.makers.add(found.maker)
        if found.model:
            self.models.add(found.model)
        if found.serial:
            self.serials.add(found.serial)

    def update(self, other: Signature) -> None:
        """Add all of another signature."""
        self.makers |= other.makers
        self.models |= other.models
        self.serials |= other.serials
        self.host = self.host or other.host

    def __bool__(self) -> bool:
        return bool(self.makers or self.models or self.serials)


class Reader:
    """Matches each distinct value of a field with the rules once; one for a run of the program."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self.fingerprints = fingerprints
        self._known: dict[tuple[str, str], Read] = {}
        self._unread: dict[str, Read] = {}

    def match(self, one: Observed) -> Match | None:
        """The match of an observation, as `identify` takes it."""
        return self.read(one.field, one.value).match

    def read(self, name: str, value: str) -> Read:
        """The match of a value and its identifiers."""
        found = self._unread.get(name) or self._known.get((name, value))
        if found is None:
            about = field_of(name)
            if about.role not in _IDENTIFYING and not readable(self.fingerprints, name):
                return self._never_read(name, about)
            found = Read(about, *self._read(name, about, value))
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name, value] = found
        return found

    def _never_read(self, name: str, about: Field) -> Read:
        found = Read(about, None, NONE)
        if len(self._unread) < _REMEMBERED:
            self._unread[name] = found
        return found

    def _read(self, name: str, about: Field, value: str) -> tuple[Match | None, Identifiers]:
        match = best(self.fingerprints, name, value[:VALUE_LIMIT].strip(BLANK))
        if about.group.origin is FieldOrigin.TABLE:
            return match, NONE
        if about.role is Role.ADDRESS:
            ip = address(value)
            return match, Identifiers(ip=ip) if ip and not ip.startswith(_UNROUTED) else NONE
        gives = match.gives if match else {}
        distinct = gives if match and match.rule.certainty >= _DISTINCT else {}
        mac, serial, model = gives.get("mac"), gives.get("serial"), distinct.get("model")
        if about.role is Role.SERIAL:
            serial = serial or value
        if serial and (own := text.mac(serial)) and self.fingerprints.registry.by_mac(own):
            mac, serial = mac or own, None
        mac = text.mac(mac) if mac else None
        if mac and (not text.identifying_mac(mac) or self._of_another_maker(mac, gives.get("manufacturer"))):
            mac = None
        found = Identifiers(
            mac=mac,
            serial=usable_serial(serial, model) if serial else None,
            maker=distinct.get("manufacturer"),
            model=_folded(model) if model else None,
        )
        return match, NONE if found == NONE else found

    def _of_another_maker(self, mac: str, maker: str | None) -> bool:
        """Whether the prefix of a mac is of another maker than the value names: it is a copy, or false."""
        assigned = self.fingerprints.registry.by_mac(mac)
        return bool(assigned and maker and assigned.maker not in self.fingerprints.models.family(maker))


def usable_serial(spelled: str, model: str | None = None) -> str | None:
    """A serial number in upper case; None for a placeholder, a version, the name of the model or a word.

    A part number looks like a serial number; it is recognized when several devices report it (see `shared`).
    """
    found = spelled.strip().upper()
    if not _SERIAL.fullmatch(found) or _DOTTED_NUMBERS.fullmatch(found):
        return None
    digits = sum(c.isdigit() for c in found)
    if digits < 3 or len(set(found)) < 4 or found in _COUNTING or found in _COUNTING[::-1]:
        return None
    if model and _folded(model) == _folded(found):
        return None
    return found


def _folded(model: str) -> str:
    return "".join(c for c in model.casefold() if c.isalnum())
