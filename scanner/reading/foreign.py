"""Lines of other formats within a text: a file, or standard input, into which several were joined."""

from __future__ import annotations

import re

_FOREIGN = re.compile(
    r"""\s{0,16}(?:\{\s{0,16}"\w|<(?:\?xml|nmaprun|lldp)[\s>]|lldp\.\S{1,64}\.via=|Interface:\s{1,16}\S{1,64}, via: |"""
    r"""\S{1,64} \S{1,64} \S{1,64} \[[^\]]{10,40}\] ")"""
)
#: The problem of such a line.
WHAT = "a line of another format: read each file by itself"


def is_foreign(line: str) -> bool:
    """Whether a line begins a record of JSON or XML, a neighbour of lldpctl, or a request of an access log."""
    return _FOREIGN.match(line) is not None
