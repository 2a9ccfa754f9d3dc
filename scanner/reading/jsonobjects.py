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
#: What is before the next brace, and that brace, or a text that goes on in the next block with the escape at its end.
_TOKEN = re.compile(
    rb'(?>[^"{}]++|"(?>[^"\\]++|\\.)*+")*+(?:([{}])|(?P<text>"(?>[^"\\]++|\\.)*+(?P<escape>\\?)\Z)|\Z)', re.DOTALL
)


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
        keep, pending, counted = len(data), b"", 0
        for token in _TOKEN.finditer(data, at):
            brace = token[1]
            if brace is None:
                if token["text"] is not None:
                    keep, pending = token.start("text"), token["escape"]
            elif brace == b"{":
                deeper += len(open_at) >= DEPTH
                if len(open_at) < DEPTH:
                    open_at.append(token.end() - 1)
            elif deeper:
                deeper -= 1
            elif open_at:
                start = open_at.pop()
                if start >= 0 and token.end() - start <= LIMIT and wanted.search(data, start, token.end()):
                    line += data.count(b"\n", counted, start)
                    counted = start  # objects that are yielded follow each other
                    yield _decoded(data[start : token.end()], line)
                    open_at = [-1] * len(open_at)
        if len(data) - keep > LIMIT:  # a text that is longer than any that is read: its end is what counts
            line += data.count(b"\n", keep)
            data = data[:keep] + b'"' + pending
        at = min((start for start in open_at if start >= 0 and keep - start <= LIMIT), default=keep)
        line += data.count(b"\n", counted, at)
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
