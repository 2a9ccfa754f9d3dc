"""Nouns of the inventory that other rooms meet: what a scan covered and missed, what it knew, how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from scanner.core.model import Catalog

if TYPE_CHECKING:
    from scanner.compliance.policy import Policy
    from scanner.identity.fingerprints import Fingerprints

#: How a scan ended. `partial`: some of it could not be covered; `interrupted` and `failed` age nothing.
ScanOutcome = Literal["done", "partial", "interrupted", "failed"]
EventKind = Literal["appeared", "vanished", "returned", "moved", "firmware-changed", "status-changed", "conflict"]


class Coverage(NamedTuple):
    """What a discovery really covered. `scope` is a CIDR, a range `A-B`, an address, or `switch ADDRESS`."""

    discovery: str
    scope: str


class Missed(NamedTuple):
    """One address that a discovery could not cover, or that fell silent (`went-quiet`); why, in words."""

    discovery: str
    ip: str
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What observations are judged by: fingerprints, catalogs, policy; all of it values, nothing is read.

    `site_of(ip)` gives the site of an address, or "" where the scan's own site holds. `missing_after` scans that
    covered a device and heard nothing make it vanished. `keep_all` keeps what is no phone as well.
    """

    fingerprints: Fingerprints
    catalogs: tuple[Catalog, ...]
    policy: Policy
    today: date
    site_of: Callable[[str], str] | None = None
    keep_all: bool = False
    missing_after: int = 3


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One scan as recorded. `state` is what `checkpoint` last stored, {} where nothing was."""

    id: int
    kind: str
    site: str
    started: str
    finished: str | None
    outcome: str
    targets: tuple[str, ...]
    discoveries: tuple[str, ...]
    settings: dict[str, Any]
    notes: tuple[str, ...]
    baseline: bool
    state: dict[str, Any]
    observations: int
    unresolved: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a scan came to. Counts by status, compliance and event kind; `devices` heard from in this scan."""

    scan: int
    outcome: str
    baseline: bool
    observations: int
    devices: int
    unresolved: int
    statuses: dict[str, int] = field(default_factory=dict)
    compliance: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Event(NamedTuple):
    """One change of one device. `old` and `new` are texts, None where there was nothing."""

    kind: EventKind
    part: str | None = None
    old: str | None = None
    new: str | None = None
    note: str = ""
