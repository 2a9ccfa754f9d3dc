"""`python -m tests.chaos [--kills N] [--seed N] [--short]`: commands that are ended, stopped and limited in mid-run.

Each trial disturbs one command, runs what a user runs next, and compares the inventory with that of an undisturbed
run. 1 if anything was lost, doubled, cut or left over. The phones are simulated: for root behind a link between two
namespaces, which can go down, otherwise on loopback.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.operations import operations, two_writers
from tests.chaos.setting import prepared
from tests.chaos.trials import Disturbance, Trials
from tests.programs import plain_environment


def disturbances(trials: Trials, kills: int, others: int) -> Iterator[Disturbance]:
    """So many kills over all operations, and so many trials of each other disturbance."""
    subnet = trials.setting.subnet
    bases = [trials.undisturbed(operation) for operation in operations(subnet)]
    named = {base.operation.name: base for base in bases}
    # Most kills are of the operations that write for long.
    weights = [max(0.3, base.seconds - 0.25) for base in bases]
    for base in [*bases, *trials.random.choices(bases, weights, k=max(0, kills - len(bases)))][:kills]:
        yield "kill -9", lambda base=base: trials.kill(base)
    both = trials.undisturbed(two_writers(subnet))
    scan, read = named["scan"], named["read"]
    for number in range(others):
        base = bases[number % len(bases)]
        yield "SIGTERM", lambda: trials.kill(scan, signal.SIGTERM)
        yield "full disk", lambda base=base: trials.full_disk(base)
        yield "no response", lambda: trials.no_response(scan, trials.random.uniform(0.5, 3))
        if trials.setting.link is not None:
            yield "link down", lambda: trials.link_down(scan, trials.random.uniform(0.5, 4))
        yield "locked", lambda base=(scan, read)[number % 2]: trials.lock(base, trials.random.choice((1.0, 2.0, 12.0)))
        yield "clock jump", lambda base=(scan, read)[number % 2]: trials.clock(base)
        if number % 3 == 0:
            yield "two writers and ten readers", lambda: trials.together(both, 10)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="commands that are ended by SIGKILL")
    parser.add_argument("--others", type=int, default=20, help="trials of each other disturbance")
    parser.add_argument("--seed", type=int, help="repeats a run; without it, another one each time")
    parser.add_argument("--short", action="store_true", help="a few trials of each kind with one seed, as CI runs it")
    options = parser.parse_args(words)
    kills, others, seed = (11, 1, 1) if options.short else (options.kills, options.others, random.randrange(1_000_000))
    seed = seed if options.seed is None else options.seed
    print(f"chaos: seed {seed}", flush=True)
    tried, survived, started = Counter[str](), Counter[str](), time.monotonic()
    with tempfile.TemporaryDirectory() as name, prepared(Path(name) / "setting") as setting:
        trials = Trials(setting, Path(name), random.Random(seed))
        for kind, trial in disturbances(trials, kills, others):
            known = len(trials.lost)
            tried[kind] += 1
            survived[kind] += trial()
            for one in trials.lost[known:]:
                print(f"LOST {one}", flush=True)
    for kind, number in tried.items():
        print(f"{kind}: {number} tried, {survived[kind]} survived, {number - survived[kind]} lost")
    total, lost = tried.total(), tried.total() - survived.total()
    print(f"chaos: {total} tried, {total - lost} survived, {lost} lost in {time.monotonic() - started:.0f} s")
    return int(lost > 0)


if __name__ == "__main__":
    plain_environment()
    sys.exit(main(sys.argv[1:]))
