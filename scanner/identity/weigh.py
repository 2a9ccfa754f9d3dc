"""The weight of evidences that agree; one weighs certainty of its rule × directness of its field × freshness."""

from __future__ import annotations

from collections.abc import Sequence


def together(weights: Sequence[float]) -> float:
    """The weight of several evidences that agree: each reduces the doubt that the others leave."""
    doubt = 1.0
    for weight in weights:
        doubt *= 1.0 - weight
    return 1.0 - doubt
