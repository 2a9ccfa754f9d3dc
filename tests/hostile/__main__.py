"""`python -m tests.hostile [--short] [--pace PACE]... [--kind NAME]...`: scans of a farm of hostile hosts.

Scans 100 honest phones and one host of each hostile kind at every pace, prints the result for each kind and the figures
in one closing line. 1 when a bound is broken: a host that is believed, a phone that is lost or disturbed, a scan that
fails or needs 150 MB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from scanner.testing import HOSTILE_KINDS, kind_named
from scanner.testing.process import FarmProcess
from tests.hostile.lan import HostileLan, hostile_lan
from tests.hostile.scans import Ended, phonescan, rows
from tests.hostile.verdict import Verdict, judge

PACES = ("gentle", "normal", "fast")
#: Octets that a scan and its children may occupy.
MEMORY = 150_000_000
SUBNET = "127.79.1.0/24"


def scan(lan: HostileLan, pace: str, *more: str) -> tuple[Ended, Verdict]:
    """Serve the farm, scan it once at a pace into a new inventory, and judge."""
    with (
        tempfile.TemporaryDirectory(prefix="phonescan-hostile-") as name,
        FarmProcess((*lan.phones, lan.canary), hostile=lan.hostile) as farm,
    ):
        folder = Path(name)
        words = ["scan", lan.subnet, "--exclude", lan.canary.ip, "--pace", pace, "--keep-all", "--format", "csv"]
        ended = phonescan(*words, *more, folder=folder)
        return ended, judge(lan, ended, rows(folder / "phonescan.sqlite"), farm.tallies())


def main(words: list[str]) -> int:
    """Scan, print, and return 1 when a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one scan at pace fast, with a timeout of 0.3 s")
    parser.add_argument("--pace", action="append", choices=PACES, help="this pace alone; may be repeated")
    parser.add_argument("--kind", action="append", help="this kind alone; may be repeated")
    options = parser.parse_args(words)
    kinds = [kind_named(name) for name in options.kind] if options.kind else HOSTILE_KINDS
    lan = hostile_lan(SUBNET, kinds)
    began = time.monotonic()
    verdicts: dict[str, Verdict] = {}
    memory = 0
    for pace in options.pace or (["fast"] if options.short else PACES):
        ended, verdict = scan(lan, pace, *(["--timeout", "0.3"] if options.short else []))
        verdicts[pace] = verdict
        memory = max(memory, ended.memory)
        print(f"{pace}: {ended.seconds:.0f} s, {ended.memory / 1e6:.0f} MB, status {ended.status}", flush=True)
    return _close(lan, verdicts, memory, time.monotonic() - began)


def _close(lan: HostileLan, verdicts: dict[str, Verdict], memory: int, seconds: float) -> int:
    """Print the result for each kind and the figures; 1 when a bound is broken."""
    believed = {name: why for verdict in verdicts.values() for name, why in verdict.believed.items()}
    unsurvived = {name: why for verdict in verdicts.values() for name, why in verdict.unsurvived.items()}
    for kind in (host.kind for host in lan.hostile):
        word = "BELIEVED" if kind.name in believed else "FAILED" if kind.name in unsurvived else "survived"
        rows = dict.fromkeys(verdict.results[kind.name] for verdict in verdicts.values())
        why = believed.get(kind.name) or unsurvived.get(kind.name) or " | ".join(rows)
        print(f"{kind.name:28} {word:9} {kind.does}: {why}")
    lost = {sentence.split(":")[0].split(" ")[0] for verdict in verdicts.values() for sentence in verdict.lost}
    for pace, verdict in verdicts.items():
        for sentence in (*verdict.faults, *verdict.lost, *verdict.disturbed):
            print(f"{pace}: {sentence}")
    disturbed = sum(len(verdict.disturbed) for verdict in verdicts.values())
    tried = len(lan.hostile)
    print(
        f"hostile: {tried} kinds tried, {tried - len(unsurvived)} survived, {len(believed)} hosts believed, "
        f"{len(lost)} of {len(lan.phones)} honest phones lost, {disturbed} phones disturbed, "
        f"peak memory {memory / 1e6:.0f} MB of {MEMORY / 1e6:.0f} MB, {seconds:.0f} s"
    )
    broken = unsurvived or believed or lost or disturbed or memory > MEMORY
    return 1 if broken or any(verdict.faults for verdict in verdicts.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
