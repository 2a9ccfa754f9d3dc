"""The table that `Get-DhcpServerv4Lease` prints, as rows whose cells are parted by tabs.

Format-Table of PowerShell: headings, dashes, and values that begin where their heading does. A value that is longer
than its column is cut, and ends in `...`; what is left of it is not a value of the lease.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: The line of headings, whichever columns there are.
HEADINGS = re.compile(
    rb"^[ ]*IPAddress +(?:[A-Za-z]+ +){0,8}?ClientId +(?:[A-Za-z]+ +){0,8}?AddressState\b[A-Za-z ]*\r?$", re.M
)
_CUT = ("...", "…")


def with_tabs(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines, with tabs between the columns from the first line of headings on; other files are unchanged."""
    offsets: list[int] = []
    for number, line in lines:
        if line is None:
            yield number, None
        elif HEADINGS.match(line):
            offsets = [found.start() for found in re.finditer(rb"[A-Za-z]+", line)]
            yield number, b"\t".join(line.split())
        elif not offsets:
            yield number, line
        elif line.strip(b" -"):
            yield number, _cells(line.decode("utf-8", "replace"), offsets)


def _cells(line: str, offsets: list[int]) -> bytes:
    values = [line[begin:end].strip() for begin, end in zip(offsets, [*offsets[1:], None], strict=True)]
    return "\t".join("" if value.endswith(_CUT) else value.replace("\t", " ") for value in values).encode()
