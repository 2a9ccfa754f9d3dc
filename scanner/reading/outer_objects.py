"""The objects of a JSON text, one at a time: of a list at any level, of lines, of documents behind each other.

An object is yielded whole where it fits the limit. Of one that is longer, or damaged, or cut, the objects inside are
yielded instead, so a document of any size takes the memory of one object, and damage costs the innermost object alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import msgspec

from scanner.core.bounded import TooLarge, checked_json
from scanner.core.text import bounded
from scanner.reading.items import Problem

#: Longest object that is yielded whole, in octets.
LIMIT = 1 << 20
#: Most levels of objects that are opened because they are too long, damaged or cut.
LEVELS = 12
_BLOCK = 1 << 16

_TOKEN = re.compile(rb'[\[\]{}]|"(?>[^"\\]++|\\(?:.|\Z))*+("|\Z)', re.DOTALL)
#: What lies between two brackets within an object: texts, and what has no bracket.
_INSIDE = re.compile(rb'(?>[^"\[\]{}]++|"(?>[^"\\]++|\\.)*+")*+[\[\]{}]', re.DOTALL)
_REST = re.compile(rb'(?>[^"\\]++|\\.)*+"', re.DOTALL)


def is_json(head: bytes) -> bool:
    """Whether a file begins as an object or a list of JSON does."""
    return head.lstrip()[:1] in (b"{", b"[")


class OuterObject(NamedTuple):
    """An object, the number of its first line, and the text before it: the key where it is a member of an object."""

    line: int
    key: str
    value: dict[str, Any]


class _Opened(NamedTuple):
    """A damaged object whose members are read one by one: its level, problems before it, and what is wrong with it."""

    level: int
    problems: int
    problem: Problem


def objects(stream: BinaryIO, limit: int = LIMIT) -> Iterator[OuterObject | Problem]:
    """The objects of a stream; a Problem for each part that cannot be read."""
    return _JsonScan(stream, limit).objects()


class _JsonScan:
    """The state of reading: `base` brackets are open around the object that is awaited, `depth` in all."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit = stream, limit
        self.buffer, self.at, self.ended = b"", 0, False
        self.line, self.counted = 1, 0
        self.base, self.depth, self.start = 0, 0, -1
        self.key = ""
        self.levels, self.problems = 0, 0
        self.opened: list[_Opened] = []

    def objects(self) -> Iterator[OuterObject | Problem]:
        cut = False
        while True:
            if self.start >= 0 and (inside := _INSIDE.match(self.buffer, self.at)):
                self.at = inside.end()
                if self.buffer[self.at - 1] in b"[{":
                    self.depth += 1
                    continue
                self.depth -= 1
                if self.depth == self.base:
                    yield from self._object(self.buffer[self.start : self.at])
                continue
            found = _TOKEN.search(self.buffer, self.at) if self.start < 0 else None
            unfinished = found is not None and found[0][:1] == b'"' and not found[1]
            if found is None or unfinished:
                if not self.ended:
                    if self.start < 0:
                        if found is not None and len(self.buffer) - found.start() > self.limit:
                            yield from self._too_long_text(found.start())
                        elif found is None:
                            self.at = len(self.buffer)
                    self._more()
                    continue
                cut = cut or unfinished or self.start >= 0 or self.base > 0
                if self.start < 0 or self.levels >= LEVELS:
                    break
                self._open()
                continue
            self.at = found.end()
            yield from self._outside(found)
        yield from self._closed(-1)
        if cut:
            yield Problem(0, "the file is truncated: an object or list has no end")

    def _outside(self, found: re.Match[bytes]) -> Iterator[Problem]:
        """A text or bracket that is outside of the objects that are yielded."""
        sign = found[0][:1]
        if sign == b'"':
            self.key = bounded(found[0][1:-1][:200])
        elif sign == b"{":
            self.start = found.start()
            self.depth += 1
        elif sign == b"[":
            self.base = self.depth = self.base + 1
        elif self.base:
            self.base = self.depth = self.base - 1
            self.levels = max(0, self.levels - (sign == b"}"))
            yield from self._closed(self.base)

    def _object(self, raw: bytes) -> Iterator[OuterObject | Problem]:
        line = self._line_of(self.start)
        if len(raw) > self.limit and b"{" in raw[1:] and self.levels < LEVELS:
            self._open()
            return
        try:
            value = checked_json(_utf8(raw), limit=self.limit + self.limit)
        except (msgspec.DecodeError, TooLarge, UnicodeError) as error:
            problem = Problem(line, f"not JSON: {bounded(str(error), 200)}")
            if b"{" in raw[1:] and self.levels < LEVELS:
                self.opened.append(_Opened(self.base, self.problems, problem))
                self._open()
                return
            self.problems += 1
            yield problem
        else:
            yield OuterObject(line, self.key, value)
        self.start, self.key = -1, ""

    def _open(self) -> None:
        """Read the members of the object that was begun one by one."""
        self.at, self.start = self.start + 1, -1
        self.base = self.depth = self.base + 1
        self.levels += 1

    def _line_of(self, at: int) -> int:
        """The number of the line of a place that is not before the previous one."""
        if at > self.counted:
            self.line += self.buffer.count(b"\n", self.counted, at)
            self.counted = at
        return self.line

    def _closed(self, base: int) -> Iterator[Problem]:
        """What is wrong with the damaged objects that end here, where no object inside of them is."""
        while self.opened and self.opened[-1].level >= base:
            one = self.opened.pop()
            if one.problems == self.problems:
                self.problems += 1
                yield one.problem

    def _more(self) -> None:
        """Read further octets, and drop what is done with."""
        if self.start >= 0 and len(self.buffer) - self.start > self.limit:
            if self.levels < LEVELS:
                self._open()
            else:  # objects inside of so many are not read one by one
                self.base, self.start = self.depth, -1
        done = self.start if self.start >= 0 else self.at
        self._line_of(done)
        self.counted = 0
        block = self.stream.read(_BLOCK)
        self.ended = not block
        self.buffer = self.buffer[done:] + block
        self.at -= done
        self.start -= done if self.start >= 0 else 0

    def _too_long_text(self, begin: int) -> Iterator[Problem]:
        """Pass over a text that is longer than the limit, with the object that contains it."""
        yield Problem(self._line_of(begin), f"a text is longer than {self.limit:,} bytes")
        self.problems += 1
        self.base, self.start = self.depth, -1
        self._line_of(len(self.buffer))
        self.counted = 0
        rest = self.buffer[-1:] if len(self.buffer) - len(self.buffer.rstrip(b"\\")) & 1 else b""
        while True:
            block = self.stream.read(_BLOCK)
            rest += block
            if end := _REST.match(rest):
                self.buffer, self.at = rest, end.end()
                return
            if not block:
                self.buffer, self.at, self.ended = b"", 0, True
                return
            self.line += rest.count(b"\n")
            rest = rest[-1:] if len(rest) - len(rest.rstrip(b"\\")) & 1 else b""


def _utf8(raw: bytes) -> bytes:
    """JSON in UTF-8, of one in Windows-1252 where it is not UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace").encode()
    return raw
