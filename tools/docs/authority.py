"""The table of authority: `python -m tools.docs.authority docs/explanation/evidence.md` writes it into the page.

A test compares the page with it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from scanner.identity.authority import TABLE
from scanner.identity.freshness import DAY

_BEGIN, _END = "<!-- table of authority -->", "<!-- end of the table -->"
_BLOCK = re.compile(f"(?<={re.escape(_BEGIN)}\n).*?(?={re.escape(_END)})", re.S)


def table() -> str:
    """The rows of the table as Markdown, by part and rank."""
    parts = list(dict.fromkeys(row.part for row in TABLE))
    rows = sorted(TABLE, key=lambda row: (parts.index(row.part), row.rank))
    lines = ["", "| part | rank | source | about | counts for |", "| --- | ---: | --- | --- | --- |"]
    lines += [f"| {row.part} | {row.rank} | {row.source} | {row.about} | {_time(row.lasts)} |" for row in rows]
    return "\n".join(lines) + "\n\n"


def _time(seconds: int) -> str:
    return f"{seconds // DAY} days" if seconds >= DAY else f"{seconds // 3600} hours"


def updated(page: str) -> str:
    """A page with the table between its two comments."""
    return _BLOCK.sub(lambda _: table(), page)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(updated(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
