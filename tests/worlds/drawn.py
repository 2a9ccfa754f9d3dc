"""`python -m tests.worlds.drawn CHECK [WORLDS [SEED]]`: the worlds of one check; 1 when one does not hold."""

from __future__ import annotations

import sys

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.worlds.checks import CHECKS, Share
from tests.worlds.story import report
from tests.worlds.world import FEATURES, World, worlds


def failing(share: Share, amount: int, number: int) -> World | None:
    """The first world that does not hold, of the share of `amount` worlds that a seed draws for a check."""
    failed: list[World] = []

    @seed(number)
    @settings(
        max_examples=max(1, amount * share.percent // 100),
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds(FEATURES - share.without))
    def drawn(world: World) -> None:
        if not failed and share.check(world):
            failed.append(world)

    drawn()
    return failed[0] if failed else None


def main(words: list[str]) -> int:
    """Draw the worlds of one check; print the smallest that does not hold."""
    name, amount, number = [*words, *("", "2000", "1")[len(words) :]]
    share = next((one for one in CHECKS if one.check.__name__ == name), None)
    if share is None:
        print(f"unknown check {name!r}: {', '.join(one.check.__name__ for one in CHECKS)}", file=sys.stderr)
        return 2
    world = failing(share, int(amount), int(number))
    if world is None:
        print(f"{name}: {max(1, int(amount) * share.percent // 100)} worlds hold")
        return 0
    print(report(world, share.check))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
