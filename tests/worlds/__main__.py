"""`python -m tests.worlds [WORLDS [SEED [MINUTES]]]`: other worlds than the tests', in loops of a thousand.

Draws 100,000 worlds, or as many as there is time for, in a process for each core. 1 when something does not hold: the
seed, which repeats its loop, and the smallest world that fails, as a scenario, are printed.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.worlds.checks import CHECKS
from tests.worlds.drawn import failing
from tests.worlds.story import report

#: Worlds of one loop.
LOOP = 1_000


def loop(number: int, amount: int = LOOP) -> str | None:
    """Draw the worlds of a seed, and check each by one of the checks; what failed first, or None."""
    for share in CHECKS:
        world = failing(share, amount, number)
        if world is not None:
            return report(world, share.check)
    return None


def main(words: list[str]) -> int:
    """Draw in every core until the worlds or the minutes are used up, or something fails."""
    amount, first, minutes = (int(word) for word in [*words, *("100000", "1", "90")[len(words) :]])
    end = time.monotonic() + minutes * 60
    done = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        waiting = {pool.submit(loop, number): number for number in range(first, first + -(-amount // LOOP))}
        for finished in as_completed(waiting):
            number, failure = waiting[finished], finished.result()
            if failure is not None:
                print(f"seed {number} (python -m tests.worlds {LOOP} {number}):\n{failure}", flush=True)
                pool.shutdown(cancel_futures=True)
                return 1
            done += LOOP
            print(f"seed {number}: holds; {done} worlds", flush=True)
            if time.monotonic() > end:
                pool.shutdown(cancel_futures=True)
                last = max(number for future, number in waiting.items() if future.done() and not future.cancelled())
                print(f"{minutes} minutes are over; continue with seed {last + 1}")
                break
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
