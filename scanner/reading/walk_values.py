"""Values in the output of net-snmp, with their types or without (-OQ, -Oq), as octets, numbers and text.

Without a type, the column shows whether a word is a number of an enumeration, and octets are pairs of hexadecimal
digits in quotes. Source: snmpcmd(1), and net-snmp's snmplib/mib.c, sprint_realloc_octet_string and
sprint_realloc_bitstring.
"""

from __future__ import annotations

import re

from scanner.discovery.switches.mib_names import BINARY, NUMBERS, OIDS, WORDS
from scanner.discovery.switches.values import Value
from scanner.reading.walk_names import UnreadableIndex, numeric

TYPES = (
    "STRING|OCTET STRING|Hex-STRING|BITS|INTEGER|Integer32|INTEGER32|Gauge32|Gauge64|Counter32|Counter64|Unsigned32|"
    "UInteger32|Timeticks|OID|IpAddress|Network Address|NsapAddress|Opaque|Float|Double|NULL"
)
_WRONG = re.compile(r"Wrong Type \(should be [^)]{1,40}\): ")
_TYPED = re.compile(rf"({TYPES}):(?: (.*)|$)", re.S)
_NOTHING = re.compile(
    r"No Such (?:Object|Instance)|No more variables left|NULL$|noSuch(?:Object|Instance)|endOfMibView"
)
_NUMBER = re.compile(r"(?:[\w.-]{0,80}\()?(-?\d{1,20})\)?(?![.\d])", re.S)
#: net-snmp prints the same octets as text behind the pairs (-OT).
_TEXT_BEHIND = re.compile(r" {2}\[.{0,16}\](?=\n|$)", re.S)
#: Octets without a type: sixteen pairs in a line, and a blank behind each pair; older versions have none at the end.
_DUMP = re.compile(r"(?:(?:[0-9A-F]{2} ){15}[0-9A-F]{2} ?(?:\n|$))*(?:[0-9A-F]{2} ){0,16}")
#: Most octets of BITS behind which bits are printed.
_BITS_OCTETS = 64
_PAIRS = re.compile(r"[0-9A-Fa-f]{1,2}(?:[\s:.-]+[0-9A-Fa-f]{1,2}){0,65535}")
_ESCAPED = re.compile(r'\\([\\"])')


def split(spelled: str) -> tuple[str, str]:
    """Type and text of a value; an empty type where none is printed."""
    spelled = _WRONG.sub("", spelled)
    found = _TYPED.match(spelled)
    return (found[1], found[2] or "") if found else ("", spelled)


def is_nothing(spelled: str) -> bool:
    """Whether a value states that there is none."""
    return bool(_NOTHING.match(spelled))


def is_hexadecimal(kind: str, text: str) -> bool:
    """Whether a value, or the first line of one, is pairs of hexadecimal digits."""
    return kind in ("Hex-STRING", "BITS") or (not kind and bool(re.match(r'"[0-9A-F]{2} ', text)))


def value(spelled: str, column: str) -> Value | None:
    """The value of a row of `column` (an OID, empty for an object that has no name); None where there is none.

    Raises ValueError with a sentence for the user.
    """
    if is_nothing(spelled):
        return None
    kind, text = split(spelled)
    match kind:
        case "Hex-STRING":
            return _octets(text)
        case "BITS":
            return _bits(text)
        case "STRING" | "OCTET STRING" | "":
            return _string(text, column, typed=bool(kind))
        case "OID":
            return _object(text.strip())
        case "IpAddress":
            return text.strip()
        case "Network Address":
            return ".".join(str(octet) for octet in _octets(text))
        case _:
            return _number(text.strip(), column)


def _string(text: str, column: str, *, typed: bool) -> Value:
    quoted = text.startswith('"')
    if quoted:
        inside = text.rstrip("\r\n \t")
        text = inside[1:-1] if len(inside) > 1 and inside.endswith('"') else text[1:]
    dump = _TEXT_BEHIND.sub("", text)
    if quoted and dump and _DUMP.fullmatch(dump) and (not typed or column in BINARY):
        return bytes.fromhex(dump)
    if not typed and not quoted and (column in NUMBERS or (column in BINARY and text.strip().isdecimal())):
        return _number(text.strip(), column)  # agents return numbers for octets: RouterOS for its capabilities
    if not typed and column in OIDS and not quoted:
        return _object(text.strip())
    if quoted:
        text = _ESCAPED.sub(r"\1", text)
    octets = text.encode("utf-8", "surrogateescape")
    return octets if column in BINARY else _readable(octets)


def _readable(octets: bytes) -> bytes:
    """Text in UTF-8, also where it was printed in Latin-1."""
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1").encode("utf-8")
    return octets


def _octets(text: str) -> bytes:
    text = _TEXT_BEHIND.sub("", text).strip().strip('"').strip().removeprefix("0x")
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", text):
        return bytes.fromhex(text)
    if not _PAIRS.fullmatch(text):
        raise ValueError("the value is not hexadecimal, though its type is Hex-STRING")
    return bytes(int(pair, 16) for pair in re.split(r"[\s:.-]+", text))


def _bits(text: str) -> bytes:
    """Octets in `24 00 bridge(2) telephone(5)` or `24 00 2 5`: the named bits are those set in the octets."""
    words = _TEXT_BEHIND.sub("", text).replace('"', " ").split()[: 16 * _BITS_OCTETS]
    count = len(next((words[:n] for n, word in enumerate(words) if not re.fullmatch("[0-9A-Fa-f]{2}", word)), words))
    for size in range(min(count, _BITS_OCTETS), 0, -1):
        octets = bytes.fromhex("".join(words[:size]))
        bits = [str(n) for n in range(8 * size) if octets[n // 8] >> (7 - n % 8) & 1]
        if bits == [word.rpartition("(")[2].rstrip(")") for word in words[size:]]:
            return octets
    return bytes.fromhex("".join(words[:count]))


def _object(text: str) -> str:
    try:
        return numeric(text) or text.removeprefix(".")
    except UnreadableIndex:
        return text


def _number(text: str, column: str) -> Value:
    """The number in `macAddress(3)`, `3`, `5 seconds` or `macAddress`; a word without a number is kept as text."""
    found = _NUMBER.match(text)
    if found:
        return int(found[1])
    number = WORDS.get(column, {}).get(text)
    return number if number is not None else text
