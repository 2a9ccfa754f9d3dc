"""What a scan made of the farm: hosts accepted, phones lost or disturbed, and whether each kind was survived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanner.core.text import shown
from scanner.testing import HostTally, SimulatedPhone, forbidden
from tests.hostile.lan import HostileLan
from tests.hostile.scans import Ended, Row

#: Words of an error that no user may see.
FAULTS = ("Traceback (most recent call last)", "a fault in phonescan itself", "Exception in thread")
#: Parts of the truth that the row of an honest phone must have.
PARTS = ("kind", "manufacturer", "model", "firmware", "serial", "status", "compliance")


@dataclass
class Verdict:
    """The result of one scan of the farm: sentences, none of which may be there, and the row of each hostile host."""

    accepted: dict[str, str] = field(default_factory=dict)  # kind, or address of no host → reason
    unsurvived: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)  # address → reason
    disturbed: dict[str, str] = field(default_factory=dict)
    contested: dict[str, str] = field(default_factory=dict)  # phones whose claims a forged frame contradicts: `review`
    faults: list[str] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)  # kind → its row in words


def judge(
    lan: HostileLan, ended: Iterable[Ended], rows: Mapping[str, list[Row]], tallies: Mapping[str, HostTally]
) -> Verdict:
    """Compare the inventory after some commands with the truth of the farm, and its devices with what they received."""
    verdict = Verdict(faults=[fault for one in ended for fault in _faults(one)])
    for phone in lan.phones:
        if why := _difference(phone, rows.get(phone.ip, [])):
            verdict.lost[phone.ip] = f"{phone.ip} ({phone.note}): {why}"
    _accepted(lan, rows, verdict)
    for ip in {phone.ip for phone in lan.phones} | {lan.canary.ip} & tallies.keys():
        reboots = [f"{ip} rebooted after {why}" for why in tallies[ip].reboots]
        if sentences := [*forbidden({ip: tallies[ip]}), *reboots]:
            verdict.disturbed[ip] = "; ".join(sentences)
    for host in lan.hostile:
        tally = tallies[host.ip]
        if wrong := forbidden({host.ip: tally}):
            verdict.unsurvived[host.kind.name] = wrong[0]
    if lan.canary.ip in tallies and tallies[lan.canary.ip].packets:
        verdict.faults.append(f"{lan.canary.ip}, which is not a target, received {tallies[lan.canary.ip].ports}")
    if verdict.faults:
        verdict.unsurvived |= {host.kind.name: verdict.faults[0] for host in lan.hostile}
    return verdict


def judge_link(
    lan: HostileLan,
    victims: Mapping[str, SimulatedPhone],
    ended: Iterable[Ended],
    rows: Mapping[str, list[Row]],
    tallies: Mapping[str, HostTally],
) -> Verdict:
    """As `judge`, for senders on a link: accepted is one whose victim's row differs.

    `victims` are the phones that the kinds harm, by the name of the kind.
    """
    verdict = judge(lan, ended, rows, tallies)
    for ip in [ip for ip in verdict.lost if _contested(rows.get(ip, []))]:
        verdict.contested[ip] = verdict.lost.pop(ip)
    for kind, victim in victims.items():
        verdict.results[kind] = f"{victim.ip} is {'in conflict' if victim.ip in verdict.contested else 'as it is'}"
        if victim.ip in verdict.lost:
            verdict.accepted[kind] = verdict.lost[victim.ip]
        if verdict.faults:
            verdict.unsurvived[kind] = verdict.faults[0]
    return verdict


def _difference(phone: SimulatedPhone, rows: list[Row]) -> str | None:
    """How the first row of an honest phone differs from its truth, None where it does not."""
    if not rows:
        return "it has no row"
    row = rows[0]
    for part in PARTS:
        expected = getattr(phone.truth, part)
        if row[part] != expected:
            return f"{part} is {row[part]!r} instead of {expected!r}"
    if phone.truth.mac and row["mac"] != phone.truth.mac:
        return f"mac is {row['mac']!r} instead of {phone.truth.mac!r}"
    return None


def _contested(rows: list[Row]) -> bool:
    """Whether a row is in question, with the identity that it has without the forged claim: `review`, in conflict."""
    return bool(rows) and rows[0]["status"] == "certified" and rows[0]["compliance"] == "review"


def _faults(scan: Ended) -> list[str]:
    found = [f"standard error contains {word!r}" for word in FAULTS if word in scan.err]
    if scan.status is None:
        found.append("a command did not end")
    elif scan.status not in (0, 3):
        found.append(f"a command ended with {scan.status}: {shown(scan.err[-300:])}")
    found += [f"a line of output is not escaped: {line!r}" for line in scan.out.splitlines() if shown(line) != line][:1]
    return found


def _accepted(lan: HostileLan, rows: Mapping[str, list[Row]], verdict: Verdict) -> None:
    """A hostile host is accepted when a row that is not a phone's is compliant, or when a phone's is not as without it.

    A verdict in conflict, as of a PBX with the User-Agent of a phone, is never compliant (`compliance.conflict`).
    """
    kinds = {host.ip: host.kind.name for host in lan.hostile}
    for ip, name in kinds.items():
        parts = ("kind", "manufacturer", "model", "firmware", "mac", "status", "compliance")
        words = [word for row in rows.get(ip, [])[:1] for part in parts if (word := row[part])]
        verdict.results[name] = shown(" ".join(words))[:100] or "no device"
    phones = {phone.ip for phone in lan.phones}
    for ip, found in rows.items():
        for row in found[ip in phones :]:
            if row["compliance"] == "compliant":
                verdict.accepted[kinds.get(ip, ip)] = f"{ip} is {row['status']}: {row['manufacturer']} {row['model']}"
    if lan.hostile and lan.hostile[0].place.victim in verdict.lost:
        for host in lan.hostile:
            if "mac" in host.kind.must_not or "row" in host.kind.must_not:
                verdict.accepted.setdefault(host.kind.name, "the row of the phone that it names has changed")
