"""The story of a scan: targets → engine → observations → identity → assessment → inventory.

    summary = scan(ScanRequest(targets=("10.0.0.0/24",)), inventory, knowledge, now=clock)

The caller is an edge: it reads settings, resolves secrets and files, owns the clock, and decides when to stop.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.core.errors import UsageError
from scanner.core.model import Credential
from scanner.core.target_syntax import Resolve, parse
from scanner.core.targets import Targets
from scanner.discovery import options as asked
from scanner.discovery.declaration import Discovery
from scanner.discovery.registry import all_discoveries, default_names
from scanner.engine import estimate
from scanner.engine.estimate import Plan
from scanner.engine.os.rtnetlink import Network, read_network
from scanner.engine.rate.limits import Pace, choose
from scanner.engine.rate.link_speed import limit_to_links
from scanner.engine.sink import Progress
from scanner.inventory import Coverage, Inventory, Knowledge, ScanOutcome, Summary

#: The name of the discovery that asks the switches that settings name, not the targets.
SWITCHES = "switches"

__all__ = ["Plan", "Progress", "ScanRequest", "plan", "scan"]


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to scan and how, named as the contract's options and settings; None means what the pace or default says.

    `resume` is a scan's number, or 0 for the last unfinished one; targets and settings are then those it began with.
    `passive` are addresses, macs and models that are never probed; `resolve` turns a host name into addresses;
    `seconds` ends the scan in part when they are over; `switches` are asked for their tables after the phones.
    """

    targets: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    discover: tuple[str, ...] = field(default_factory=default_names)
    site: str = ""
    pace: str = "normal"
    rate: int | None = None
    retries: int | None = None
    timeout: float | None = None
    interfaces: tuple[str, ...] = ()
    ports_http: tuple[int, ...] | None = None
    ports_sip: tuple[int, ...] | None = None
    port_snmp: int | None = None
    allow_public: bool = False
    credentials: tuple[Credential, ...] = ()
    passive: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    resume: int | None = None
    seconds: float | None = None
    resolve: Resolve | None = None
    kind: str = "scan"


def plan(request: ScanRequest) -> Plan:
    """What `scan` would send, to how many, for how long; sends nothing. Raises UsageError."""
    targets = _targets(request)
    pace, notes = _pace(request, read_network(targets.spans))
    return estimate.plan(targets, _discoveries(request, pace), pace, notes=notes)


def scan(
    request: ScanRequest,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    progress: Callable[[Progress], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Summary:
    """Scan and record. `stopped` is asked often and ends the scan in part, so that it can be resumed.

    Raises UsageError for what cannot be scanned, EngineError and InventoryError when network or file fail; what was
    found before is kept, and the scan can be resumed.
    """
    from scanner.app import passive_capture, switch_scan
    from scanner.app import recorder as recording
    from scanner.engine.run import Work, run

    if request.switches and not request.targets and request.resume is None:
        return switch_scan.harvest(switch_scan.of_scan(request), inventory, knowledge, now=now, stopped=stopped)
    row = recording.unfinished(inventory, request.resume) if request.resume is not None else None
    if row is not None:
        request = recording.as_begun(request, row)
    targets = _targets(request).without(recording.passive_addresses(request.passive, inventory))
    network = read_network(targets.spans)
    pace, lowered = _pace(request, network)
    discoveries = _discoveries(request, pace, asked.Makers(knowledge.fingerprints.registry.makers_by_prefix()))
    seed = int(row.settings["seed"]) if row else secrets.randbits(48)
    scan_id = row.id if row else recording.begin(inventory, request, targets, seed, now())
    recorder = recording.Recorder(inventory, knowledge, scan_id, request, now, progress, resumed=row is not None)
    recorder.excluded(targets.excluded)
    work = Work(
        targets=targets,
        network=network,
        discoveries=tuple(one for one in discoveries if not one.passive),
        pace=pace,
        seed=seed,
        secret=secrets.token_bytes(32),
        credentials=request.credentials,
        interfaces=request.interfaces,
        deadline=request.seconds,
    )
    interfaces = passive_capture.interfaces_of(network, request.interfaces)
    with passive_capture.listening(discoveries, interfaces, request.site, now) as ear:
        report = run(work, recorder, state=row.state if row else None, stop=stopped)
    inventory.record(scan_id, ear.take())
    unread = switch_scan.within(request, scan_id, inventory, knowledge, now=now, stopped=stopped)
    inventory.cover(scan_id, [Coverage(one.discovery, str(span)) for one in report.covered for span in one.spans])
    ended: ScanOutcome = "done" if report.complete and not unread else "partial"
    outcome: ScanOutcome = "interrupted" if report.interrupted else ended
    notes = [*lowered, *recording.sentences(report, recorder.quiet), *ear.notes, *unread]
    notes += recording.clock(inventory, now())
    return inventory.finish_scan(scan_id, outcome=outcome, knowledge=knowledge, now=now(), notes=notes)


def _targets(request: ScanRequest) -> Targets:
    return parse(request.targets, request.exclude, request.allow_public, request.resolve)


def _pace(request: ScanRequest, network: Network) -> tuple[Pace, tuple[str, ...]]:
    """The pace of a scan, no faster than the links, and the notes that state a reduction. Raises UsageError."""
    return limit_to_links(choose(request.pace, request.rate, request.retries, request.timeout), network)


def _discoveries(
    request: ScanRequest, pace: Pace, maker: Callable[[str], str | None] = lambda mac: None
) -> tuple[Discovery, ...]:
    """The declarations of the discoveries that were asked for. Raises UsageError naming one that there is not."""
    chosen = asked.Options(
        retries=pace.max_retries if pace.adaptive else pace.retries,
        sip_ports=request.ports_sip or asked.SIP_PORTS,
        http_ports=request.ports_http or asked.HTTP_PORTS,
        snmp_port=request.port_snmp or asked.SNMP_PORT,
        credentials=request.credentials,
        maker=maker,
    )
    known = all_discoveries(chosen)
    names = (*known, SWITCHES)
    for name in request.discover:
        if name not in names:
            raise UsageError(f"there is no discovery {name!r}: choose from {', '.join(names)}")
    if not request.discover:
        raise UsageError(f"name at least one discovery: {', '.join(names)}")
    return tuple(known[name] for name in known if name in request.discover)
