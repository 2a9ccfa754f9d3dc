"""A whole subnet of phones, scanned in full, against the peers in the same run.

    python -m tests.benchmarks.bench_scan            every case (root; half an hour, nearly all of it nmap's)
    python -m tests.benchmarks.bench_scan --quick    the /24 alone
    python -m tests.benchmarks.bench_scan --case /16 --no-peers
    python -m tests.benchmarks.bench_scan --case /16 --no-peers --profile
    python -m tests.benchmarks.bench_scan --case /16 --no-peers --program ../before/.venv/bin/phonescan

Prints wall and CPU seconds, peak memory, phones found and phones with model and firmware right, of how many there
are, and how many times longer than phonescan each peer took; then each goal of the case, and whether it was met. Exit
status 1 when one was missed, or could not be judged because its peer did not run.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scanner.testing import SimulatedPhone, forbidden
from tests.benchmarks import peers, profiled
from tests.benchmarks.arena import CASES, Arena, Case, arena
from tests.benchmarks.peers import Run
from tests.programs import SYSTEM_PATH

#: Packets a second asked for on the widest case, where the rate alone decides how long it takes: what two cores carry
#: that are both ends of the cable and the phones as well.
WIDE_RATE = 12_000
MEGABYTES = {"/24": 120, "/20": 150, "/20-routed": 150, "/16": 150, "/12": 200}
#: Peers worth waiting for: on wider cases they take hours (a /20 takes nmap a quarter of an hour, svmap two minutes).
PEERS: dict[str, tuple[Callable[[Arena, Case, float], Run], ...]] = {
    "/24": (peers.nmap_versions, peers.nmap_titles, peers.svmap, peers.onesixtyone, peers.masscan),
    "/20": (peers.nmap_versions, peers.nmap_titles, peers.svmap, peers.onesixtyone, peers.masscan),
    "/20-routed": (peers.svmap, peers.onesixtyone, peers.masscan),
    "/16": (peers.masscan,),
    "/12": (),
}
NMAP, SVMAP = ("nmap -sU -sV", "nmap -sS http-*"), ("svmap",)
PEER_LIMIT = 1800.0
#: This checkout's own program.
OURS = (sys.executable, "-m", "scanner")


def scanning(program: Sequence[str], case: Case, database: str, *words: str, pace: str = "fast") -> list[str]:
    """The command that scans a case at its rate into a database."""
    rate = ["--rate", str(WIDE_RATE)] if case.name == "/12" else []
    return [*program, "scan", case.subnet, "--db", database, "--format", "none", "--pace", pace, *rate, *words]


def phonescan(
    program: Sequence[str],
    arena: Arena,
    case: Case,
    *words: str,
    name: str = "phonescan",
    timeout: float = 900,
    pace: str = "fast",
) -> Run:
    """`phonescan scan` of the case with an empty inventory, in the namespace; what its CSV export then says."""
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "bench.sqlite"))
        scan = scanning(program, case, database, *words, pace=pace)
        wall, cpu, memory, _ = peers.measured([*arena.inside, *scan], timeout=timeout)
        export = [*program, "export", "csv", "--db", database]
        table = subprocess.run(export, capture_output=True, text=True, check=False).stdout
    rows = csv.DictReader(table.splitlines())
    seen = {row["ip"]: f"{row['manufacturer']} {row['model']} {row['firmware']}" for row in rows}
    return Run(name, wall, cpu, memory, seen, f"cut after {timeout:.0f} s" if wall >= timeout else "")


def sent(arena: Arena) -> int:
    """Packets that the scanner's side has sent so far, by the kernel's count."""
    words = [*arena.inside, "cat", "/sys/class/net/s0/statistics/tx_packets"]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def farm_cpu(arena: Arena) -> float:
    """CPU seconds that the simulated phones have taken, of the same cores as the scanners."""
    fields = Path(f"/proc/{arena.farm.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(case: Case, run: Run, phones: list[SimulatedPhone], ours: float | None) -> None:
    """One line of the table."""
    if not run.wall:
        print(f"{case.name:10} {run.name:22} left out: {run.left_out}", flush=True)
        return
    count = len(phones)
    ratio = f"{run.wall / ours:7.1f}×" if ours else " " * 8
    print(
        f"{case.name:10} {run.name:22} {run.wall:8.2f} {run.cpu:8.2f} {run.memory:8.0f} "
        f"{run.found(phones):6}/{count:<5} {run.right(phones):6}/{count:<5} {ratio} {run.left_out}",
        flush=True,
    )


def measure(case: Case, program: Sequence[str], *, with_peers: bool, with_profile: bool) -> Iterator[Goal]:
    """Run one case, print its table and its goals, and yield these."""
    with arena(case) as made:
        phones = list(made.farm.phones)
        before = sent(made)
        ours = phonescan(program, made, case)
        packets, farm = sent(made) - before, farm_cpu(made)
        show(case, ours, phones, None)
        alone = None
        if case.name.startswith("/20"):
            alone = phonescan(program, made, case, "--discover", "sip", name="phonescan, SIP alone")
            show(case, alone, phones, None)
        harmed = forbidden(made.farm.tallies())
        runs = {}
        for peer in PEERS[case.name] if with_peers else ():
            run = peer(made, case, PEER_LIMIT)
            runs[run.name] = run
            show(case, run, phones, ours.wall)
        lines = profiled.profile(made, case, partial(scanning, program, case)) if with_profile else []
    went = f"{packets} packets sent, {packets / case.addresses:.2f} an address, {packets / ours.wall:.0f}/s"
    print(f"{case.name:10} {went}; the phones took {farm:.1f} s CPU")
    judged = [Goal("requests that a phone must not get", f"{len(harmed):,}", "0", not harmed)]
    judged += goals(case, ours, alone, runs, phones, packets)
    print(*lines, *harmed, *(goal.line(case) for goal in judged), "", sep="\n", flush=True)
    yield from judged


@dataclass(frozen=True)
class Goal:
    """What a case is to reach, what it reached, and whether that will do; None where there was no peer to judge by."""

    what: str
    reached: str
    wanted: str
    met: bool | None

    def line(self, case: Case) -> str:
        """One line under the case's table."""
        word = {True: "met", False: "MISSED", None: "not judged"}[self.met]
        return f"{case.name:10} {self.what:48} {self.reached:>14}   {self.wanted:18} {word}"


def goals(
    case: Case, ours: Run, alone: Run | None, runs: dict[str, Run], phones: list[SimulatedPhone], packets: int
) -> Iterator[Goal]:
    """The goals of a case, each judged."""
    found, right, count = ours.found(phones), ours.right(phones), len(phones)
    yield Goal("phones found", f"{found:,}", f"{count:,}", found == count)
    yield Goal("model and firmware right", f"{right:,}", f"{count:,}", right == count)
    yield Goal("memory", f"{ours.memory:.0f} MB", f"< {MEGABYTES[case.name]} MB", ours.memory < MEGABYTES[case.name])
    match case.name:
        case "/24":
            yield against(ours, runs, 40, NMAP, "wall time against nmap's two runs")
            yield against(ours, runs, 2, SVMAP, "wall time against svmap")
        case "/20":
            yield against(ours, runs, 80, NMAP, "wall time against nmap's two runs")
            yield against(ours, runs, 10, SVMAP, "wall time against svmap")
            if alone is not None:
                yield against(alone, runs, 20, SVMAP, "wall time against svmap, SIP alone")
        case "/16":
            yield Goal("wall time", f"{ours.wall:.1f} s", "< 30 s", ours.wall < 30)
        case "/12":
            due = packets / WIDE_RATE
            what = f"wall time against {packets} packets at {WIDE_RATE}/s"
            yield Goal(what, f"{ours.wall / due - 1:+.1%}", "within 10%", abs(ours.wall - due) <= due / 10)


def against(run: Run, runs: dict[str, Run], parts: int, names: tuple[str, ...], what: str) -> Goal:
    """Whether `run` took at most one part in `parts` of what these peers took together."""
    wanted = f"at most 1/{parts}"
    if any(name not in runs or not runs[name].wall for name in names):
        return Goal(what, "-", wanted, None)
    times = sum(runs[name].wall for name in names) / run.wall
    return Goal(what, f"1/{times:.1f}", wanted, times >= parts)


def main(words: list[str] | None = None) -> int:
    """Run the benchmark; 0 when every goal was reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the /24 alone")
    parser.add_argument("--case", choices=[case.name for case in CASES], action="append", help="these cases alone")
    parser.add_argument("--no-peers", action="store_true", help="phonescan alone")
    parser.add_argument("--profile", action="store_true", help="scan once more under py-spy: who holds the interpreter")
    parser.add_argument("--program", help="another phonescan than this checkout's")
    chosen = parser.parse_args(words)
    if os.geteuid() != 0 or shutil.which("ip", path=SYSTEM_PATH) is None:
        print("the scan's benchmark makes network namespaces: run it as root, with iproute2 installed", file=sys.stderr)
        return 2
    wanted = chosen.case or (["/24"] if chosen.quick else [case.name for case in CASES])
    print("case       tool                       wall s    CPU s  peak MB        found        right  to phonescan")
    program = [os.path.abspath(chosen.program)] if chosen.program else OURS
    judged: list[Goal] = []
    for case in CASES:
        if case.name in wanted:
            judged += measure(case, program, with_peers=not chosen.no_peers, with_profile=chosen.profile)
    missed, open_ones = (sum(goal.met is met for goal in judged) for met in (False, None))
    if missed:
        print(f"{missed} of {len(judged)} goals missed")
    elif open_ones:
        print(f"every goal reached but {open_ones} that need a peer")
    else:
        print("every goal reached")
    return 1 if missed or (open_ones and not chosen.no_peers) else 0


if __name__ == "__main__":
    sys.exit(main())
