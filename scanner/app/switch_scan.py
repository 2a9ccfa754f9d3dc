"""The story of `phonescan switches`: switches → their tables → observations → inventory."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.core.errors import UsageError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.credentials import PUBLIC, applicable
from scanner.discovery.options import SNMP_PORT
from scanner.discovery.switches import Harvest, interpret, observations
from scanner.discovery.switches.mib import IN_CONTEXT, TABLES
from scanner.engine.snmp.switch_reader import SwitchPace, SwitchRead, read_switches
from scanner.engine.snmp.walk import Wanted
from scanner.inventory import Coverage, Inventory, Knowledge, Missed, Summary

if TYPE_CHECKING:
    from scanner.app.scan import ScanRequest
    from scanner.core.target_syntax import Resolve

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
    port: int = SNMP_PORT
    passive: tuple[str, ...] = ()


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
    asked, never = _without_passive(request, inventory)
    if never:
        inventory.missed(scan, [Missed("switches", one, Outcome.EXCLUDED, "on the passive list") for one in never])
    yield from (SwitchTold(one, "", Outcome.EXCLUDED, 0, 0, ("it is on the passive list",), "") for one in never)
    tables = [Wanted(table.name, table.columns, table.gate) for table in TABLES]
    for read in read_switches(
        asked,
        tables,
        lambda address: applicable(credentials, address),
        pace=PACES[request.pace],
        forwarding=IN_CONTEXT,
        stopped=stopped,
        port=request.port,
    ):
        told = interpret(read.rows, address=read.address, partial=read.partial)
        site = request.site or (knowledge.site_of(read.address) if knowledge.site_of else "")
        inventory.record(scan, observations(told, read.address, time=now(), site=site))
        gaps = _gaps(read, told)
        if gaps:
            inventory.missed(scan, [Missed("switches", read.address, read.outcome, "; ".join(gaps))])
        if read.outcome is Outcome.ANSWERED and not read.partial and told.sightings:  # silence counts where it was read
            inventory.cover(scan, [Coverage("switches", f"switch {read.address}")])
        heard = {s.row for s in told.sightings if not s.row.startswith(("fdb", "arp"))}
        yield SwitchTold(read.address, told.switch, read.outcome, len(read.rows), len(heard), gaps, read.spoken)


def of_scan(request: ScanRequest) -> HarvestRequest:
    """The harvest that a scan asks for."""
    asked = addresses(request.switches, request.allow_public, request.resolve)
    port = request.port_snmp or SNMP_PORT
    return HarvestRequest(asked, request.credentials, request.pace, request.site, port, passive=request.passive)


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


def _gaps(read: SwitchRead, told: Harvest) -> tuple[str, ...]:
    said = (read.note,) if read.note else ()
    return said + told.gaps if read.rows else said


def _without_passive(request: HarvestRequest, inventory: Inventory) -> tuple[list[str], list[str]]:
    """The addresses of a request that may be asked, and those that the passive list covers."""
    from scanner.app.recorder import passive_addresses
    from scanner.core.spans import merge
    from scanner.core.targets import Targets

    if not request.passive:
        return list(request.addresses), []
    passive = Targets(tuple(merge(passive_addresses(request.passive, inventory))))
    asked = [one for one in request.addresses if not passive.contains(one)]
    return asked, [one for one in request.addresses if passive.contains(one)]


def addresses(targets: Sequence[str], allow_public: bool = False, resolve: Resolve | None = None) -> tuple[str, ...]:
    """Every address of the targets of switches: single ones in order, CIDRs, ranges and names; bounded.

    Raises UsageError for what is no target, and for public address space without `allow_public`.
    """
    from scanner.core.target_syntax import parse

    if not targets:
        return ()
    parsed = parse(targets, allow_public=allow_public, resolve=resolve)
    if parsed.count() > MOST_SWITCHES:
        raise UsageError(f"{parsed.count()} addresses are no list of switches: name at most {MOST_SWITCHES}")
    single = []
    for target in targets:
        with suppress(ValueError):
            single.append(str(ipaddress.ip_address(target)))
    return tuple(dict.fromkeys(single)) if len(single) == len(targets) else tuple(parsed.interleaved(0))
