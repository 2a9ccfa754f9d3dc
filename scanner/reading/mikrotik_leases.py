"""`/ip dhcp-server lease print` of MikroTik RouterOS: the table, or with `detail`, `terse` or `as-value`.

"DHCP: Leases" (help.mikrotik.com): a lease is a number, flags and pairs `name=value`, which `detail` wraps at the width
of the terminal; values with blanks have quotation marks, not so in `terse`. A client has the address where the status
is `bound`; `last-seen` is how long ago it sent something, before the time of the list. `active-address` and
`active-mac-address` are what is in use, `class-id` is option 60. An export contains reservations, which show no client.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.core.numbers import whole
from scanner.core.text import mac as normal_mac
from scanner.core.text import seconds, utc_of
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, observations
from scanner.reading.lines import exact
from scanner.reading.logtimes import TIME, time_of
from scanner.reading.mikrotik_table import HEADINGS, names_of, row_of

#: Longest line, and longest record, in bytes.
LINE, RECORD = 1 << 20, 16_384
#: Records without an address or a mac that are reported one by one.
PROBLEMS = 20

_STATUSES = (b"bound", b"waiting", b"offered", b"testing", b"authorizing", b"busy", b"conflict")
_SIGNATURE = re.compile(
    rb"mac-address=\"?(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\b[^\0]{0,1000}?\bstatus=(?:%s)\b(?![^\0]{0,200}?identity=)"
    % b"|".join(_STATUSES)
)
_EXPORT = re.compile(rb"^/ip[ /]dhcp-server[ /]lease[ \t]*\r?\n(?:[^\r\n]{0,80}\r?\n){0,2}?add ", re.M)
_BEGIN = re.compile(
    rb"[ \t]{0,4}\d{1,6}[ \t]+(?:([A-Z*]{1,8}|[A-Z](?: [A-Z]){1,4})[ \t]+)?(?=;;;|\.?[a-z][a-z0-9.-]*=)"
)
#: The first address and mac of a lease, by which it is the same one in another list.
_SUBJECT = re.compile(rb"[ ;\n](?:address|mac-address)=([^ ;\n]+)")
_PAIR = re.compile(r'(?:^|[ ;])(\.?[a-z][a-z0-9.-]*)=(?:"((?>[^"\\]|\\.)*+)"(?=[ ;]|$))?')
_SINCE = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?|(\d+):(\d+):(\d+))")


def looks_like(head: bytes) -> bool:
    """Whether a record has the mac of a client and the status of a lease, or an export has the leases of a server."""
    return any(signature.search(head) for signature in (_SIGNATURE, _EXPORT, HEADINGS))


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The leases that are bound: the last one of an address and mac, where a file has several lists."""
    kept = LatestRows()
    clock, reserved = context.time, 0
    for number, kind, record in _records(stream):
        if kind == "lease":
            if kept.put(b"".join(_SUBJECT.findall(record)), number, record):
                yield from _leases(kept, clock, context)
        elif kind == "clock":
            yield from _leases(kept, clock, context)
            clock = time_of(record.decode("ascii", "replace"), context.time) or clock
        elif kind == "reservation":
            reserved += 1
        else:
            yield Problem(number, "longer than a lease")
    yield from _leases(kept, clock, context)
    if reserved:
        what = f"{reserved:,} reservations are not read: an export shows no client"
        yield Problem(0, f"{what}; save what `/ip dhcp-server lease print detail` prints")


def _leases(kept: LatestRows, clock: str, context: Context) -> Iterator[Item]:
    unread = 0
    for number, record in kept.taken():
        flags, _, text = record.partition(b"\n")
        pairs = _pairs(" ".join(text.decode("utf-8", "replace").split()))
        if pairs.get("status", "").encode() not in _STATUSES:
            unread += 1
            if unread <= PROBLEMS:
                yield Problem(number, "the lease has no status: it may be truncated")
        elif pairs["status"] == "bound" and b"X" not in flags and b"B" not in flags:
            yield from observations(_lease(pairs, clock), context)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more leases have no status")


def _records(stream: BinaryIO) -> Iterator[tuple[int, str, bytes]]:
    """(line, kind, octets) of every `lease`, flags in its first line, `clock` and `reservation`; "" for a long line."""
    begun, size, export = 0, 0, False
    names = None
    parts: list[bytes] = []
    for number, line in exact(stream, LINE):
        if begun:
            if line and line.startswith(b"    ") and b"=" in line:
                size += len(line)
                if size <= RECORD:
                    parts.append(line)
                continue
            yield begun, "lease", b"\n".join(parts)
            begun = 0
        if line is None:
            yield number, "", b""
        elif found := _BEGIN.match(line):
            begun, rest = number, line[found.end() :]
            size = len(rest)
            parts = [found[1] or b"", b"" if rest.startswith(b";;;") else rest[:RECORD]]
        elif names and (row := row_of(line, names)):
            yield number, "lease", row
        elif b".id=*" in line:
            for part in line.split(b".id=*")[1:]:
                yield number, "lease", (b"X\n" if b";disabled=true" in part else b"\n") + part[:RECORD]
        elif line.startswith(b"# ") and b" by RouterOS" in line[:TIME]:
            yield number, "clock", line[2:TIME]
        elif HEADINGS.match(line):
            names = names_of(line)
        elif line.startswith(b"/"):
            export = _EXPORT.match(line + b"\nadd ") is not None
        elif export and line.startswith(b"add "):
            yield number, "reservation", b""
    if begun:
        yield begun, "lease", b"\n".join(parts)


def _pairs(text: str) -> dict[str, str]:
    """The values of a record by their names."""
    found = list(_PAIR.finditer(text))
    ends = [*(match.start() for match in found), len(text)][1:]
    return {
        match[1]: match[2] if match[2] is not None else text[match.end() : end].strip(' ;"')
        for match, end in zip(found, ends, strict=True)
    }


def _lease(pairs: dict[str, str], clock: str) -> Lease:
    return Lease(
        ip=pairs.get("active-address") or pairs.get("address", ""),
        mac=normal_mac(pairs.get("active-mac-address") or pairs.get("mac-address", "")),
        time=_before(clock, pairs.get("last-seen", "")),
        host=_unquoted(pairs.get("host-name", "")).encode(),
        vendor=_unquoted(pairs.get("class-id", "")).encode(),
    )


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _before(clock: str, since: str) -> str:
    """The time that is as long before another one as a duration such as `1w2d3h4m5s` or `1d00:04:05`."""
    found = _SINCE.fullmatch(since)
    if found is None:
        return clock
    weeks, days, *parts = (whole(part or "0", 10**6) or 0 for part in found.groups())
    hours, minutes, rest = (max(one, other) for one, other in zip(parts[:3], parts[3:], strict=True))
    past = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + rest
    return utc_of(max(0, seconds(clock) - past))


FORMAT = Format("mikrotik-leases", "`/ip dhcp-server lease print detail` of MikroTik", looks_like, read)
