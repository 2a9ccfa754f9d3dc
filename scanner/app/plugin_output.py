"""The output of a monitoring plugin: a line with state and performance data, and further lines. Pure.

Monitoring Plugins Development Guidelines: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Names in it come from the network:
they are escaped, and can neither begin performance data nor a line nor markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scanner.app.alert_range import AlertRange, Levels
from scanner.core.text import shown

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
#: From the least to the most urgent, as `max_state_alt` of the Monitoring Plugins has them.
URGENCY = (OK, UNKNOWN, WARNING, CRITICAL)
#: Most bytes of the whole output (Nagios Core: MAX_PLUGIN_OUTPUT_LENGTH 8192), most characters of one text in it.
MOST_BYTES, MOST_TEXT = 8000, 300
#: Where web pages of monitoring systems begin to read markup.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
#: Findings in the first line; the others are counted.
NAMED = 4


class PluginFinding(NamedTuple):
    """A part of the result: its state and what was found."""

    level: int
    text: str

    @property
    def urgency(self) -> int:
        """The place of its state among the states, from 0."""
        return URGENCY.index(self.level)


class PerformanceValue(NamedTuple):
    """A value of the performance data, with its unit (`s`, `%` or none) and ranges; label without `'` and `=`."""

    label: str
    value: float
    unit: str = ""
    levels: Levels | None = None
    least: int | None = None
    most: int | None = None

    def __str__(self) -> str:
        value = f"{self.value:.2f}" if isinstance(self.value, float) else str(self.value)
        ranges: tuple[AlertRange | str, ...] = (self.levels.warning, self.levels.critical) if self.levels else ("", "")
        rest = (*ranges, "" if self.least is None else self.least, "" if self.most is None else self.most)
        return f"'{self.label}'={value}{self.unit};{';'.join(map(str, rest))}".rstrip(";")


def worst(findings: Iterable[PluginFinding]) -> int:
    """The most urgent state: CRITICAL, then WARNING, then UNKNOWN."""
    return URGENCY[max((finding.urgency for finding in findings), default=0)]


def written(
    findings: Sequence[PluginFinding], metrics: Sequence[PerformanceValue] = (), lines: Iterable[str] = ()
) -> str:
    """The output of findings, the most urgent first; `lines` follow the first line, as far as they fit."""
    order = sorted(findings, key=lambda finding: -finding.urgency)
    state = worst(findings)
    texts = [safe(f"{one.text}{'' if one.level == OK else f' ({WORDS[one.level].lower()})'}") for one in order[:NAMED]]
    if state == UNKNOWN and len(order) == 1:
        texts = [safe(order[0].text)]
    more = [f"{len(order) - NAMED} more with -v"] if len(order) > NAMED else []
    first = f"{WORDS[state]}: {', '.join([*texts, *more])}"
    return _bounded(first + (f" | {' '.join(map(str, metrics))}" if metrics else ""), lines)


def safe(text: str) -> str:
    """`text` without control characters, `|` and the beginning of a tag, bounded."""
    bounded = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
    return _TAG.sub(r"\\x3c", shown(bounded).replace("|", r"\x7c"))


def _bounded(first: str, lines: Iterable[str]) -> str:
    kept, size = [first], len(first.encode())
    for line in map(safe, lines):
        size += len(line.encode()) + 1
        if size > MOST_BYTES:
            break
        kept.append(line)
    return "\n".join(kept)
