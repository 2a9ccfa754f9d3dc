"""What a scan made of the farm: hosts believed, phones lost or disturbed, and whether each kind was survived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.core.text import shown
from scanner.testing import HostTally, forbidden
from tests.hostile.lan import HostileLan
from tests.hostile.scans import Ended

Row = Mapping[str, str | None]
#: Words of an error that no user may see.
FAULTS = ("Traceback (most recent call last)", "a fault in phonescan itself", "Exception in thread")
#: Parts of the truth that the row of an honest phone must have.
PARTS = ("kind", "manufacturer", "model", "firmware", "serial", "status", "compliance")


@dataclass
class Verdict:
    """The result of one scan of the farm: sentences, none of which may be there, and the row of each hostile host."""

    believed: dict[str, str] = field(default_factory=dict)  # kind → reason
    unsurvived: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    disturbed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)  # kind → its row in words


def judge(lan: HostileLan, scan: Ended, rows: Mapping[str, Row], tallies: Mapping[str, HostTally]) -> Verdict:
    """Compare the inventory after a scan with the truth of the farm, and its devices with what they received."""
    verdict = Verdict(faults=_faults(scan))
    for phone in lan.phones:
        truth, row = phone.truth, rows.get(phone.ip)
        if row is None:
            verdict.lost.append(f"{phone.ip} ({phone.note}) has no row")
            continue
        for part in PARTS:
            expected = getattr(truth, part)
            if row[part] != expected:
                verdict.lost.append(f"{phone.ip}: {part} is {row[part]!r} instead of {expected!r}")
                break
        else:
            if truth.mac and row["mac"] != truth.mac:
                verdict.lost.append(f"{phone.ip}: mac is {row['mac']} instead of {truth.mac}")
    _believed(lan, rows, verdict)
    known = {phone.ip for phone in lan.phones} | {lan.canary.ip}
    verdict.disturbed += forbidden({ip: tally for ip, tally in tallies.items() if ip in known})
    verdict.disturbed += [f"{ip} rebooted after {why}" for ip in sorted(known) for why in tallies[ip].reboots]
    for host in lan.hostile:
        tally = tallies[host.ip]
        if wrong := forbidden({host.ip: tally}):
            verdict.unsurvived[host.kind.name] = wrong[0]
    if tallies[lan.canary.ip].packets:
        verdict.faults.append(f"{lan.canary.ip}, which is no target, received {tallies[lan.canary.ip].ports}")
    if verdict.faults:
        verdict.unsurvived |= {host.kind.name: verdict.faults[0] for host in lan.hostile}
    return verdict


def _faults(scan: Ended) -> list[str]:
    found = [f"standard error contains {word!r}" for word in FAULTS if word in scan.err]
    if scan.status is None:
        found.append("the scan did not end")
    elif scan.status not in (0, 3):
        found.append(f"the scan ended with {scan.status}: {shown(scan.err[-300:])}")
    found += [f"a line of output is not escaped: {line!r}" for line in scan.out.splitlines() if shown(line) != line][:1]
    return found


def _believed(lan: HostileLan, rows: Mapping[str, Row], verdict: Verdict) -> None:
    """A hostile host is believed when its own row is compliant, or when a phone's row is not as without it."""
    for host in lan.hostile:
        row, more = rows.get(host.ip), rows.get(f"{host.ip}#")
        name = host.kind.name
        if row is None:
            verdict.results[name] = "no device"
            continue
        parts = (row["kind"], row["manufacturer"], row["model"], row["firmware"], row["mac"], row["status"])
        verdict.results[name] = shown(" ".join(part for part in parts if part))[:100]
        for one in filter(None, (row, more)):
            if one["compliance"] == "compliant":
                verdict.believed[name] = f"{host.ip} is {one['status']}: {one['manufacturer']} {one['model']}"
    if any(sentence.startswith(f"{lan.hostile[0].place.victim}:") for sentence in verdict.lost):
        for host in lan.hostile:
            if "mac" in host.kind.must_not or "row" in host.kind.must_not:
                verdict.believed.setdefault(host.kind.name, "the row of the phone that it names has changed")
