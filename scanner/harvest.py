"""The story of `phonescan switches`: switches → their tables → observations → inventory."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.core.errors import UsageError
from scanner.core.model import Credential, Observation
from scanner.core.outcomes import Outcome
from scanner.core.text import bounded
from scanner.discovery.snmp import PUBLIC, applicable
from scanner.discovery.switches import Harvest, interpret
from scanner.discovery.switches.mib import FORWARDING, TABLES
from scanner.engine.switches import SwitchPace, SwitchRead, read_switches
from scanner.inventory import Coverage, Inventory, Knowledge, Missed, Summary

if TYPE_CHECKING:
    from scanner.scan import ScanRequest

#: Addresses taken for switches in one call. A larger network has a list of its switches.
MOST_SWITCHES = 4096

#: How each pace treats one switch: seconds between two requests, for an answer, and in all.
PACES = {
    "gentle": SwitchPace(gap=0.02, timeout=3.0, budget=180.0),
    "normal": SwitchPace(gap=0.002, timeout=2.0, budget=90.0),
    "fast": SwitchPace(gap=0.0, timeout=1.0, budget=45.0),
}


@dataclass(frozen=True, slots=True)
class SwitchTold:
    """What one switch came to, for progress and for the report of what it could not tell."""

    address: str
    name: str
    outcome: Outcome
    rows: int
    neighbours: int
    gaps: tuple[str, ...]
    spoken: str


@dataclass(frozen=True, slots=True)
class HarvestRequest:
    """What to ask: addresses of switches and routers, credentials, pace in words, and the site of what they see."""

    addresses: tuple[str, ...]
    credentials: tuple[Credential, ...] = ()
    pace: str = "normal"
    site: str = ""
    port: int = 161


def harvest(
    request: HarvestRequest,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    told: Callable[[SwitchTold], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Summary:
    """Ask switches and record what they see, as one scan of kind `switches`."""
    if not request.addresses:
        raise UsageError("name at least one switch or router: an address, a range or a CIDR")
    if len(request.addresses) > MOST_SWITCHES:
        raise UsageError(f"{len(request.addresses)} addresses are no list of switches: name at most {MOST_SWITCHES}")
    scan = inventory.begin_scan(
        kind="switches", targets=request.addresses, discoveries=("switches",), site=request.site, now=now()
    )
    notes: list[str] = []
    whole = True
    for told_one in record(request, scan, inventory, knowledge, now=now, stopped=stopped):
        whole = whole and told_one.outcome is Outcome.ANSWERED
        if told_one.outcome is not Outcome.ANSWERED:
            notes.append(f"{told_one.address}: {'; '.join(told_one.gaps)}")
        if told:
            told(told_one)
    outcome = "interrupted" if stopped() else "done" if whole else "partial"
    return inventory.finish_scan(scan, outcome=outcome, knowledge=knowledge, now=now(), notes=notes)  # type: ignore[arg-type]


def record(
    request: HarvestRequest,
    scan: int,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[SwitchTold]:
    """Ask switches within a scan that is open: what they see goes to the inventory as each one finishes."""
    credentials = request.credentials or (PUBLIC,)
    tables = [(table.name, table.columns) for table in TABLES]
    for read in read_switches(
        request.addresses,
        tables,
        lambda address: applicable(credentials, address),
        pace=PACES[request.pace],
        forwarding=FORWARDING.columns,
        stopped=stopped,
        port=request.port,
    ):
        told = interpret(read.rows, address=read.address, partial=read.partial)
        site = request.site or (knowledge.site_of(read.address) if knowledge.site_of else "")
        inventory.record(scan, observations(told, read.address, time=now(), site=site))
        gaps = _gaps(read, told)
        if gaps:
            inventory.missed(scan, [Missed("switches", read.address, read.outcome, "; ".join(gaps))])
        if read.outcome is Outcome.ANSWERED and not read.partial:
            inventory.cover(scan, [Coverage("switches", f"switch {read.address}")])
        heard = {s.row for s in told.sightings if not s.row.startswith(("fdb", "arp"))}
        yield SwitchTold(read.address, told.switch, read.outcome, len(read.rows), len(heard), gaps, read.spoken)


def of_scan(request: ScanRequest) -> HarvestRequest:
    """The harvest that a scan asks for."""
    return HarvestRequest(addresses(request.switches), request.credentials, request.pace, request.site)


def within(
    request: ScanRequest,
    scan: int,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    stopped: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Ask the switches of a scan that is open; what was not read to its end, in words."""
    if not request.switches or stopped():
        return []
    told = record(of_scan(request), scan, inventory, knowledge, now=now, stopped=stopped)
    return [f"switch {one.address}: {'; '.join(one.gaps)}" for one in told if one.outcome is not Outcome.ANSWERED]


def observations(told: Harvest, address: str, *, time: str, site: str = "") -> Iterator[Observation]:
    """A harvest as observations: the source names the switch and the row."""
    for sighting in told.sightings:
        yield Observation(
            time=time,
            ip=sighting.ip,
            mac=sighting.mac,
            field=sighting.field,
            value=bounded(sighting.value),
            source=f"switches {address} {sighting.row}",
            site=site,
        )


def _gaps(read: SwitchRead, told: Harvest) -> tuple[str, ...]:
    said = (read.note,) if read.note else ()
    return said + told.gaps if read.rows else said


def addresses(targets: Sequence[str]) -> tuple[str, ...]:
    """Every address of the targets of switches, in order: single ones, CIDRs and ranges, bounded."""
    from scanner.core import targets as all_targets

    single = []
    for target in targets:
        with suppress(ValueError):
            single.append(str(ipaddress.ip_address(target)))
    if len(single) == len(targets):
        return tuple(dict.fromkeys(single))
    parsed = all_targets.parse(targets)
    if parsed.count() > MOST_SWITCHES:
        raise UsageError(f"{parsed.count()} addresses are no list of switches: name at most {MOST_SWITCHES}")
    return tuple(parsed.interleaved(0))
