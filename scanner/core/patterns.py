"""Regular expressions of others, bounded before the engine compiles them."""

from __future__ import annotations

import re

#: Longest pattern in characters, deepest groups, and largest count of a repetition.
LENGTH, GROUPS, REPETITIONS = 10_000, 50, 10_000

_COUNT = re.compile(r"\{([0-9]*+),?([0-9]*+)\}")


def checked_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """The compiled pattern. Raises re.error for a text that is not a pattern, or is beyond a bound."""
    if len(text) > LENGTH:
        raise re.error(f"the pattern is longer than {LENGTH:,} characters")
    for found in _COUNT.finditer(text):
        if any(len(count) > 5 or int(count or "0") > REPETITIONS for count in found.groups()):
            raise re.error(f"a repetition of more than {REPETITIONS:,}")
    if text.count("(") > GROUPS and _depth(text) > GROUPS:
        raise re.error(f"groups within more than {GROUPS} others")
    try:
        return re.compile(text, flags)
    except (OverflowError, RecursionError, MemoryError, ValueError) as error:
        raise re.error(str(error) or "the pattern is too large") from None


def _depth(text: str) -> int:
    """How deep groups are nested at most; brackets in a set count too, escaped ones do not."""
    depth = deepest = 0
    for char in re.sub(r"\\.", "", text, flags=re.DOTALL):
        depth = max(0, depth + (char == "(") - (char == ")"))
        deepest = max(deepest, depth)
    return deepest
