"""What one observation says about who it belongs to: a mac, a serial, a maker and model. Pure.

A device may tell its own mac (a SIP User-Agent's suffix, a certificate's name, a vendor's MIB) or serial; a table
(ARP, a switch's forwarding table) tells a mac without knowing the device. The vendor files say which text tells what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from scanner.core import text
from scanner.core.address import address
from scanner.core.model import PHONE_KINDS
from scanner.identity.match import match

if TYPE_CHECKING:
    from scanner.identity.fingerprints import Fingerprints

#: Fields that a table tells of a mac. They prove that the mac exists, not what it is.
TABLE_FIELDS = frozenset({"arp.mac", "switch.name", "switch.port", "switch.vlan", "switch.port-method"})
#: What a frame says belongs to the mac that sent it, never to the port or to who else hangs there.
SENDER_PREFIXES = ("lldp.", "lldp-med.", "cdp.")
#: Questions that have several answers at once.
SEVERAL = frozenset({
    "arp.mac", "http.body", "http.cookie", "http.favicon", "http.path", "http.realm", "http.server", "http.title",
    "lldp.management-address", "cdp.address", "mdns.host", "mdns.instance", "mdns.service", "sip.contact",
    "https.cert-issuer", "https.cert-san", "https.cert-subject",
})  # fmt: skip
_SERIAL_FIELDS = frozenset({"lldp-med.serial", "snmp.entity-serial"})
_ADDRESS_FIELDS = frozenset({"lldp.management-address", "cdp.address"})
#: Below this certainty a rule's maker or model is a hint, not a reason to call two things different.
_TELLING = 0.5
_REMEMBERED = 65_536
_HANDSETS = PHONE_KINDS - {"unknown"}
_NOWHERE = ("127.", "169.254.", "::1", "fe80:")

_SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/:-]{5,39}")
_DOTTED_NUMBERS = re.compile(r"\d+(?:\.\d+)+")
_COUNTING = "01234567890123456789"


class Claim(NamedTuple):
    """What one value tells of its device; None where it does not."""

    mac: str | None = None
    serial: str | None = None
    maker: str | None = None
    model: str | None = None
    #: an address that the device names as its own
    ip: str | None = None


NOTHING = Claim()


@dataclass(slots=True)
class Signature:
    """What several claims add up to: makers, models and serials told. Used to tell two devices from one."""

    makers: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    serials: set[str] = field(default_factory=set)

    def add(self, claim: Claim) -> None:
        """Take a claim in."""
        if claim.maker:
            self.makers.add(claim.maker)
        if claim.model:
            self.models.add(claim.model)
        if claim.serial:
            self.serials.add(claim.serial)

    def update(self, other: Signature) -> None:
        """Take all of another signature in."""
        self.makers |= other.makers
        self.models |= other.models
        self.serials |= other.serials

    def __bool__(self) -> bool:
        return bool(self.makers or self.models or self.serials)


class Claims:
    """Reads claims with the fingerprints, remembering what repeats; one for a settling run."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints
        self._known: dict[tuple[str, str], Claim] = {}
        self._phone_makers: set[str] | None = None

    def of(self, name: str, value: str) -> Claim:
        """What the value of a field tells."""
        if name in TABLE_FIELDS:
            return NOTHING
        try:
            return self._known[name, value]
        except KeyError:
            claim = self._read(name, value)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name, value] = claim
            return claim

    def _read(self, name: str, value: str) -> Claim:
        if name in _ADDRESS_FIELDS:
            ip = address(value)
            return Claim(ip=ip) if ip and not ip.startswith(_NOWHERE) else NOTHING
        mac = serial = maker = model = None
        for evidence in match(self._fingerprints, name, value):
            gives = evidence.gives
            mac = gives.get("mac", mac)
            serial = gives.get("serial", serial)
            if evidence.certainty >= _TELLING:
                maker = gives.get("manufacturer", maker)
                model = gives.get("model", model)
        if name in _SERIAL_FIELDS:
            serial = serial or value
        if serial and (own := text.mac(serial)) and self._fingerprints.registry.by_mac(own):
            mac, serial = mac or own, None
        if mac:
            mac = text.mac(mac)
        return Claim(
            mac=mac if mac and text.identifying_mac(mac) else None,
            serial=sane_serial(serial, model) if serial else None,
            maker=maker,
            model=_key(model) if model else None,
        )

    def phone_maker(self, mac: str) -> str | None:
        """The maker of a mac, if it makes phones at all (and, as many do, other things under the same prefix)."""
        prefix = self._fingerprints.registry.by_mac(mac)
        if prefix is None:
            return None
        if self._phone_makers is None:
            files = [origin.file for origin in self._fingerprints.origins]
            kinds = {f.manufacturer: {f.kind, *(m.kind for m in f.model)} for f in files}
            self._phone_makers = {maker for maker, made in kinds.items() if made & _HANDSETS}
        maker, phones_alone = prefix
        return maker if phones_alone or maker in self._phone_makers else None

    def maker(self, mac: str) -> tuple[str, bool] | None:
        """Whose prefix a mac has, and whether that prefix is for phones alone."""
        return self._fingerprints.registry.by_mac(mac)

    def related(self, maker: str, other: str) -> bool:
        """Whether two makers' names may stand on one device: the same, or siblings (Poly and Polycom)."""
        siblings = self._fingerprints.models.siblings
        return maker == other or other in siblings(maker) or maker in siblings(other)

    def differ(self, one: Signature, other: Signature) -> bool:
        """Whether two signatures cannot be one device: models, serials or makers told by both, none in common."""
        for mine, theirs in ((one.models, other.models), (one.serials, other.serials)):
            if mine and theirs and mine.isdisjoint(theirs):
                return True
        return self.makers_differ(one.makers, other.makers)

    def makers_differ(self, mine: Iterable[str], theirs: Iterable[str]) -> bool:
        """Whether both sides name makers, and no two of them are related."""
        mine, theirs = tuple(mine), tuple(theirs)
        return bool(mine and theirs) and not any(self.related(a, b) for a in mine for b in theirs)


def sane_serial(spelled: str, model: str | None = None) -> str | None:
    """A serial number in upper case if it can be one; None for placeholders, versions, model names and words.

    A part number looks like a serial; it gives itself away when several devices carry it (see merge).
    """
    found = spelled.strip().upper()
    if not _SERIAL.fullmatch(found) or _DOTTED_NUMBERS.fullmatch(found):
        return None
    digits = sum(c.isdigit() for c in found)
    if digits < 3 or len(set(found)) < 4 or found in _COUNTING or found in _COUNTING[::-1]:
        return None
    if model and _key(model) == _key(found):
        return None
    return found


def _key(model: str) -> str:
    return "".join(c for c in model.casefold() if c.isalnum())
