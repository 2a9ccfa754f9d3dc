"""Records of the inventory that other rooms use: a scan, its coverage, its knowledge, its summary, events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from scanner.core.model import Catalog

if TYPE_CHECKING:
    from scanner.compliance.exceptions import DeviceException
    from scanner.compliance.policy import Policy
    from scanner.core.spans import Span
    from scanner.identity.fingerprints import Fingerprints
    from scanner.inventory.rules.identifiers import Reader

#: How a scan ended. `partial`: not everything was covered. `interrupted` and `failed` scans count no device as missing.
ScanOutcome = Literal["done", "partial", "interrupted", "failed"]
EventKind = Literal[
    "appeared", "vanished", "returned", "moved", "firmware-changed", "status-changed", "conflict", "exception-expired",
]  # fmt: skip
#: Targets of a scan that a line of text names.
TARGETS = 3


class Coverage(NamedTuple):
    """What a discovery covered. `scope` is a CIDR, a range `A-B`, an address, or `switch ADDRESS`."""

    discovery: str
    scope: str


class Missed(NamedTuple):
    """One address that a discovery did not cover, or that stopped responding (`went-quiet`), and why."""

    discovery: str
    ip: str
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What observations are identified and assessed by: fingerprints, catalogs, policy, exceptions.

    `site_of(ip)` gives the site of an address, or "" where the site of the scan applies; `site_of_spans` that of a scan
    whose targets lie in one site, or "". A device is vanished after
    `missing_after` scans that covered it without a response. `keep_all` keeps devices that are not phones.
    """

    fingerprints: Fingerprints
    catalogs: tuple[Catalog, ...]
    policy: Policy
    today: date
    exceptions: tuple[DeviceException, ...] = ()
    site_of: Callable[[str], str] | None = None
    site_of_spans: Callable[[Sequence[Span]], str] | None = None
    keep_all: bool = False
    missing_after: int = 3
    #: reads each value once for the whole run, during the scan and when it is settled
    reader: Reader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from scanner.inventory.rules.identifiers import Reader

        object.__setattr__(self, "reader", Reader(self.fingerprints))


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One scan as recorded. `state` is the last checkpoint, {} where there is none."""

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

    @property
    def first_targets(self) -> str:
        """Its first targets, and the number of the others."""
        more = f" and {len(self.targets) - TARGETS} more" if self.targets[TARGETS:] else ""
        return ", ".join(self.targets[:TARGETS]) + more


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a scan: the number of `devices` it observed, by status and compliance, and of events by kind."""

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
    """One change of one device, from `old` to `new`; None where there is no value."""

    kind: EventKind
    part: str | None = None
    old: str | None = None
    new: str | None = None
    note: str = ""
