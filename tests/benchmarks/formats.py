"""Large files of the formats that are read, as the servers and switches of 5,000 phones write them, by format.

To add one, add its row to `FILES`: what the file begins with, and a function that returns its next part by the number.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple, cast

from tests.benchmarks import radius
from tests.benchmarks.phones import PHONES, ip, mac, time


class LargeFile(NamedTuple):
    """What a file of a format begins with, and each further part by its number."""

    start: bytes
    part: Callable[[int], bytes]
    end: bytes = b""


class Growing(io.RawIOBase):
    """The octets of a large file, made as they are read: at least `size` of them."""

    def __init__(self, kind: LargeFile, size: int) -> None:
        self._numbers, self._kind, self._left, self._ready = count(), kind, size, bytearray(kind.start)
        self.made = len(kind.start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")[: 1 << 16]
        while len(self._ready) < len(view) and self._left > 0:
            more = b"".join(self._kind.part(number) for number in (next(self._numbers) for _ in range(64)))
            self._left -= len(more)
            if self._left <= 0:
                more += self._kind.end
            self._ready += more
            self.made += len(more)
        part = bytes(self._ready[: len(view)])
        del self._ready[: len(view)]
        view[: len(part)] = part
        return len(part)


def _dhcpd(number: int) -> bytes:
    began = datetime.fromtimestamp(time(number), UTC)
    ended = began + timedelta(hours=8)
    start, end = (f"{at:%w %Y/%m/%d %H:%M:%S}".encode() for at in (began, ended))
    return (
        b"lease %s {\n  starts %s;\n  ends %s;\n  cltt %s;\n  binding state active;\n  next binding state free;\n"
        b'  rewind binding state free;\n  hardware ethernet %s;\n  uid "\\001%s";\n'
        b'  set vendor-class-identifier = "\\000\\0006=o\\001\\007Polycom\\002\\013VVX-VVX_411";\n'
        b'  client-hostname "phone-%d";\n}\n'
        % (ip(number), start, end, start, mac(number), mac(number), number % PHONES)
    )


def _usrloc(number: int) -> bytes:
    return (
        b"\t\t\t\tInfo: {\n\t\t\t\t\tAoR: %d\n\t\t\t\t\tHashID: %d\n\t\t\t\t\tContacts: {\n\t\t\t\t\t\tContact: {\n"
        b"\t\t\t\t\t\t\tAddress: sip:%d@%s:5060;transport=tcp\n\t\t\t\t\t\t\tExpires: 70\n\t\t\t\t\t\t\tQ: -1.000000\n"
        b"\t\t\t\t\t\t\tCall-ID: 0_%d@%s\n\t\t\t\t\t\t\tCSeq: 50\n\t\t\t\t\t\t\tUser-Agent: Yealink T46U 8.86.0.%d\n"
        b"\t\t\t\t\t\t\tReceived: [not set]\n\t\t\t\t\t\t\tPath: [not set]\n\t\t\t\t\t\t\tState: CS_NEW\n"
        b"\t\t\t\t\t\t\tFlags: 0\n\t\t\t\t\t\t\tCFlags: 0\n\t\t\t\t\t\t\tSocket: udp:10.20.255.1:5060\n"
        b"\t\t\t\t\t\t\tMethods: 6943\n\t\t\t\t\t\t\tRuid: uloc-5d41ccd1-7746-%d\n"
        b"\t\t\t\t\t\t\tInstance: <urn:uuid:00000000-0000-1000-8000-%s>\n\t\t\t\t\t\t\tReg-Id: 1\n"
        b"\t\t\t\t\t\t\tServer-Id: 0\n\t\t\t\t\t\t\tTcpconn-Id: -1\n\t\t\t\t\t\t\tKeepalive: 1\n"
        b"\t\t\t\t\t\t\tLast-Keepalive: %d\n\t\t\t\t\t\t\tLast-Modified: %d\n\t\t\t\t\t\t}\n\t\t\t\t\t}\n\t\t\t\t}\n"
    ) % (
        number % PHONES, number, number % PHONES, ip(number), number, ip(number), number % PHONES % 90, number,
        mac(number).replace(b":", b""), time(number), time(number),
    )  # fmt: skip


#: Format → the large file.
FILES: dict[str, LargeFile] = {
    "freeradius": LargeFile(b"", radius.detail),
    "ise": LargeFile(b"", radius.ise),
    "dhcpd-leases": LargeFile(b"# dhcpd.leases(5)\nauthoring-byte-order little-endian;\n\n", _dhcpd),
    "usrloc": LargeFile(
        b"{\n\tDomains: {\n\t\tDomain: {\n\t\t\tDomain: location\n\t\t\tAoRs: {\n", _usrloc, b"\t\t\t}\n\t\t}\n\t}\n}\n"
    ),
}
