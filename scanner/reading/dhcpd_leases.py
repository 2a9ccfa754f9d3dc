"""dhcpd.leases of ISC DHCP: blocks of statements, appended with each change; the last block of an address counts.

dhcpd.leases(5): times are `4 2024/10/10 07:39:17` (weekday, UTC), `epoch 1728545957` or `never`; `cltt` is the last
transaction of the client. Octets that cannot be printed are octal escapes. Option 60 is there where dhcpd.conf has
`set vendor-class-identifier = option vendor-class-identifier;`, whatever the name of the variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, client_mac, observations, of_parts, of_seconds
from scanner.reading.lines import exact

#: Longest line, and longest block, in bytes.
LINE = BLOCK = 16_384

_LEASE = re.compile(rb"[ \t]*lease[ \t]+([0-9.]{7,15})[ \t]*\{[ \t]*")
_SIGNATURE = re.compile(
    rb"^[ \t]*lease[ \t]+[0-9.]{7,15}[ \t]*\{\s{0,80}"
    rb"(?:(?:starts|ends|tstp|cltt|tsfp|atsfp|uid|client-hostname|option|set)\b"
    rb"|(?:next |rewind )?binding state|hardware )",
    re.M,
)
#: The leases of the server for IPv6, which are named by DUIDs.
_IPV6 = re.compile(rb'^ia-(?:na|ta|pd) "', re.M)
_STATE = re.compile(rb"^[ \t]*binding state ([a-z]+)", re.M)
_ABANDONED = re.compile(rb"^[ \t]*(?:abandoned|deleted)[ \t]*;", re.M)
_HARDWARE = re.compile(rb"^[ \t]*hardware [a-z0-9-]+ ([0-9a-fA-F:]{11,17})[ \t]*;", re.M)
_TIME = re.compile(
    rb"^[ \t]*(cltt|starts) (?:epoch (\d{1,12})|\d (\d{4})/(\d\d?)/(\d\d?) (\d\d?):(\d\d?):(\d\d?))", re.M
)
_TEXT = rb'("(?>[^"\\]|\\.)*+"|[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+)[ \t]*;'
_HOST = re.compile(rb"^[ \t]*client-hostname " + _TEXT, re.M | re.S)
_VENDOR = re.compile(rb"^[ \t]*set (?:[\w-]{0,40}vendor[\w-]{0,40}|vci|option-?60) = " + _TEXT, re.M | re.S | re.I)
_USER = re.compile(rb"^[ \t]*set [\w-]{0,40}user-?_?class[\w-]{0,40} = " + _TEXT, re.M | re.S | re.I)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))", re.S)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b"}
#: Binding states in which the client has the address.
_HELD = (b"active", b"bootp")


def looks_like(head: bytes) -> bool:
    """Whether there is a block `lease ADDRESS {` with a statement of a lease, or one of the server for IPv6."""
    return (b"lease " in head and _SIGNATURE.search(head) is not None) or _IPV6.search(head) is not None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The last lease of each address that a client has."""
    kept = LatestRows()
    for found in _blocks(stream):
        if isinstance(found, Problem):
            yield found
        elif kept.put(*found):
            for row in kept.taken():
                yield from _lease(*row, context)
    for row in kept.taken():
        yield from _lease(*row, context)


def _blocks(stream: BinaryIO) -> Iterator[tuple[bytes, int, bytes] | Problem]:
    """(address, number of its first line, statements with the address in front of them) of every whole block."""
    address, begun, block, size, depth, ipv6 = b"", 0, [b""], 0, 0, 0
    for number, line in exact(stream, LINE):
        if line is None:
            yield Problem(number, "longer than a statement of a lease")
        elif address and line.endswith(b";"):
            size += len(line)
            if size <= BLOCK:
                block.append(line)
        elif (stripped := line.strip()) == b"}" and not depth:
            if size > BLOCK:
                yield Problem(begun, "longer than a lease: its last statements are not read")
            if address:
                yield address, begun, b"\n".join(block)
            address = b""
        elif found := _LEASE.match(line):
            if address:
                yield Problem(begun, "a lease without its end")
            address, begun, block, size, depth = found[1], number, [found[1]], 0, 0
            if stripped.endswith(b"}"):  # all of it in one line
                yield address, begun, address + b"\n" + line[found.end() :].replace(b"; ", b";\n")
                address = b""
        elif address:
            depth += stripped.endswith(b"{") - (stripped == b"}")
            if b"; #" in line and size <= BLOCK:  # a time of local clocks is in a comment
                size += len(line)
                block.append(line)
        elif not ipv6 and _IPV6.match(line):
            ipv6 = number
    if address:
        yield Problem(begun, "the file is truncated in this lease")
    if ipv6:
        yield Problem(ipv6, "leases of DHCPv6 are not read", False)


def _lease(number: int, block: bytes, context: Context) -> Iterator[Item]:
    state = _STATE.search(block)
    if (state and state[1] not in _HELD) or _ABANDONED.search(block):
        return
    hardware = _HARDWARE.search(block)
    lease = Lease(
        ip=block.partition(b"\n")[0].decode("ascii"),
        mac=client_mac(hardware[1].decode("ascii")) if hardware else None,
        time=_time(block) or context.time,
        host=_octets(_HOST.search(block)),
        vendor=_octets(_VENDOR.search(block)),
        user=_octets(_USER.search(block)),
    )
    found = list(observations(lease, context))
    if not found:
        yield Problem(number, "a lease without a mac, and without a name or class of its client", False)
    yield from found


def _time(block: bytes) -> str | None:
    """The last transaction of the client, else the begin of the lease."""
    found = {match[1]: match for match in _TIME.finditer(block)}
    match = found.get(b"cltt") or found.get(b"starts")
    if match is None:
        return None
    return of_seconds(match[2].decode("ascii")) if match[2] else of_parts(*map(int, match.groups()[2:]))


def _octets(match: re.Match[bytes] | None) -> bytes:
    """The octets of a text in quotation marks, or of hexadecimal numbers."""
    if match is None:
        return b""
    if not match[1].startswith(b'"'):
        return bytes(int(part, 16) for part in match[1].split(b":"))
    return _ESCAPE.sub(_escaped, match[1][1:-1])


def _escaped(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 8) & 255]) if escape[1] else _NAMED.get(escape[2], escape[2])


FORMAT = Format("dhcpd-leases", "dhcpd.leases of ISC DHCP", looks_like, read)
