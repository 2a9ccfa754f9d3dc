"""Objects of a JSON document of any size, each decoded by itself: a cut document loses what is cut alone.

Only the text of objects that may be wanted is held: one that is longer than `LIMIT` is a container, and its members are
found by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from scanner.core.bounded import UNREADABLE_JSON, checked_json
from scanner.reading.items import Problem

#: Longest object, in bytes, and most levels of objects.
LIMIT, DEPTH = 64 << 10, 64
_BLOCK = 1 << 18
_TOKEN = re.compile(rb'"(?>[^"\\]++|\\.)*+("|\\?\Z)|[{}]', re.DOTALL)


class JsonObject(NamedTuple):
    """An object, and the line on which it begins."""

    line: int
    members: dict[str, Any]


def objects(stream: BinaryIO, wanted: re.Pattern[bytes]) -> Iterator[JsonObject | Problem]:
    """The innermost objects in whose text `wanted` occurs, and a Problem for each of them that is not JSON."""
    data, at, line = b"", 0, 1
    open_at: list[int] = []  # where each open object begins in `data`; negative if that was dropped
    deeper = 0  # open objects beyond DEPTH
    while block := stream.read(_BLOCK):
        data += block
        keep, pending = len(data), b""
        for token in _TOKEN.finditer(data, at):
            if token[1] == b'"':
                continue
            if token[1] is not None:  # a text that goes on in the next block
                keep, pending = token.start(), token[1]
            elif token[0] == b"{":
                deeper += len(open_at) >= DEPTH
                if len(open_at) < DEPTH:
                    open_at.append(token.start())
            elif deeper:
                deeper -= 1
            elif open_at:
                start = open_at.pop()
                if start >= 0 and token.end() - start <= LIMIT and wanted.search(data, start, token.end()):
                    yield _decoded(data[start : token.end()], line + data.count(b"\n", 0, start))
                    open_at = [-1] * len(open_at)
        if len(data) - keep > LIMIT:  # a text that is longer than any that is read: its end is what counts
            line += data.count(b"\n", keep)
            data = data[:keep] + b'"' + pending
        at = min((start for start in open_at if start >= 0 and keep - start <= LIMIT), default=keep)
        line += data.count(b"\n", 0, at)
        open_at = [start - at if start >= at else -1 for start in open_at]
        data, at = data[at:], keep - at
    if open_at:
        yield Problem(line + data.count(b"\n"), "the JSON document is truncated; the complete objects were read")


def _decoded(octets: bytes, line: int) -> JsonObject | Problem:
    try:
        found = checked_json(octets)
    except UNREADABLE_JSON as error:
        return Problem(line, f"an object that is not JSON: {str(error).replace('`', '')}")
    return JsonObject(line, found)
