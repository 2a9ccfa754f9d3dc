"""The use case `switches`: the tables of switches and routers, read over SNMP → observations → inventory."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.app import notes, passive
from scanner.core import spans, target_syntax
from scanner.core.errors import UsageError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.core.targets import Targets
from scanner.discovery.credentials import PUBLIC, applicable
from scanner.discovery.options import SNMP_PORT
from scanner.discovery.switches import SwitchFindings, interpret, observations
from scanner.discovery.switches.mib import IN_CONTEXT, TABLES
from scanner.engine.snmp.switch_reader import SwitchPace, SwitchRead, read_switches
from scanner.engine.snmp.walk import TableRequest
from scanner.inventory import Coverage, Inventory, Knowledge, Missed, ScanOutcome, Summary

if TYPE_CHECKING:
    from scanner.app.request import ScanRequest
    from scanner.core.target_syntax import Resolve

#: Addresses read as switches in one call. A larger network has a list of its switches.
MOST_SWITCHES = 4096

#: How each pace treats one switch: seconds between two requests, for a response, and in all.
PACES = {
    "gentle": SwitchPace(gap=0.02, timeout=3.0, budget=180.0),
    "normal": SwitchPace(gap=0.002, timeout=2.0, budget=90.0),
    "fast": SwitchPace(gap=0.0, timeout=1.0, budget=45.0),
}


@dataclass(frozen=True, slots=True)
class SwitchResult:
    """The result of reading one switch, for progress: rows and neighbours read, what is missing, the SNMP version."""

    address: str
    name: str
    outcome: Outcome
    rows: int
    neighbours: int
    gaps: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class SwitchRequest:
    """Which switches to read: addresses, credentials, pace by name, and the site of what they report."""

    addresses: tuple[str, ...]
    credentials: tuple[Credential, ...] = ()
    pace: str = "normal"
    site: str = ""
    port: int = SNMP_PORT
    passive: tuple[str, ...] = ()


def scan(
    request: SwitchRequest,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    progress: Callable[[SwitchResult], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Summary:
    """Read switches and record what they report, as one scan of kind `switches`."""
    if not request.addresses:
        raise UsageError("name at least one switch or router: an address, a range or a CIDR")
    _bounded(len(request.addresses))
    wanted = target_syntax.parse(request.addresses, allow_public=True).spans
    site = request.site or (knowledge.site_of_spans(wanted) if knowledge.site_of_spans else "")
    number = inventory.begin_scan(
        kind="switches", targets=request.addresses, discoveries=("switches",), site=site, now=now()
    )
    gaps: list[str] = []
    with notes.closing(inventory, number, knowledge, now):
        for result in record(request, number, inventory, knowledge, now=now, stopped=stopped):
            if result.outcome is not Outcome.ANSWERED:
                gaps.append(f"{result.address}: {'; '.join(result.gaps)}")
            if progress:
                progress(result)
        lost = notes.of_losses(inventory, number)
        outcome: ScanOutcome = "interrupted" if stopped() else "partial" if gaps or lost else "done"
        noted = [*lost, *gaps]
        return notes.finished(inventory, number, outcome=outcome, knowledge=knowledge, now=now(), notes=noted)


def record(
    request: SwitchRequest,
    scan: int,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[SwitchResult]:
    """Read switches within an open scan; what each one reports is stored as soon as it is read."""
    credentials = request.credentials or (PUBLIC,)
    chosen, excluded = _without_passive(request, inventory)
    if excluded:
        inventory.missed(scan, [Missed("switches", one, Outcome.EXCLUDED, "on the passive list") for one in excluded])
    yield from (SwitchResult(one, "", Outcome.EXCLUDED, 0, 0, ("it is on the passive list",), "") for one in excluded)
    tables = [TableRequest(table.name, table.columns, table.gate) for table in TABLES]
    for read in read_switches(
        chosen,
        tables,
        lambda address: applicable(credentials, address),
        pace=PACES[request.pace],
        forwarding=IN_CONTEXT,
        stopped=stopped,
        port=request.port,
    ):
        found = interpret(read.rows, address=read.address, partial=read.partial)
        site = request.site or (knowledge.site_of(read.address) if knowledge.site_of else "")
        time = now()
        inventory.record(scan, observations(found, read.address, time=time, site=site), time)
        gaps = _gaps(read, found)
        if gaps:
            inventory.missed(scan, [Missed("switches", read.address, read.outcome, "; ".join(gaps))])
        if read.outcome is Outcome.ANSWERED and not read.partial and found.sightings:  # absence counts if read whole
            inventory.cover(scan, [Coverage("switches", f"switch {read.address}")])
        neighbours = {s.row for s in found.sightings if not s.row.startswith(("fdb", "arp"))}
        yield SwitchResult(
            read.address, found.switch, read.outcome, len(read.rows), len(neighbours), gaps, read.version
        )


def from_scan(request: ScanRequest) -> SwitchRequest:
    """The request for the switches that a scan names."""
    chosen = addresses(request.switches, request.allow_public, request.resolve)
    port = request.port_snmp or SNMP_PORT
    return SwitchRequest(chosen, request.credentials, request.pace, request.site, port, passive=request.passive)


def within(
    request: ScanRequest,
    scan: int,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    stopped: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Read the switches that an open scan names; a note for each that was not read whole."""
    if not request.switches or stopped():
        return []
    results = record(from_scan(request), scan, inventory, knowledge, now=now, stopped=stopped)
    return [f"switch {one.address}: {'; '.join(one.gaps)}" for one in results if one.outcome is not Outcome.ANSWERED]


def _gaps(read: SwitchRead, found: SwitchFindings) -> tuple[str, ...]:
    noted = (read.note,) if read.note else ()
    return noted + found.gaps if read.rows else noted


def _without_passive(request: SwitchRequest, inventory: Inventory) -> tuple[list[str], list[str]]:
    """The addresses of a request that may be queried, and those that the passive list covers."""
    if not request.passive:
        return list(request.addresses), []
    covered = Targets(tuple(spans.merge(passive.addresses(passive.parse(request.passive), inventory))))
    chosen = [one for one in request.addresses if not covered.contains(one)]
    return chosen, [one for one in request.addresses if covered.contains(one)]


def addresses(targets: Sequence[str], allow_public: bool = False, resolve: Resolve | None = None) -> tuple[str, ...]:
    """Every address of the targets of switches: single ones in order, CIDRs, ranges and names; bounded.

    Raises UsageError for a word that is not a target, and for public address space without `allow_public`.
    """
    if not targets:
        return ()
    parsed = target_syntax.parse(targets, allow_public=allow_public, resolve=resolve)
    _bounded(parsed.count())
    single = []
    for target in targets:
        with suppress(ValueError):
            single.append(str(ipaddress.ip_address(target)))
    return tuple(dict.fromkeys(single)) if len(single) == len(targets) else tuple(parsed.interleaved(0))


def _bounded(count: int) -> None:
    if count > MOST_SWITCHES:
        raise UsageError(f"{count} addresses are not a list of switches: name at most {MOST_SWITCHES}")
