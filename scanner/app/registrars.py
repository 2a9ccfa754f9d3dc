"""The use case of reading registrars that the settings name: registrations → observations → inventory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from scanner.app import notes, switch_scan
from scanner.app.request import REGISTRAR, ScanRequest
from scanner.core.errors import UsageError
from scanner.core.model import Observation
from scanner.core.outcomes import Outcome
from scanner.core.paths import expanded
from scanner.engine.services.registrar import RegistrarAccess, RegistrarFault, registrations
from scanner.inventory import Inventory, Knowledge, Missed, ScanOutcome, Summary
from scanner.reading import Context, Problem, detect

if TYPE_CHECKING:
    from scanner.reading import Item
    from scanner.settings import Settings

#: The format of the documents of a kind of registrar.
FORMATS = {"asterisk": "asterisk", "freeswitch": "freeswitch", "kamailio": "usrloc"}


def accesses(settings: Settings, site: str = "") -> tuple[RegistrarAccess, ...]:
    """The registrars that the settings name, of a site or of all, with their secrets. Raises UsageError without one."""
    from scanner.settings import registrars

    found = [one for one in registrars(settings) if not site or one.site in (None, site)]
    if not found:
        raise UsageError("--discover registrar reads each [[registrar]] of the settings, and there is none")
    return tuple(
        RegistrarAccess(
            name=one.name,
            kind=one.kind,
            host=one.host,
            port=one.port,
            tls=one.tls,
            authorities=str(settings.folder / expanded(one.ca)) if one.ca else None,
            user=one.user or "",
            secret=one.secret or "",
            profiles=one.profiles,
            path=one.path,
            timeout=one.timeout,
            site=one.site or "",
        )
        for one in found
    )


def scan(
    request: ScanRequest,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    stopped: Callable[[], bool] = lambda: False,
) -> Summary:
    """Read the registrars, and the switches, of a request without targets, as one scan."""
    number = inventory.begin_scan(
        kind=request.kind,
        targets=tuple(f"registrar {one.name}" for one in request.registrars),
        discoveries=request.discover,
        site=request.site,
        now=now(),
    )
    with notes.closing(inventory, number, knowledge, now):
        unread = within(request, number, inventory, knowledge, now=now, stopped=stopped)
        unread += switch_scan.within(request, number, inventory, knowledge, now=now, stopped=stopped)
        lost = notes.of_losses(inventory, number)
        outcome: ScanOutcome = "interrupted" if stopped() else "partial" if unread or lost else "done"
        return notes.finished(
            inventory, number, outcome=outcome, knowledge=knowledge, now=now(), notes=[*lost, *unread]
        )


def within(
    request: ScanRequest,
    scan: int,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    stopped: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Read the registrars that an open scan names; a sentence for each that was not read whole."""
    found: list[str] = []
    for access in request.registrars:
        if stopped():
            break
        faults = list(_record(access, scan, inventory, knowledge, request.site, now, stopped))
        if faults:
            inventory.missed(scan, [Missed(REGISTRAR, access.host, Outcome.NO_ANSWER, "; ".join(faults))])
        found += faults
    return found


def _record(
    access: RegistrarAccess,
    scan: int,
    inventory: Inventory,
    knowledge: Knowledge,
    site: str,
    now: Callable[[], str],
    stopped: Callable[[], bool],
) -> Iterator[str]:
    """Record the registrations of a registrar; what is missing of them."""
    from scanner.identity.same_maker import same_maker

    fingerprints = knowledge.fingerprints
    listed = fingerprints.registry.by_mac
    try:
        for document in registrations(access, stopped):
            time = now()
            context = Context(
                access.name, time, None, lambda mac: listed(mac) is not None, partial(same_maker, fingerprints)
            )
            items = list(detect.read(io.BytesIO(document), context, FORMATS[access.kind]))
            inventory.record(scan, list(_observations(items, site or access.site)), time)
            problems = [item for item in items if isinstance(item, Problem)]
            yield from (f"registrar {access.name}: {one.what}" for one in problems if one.missing)
    except RegistrarFault as fault:
        yield str(fault)


def _observations(items: list[Item], site: str) -> Iterator[Observation]:
    for item in items:
        if not isinstance(item, Problem):
            yield msgspec.structs.replace(item, site=site) if site else item
