"""Where each key of a TOML text stands, so that an error can name its line.

`tomllib` says what a file means and not where; this reads the same text for positions alone. It is only asked
about texts that `tomllib` has taken, so it need not judge: whatever it does not know it steps over.
A path is written as msgspec writes one: `scan[1].reports[0].kind`.
"""

from __future__ import annotations

import re

_BLANK = re.compile(r"(?:[ \t\r]|#[^\n]*)*")
_ANY_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL = re.compile(r"'[^']*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.S)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.S)
_SCALAR = re.compile(r"[^,\]}\s#]+(?: \d\d:[^,\]}\s#]+)?")


def positions(text: str) -> dict[str, int]:
    """Path of every key and table in a valid TOML text → its line, counted from 1; the first of a repeated table."""
    return _Reader(text).read()


class _Reader:
    """One pass over one text: the place reached, the table that is open, and how often each array of tables came."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[str, int] = {}
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
            if self.at == start:  # not a TOML text after all: no endless loop
                break
        return self.lines

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def _note(self, path: str, start: int) -> None:
        self.lines.setdefault(path, self.text.count("\n", 0, start) + 1)

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
