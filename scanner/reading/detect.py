"""Detection of a file's format by its first 64 KB.

A format is a module of this package with a `FORMAT`. To add one, add its module and its name in `FORMATS`. Formats are
tried in this order, the most specific signature first; `table`, which takes any table of devices, is the last.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO, cast

from scanner.core.errors import DataError, UsageError
from scanner.reading import utf16
from scanner.reading.items import Context, Format, Item, Problem

#: Length of the part of a file that is examined, in bytes.
HEAD = 65536
#: The modules of the formats, in the order in which they are tried.
FORMATS: tuple[str, ...] = (
    "pcap",
    "nmap",
    "upnp",
    "snmprec",
    "snmpwalk",
    "jsonl",
    "junos_xml",
    "lldpctl",
    "usrloc",
    "asterisk",
    "freeswitch",
    "sipmessages",
    "dhcpd_leases",
    "freeradius",
    "radius_lists",
    "ise",
    "windows_dhcp_log",
    "kea_leases",
    "dnsmasq_leases",
    "windows_leases",
    "fortigate_leases",
    "mikrotik_leases",
    "risport",
    "cucm_phones",
    "monitored_links",
    "dhcp_syslog",
    "lease_list",
    "tftplog",
    "phonereport",
    "accesslog",
    "console",
    "table",
)

_GZIP = b"\x1f\x8b\x08"
#: What reading raises of a file that is damaged; gzip raises the first two and OSError.
_DAMAGE = (EOFError, zlib.error, OSError)


def formats() -> dict[str, Format]:
    """Every format by its name, in the order in which they are tried."""
    found = [cast(Format, import_module(f"scanner.reading.{name}").FORMAT) for name in FORMATS]
    return {format.name: format for format in found}


def named(name: str) -> Format:
    """The format of this name. Raises UsageError that lists the names."""
    known = formats()
    if name not in known:
        raise UsageError(f"unknown format {name!r}; choose from {', '.join(known)}")
    return known[name]


def detect(head: bytes) -> Format | None:
    """The format of a file that starts with `head`; None for an unknown one."""
    if (encoding := utf16.encoding(head)) is not None:
        head = head.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
    head = head.removeprefix(codecs.BOM_UTF8)
    return next((format for format in formats().values() if format.looks_like(head)), None)


def read(stream: BinaryIO, context: Context, format: str | None = None) -> Iterator[Item]:
    """Observations and problems of a stream, gzip included, in the named format or else in the detected one.

    Damaged gzip is a Problem. Raises DataError for content of an unknown format, UsageError for an unknown name.
    """
    try:
        if format is None:
            chosen, stream = detected(stream, context.name)
        else:
            chosen, stream = named(format), peek(stream)[1]
        if chosen is not None:
            yield from chosen.read(stream, context)
    except _DAMAGE as error:
        yield Problem(0, f"the file is truncated: {error}")


def detected(stream: BinaryIO, name: str) -> tuple[Format | None, BinaryIO]:
    """The format of a stream (None for an empty one), and the stream from its start.

    Raises DataError for an unknown format, and what `read` raises of damage where no format is found in front of it.
    """
    head, stream = peek(stream)
    found = detect(head) if head.strip() else None
    if found is None and len(head) < HEAD:
        stream.read(HEAD)  # damage is why there is too little of a format, and is raised here
    if not head.strip():
        return None, stream
    if found is None:
        raise DataError(f"{name or 'the file'} is of an unknown format; if it is one that is read, name it with --as")
    return found, stream


def peek(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first HEAD bytes of a stream, and a stream that starts with them; decompressed, UTF-16 as UTF-8."""
    head, stream = _peek(stream)
    if head.startswith(_GZIP):
        head, stream = _peek(cast(BinaryIO, gzip.GzipFile(fileobj=stream)))
    if (encoding := utf16.encoding(head)) is not None:
        head, stream = _peek(cast(BinaryIO, utf16.as_utf8(stream, encoding)))
    if head.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
        head = head.removeprefix(codecs.BOM_UTF8)
    return head, stream


def _peek(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    parts: list[bytes] = []
    size, fault = 0, None
    try:
        while size < HEAD and (part := _some(stream, HEAD - size)):
            parts.append(part)
            size += len(part)
    except _DAMAGE as error:
        if not parts:
            raise
        fault = error
    head = b"".join(parts)
    return head, cast(BinaryIO, io.BufferedReader(_Rejoined(head, stream, fault), HEAD))


def _some(stream: BinaryIO, size: int) -> bytes:
    """Some octets of a stream: what is in front of damage is read, and the next call raises."""
    return stream.read1(size) if isinstance(stream, io.BufferedIOBase) else stream.read(size)


class _Rejoined(io.RawIOBase):
    """Bytes already read from a stream and the rest of it, as one stream; `fault` is why there is no rest."""

    def __init__(self, head: bytes, rest: BinaryIO, fault: Exception | None) -> None:
        self.head, self.rest, self.fault = head, rest, fault

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        if self.head:
            part, self.head = self.head[: len(view)], self.head[len(view) :]
        elif self.fault is not None:
            raise self.fault
        else:
            part = _some(self.rest, len(view)) or b""
        view[: len(part)] = part
        return len(part)
