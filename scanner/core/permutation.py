"""The order in which a scan visits its targets: a permutation by arithmetic, without a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd


@dataclass(frozen=True, slots=True)
class Permutation:
    """A permutation of 0..count-1 in steps of about count/φ: any k consecutive indexes are spread evenly.

    (Three-distance theorem.) So consecutive probes go to different subnets, and a scan resumes from a position alone.
    `seed` is the first index; `index` and `position` are inverse to each other.
    """

    count: int
    seed: int = 0
    step: int = field(init=False)
    back: int = field(init=False)

    def __post_init__(self) -> None:
        step = max(1, round(self.count * 0.6180339887498949))
        while gcd(step, self.count) > 1:
            step += 1
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "back", pow(step, -1, self.count) if self.count > 1 else 0)

    def index(self, position: int) -> int:
        """The index at `position`."""
        return (self.seed + position * self.step) % self.count

    def position(self, index: int) -> int:
        """The position of `index`."""
        return (index - self.seed) * self.back % self.count
