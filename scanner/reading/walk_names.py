"""Names of objects in the output of net-snmp, in every form of its option -O, as numeric OIDs.

`.1.3.6…` (-On), `iso.3.6…` (no MIB), `.iso.org.dod…sysName.0` (-Of), `system.sysName.0` (-Ou), `MODULE::sysName.0`
(-OS), `sysName.0` (-Os). Indexes are numbers (-Ob), words of an enumeration, addresses and octets in quotes, with
backslashes before the quotes (-OE), or brackets (-OX).
Source: snmpcmd(1), and net-snmp's snmplib/mib.c for what it really prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import ip_address

from scanner.core.numbers import ARC, whole
from scanner.discovery.switches import mib_names
from scanner.discovery.switches.mib_names import COLUMNS, INDEXES, NODES

_MAC = r"(?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2}"
#: Octets that were printed as characters, at the end of an index: six of a mac, or any number. Quotes are not escaped.
_CHARACTERS = r"(?:\\?'[^\n]{6}\\?'|\\?\"[^\n]{0,255}?\\?\")(?=[\s\]]|$)"
_PIECE = rf"{_MAC}|\d+|[A-Za-z_][\w-]*|{_CHARACTERS}"
_BRACKET = rf"\[(?:[A-Za-z][\w -]{{0,20}}: ?)?(?:{_CHARACTERS}|[^\]\[\"'\n]{{0,120}})\]"
#: A name with an index. It ends at a blank.
NAME = rf"(?>(?:[A-Za-z][\w-]*+::)?\.?(?>{_PIECE})(?>\.(?>{_PIECE})|{_BRACKET})++)"

_PARTS = re.compile(rf"(?P<bracket>{_BRACKET})|(?P<piece>{_PIECE})")
_TYPE = re.compile(r"[A-Za-z][\w -]{0,20}: ?(?=[^\s])")
_NUMERIC = re.compile(r"\.?\d+(?:\.\d+){1,160}")
_HEX_DUMP = re.compile(r"(?:[0-9A-Fa-f]{2} ){0,30}[0-9A-Fa-f]{2} ?")
#: Longest name, in characters, and number of parts of an index.
_LONGEST = 1 << 11


class UnreadableIndex(ValueError):
    """An index whose octets were printed as characters: those that cannot be printed are dots. `column` is the OID,
    `arcs` the part of the index before, `text` what was printed."""

    def __init__(self, column: str, arcs: tuple[str, ...], text: str) -> None:
        super().__init__(f"the index of {name_of(column)} cannot be read")
        self.column, self.arcs, self.text = column, arcs, text


def name_of(column: str) -> str:
    """The name of a column or node of `mib_names`, else its OID."""
    return next((name for name, oid in NODES.items() if oid == column), column)


@lru_cache(maxsize=4096)
def column_in(name: str) -> str | None:
    """The name of the column of `mib_names` that a name contains, whatever its index is."""
    return next((piece for piece in re.split(r"[.\[:]", name) if NODES.get(piece) in COLUMNS), None)


def numeric(name: str) -> str | None:
    """The numeric OID, without a leading dot; None for an object with an unknown name. Raises UnreadableIndex."""
    if _NUMERIC.fullmatch(name):
        return name.removeprefix(".")
    if len(name) > _LONGEST:
        return None
    pieces = list(_pieces(name))
    oid = ""
    for place, piece in enumerate(pieces):
        if whole(piece, ARC) is not None and (oid or not place):
            oid = f"{oid}.{piece}" if oid else piece
        else:
            oid = NODES.get(piece, "")
        if oid in COLUMNS:
            return _with_index(oid, pieces[place + 1 :])
    return oid or None


def _pieces(name: str) -> Iterator[str]:
    """The parts between dots and in brackets, without brackets, types and backslashes before quotes."""
    for found in _PARTS.finditer(name.rpartition("::")[2] if "::" in name.partition("[")[0] else name):
        piece = found["piece"] or _without_type(found["bracket"][1:-1])
        if piece[:2] in (r"\"", r"\'"):
            piece = f"{piece[1:-2]}{piece[-1]}"
        yield piece


def _without_type(text: str) -> str:
    found = _TYPE.match(text)
    return text[found.end() :] if found else text


def _with_index(column: str, pieces: Sequence[str]) -> str | None:
    if all(whole(piece, ARC) is not None for piece in pieces):
        return ".".join((column, *pieces))
    parts = INDEXES.get(column.rpartition(".")[0], ())
    arcs: list[str] = []
    rest = list(pieces)
    for part in (*parts, *[mib_names.NUMBER] * len(rest)):
        if not rest:
            break
        text = rest.pop(0)
        if (count := whole(text, ARC)) is not None:
            taken = {mib_names.MAC: 6, mib_names.ADDRESS: 4, mib_names.OCTETS: count + 1}.get(part, 1)
            arcs += [text, *rest[: taken - 1]]
            del rest[: taken - 1]
        elif (number := mib_names.ENUMERATIONS.get(part, {}).get(text)) is not None:
            arcs.append(str(number))
        elif part in (mib_names.MAC, mib_names.ADDRESS, mib_names.OCTETS):
            octets = _octets(text, part)
            if octets is None:
                raise UnreadableIndex(column, tuple(arcs), text)
            arcs += [str(len(octets))] * (part == mib_names.OCTETS) + [str(octet) for octet in octets]
        else:
            return None
    return ".".join((column, *arcs)) if all(whole(arc, ARC) is not None for arc in arcs) else None


def _octets(text: str, part: str) -> bytes | None:
    """The octets of a mac or an address; None where characters stand for others."""
    size = {mib_names.MAC: (6,), mib_names.ADDRESS: (4,)}.get(part, (4, 16))
    bare = text[1:-1] if text[:1] in "\"'" and text[-1:] == text[:1] else text
    if _HEX_DUMP.fullmatch(bare) and len(found := bytes.fromhex(bare)) in size:
        return found
    colons = bare.partition("%")[0].split(":")
    if len(colons) in size and all(re.fullmatch("[0-9A-Fa-f]{1,2}", pair) for pair in colons):
        return bytes(int(pair, 16) for pair in colons)
    try:
        found = ip_address(bare.partition("%")[0]).packed
    except ValueError:
        found = b""
    if len(found) in size:
        return found
    return bare.encode("ascii") if len(bare) in size and bare.isascii() and "." not in bare and bare != text else None
