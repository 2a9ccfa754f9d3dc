"""Listed names that are similar to the name of a model: of one family, or of another member of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import takewhile

from scanner.compliance.names import listed_model

#: Least similarity (0..1) of two names of models of which one is shown beside the other.
_SIMILAR = 0.75
#: What the name of a variant has behind that of its family: `A` of T58A, `HD` of C450HD.
_VARIANT = re.compile(r"[a-z]{1,2}")
_DIGITS = re.compile(r"\d+")


def nearest(model: str, listed: Iterable[str]) -> str | None:
    """The listed name that is most similar to that of a model; of equal ones the first by name. None without one."""
    key = listed_model(model)
    ranked = sorted((_distance(key, listed_model(name)), name) for name in dict.fromkeys(listed))
    return next((name for (distance, _), name in ranked if distance <= 1 - _SIMILAR), None)


def is_variant(listed: str, model: str) -> bool:
    """Whether a listed name is that of a model and one or two letters more: T58A of T58."""
    name, key = listed_model(listed), listed_model(model)
    return key[-1:].isdigit() and name.startswith(key) and _VARIANT.fullmatch(name[len(key) :]) is not None


def _distance(one: str, other: str) -> tuple[float, int]:
    """0..1, less where the numbers are the same; then by the length of the common beginning, the longest first."""
    distance = 1 - difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    same_numbers = _DIGITS.findall(one) == _DIGITS.findall(other) != []
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return distance / 2 if same_numbers else distance, -common
