"""Rows of a walk's text: which lines form a row, which are messages of the tool, and which are commands.

A row begins with a name. Strings and hexadecimal values continue on the next lines; a string in quotes ends at its
closing quote, other text at the next row, message or command. A message of net-snmp on standard error can be anywhere,
also within a line, since standard output is written in blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scanner.discovery.switches.mib_names import BINARY, COLUMNS, NODES, NUMBERS, OIDS
from scanner.reading import walk_names, walk_values
from scanner.reading.foreign import WHAT, is_foreign
from scanner.reading.items import Problem
from scanner.reading.lines import exact
from scanner.reading.walk_command import Walked, command

#: Longest line, and longest value over several lines, in bytes.
LINE, VALUE = 1 << 16, 1 << 18
#: Octets that each further line of a value counts beside its own.
_OF_LINE = 8

#: A numeric OID, the most frequent name, before all other forms; then the value behind ` = `, or behind a blank (-Oq).
_START = re.compile(
    rf"(?P<name>\.?(?:iso|[0-2])(?:\.\d+){{1,160}}|{walk_names.NAME})"
    r"(?P<equals> =)?(?:(?P<blank> )(?P<value>.*))?\r?$", re.S
)  # fmt: skip
_LONG_NUMERIC = re.compile(r"(?:\.[0-2]|\.?iso|1\.[03])(?:\.\d+){4,160}")
#: A name of a MIB that is not known, as a row without an equals sign begins with it.
_QUICK = re.compile(r"[A-Z][\w-]*::[a-z][\w-]*[.\[]|[a-z]+[\w-]*[A-Z][\w-]*(?:\.\d|\[)")
_CLOSED = re.compile(r'"(?:[^"\\]|\\.)*"\s*', re.S)
_DUMP_LINE = re.compile(r"\s*[0-9A-Fa-f]{2}(?:[ :][0-9A-Fa-f]{2})*[ \"]*(?: {2}\[.*| [a-zA-Z]\w*\(\d+\).*| \d+ .*)?")

#: What net-snmp and its programs print when a walk ends before its end.
_FAILED = re.compile(
    r"Timeout: No Response from \S*|Error: OID not increasing: .*|Error in packet\b.*|"
    r"snmp(?:bulk)?(?:walk|get|getnext|status): .*|\S+: Unknown Object Identifier\b.*|No Response from \S+|"
    r"(?:Authentication failure|Unknown user name|Unknown host|Unsupported security level|Cannot send|"
    r"send(?:to)?: Network is unreachable|Not in time window|Decryption error)\b.*"
)
#: Lines that state nothing about the agent: messages about MIB files and settings, the end of a walk, statistics.
_NOISE = re.compile(
    r".*: At line \d+ in |(?:Cannot find module|Did not find|Unlinked OID|Undefined |Cannot adopt OID|Module not found|"
    r"MIB search path|Bad (?:operator|parent|identifier|format)|Warning: |WARNING: |Created directory|"
    r"No log handling|read_config|Expected |Error parsing|Importing |Add \S+ MIB|End of MIB|Variables found: |"
    r"Total traversal time|Failed object: |/\S+: line \d+: |[=#*_-]{3,})"
)
#: A table without an index: the agent does not have it.
_TABLE_ABSENT = re.compile(r"[\w:.-]{1,200}(?: =)? No Such (?:Object|Instance) ")
_REASON = re.compile(r"Reason: (?P<text>.*)")
#: The reasons for which nothing is missing: the agent does not have the object.
_ABSENT = re.compile(r"\(?noSuchName|no such variable", re.I)
_WITHIN = re.compile(r"(?<=.)(?:Timeout: No Response from \S+|Error in packet\.)$")


class WalkRow(NamedTuple):
    """One row: the number of its line, the name, the value as it is spelled, and whether the line ends at the name."""

    number: int
    name: str
    spelled: str
    bare: bool = False


class Interruption(NamedTuple):
    """A message that a walk did not end, and the reason on the line behind it, if any."""

    number: int
    message: str
    reason: str


def looks_like(head: str) -> bool:
    """Whether some of the first lines are rows with types, or most are rows and one of them has a known name.

    A walk that failed at once is a walk as well.
    """
    lines = [line for line in head.splitlines() if line.strip() and not _NOISE.match(line)][:400]
    begun = [row for line in lines if (row := _begun(0, line))]
    typed = any(_is_typed(row.spelled) or row.spelled == '""' for row in begun)
    if typed or not begun:
        return typed or any(_FAILED.fullmatch(line.strip()) or _TABLE_ABSENT.match(line) for line in lines)
    return any(_is_certain(row.name) for row in begun) and len(begun) * 2 > len(lines)


def rows(stream: BinaryIO) -> Iterator[WalkRow | Walked | Problem]:
    """The rows of a walk, the commands between them, and problems: a walk that did not end, a row that is cut."""
    pending: _Pending | None = None
    for number, line in _whole_lines(stream):
        if isinstance(line, Problem):
            yield line
            continue
        quoted = pending is not None and pending.open
        begun = _begun(number, line, within_quotes=quoted)
        walked = None if begun or quoted else command(line)
        foreign = not begun and not walked and not quoted and is_foreign(line)
        if begun or walked or foreign or (not quoted and _NOISE.match(line)):
            if pending:
                yield pending.row()
            pending = _Pending(begun) if begun else None
            if walked:
                yield walked
            if foreign:
                yield Problem(number, WHAT)
        elif (pending is None or not pending.takes(line)) and not _TABLE_ABSENT.match(line) and _lost(line):
            yield Problem(number, "not OID = TYPE: value")
    if pending and pending.begun.bare:
        yield Problem(pending.begun.number, "the last line ends within a row")
    elif pending:
        if pending.open:
            yield Problem(pending.begun.number, "the last value has no closing quotation mark")
        yield pending.row()


def _whole_lines(stream: BinaryIO) -> Iterator[tuple[int, str | Problem]]:
    """The lines, without messages that a walk did not end; a line that a message interrupts is put together again."""
    failure: Interruption | None = None
    cut: tuple[int, str] | None = None
    for number, raw in exact(stream, LINE):
        if raw is None:
            yield number, Problem(number, f"the line is longer than {LINE} bytes")
            continue
        line = raw.decode("utf-8", "surrogateescape")
        if within := _WITHIN.search(line):
            cut = (cut or (number, ""))[0], ((cut or (0, ""))[1] + line[: within.start()])[:LINE]
            line = within[0]
        if failure:
            reason = _REASON.match(line)
            yield from _reported(failure._replace(reason=reason["text"] if reason else ""))
            failure = None
            if reason:
                continue
        if _FAILED.fullmatch(line.strip()):
            failure = Interruption(number, line.strip(), "")
            continue
        if cut:
            number, line = cut[0], cut[1] + line
            cut = None
        yield number, line
    if failure:
        yield from _reported(failure)
    if cut:
        yield cut


def _reported(failure: Interruption) -> Iterator[tuple[int, Problem]]:
    """The problem that a walk did not end; none where the agent only lacks an object."""
    if not _ABSENT.search(failure.reason):
        what = f"{failure.message} {failure.reason}".strip()[:200]
        yield failure.number, Problem(failure.number, f"the walk is incomplete: {what!r}")


def _begun(number: int, line: str, *, within_quotes: bool = False) -> WalkRow | None:
    """The row that a line begins. Within quotes, a row without a type has a name that is known or in full."""
    found = _START.match(line)
    if found is None:
        return None
    name, text = found["name"], found["value"] or ""
    row = WalkRow(number, name, text, bare=not found["equals"] and not found["blank"])
    certain = _is_certain(name)
    if not found["equals"]:
        likely = certain or (not within_quotes and (bool(_QUICK.match(name)) or _is_in_tree(name)))
        return row if likely and not text.startswith("=") and (certain or not row.bare) else None
    if certain or "::" in name or _is_typed(text):
        return row
    return None if within_quotes or not (name[:1].islower() or name[:1] in ".0123456789") else row


def _is_typed(text: str) -> bool:
    return bool(walk_values.split(text)[0]) or walk_values.is_nothing(text)


def _is_certain(name: str) -> bool:
    return bool(_LONG_NUMERIC.fullmatch(name)) or walk_names.column_in(name) is not None


def _is_in_tree(name: str) -> bool:
    """Whether a name is below a node with a known name: the agent has an object that the tool has no name for."""
    try:
        return (walk_names.numeric(name) or "").count(".") >= 7
    except walk_names.UnreadableIndex:
        return True


class _Pending:
    """The row whose value is being read, and whether a line continues it."""

    def __init__(self, begun: WalkRow) -> None:
        self.begun = begun
        self._lines = [begun.spelled]
        self._size = len(begun.spelled)
        kind, text = walk_values.split(begun.spelled)
        string = kind in ("STRING", "OCTET STRING", "")
        quoted = string and text.startswith('"')
        self._hexadecimal = walk_values.is_hexadecimal(kind, text)
        self._brackets = self._hexadecimal and _in_brackets(text, False)
        self._free = string and not quoted and not walk_values.is_nothing(begun.spelled)
        if self._free and not kind:
            column = column_named(begun.name)
            self._free = column not in NUMBERS | BINARY | OIDS
        #: Whether a quote is open, so that the next line belongs to the value.
        self.open = quoted and not _CLOSED.fullmatch(text)

    def row(self) -> WalkRow:
        """The row with all of its lines."""
        return self.begun._replace(spelled="\n".join(self._lines))

    def takes(self, line: str) -> bool:
        """Whether the line continues the value, which then includes it."""
        if self.open:
            self.open = not _closes(line)
        elif self._hexadecimal:
            if not self._brackets and not _DUMP_LINE.fullmatch(line):
                return False
            self._brackets = _in_brackets(line, self._brackets)
        elif not self._free:
            return False
        if self._size < VALUE:
            self._lines.append(line)
            self._size += len(line) + _OF_LINE
        return True


def _in_brackets(line: str, before: bool) -> bool:
    """Whether the text behind octets in hexadecimal digits (-OT) continues on the next line: it has a line end."""
    return not line.rstrip().endswith("]") and (before or "  [" in line)


def _closes(line: str) -> bool:
    """Whether a line ends with a quote that no backslash precedes."""
    text = line.rstrip()
    before = text.removesuffix('"')
    return before != text and (len(before) - len(before.rstrip("\\"))) % 2 == 0


def column_of(oid: str) -> str:
    """The OID of the column of `mib_names` that a row is in; empty where it is in none."""
    while oid and oid not in COLUMNS:
        oid = oid.rpartition(".")[0]
    return oid


def column_named(name: str) -> str:
    """The column of a name; empty where it is in none."""
    try:
        return column_of(walk_names.numeric(name) or "")
    except walk_names.UnreadableIndex as error:
        return error.column


def _lost(line: str) -> bool:
    """Whether a line that is not a row contains the name or the OID of a column that is read."""
    words = re.findall(r"[A-Za-z][\w-]{3,63}|\.?1(?:\.\d+){6,40}", line[:4096])
    return any(NODES.get(word) in COLUMNS or column_of(word.removeprefix(".")) for word in words)
