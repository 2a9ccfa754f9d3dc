"""MIB modules for net-snmp's tools, made from the table of names: the texts of the standards are not free to ship.

Syntaxes are those of the standards as far as they change what a tool prints: hints of macs and text, sizes,
enumerations, and the parts of indexes.
"""

from __future__ import annotations

from pathlib import Path

from scanner.discovery.switches import mib_names
from scanner.discovery.switches.mib_names import (
    ADDRESS,
    ENUMERATIONS,
    INDEXES,
    MAC,
    NODES,
    NUMBER,
    NUMBERS,
    OCTETS,
    WORDS,
)

_MACS = {NODES[name] for name in mib_names._MACS.split()}
_BITS = {oid for name, oid in NODES.items() if name.endswith(("SysCapSupported", "SysCapEnabled"))}
_CAPABILITIES = "other(0), repeater(1), bridge(2), wlanAccessPoint(3), router(4), telephone(5)"
_CONVENTIONS = {
    "DisplayString": ("255a", "OCTET STRING (SIZE (0..255))"),
    "PhysAddress": ("1x:", "OCTET STRING"),
    "MacAddress": ("1x:", "OCTET STRING (SIZE (6))"),
}
_HEAD = 'DESCRIPTION "x"'


def _words(words: dict[str, int] | object) -> str:
    assert isinstance(words, dict)
    return "INTEGER { " + ", ".join(f"{word}({number})" for word, number in words.items()) + " }"


def _syntax(name: str, oid: str) -> str:
    if oid in WORDS:
        return _words(WORDS[oid])
    if oid in NUMBERS:
        return "INTEGER"
    if oid in _MACS:
        return "MacAddress" if "TpFdb" in name else "PhysAddress"
    if oid in _BITS:
        return f"BITS {{ {_CAPABILITIES} }}"
    if oid in mib_names.BINARY:
        return "OCTET STRING"
    if name in ("ipAdEntAddr", "ipAdEntNetMask", "mtxrNeighborIpAddress"):
        return "IpAddress"
    return "OBJECT IDENTIFIER" if name.endswith(("ObjectID", "OID")) else "DisplayString"


def _index_syntax(part: str) -> str:
    return {
        NUMBER: "INTEGER",
        ADDRESS: "IpAddress",
        MAC: "MacAddress",
        OCTETS: "OCTET STRING (SIZE (1..31))",
    }.get(part) or part


def write(folder: Path) -> str:
    """Write the module into `folder`; returns its name for `-m`."""
    lines = ["PHONESCAN-TEST-MIB DEFINITIONS ::= BEGIN"]
    for name, (hint, syntax) in _CONVENTIONS.items():
        lines.append(f'{name} ::= TEXTUAL-CONVENTION DISPLAY-HINT "{hint}" STATUS current {_HEAD} SYNTAX {syntax}')
    lines.append(f"InetAddress ::= TEXTUAL-CONVENTION STATUS current {_HEAD} SYNTAX OCTET STRING (SIZE (0..255))")
    for name in (mib_names.INET_TYPE, mib_names.FAMILY, mib_names.APPLICATION):
        lines.append(f"{name} ::= TEXTUAL-CONVENTION STATUS current {_HEAD} SYNTAX {_words(ENUMERATIONS[name])}")
    by_oid = {oid: name for name, oid in NODES.items()}
    for name, oid in NODES.items():
        parent = max((other for other in by_oid if oid.startswith(f"{other}.")), key=len, default="")
        if not parent:
            continue
        place = f"{{ {by_oid[parent]} {' '.join(oid[len(parent) + 1 :].split('.'))} }}"
        if oid in mib_names.COLUMNS:
            lines.append(
                f"{name} OBJECT-TYPE SYNTAX {_syntax(name, oid)} ACCESS read-only STATUS current {_HEAD} ::= {place}"
            )
        elif name.endswith("Entry"):
            parts = INDEXES.get(oid, (NUMBER,) * (3 if "Rem" in name else 1))
            if name in ("cdpCacheEntry", "dot1qVlanCurrentEntry", "lldpNeighborInfoEntry"):
                parts = (NUMBER, NUMBER)
            made = [f"{name}Index{number}" for number in range(len(parts))]
            lines.append(
                f"{name} OBJECT-TYPE SYNTAX INTEGER ACCESS not-accessible STATUS current {_HEAD} "
                f"INDEX {{ {', '.join(made)} }} ::= {place}"
            )
            for number, (index, part) in enumerate(zip(made, parts, strict=True)):
                syntax = "InetAddress" if part == OCTETS and mib_names.INET_TYPE in parts else _index_syntax(part)
                lines.append(
                    f"{index} OBJECT-TYPE SYNTAX {syntax} ACCESS not-accessible STATUS current {_HEAD} "
                    f"::= {{ {name} {900 + number} }}"
                )
        else:
            lines.append(f"{name} OBJECT IDENTIFIER ::= {place}")
    lines.append("END")
    (folder / "PHONESCAN-TEST-MIB.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
    return "PHONESCAN-TEST-MIB"
