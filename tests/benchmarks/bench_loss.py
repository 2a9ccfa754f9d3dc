"""Phones behind links that lose packets: how many are found and identified, and what was sent for them.

    python -m tests.benchmarks.bench_loss            every loss, routed and on our own link (root, some minutes)
    python -m tests.benchmarks.bench_loss --short    20 % each way and no loss, routed, a quarter of the phones

400 phones, of which a share responds on one port alone: HTTP, HTTPS, SNMP or SIP over UDP. Nothing else responds:
closed ports send no response, as behind a packet filter. Packets are dropped at both ends of the cable by nftables,
each way apart: at random, or in bursts of consecutive packets. A phone is found if the export has its manufacturer,
and right if it has model and firmware, as far as a scan without loss reads them. Exit status 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from scanner.testing import SimulatedPhone, forbidden
from tests.benchmarks.arena import Arena, Case, arena, phone_of
from tests.benchmarks.bench_scan import OURS, phonescan, sent
from tests.benchmarks.peers import Run

#: Maker, model, firmware, prefix, what it offers; of ten phones six respond in several ways, four in one.
KINDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("Yealink", "T58A", "58.15.0.20", "80:5e:c0", "sip http https snmp"),
    ("Yealink", "T46S", "66.86.0.15", "80:5e:c0", "http"),
    ("Polycom", "VVX 411", "5.9.0.9373", "64:16:7f", "sip http https"),
    ("Polycom", "VVX 500", "5.8.0.12848", "64:16:7f", "https"),
    ("Grandstream", "GXP2170", "1.0.11.23", "00:0b:82", "sip http snmp"),
    ("Yealink", "T46S", "66.86.0.15", "80:5e:c0", "snmp"),
    ("AudioCodes", "440HD", "UC440HD_3.1.3.144.18", "00:90:8f", "sip http https"),
    ("Yealink", "T58A", "58.15.0.20", "80:5e:c0", "sip"),
    ("Cisco", "CP-8841", "sip88xx.12-5-1SR3-74", "b0:7d:47", "http"),
    ("Yealink", "T46S", "66.86.0.15", "80:5e:c0", "sip http snmp"),
)
#: Those that respond on one port alone.
ALONE = tuple(kind for kind in KINDS if " " not in kind[4])
ROUTED = Case("routed", "198.18.32.0/22", 400, False)
CONNECTED = Case("connected", "198.18.16.0/22", 400, True)


@dataclass(frozen=True)
class Loss:
    """How packets are dropped each way: an expression of nftables, and the share of the phones that is to be found."""

    name: str
    rule: str
    goal: float


NONE = Loss("none", "", 1.0)
LOSSES = (
    NONE,
    Loss("5 %", "numgen random mod 100 < 5", 1.0),
    Loss("20 %", "numgen random mod 100 < 20", 0.995),
    Loss("20 % in bursts of 10", "numgen inc mod 50 < 10", 0.995),
)


def population(case: Case, kinds: Sequence[tuple[str, str, str, str, str]] = KINDS) -> list[SimulatedPhone]:
    """The phones of a case, at equal distances in its subnet."""
    prefix = case.subnet.rpartition("/")[0].split(".")
    step = (case.addresses - 3) // case.phones
    made = []
    for number in range(case.phones):
        place = 2 + number * step
        ip = f"{prefix[0]}.{prefix[1]}.{int(prefix[2]) + place // 256}.{place % 256}"
        made.append(phone_of(kinds[number % len(kinds)], number, ip))
    return made


def drop(made: Arena, loss: Loss) -> None:
    """Drop packets as they arrive at either end, and let no closed port respond at the phones'."""
    for namespace, link in ((made.scanner, "s0"), (made.lan, "f0")):
        rule = f"{loss.rule} counter drop\n" if loss.rule else ""
        chain = f'type filter hook ingress device "{link}" priority 0; policy accept;\n{rule}'
        _nft(namespace, f"table netdev loss {{\nchain arriving {{\n{chain}}}\n}}\n")
    responses = "tcp flags & (rst|ack) == rst|ack drop\nicmp type destination-unreachable drop\n"
    chain = f"type filter hook output priority 0; policy accept;\n{responses}"
    _nft(made.lan, f"table inet closed {{\nchain sending {{\n{chain}}}\n}}\n")


def dropped(made: Arena) -> int:
    """Packets that were dropped each way together."""
    total = 0
    for namespace in (made.scanner, made.lan):
        words = ["ip", "netns", "exec", namespace, "nft", "list", "table", "netdev", "loss"]
        listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        total += sum(int(after) for word, after in pairwise(listed) if word == "packets" and after.isdigit())
    return total


def _nft(namespace: str, text: str) -> None:
    subprocess.run(["ip", "netns", "exec", namespace, "nft", "-f", "-"], input=text, text=True, check=True)


@dataclass(frozen=True)
class Result:
    """What one scan found. `estimate` is the most packets that `--dry-run` prints."""

    run: Run
    packets: int
    estimate: int
    dropped: int
    found: int
    right: int
    missed: tuple[str, ...]
    disturbed: tuple[str, ...]


def scan(case: Case, loss: Loss, *words: str, kinds: Sequence[tuple[str, str, str, str, str]] = KINDS) -> Result:
    """One scan of a case with a loss."""
    phones = population(case, kinds)
    plan = [*OURS, "scan", case.subnet, *words, "--dry-run", "--format", "json"]
    with arena(case, phones=phones) as made:
        drop(made, loss)
        before = sent(made)
        run = phonescan(OURS, made, case, *words, name=loss.name, pace="normal")
        packets = sent(made) - before
        planned = subprocess.run([*made.inside, *plan], capture_output=True, text=True, check=True).stdout
        disturbed = tuple(forbidden(made.farm.tallies()))
        lost = dropped(made)
    maker = {phone.ip: phone.truth.manufacturer or "" for phone in phones}
    missed = [phone for phone in phones if maker[phone.ip] not in run.seen.get(phone.ip, "")]
    names = tuple(f"{phone.ip} {maker[phone.ip]} ({kinds[phones.index(phone) % len(kinds)][4]})" for phone in missed)
    estimate = json.loads(planned)["in_all"][1]["packets"]
    return Result(run, packets, estimate, lost, len(phones) - len(missed), run.right(phones), names, disturbed)


def main(words: list[str] | None = None) -> int:
    """Every case; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_loss")
    parser.add_argument("--short", action="store_true", help="20 %% each way and no loss, routed, 100 phones")
    chosen = parser.parse_args(words)
    cases = (replace(ROUTED, subnet="198.18.32.0/24", phones=100),) if chosen.short else (ROUTED, CONNECTED)
    losses = (NONE, LOSSES[2]) if chosen.short else LOSSES
    lost = scans = 0
    for case in cases:
        for loss in losses:
            result = scan(case, loss)
            goal = int(loss.goal * case.phones)
            met = result.found >= goal and not result.disturbed
            scans, lost = scans + 1, lost + (not met)
            print(
                f"{case.name:10} loss each way {loss.name:20} found {result.found}/{case.phones}, "
                f"right {result.right}, {result.run.wall:.1f} s, {result.packets} packets sent "
                f"(estimated at most {result.estimate}), "
                f"{result.dropped} lost; goal {goal}: {'met' if met else 'MISSED'}",
                *result.missed[:12],
                *result.disturbed[:12],
                sep="\n  ",
                flush=True,
            )
    print(f"{scans} scans, {lost} below their goal")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
