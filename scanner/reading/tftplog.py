"""Log lines of TFTP servers: which address asked for the configuration of which mac.

Phones fetch `SEP<mac>.cnf.xml`, `<mac>.cfg` and the like. The words around name and address differ between servers and
are localised (dnsmasq), so a line is read by the name of its program, the mac in a file name, and its address. It
contains no model and no firmware. Servers: dnsmasq, tftpd-hpa, atftpd, tftpd of BSD, Tftpd64 on Windows, whose address
is in the line before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.discovery.lldp import usable_address
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import numbered
from scanner.reading.logtimes import TIME, time_of
from scanner.reading.pathmac import mac_in_path

#: Longest line, in bytes, and most words of one.
LINE, WORDS = 8_192, 60
#: Most pairs of mac and address that are kept until the end, for the time of the last request.
PAIRS = 100_000
#: Messages and times that are kept as they were read, since phones repeat their requests; longest of them.
CACHED, CACHED_LENGTH = 20_000, 300
#: Lines at the start in which a request is looked for.
_FIRST_LINES = 200

_PROGRAM = re.compile(r"(?:^|[\s:>])(?:dnsmasq-tftp|in\.tftpd|tftpd|tftpd-hpa|atftpd)(?:\[\d{1,10}\])?: (.*)")
_WINDOWS_CLIENT = re.compile(r"Connection received from (\S{2,60}) on port \d{1,5}\b")
_WINDOWS_FILE = re.compile(r"(?:Read|Write) request for file <([^<>]{1,400})>")
_ADDRESS = re.compile(r"[0-9A-Fa-f:]{0,40}[.:][0-9A-Fa-f:.]{1,40}(?:#\d{1,5})?")
_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})[:#]\d{1,5}")
#: Digits that may be a mac.
_DIGITS = re.compile(r"[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{2}[-:_]){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.")
#: What differs in a file name from a path, which begins with a slash.
_QUOTES = "\"'<>()[],;"


def looks_like(head: bytes) -> bool:
    """Whether one of the first lines is of a TFTP server, and names a file and an address or a mac."""
    client = None
    for line in head.decode("utf-8", "replace").splitlines()[:_FIRST_LINES]:
        if (windows := _WINDOWS_CLIENT.search(line[:LINE])) is not None:
            client = windows[1]
            continue
        found = _PROGRAM.search(line[:LINE])
        if (client and _WINDOWS_FILE.search(line[:LINE])) or (found and (_address(found[1]) or _mac(found[1], _any))):
            return True
    return False


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """An observation for each mac and address, with the time of its last request."""
    requests = TftpRequests(context)
    for number, line in numbered(stream, LINE):
        if line is None:
            yield Problem(number, f"the line is longer than {LINE:,} bytes", missing=False)
        else:
            yield from requests.line(line.decode("utf-8", "replace"))
    yield from requests.rest()


class TftpRequests:
    """The requests of a log, each mac and address with the time of the last one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pairs: dict[tuple[str, str], str] = {}
        self._known: dict[str, tuple[str | None, str | None]] = {}
        self._client: str | None = None

    def line(self, text: str) -> Iterator[Observation]:
        """Take a line; the observations so far where no more are kept."""
        if found := _PROGRAM.search(text):
            ip, mac = self._subject(found[1])
        elif windows := _WINDOWS_CLIENT.search(text):
            self._client = _address(windows[1])
            return
        elif windows := _WINDOWS_FILE.search(text):
            ip, mac = self._client, _mac(windows[1].replace("\\", "/"), self._context.listed_prefix)
        else:
            return
        if ip is None or mac is None:
            return
        if len(self._pairs) >= PAIRS and (mac, ip) not in self._pairs:
            yield from self.rest()
        self._pairs[mac, ip] = time_of(text[:TIME], self._context.time) or self._context.time

    def rest(self) -> Iterator[Observation]:
        """The observations that are left."""
        for (mac, ip), time in self._pairs.items():
            source = f"provisioning {self._context.name}"
            yield Observation(time=time, ip=ip, mac=mac, field=RESOLVED_MAC, value=mac, source=source)
        self._pairs.clear()

    def _subject(self, message: str) -> tuple[str | None, str | None]:
        subject = self._known.get(message)
        if subject is None:
            subject = _address(message), _mac(message, self._context.listed_prefix)
            if len(self._known) < CACHED and len(message) < CACHED_LENGTH:
                self._known[message] = subject
        return subject


def _any(mac: str) -> bool:
    return True


def _mac(text: str, listed: Callable[[str], bool]) -> str | None:
    """The mac in a file name of a message."""
    for word in text.split()[:WORDS]:
        word = word.strip(_QUOTES).rstrip(".:")
        if _DIGITS.search(word) and (found := mac_in_path(f"/{word}", listed)):
            return found
    return None


def _address(text: str) -> str | None:
    """The last address among the words of a message, perhaps with a port, or mapped into IPv6."""
    for word in reversed(text.split()[:WORDS]):
        word = word.strip(_QUOTES).rstrip(".:")
        if not _ADDRESS.fullmatch(word):
            continue
        port = _PORT.fullmatch(word)
        if address := usable_address(port[1] if port else word):
            return address
    return None


FORMAT = Format("tftp-log", "a TFTP server's log (dnsmasq, tftpd-hpa, atftpd, Tftpd64)", looks_like, read)
