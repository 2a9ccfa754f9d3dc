"""Recordings of SNMP agents in snmpsim's snmprec format, one `OID|TAG|VALUE` a line.

Tags are numbers of ASN.1 types (2 integer, 4 octets, 6 object identifier, 64 address, 65-70 counters …); a trailing `x`
means hexadecimal, `e` Python's escapes; a variation module after a colon is ignored. A blank at the end of a line is
part of the value. Source: snmpsim documentation, "Managing simulation data" (docs.lextudio.com/snmpsim).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.discovery.switches.values import Value
from scanner.reading.agent import read_rows, wanted
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import exact

#: Longest line, in bytes: an OID and one value.
LINE_LIMIT = 1 << 18

_LINE = re.compile(rb"\s*\.?(\d+(?:\.\d+)+)\.?\s*\|(\d+)([xXeE]?)(?::[^|]*)?\|(.*)", re.S)
#: INTEGER, Counter32, Gauge32, TimeTicks, Counter64, and Unsigned32 of SNMPv2 before RFC 2578.
_NUMBERS = frozenset({2, 65, 66, 67, 70, 71})
#: NULL, noSuchObject, noSuchInstance, endOfMibView.
_NOTHING = frozenset({5, 128, 129, 130})
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", re.S)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def looks_like(head: bytes) -> bool:
    """Whether the first lines are mostly `OID|TAG|VALUE`."""
    lines = [line for line in head.splitlines()[:50] if line.strip() and not line.startswith(b"#")]
    return bool(lines) and sum(bool(_LINE.fullmatch(line)) for line in lines) * 2 > len(lines)


def rows(stream: BinaryIO) -> Iterator[tuple[str, Value] | Problem]:
    """(OID, value) of every line: octets as bytes, numbers as int, OIDs and addresses as text.

    A line that cannot be read is a Problem, unless it is of an object that is not read.
    """
    for number, line in exact(stream, LINE_LIMIT):
        if line is None:
            yield Problem(number, f"the line is longer than {LINE_LIMIT} bytes")
        elif line.strip() and not line.startswith(b"#"):
            try:
                oid, value = parse(line)
            except ValueError as error:
                if _may_be_wanted(line):
                    yield Problem(number, str(error))
                continue
            if value is not None:
                yield oid, value


def _may_be_wanted(line: bytes) -> bool:
    oid = re.match(rb"\s*\.?(\d+(?:\.\d+){1,160})(?=\.?\s*\|)", line)
    return oid is None or wanted(oid[1].decode())


def parse(line: bytes) -> tuple[str, Value | None]:
    """(OID, value) of one line; None for an object without a value. Raises ValueError with a sentence for the user."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("not OID|TAG|VALUE")
    oid, tag, encoding, raw = found[1].decode(), int(found[2][:4]), found[3].lower(), found[4]
    match encoding:
        case b"x":
            try:
                raw = bytes.fromhex(raw.decode("ascii").strip().removeprefix("0x").replace(":", ""))
            except ValueError:
                raise ValueError("the value is not hexadecimal, though its tag ends in x") from None
        case b"e":
            raw = _ESCAPE.sub(_unescaped, raw)
    if tag in _NOTHING:
        return oid, None
    if tag in _NUMBERS:
        text = str(int.from_bytes(raw, signed=tag == 2)).encode() if encoding == b"x" else raw.strip()
        if not re.fullmatch(rb"-?\d{1,20}", text):
            raise ValueError(f"the value of type {tag} is not a number")
        return oid, int(text)
    if tag == 64:
        return oid, ".".join(map(str, raw)) if len(raw) == 4 and encoding else raw.decode("ascii", "replace").strip()
    if tag == 6:
        return oid, raw.decode("ascii", "replace").strip().removeprefix(".")
    return oid, raw


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code[:1] == b"x" and len(code) == 3:
        return bytes.fromhex(code[1:].decode())
    if re.fullmatch(rb"[0-7]{1,3}", code):
        return bytes([int(code, 8) & 0xFF])
    return _ESCAPES.get(code, code)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the recorded agent, and of the hosts in its tables."""
    return read_rows(rows(stream), context)


FORMAT = Format("snmprec", "a recorded SNMP agent (snmpsim's snmprec)", looks_like, read)
