"""Exceptions: devices of which a house accepts what its policy does not; with an owner, a reason and an end. Pure.

[[exception]]
match = ["10.1.2.0/24", "64:16:7f:12:34:56", "Polycom VVX 411", "site=lab"]   # any of them, or
match = { model = "VVX 411", site = "lab" }                                    # all of them
accept = "5.9.0.9373"            # versions, statuses, or "any"
owner = "voice team"
reason = "the certified version drops calls, vendor case 4711"
expires = 2027-01-01             # the last day on which it holds
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from scanner.core import target_syntax, text
from scanner.core.errors import SettingsError, UsageError
from scanner.core.model import STATUSES
from scanner.core.spans import Span
from scanner.identity.names import fold

#: What an entry can select devices by; an entry of a list without a word before `=` is an address, mac or model.
SELECTORS = ("address", "mac", "model", "site", "subnet")
#: What is accepted whatever the status.
ANY = "any"
#: Longest owner and reason, in characters.
_WORDS = 400
#: Low bits of an address that its key has not, and the number of addresses from which on a span has no keys.
_NETWORK, _WIDE = 8, 1 << 12
#: What an exception is found by: a mac, a site or model with its name, or an address's version and its high bits.
_Key = str | tuple[str, str] | tuple[int, int]


class DevicePlace(NamedTuple):
    """Where a device is: what exceptions and rules of a policy select it by, beside what it is."""

    site: str = ""
    ip: str | None = None
    mac: str | None = None


#: A device of which no place is known.
NOWHERE = DevicePlace()


class DeviceMatch(Struct, frozen=True, kw_only=True):
    """Devices that everything names that is not empty: addresses, macs, models and sites."""

    spans: tuple[Span, ...] = ()
    macs: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()

    def names(self, place: DevicePlace, manufacturer: str | None, model: str | None) -> bool:
        """Whether it names a device at a place."""
        return (
            (not self.spans or _within(place.ip, self.spans))
            and (not self.macs or place.mac in self.macs)
            and (not self.sites or place.site.casefold() in self.sites)
            and (not self.models or bool({fold(model or ""), fold(f"{manufacturer} {model}")} & set(self.models)))
        )


class DeviceException(Struct, frozen=True, kw_only=True):
    """One exception. `accept` are versions, statuses, or `any`; `expires` is the last day on which it holds.

    `spelled` is `match` as the settings have it.
    """

    match: tuple[DeviceMatch, ...]
    spelled: str
    accept: tuple[str, ...]
    owner: str
    reason: str
    expires: date | None = None

    def ended(self, today: date) -> bool:
        """Whether it holds no longer."""
        return self.expires is not None and self.expires < today

    def names(self, place: DevicePlace, manufacturer: str | None, model: str | None) -> bool:
        """Whether a device is one of those that it is for."""
        return any(one.names(place, manufacturer, model) for one in self.match)

    @property
    def digest(self) -> str:
        """A name of its content."""
        return blake2b(msgspec.json.encode(self), digest_size=8).hexdigest()

    @property
    def ending(self) -> str:
        """When it ended and why it was made, in words."""
        return f"ended on {self.expires}: {self.reason.rstrip('.')}"

    @property
    def until(self) -> str:
        """Until when it holds, in words."""
        return f"until {self.expires}" if self.expires else "without an end"


class ExceptionIndex:
    """Exceptions by what they select devices by: of hundreds, a device is compared with the few that may name it."""

    def __init__(self, exceptions: Sequence[DeviceException]) -> None:
        self._every = exceptions
        self._found: dict[_Key, set[int]] = {}
        self._wide: set[int] = set()
        for number, one in enumerate(exceptions):
            for match in one.match:
                keys = _keys(match)
                for key in keys:
                    self._found.setdefault(key, set()).add(number)
                if not keys:
                    self._wide.add(number)

    def of(self, place: DevicePlace, manufacturer: str | None, model: str | None) -> list[DeviceException]:
        """The exceptions that are for a device, in their order."""
        version, number = _number(place.ip) or (0, 0)
        keys: tuple[_Key, ...] = (
            place.mac or "",
            (version, number >> _NETWORK),
            ("site", place.site.casefold()),
            ("model", fold(model or "")),
            ("model", fold(f"{manufacturer} {model}")),
        )
        numbers = self._wide.union(*(self._found.get(key, ()) for key in keys))
        candidates = (self._every[number] for number in sorted(numbers))
        return [one for one in candidates if one.names(place, manufacturer, model)]


def _keys(match: DeviceMatch) -> list[_Key]:
    """The keys of which a device that a match names has one; none where that is not known: for a wide subnet."""
    if match.macs:
        return [*match.macs]
    if match.models:
        return [("model", model) for model in match.models]
    if match.sites:
        return [("site", site) for site in match.sites]
    if any(span.last - span.first >= _WIDE for span in match.spans):
        return []
    return [
        (span.version, part)
        for span in match.spans
        for part in range(span.first >> _NETWORK, (span.last >> _NETWORK) + 1)
    ]


def from_settings(
    match: str | Iterable[str] | Mapping[str, Any], accept: str | Iterable[str], owner: str, reason: str, expires: Any
) -> DeviceException:
    """The exception of a settings section. Raises SettingsError for a value that names nothing."""
    return DeviceException(
        match=matches(match),
        spelled=_spelled(match),
        accept=accepted(accept),
        owner=text.bounded(owner, _WORDS),
        reason=text.bounded(reason, _WORDS),
        expires=_day(expires),
    )


def _spelled(match: str | Iterable[str] | Mapping[str, Any]) -> str:
    if isinstance(match, Mapping):
        return ", ".join(f"{key} {_spelled(value)}" for key, value in match.items())
    return match if isinstance(match, str) else ", ".join(match)


def _day(expires: Any) -> date | None:
    """The day of an `expires`."""
    if expires is None or (isinstance(expires, date) and not isinstance(expires, datetime)):
        return expires
    try:
        return date.fromisoformat(expires)
    except (TypeError, ValueError):
        raise SettingsError(f"expires: {str(expires)[:40]!r} is not a day such as 2027-01-31") from None


def matches(given: str | Iterable[str] | Mapping[str, Any]) -> tuple[DeviceMatch, ...]:
    """The devices that a `match` names: any entry of a list, or all keys of a table. Raises SettingsError."""
    if isinstance(given, Mapping):
        return (_all_of(given),)
    entries = (given,) if isinstance(given, str) else tuple(given)
    if not entries:
        raise SettingsError("names no device; write an address, subnet, mac, model or site=NAME")
    return tuple(_entry(entry) for entry in entries)


def _all_of(table: Mapping[str, Any]) -> DeviceMatch:
    if unknown := sorted(set(table) - set(SELECTORS)):
        raise SettingsError(f"unknown key {unknown[0]!r}; choose of {', '.join(SELECTORS)}")
    found = DeviceMatch()
    for key, value in table.items():
        values = (value,) if isinstance(value, str) else value
        if not isinstance(values, (list, tuple)) or not values or not all(isinstance(one, str) for one in values):
            raise SettingsError(f"{key} is not a text or a list of texts")
        found = _with(found, key, tuple(values))
    if found == DeviceMatch():
        raise SettingsError("names no device; write an address, subnet, mac, model or site")
    return found


def _entry(entry: str) -> DeviceMatch:
    key, equals, value = entry.partition("=")
    if equals and key.strip() in SELECTORS:
        return _with(DeviceMatch(), key.strip(), (value,))
    if mac := text.mac(entry):
        return _with(DeviceMatch(), "mac", (mac,))
    try:
        return DeviceMatch(spans=tuple(target_syntax.spans(entry.strip(), hosts=False)))
    except UsageError:
        if not entry.strip() or entry.strip().replace(".", "").replace(":", "").replace("/", "").isdigit():
            raise SettingsError(f"{entry!r} is not an address, subnet, mac, model or site=NAME") from None
        return _with(DeviceMatch(), "model", (entry,))


def _with(match: DeviceMatch, key: str, values: tuple[str, ...]) -> DeviceMatch:
    """A match with one more key."""
    if not all(value.strip() for value in values):
        raise SettingsError(f"{key} is empty")
    if key == "mac":
        macs = tuple(text.mac(value) for value in values)
        if None in macs:
            raise SettingsError(f"{values[macs.index(None)]!r} is not a mac")
        return msgspec.structs.replace(match, macs=tuple(mac for mac in macs if mac))
    if key == "site":
        return msgspec.structs.replace(match, sites=tuple(value.strip().casefold() for value in values))
    if key == "model":
        return msgspec.structs.replace(match, models=tuple(fold(value) for value in values))
    try:
        spans = [span for value in values for span in target_syntax.spans(value.strip(), hosts=False)]
    except UsageError as error:
        raise SettingsError(str(error)) from None
    return msgspec.structs.replace(match, spans=(*match.spans, *spans))


def _within(ip: str | None, spans: tuple[Span, ...]) -> bool:
    own = _number(ip)
    return own is not None and any(span.version == own[0] and span.first <= own[1] <= span.last for span in spans)


@lru_cache(maxsize=64)
def _number(ip: str | None) -> tuple[int, int] | None:
    """Version and number of an address; None for what is none."""
    try:
        own = ip_address(ip or "")
    except ValueError:
        return None
    return own.version, int(own)


def accepted(given: str | Iterable[str]) -> tuple[str, ...]:
    """What an `accept` names: versions, statuses, or `any`. Raises SettingsError where it names nothing."""
    words = tuple(word.strip() for word in ((given,) if isinstance(given, str) else given))
    if not words or not all(words):
        raise SettingsError(f"accepts nothing; write a version, {ANY!r}, or a status: {', '.join(STATUSES)}")
    return words
