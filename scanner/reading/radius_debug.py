"""The requests that FreeRADIUS prints when it runs with `-X`, as records of a detail file.

Version 3 writes the number of the request in front of each line (`(0) Received Accounting-Request Id 5 from …`), with
`-Xx` the time as well; version 2 writes `rad_recv: Accounting-Request packet from host …`. The attributes of a request
follow its line, indented. Responses, and attributes within the policies, are not of the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.reading.lines import exact

#: Longest line, in bytes; further ones are not of a request.
LINE = 16_384

_PREFIX = rb"(?:([^\n]{3,40}?) : (?:Debug|Info|Auth): {0,4})?(?:\(\d{1,10}\) )?"
_REQUEST = re.compile(
    _PREFIX + rb" {0,4}(?:[^\n]{0,60}? - )?(?:Received|rad_recv:) (?:Access|Accounting)-Request\b[^\n]*"
)
_ATTRIBUTE = re.compile(_PREFIX + rb"([ \t]{1,8}&?[A-Za-z][\w.:-]{1,80} [:+]?= [^\n]*)")
_SIGNATURE = re.compile(rb"^" + _REQUEST.pattern + rb"\n" + _ATTRIBUTE.pattern, re.MULTILINE)


def is_debug_output(text: bytes) -> bool:
    """Whether a request is printed in a text whose lines end in `\\n`."""
    return _SIGNATURE.search(text) is not None


def requests(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes, bool]]:
    """(line, record, whether its end is there) of every request; a record is of `limit` bytes at most."""
    begun, size, parts = 0, 0, list[bytes]()
    for number, line in exact(stream, LINE):
        if begun and line and (attribute := _ATTRIBUTE.fullmatch(line)):
            size += len(attribute[2])
            if size <= limit:
                parts.append(attribute[2])
            continue
        if len(parts) > 1:
            yield begun, b"\n".join(parts), size <= limit
        begun = 0
        if line and (found := _REQUEST.fullmatch(line)):
            begun, size, parts = number, 0, [found[1] or b""]
        else:
            parts = []
    if len(parts) > 1:
        yield begun, b"\n".join(parts), False
