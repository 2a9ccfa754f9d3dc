"""The figures of a fuzz run as text: a line for each target, the faults, and all inputs as the last line."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.record import Record, Tally


def printed(tallies: Mapping[str, Tally], record: Record, seconds: float) -> int:
    """Print the figures; 1 when an input was lost, else 0."""
    width = max(map(len, tallies))
    print(f"{'target':<{width}} {'tried':>12} {'survived':>12} {'lost':>6}")
    for name, tally in sorted(tallies.items()):
        print(f"{name:<{width}} {tally.tried:>12,} {tally.survived:>12,} {sum(tally.lost.values()):>6,}")
    for name, tally in sorted(tallies.items()):
        for kind, count in tally.lost.items():
            path = record.reproducer(name, kind)
            print(f"lost: {name}: {kind} ({count:,} inputs)" + (f": {path}" if path.exists() else ""))
    tried, read = (sum(getattr(tally, part) for tally in tallies.values()) for part in ("tried", "read"))
    refused = sum(tally.refused for tally in tallies.values())
    lost = tried - read - refused
    print(
        f"fuzz: {tried:,} inputs tried over {len(tallies)} targets, {read + refused:,} survived ({read:,} read, "
        f"{refused:,} refused with an error of our own), {lost:,} lost; this run took {seconds:,.0f} s"
    )
    return 1 if lost else 0
