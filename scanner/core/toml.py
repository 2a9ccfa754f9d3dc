"""TOML documents (v1.0.0): bounded reading, and the line of each key, so that an error names file and line.

`tomli` returns what a document contains and not where; `positions` reads the same text again for line numbers alone.
It is called for the first error only, and only on a text that `tomli` accepted: what it does not recognize it skips.
A path is written as msgspec writes one: `scan[1].reports[0].kind`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from scanner.core.bounded import TooLarge, checked_toml
from scanner.core.errors import DataError, PhonescanError
from scanner.core.text import shortened, shown
from scanner.core.violations import violation

T = TypeVar("T", bound=msgspec.Struct)

#: Largest document that is read, in bytes. People write these files; a larger one is something else.
SIZE_LIMIT = 4_000_000

_BLANK = re.compile(r"(?:[ \t\r]|#[^\n]*)*")
_ANY_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL = re.compile(r"'[^']*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.S)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.S)
_SCALAR = re.compile(r"[^,\]}\s#]+(?: \d\d:[^,\]}\s#]+)?")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: `name` as errors call it, its text, its content, and the class of the errors about it."""

    name: str
    text: str
    table: dict[str, Any]
    error: type[PhonescanError]

    def line(self, path: str) -> int:
        """Line of the key or table at `path`, counted from 1; of the nearest enclosing table where it is absent."""
        lines = positions(self.text)
        while path and path not in lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return lines.get(path, 1)

    def fault(self, path: str, sentence: str) -> PhonescanError:
        """The error to raise about the value at `path`: `NAME, line N: SENTENCE`."""
        return self.error(f"{self.name}, line {self.line(path)}: {shown(shortened(sentence))}")


def read(path: Path, error: type[PhonescanError] = DataError) -> Document:
    """The document in the file at `path`. Raises `error` with file, line and what to do."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except OSError as fault:
        raise error(f"{path} cannot be read ({fault.strerror or fault}): check the file and its permissions") from None
    return parse(raw, str(path), error)


def parse(raw: bytes | str, name: str, error: type[PhonescanError] = DataError) -> Document:
    """The document in `raw`; `name` is what errors call it. Raises `error` with name, line and what to do."""
    if len(raw) > SIZE_LIMIT:
        raise error(f"{name} is larger than {SIZE_LIMIT:,} bytes: split it, or name another file")
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise error(f"{name}, line {line}: not UTF-8 text: save the file as UTF-8") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        return Document(name, text, checked_toml(text), error)
    except TooLarge as fault:
        where = f"{name}, line {fault.line}" if fault.line else name
        raise error(f"{where}: {fault}") from None
    except tomli.TOMLDecodeError as fault:
        line = min(fault.lineno, text.rstrip().count("\n") + 1)  # the last line where the end of the text is at fault
        raise error(f"{name}, line {line}: not TOML ({fault.msg}): correct the syntax there") from None
    except ValueError:  # a number or a date that Python cannot represent
        raise error(f"{name}: not TOML (a number or a date is out of range): correct it") from None


def convert(document: Document, kind: type[T], advice: str) -> T:
    """The content of a document as a record. Raises the error of the document with line, fault and `advice`."""
    try:
        return msgspec.convert(document.table, kind)
    except msgspec.ValidationError as fault:
        wrong = violation(fault, kind)
        raise document.fault(wrong.place, f"{wrong}: {advice}") from None


def positions(text: str) -> dict[str, int]:
    """Path of every key and table in a valid TOML text → its line, counted from 1; the first line of a repeated one."""
    return _Reader(text).read()


class _Reader:
    """One pass over a text: the offset reached, and the number of tables so far in each array of tables."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[str, int] = {}
        #: The last place whose line was counted, and that line: counting goes on from there.
        self.counted = 0, 1
        self.counts: dict[str, int] = {}

    def read(self) -> dict[str, int]:
        table = ""
        self._skip(_ANY_BLANK)
        while self.at < len(self.text):
            start = self.at
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_ANY_BLANK)
            if self.at == start:  # not TOML: without progress the loop would not end
                break
        return self.lines

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def _note(self, path: str, start: int) -> None:
        since, line = self.counted if self.counted[0] <= start else (0, 1)
        line += self.text.count("\n", since, start)
        self.counted = start, line
        self.lines.setdefault(path, line)

    def _keys(self) -> list[str]:
        """A dotted key: `a."b c".d`."""
        keys = []
        while True:
            self._skip(_BLANK)
            keys.append(self._skip(_BARE) or (self._skip(_BASIC) or self._skip(_LITERAL))[1:-1])
            self._skip(_BLANK)
            if self.text[self.at : self.at + 1] != ".":
                return keys
            self.at += 1

    def _header(self) -> str:
        start, double = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        keys = self._keys()
        end = self.text.find("]", self.at)
        self.at = len(self.text) if end < 0 else end + (2 if double else 1)
        path = ""
        for i, key in enumerate(keys):
            path = f"{path}.{key}" if path else key
            if double and i == len(keys) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
                self._note(path, start)
            if path in self.counts:
                path = f"{path}[{self.counts[path]}]"
        self._note(path, start)
        return path

    def _pair(self, table: str) -> None:
        start, path = self.at, table
        for key in self._keys():
            path = f"{path}.{key}" if path else key
            self._note(path, start)
        if self.text[self.at : self.at + 1] == "=":
            self.at += 1
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: str) -> None:
        match self.text[self.at : self.at + 1]:
            case '"':
                _ = self._skip(_LONG_BASIC) or self._skip(_BASIC)
            case "'":
                _ = self._skip(_LONG_LITERAL) or self._skip(_LITERAL)
            case "[":
                self._items(path, "]")
            case "{":
                self._items(path, "}")
            case _:
                self._skip(_SCALAR)

    def _items(self, path: str, close: str) -> None:
        self.at += 1
        count = 0
        while True:
            self._skip(_ANY_BLANK)
            start = self.at
            match self.text[self.at : self.at + 1]:
                case "":
                    return
                case char if char == close:
                    self.at += 1
                    return
                case ",":
                    self.at += 1
                case _ if close == "}":
                    self._pair(path)
                case _:
                    self._note(f"{path}[{count}]", start)
                    self._value(f"{path}[{count}]")
                    count += 1
            if self.at == start:
                return
