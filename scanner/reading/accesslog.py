"""Access log of a provisioning server, in the combined format of nginx and Apache: one request a line.

When phones fetch their configuration, the User-Agent contains their model and firmware, and the path often their mac.
The address is that of the client; behind a proxy it is the proxy's, and only lines with a mac identify a phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import BinaryIO

from scanner.core.model import Observation
from scanner.core.text import bounded, identifying_mac, utc
from scanner.core.text import mac as read_mac
from scanner.reading.items import Context, Format, Item, Problem

#: Longest line that is read, in bytes; the rest of a longer one is skipped.
LINE = 16_384
#: Most malformed lines that are reported one by one; the last problem counts the others.
PROBLEMS = 20
#: Most (address, mac, agent) that are kept to report repeated requests of a phone once.
KEPT = 200_000

# Apache's vhost_combined has "%v:%p " before it.
# LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" (Apache mod_log_config; nginx `combined`)
_LINE = re.compile(
    r"(?:[^\s\"]{1,255}:\d{1,5} )?(?P<host>[^\s\"]{1,255}) \S{1,255} [^\[\"]{1,255}\[(?P<time>[^\]]{10,40})\] "
    r"\"(?P<request>(?:[^\"\\]|\\.){0,8192})\" (?P<status>\d{3}) (?:\d{1,20}|-) "
    r"\"(?:[^\"\\]|\\.){0,4096}\" \"(?P<agent>(?:[^\"\\]|\\.){0,4096})\".{0,4096}"
)
_MAC_IN_PATH = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2})(?![0-9A-Fa-f])")
#: `y000000000058.cfg` is common to all Yealink phones of a model: its digits are not a mac.
_NUMBERED = "00:00:00:00:"
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})|\\([\"\\])")


def looks_like(head: bytes) -> bool:
    """Whether one of the first lines is a request in combined format."""
    lines = head.decode("utf-8", "replace").splitlines()[:20]
    return any(_LINE.fullmatch(line) for line in lines)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """An observation for each line with an agent that is new for its client."""
    yielded: set[tuple[str | None, str | None, str]] = set()
    unread = number = 0
    while raw := stream.readline(LINE):
        number += 1
        while not raw.endswith(b"\n") and len(raw) >= LINE and (rest := stream.readline(LINE)):
            if rest.endswith(b"\n"):
                break
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        match = _LINE.fullmatch(line) if line else None
        if match is None:
            if line:
                unread += 1
                if unread <= PROBLEMS:
                    yield Problem(number, "not a request in combined log format")
            continue
        agent = bounded(_ESCAPE.sub(_unescaped, match["agent"]))
        if not agent or agent == "-":
            continue
        ip, hardware = _address(match["host"]), _mac(match["request"])
        if (ip is None and hardware is None) or (ip, hardware, agent) in yielded:
            continue
        if len(yielded) < KEPT:
            yielded.add((ip, hardware, agent))
        yield Observation(
            time=_time(match["time"]) or context.time,
            ip=ip,
            mac=hardware,
            field="provisioning.user-agent",
            value=agent,
            source=f"provisioning {context.name}",
        )
    if unread > PROBLEMS:
        yield Problem(number, f"{unread - PROBLEMS} more lines are not requests in combined log format")


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[2]


def _address(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _mac(request: str) -> str | None:
    found = _MAC_IN_PATH.search(request)
    hardware = read_mac(found[0]) if found else None
    return hardware if hardware and identifying_mac(hardware) and not hardware.startswith(_NUMBERED) else None


def _time(text: str) -> str | None:
    try:
        return utc(datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z"))
    except ValueError:
        return None


FORMAT = Format("access-log", "a provisioning server's access log (combined format)", looks_like, read)
