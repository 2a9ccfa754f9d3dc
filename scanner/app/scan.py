"""The use case `scan`: targets → engine → observations → inventory, with the passive listeners and the switches.

    summary = scan(ScanRequest(targets=("10.0.0.0/24",)), inventory, knowledge, now=clock)

The caller reads settings, resolves secrets and files, passes the clock, and decides when to stop.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from scanner.app import passive
from scanner.app.request import REGISTRAR, SWITCHES, ScanRequest
from scanner.core.errors import UsageError
from scanner.core.target_syntax import parse
from scanner.core.targets import Targets
from scanner.discovery import options
from scanner.discovery.declaration import Discovery
from scanner.engine import estimate
from scanner.engine.estimate import Plan
from scanner.engine.os.rtnetlink import Network, read_network
from scanner.engine.rate.limits import Pace, choose
from scanner.engine.rate.link_speed import limit_to_links
from scanner.engine.sink import Progress
from scanner.inventory import Coverage, Inventory, Knowledge, ScanOutcome, Summary


@dataclass(frozen=True, slots=True)
class PreparedScan:
    """A request with its targets and passive list parsed and its pace fitted to the links: done once for each scan."""

    request: ScanRequest
    targets: Targets
    passive: passive.PassiveList
    network: Network
    pace: Pace
    notes: tuple[str, ...]


def prepare(request: ScanRequest) -> PreparedScan:
    """The request made ready for `plan` and `scan`. Raises UsageError for what cannot be scanned."""
    targets = parse(request.targets, request.exclude, request.allow_public, request.resolve)
    network = read_network(targets.spans)
    pace, notes = limit_to_links(choose(request.pace, request.rate, request.retries, request.timeout), network)
    return PreparedScan(request, targets, passive.parse(request.passive), network, pace, notes)


def plan(request: ScanRequest | PreparedScan) -> Plan:
    """What `scan` would send, to how many, for how long; sends nothing. Raises UsageError, and EngineError for an
    interface that this host does not have."""
    ready = request if isinstance(request, PreparedScan) else prepare(request)
    interfaces = ready.request.interfaces
    notes = (*ready.notes, *apart(ready.request))
    return estimate.plan(ready.targets, _discoveries(ready), ready.pace, ready.network, interfaces, notes=notes)


def apart(request: ScanRequest) -> list[str]:
    """What a scan reads apart from its targets, a line each: nothing of it is sent to a phone."""
    found = [
        f"registrar: registrations of {one.name} are read at {one.host}, TCP {one.number}" for one in request.registrars
    ]
    if request.switches:
        found.append(
            f"switches: tables are read over SNMP, UDP {request.port_snmp or options.SNMP_PORT}, of "
            f"{', '.join(request.switches)}"
        )
    return found


def scan(
    request: ScanRequest | PreparedScan,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    progress: Callable[[Progress], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Summary:
    """Scan and record. `stopped` is polled often and ends the scan in part, so that it can be resumed.

    Raises UsageError for what cannot be scanned, EngineError and InventoryError when network or file fail; what was
    found before is kept, the scan is `failed` or still open, and can be resumed.
    """
    from scanner.app import notes, passive_capture, registrars, resume, switch_scan
    from scanner.app.recorder import Recorder
    from scanner.app.telephones import telephones
    from scanner.engine.run import Work, run

    row = None
    if isinstance(request, ScanRequest):
        if request.registrars and not request.targets and request.resume is None:
            return registrars.scan(request, inventory, knowledge, now=now, stopped=stopped)
        if request.switches and not request.targets and request.resume is None:
            return switch_scan.scan(switch_scan.from_scan(request), inventory, knowledge, now=now, stopped=stopped)
        if request.resume is not None:
            row = resume.unfinished(inventory, request.resume)
            request = resume.as_begun(request, row)
        request = prepare(request)
    ready, request = request, request.request
    targets = ready.targets.without(passive.addresses(ready.passive, inventory))
    network = ready.network if targets.spans == ready.targets.spans else read_network(targets.spans)
    discoveries = _discoveries(ready, options.MakersByPrefix(knowledge.fingerprints.registry.makers_by_prefix()))
    seed = int(row.settings["seed"]) if row else secrets.randbits(48)
    site = request.site or (knowledge.site_of_spans(ready.targets.spans) if knowledge.site_of_spans else "")
    number = row.id if row else resume.begin(inventory, request, targets, site, seed, now())
    with notes.closing(inventory, number, knowledge, now):
        recorder = Recorder(inventory, knowledge, number, ready.passive, now, progress, resumed=row is not None)
        recorder.excluded(targets.excluded)
        if request.survey is not None:
            request.survey.record(inventory, number, now())
        work = Work(
            targets=targets,
            network=network,
            discoveries=tuple(one for one in discoveries if not one.passive),
            pace=ready.pace,
            seed=seed,
            secret=secrets.token_bytes(32),
            credentials=request.credentials,
            interfaces=request.interfaces,
            deadline=request.seconds,
        )
        interfaces = passive_capture.interfaces_of(network, request.interfaces)
        known = telephones(knowledge.fingerprints, inventory) if interfaces else None
        with passive_capture.listening(discoveries, interfaces, request.site, now, known) as capture:
            recorder.announced = capture.take
            report = run(work, recorder, state=row.state if row else None, stop=stopped)
        inventory.record(number, capture.take(), now())
        unread = switch_scan.within(request, number, inventory, knowledge, now=now, stopped=stopped)
        unread += registrars.within(request, number, inventory, knowledge, now=now, stopped=stopped)
        inventory.cover(number, [Coverage(one.discovery, str(span)) for one in report.covered for span in one.spans])
        lost = notes.of_losses(inventory, number)
        surveyed = request.survey.notes if request.survey is not None else []
        unread += request.survey.unread if request.survey is not None else ()
        whole = report.complete and not unread and not lost and not capture.partial
        ended: ScanOutcome = "done" if whole else "partial"
        outcome: ScanOutcome = "interrupted" if report.interrupted else ended
        noted = [
            *lost,
            *ready.notes,
            *notes.of_report(report, recorder.quiet),
            *capture.notes,
            *dict.fromkeys([*surveyed, *unread]),
        ]
        return notes.finished(inventory, number, outcome=outcome, knowledge=knowledge, now=now(), notes=noted)


def _discoveries(ready: PreparedScan, maker: Callable[[str], str | None] = lambda mac: None) -> tuple[Discovery, ...]:
    """The declarations of the discoveries of a request. Raises UsageError naming one that does not exist."""
    from scanner.discovery.registry import all_discoveries

    request, pace = ready.request, ready.pace
    known = all_discoveries(
        options.Options(
            retries=pace.most_retries,
            sip_ports=request.ports_sip or options.SIP_PORTS,
            http_ports=request.ports_http or options.HTTP_PORTS,
            snmp_port=request.port_snmp or options.SNMP_PORT,
            credentials=request.credentials,
            maker=maker,
        )
    )
    names = (*known, SWITCHES, REGISTRAR)
    for name in request.discover:
        if name not in names:
            raise UsageError(f"unknown discovery {name!r}: choose from {', '.join(names)}")
    if not request.discover:
        raise UsageError(f"name at least one discovery: {', '.join(names)}")
    return tuple(known[name] for name in known if name in request.discover)
