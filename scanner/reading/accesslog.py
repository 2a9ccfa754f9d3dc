"""Access log of a provisioning server: one request a line, in the shapes that `logshapes` describes.

When phones fetch their configuration, the User-Agent contains their model and firmware, and the path often their mac.
They also upload logs (`PUT /64167f123456-app.log`, Polycom). Of an upload without a User-Agent, mac and address count.
The address is that of the client; behind a proxy it is the proxy's, and only lines with a mac identify a phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded
from scanner.reading import logshapes
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.pathmac import mac_in_path

#: Longest line that is read, in bytes; the rest of a longer one is skipped.
LINE = 16_384
#: Lines at the start in which a request is looked for, to detect the format.
_HEAD = 50
#: Most malformed lines that are reported one by one; the last problem counts the others.
PROBLEMS = 20
#: Most (address, mac, agent) that are kept to report repeated requests of a phone once.
KEPT = 200_000
#: The log of a phone, which it uploads.
_UPLOAD = re.compile(r"(?:^|/)[0-9A-Fa-f]{12}-(?:app|boot|calls)\.(?:log|xml)$")
#: Most characters of their agents.
CHARACTERS = 16 << 20


def looks_like(head: bytes) -> bool:
    """Whether one of the first lines is a request with an agent, or names the columns of a W3C log."""
    for line in head.decode("utf-8", "replace").splitlines()[:_HEAD]:
        if line.startswith("#"):
            if "cs(user-agent)" in (logshapes.columns(line) or ()):
                return True
        elif len(line) <= LINE and (found := logshapes.request(line)) and _identifies(found):
            return True
    return False


def _identifies(found: logshapes.Request) -> bool:
    """Whether a request has an agent, or uploads the log of a phone."""
    return _is_path(found.path) and bool(found.agent or (found.client and _UPLOAD.search(found.path)))


def _is_path(path: str) -> bool:
    """Whether a path is one of HTTP: a contact of a registrar has a SIP URI."""
    return bool(path) and not path.startswith("sip:")


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """An observation for each line with an agent that is new for its client."""
    yielded: set[tuple[str | None, str | None, str]] = set()
    named: tuple[str, ...] = ()
    unread = number = requests = agents = bound = size = 0
    lost = False
    for number, line, whole in _lines(stream):
        if line.startswith("#"):
            named = logshapes.columns(line) or named
            continue
        request = logshapes.request(line, named)
        if request is None:
            unread += 1
            missing = not whole or "HTTP/" in line or "user-agent" in line.lower()
            if unread <= PROBLEMS:
                yield Problem(number, "not a request in a log format that is read", missing)
            lost = lost or missing
            continue
        requests += 1
        agent = bounded(request.agent)
        if not agent and not whole:
            yield Problem(number, "the line is truncated before its User-Agent")
            continue
        hardware = mac_in_path(request.path, context.listed_prefix)
        if not agent and not (request.client and hardware and _UPLOAD.search(request.path)):
            continue
        agents += bool(agent)
        bound += not agent
        seen = (request.client, hardware, agent)
        if (request.client is None and hardware is None) or seen in yielded:
            continue
        if len(yielded) < KEPT and size < CHARACTERS:
            yielded.add(seen)
            size += len(agent)
        yield Observation(
            time=request.time or context.time,
            ip=request.client,
            mac=hardware,
            field="provisioning.user-agent" if agent else RESOLVED_MAC,
            value=agent or hardware or "",
            source=f"provisioning {context.name}",
        )
    if unread > PROBLEMS:
        yield Problem(number, f"{unread - PROBLEMS} more lines are not requests in a log format that is read", lost)
    if requests and not agents:
        yield Problem(0, "no request has a User-Agent: let the server log it, as its combined format does", not bound)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str, bool]]:
    """(number, text, whether it has its end and is read to it) of every line that is not blank."""
    number = 0
    while raw := stream.readline(LINE):
        number += 1
        whole = raw.endswith(b"\n")
        while not raw.endswith(b"\n") and len(raw) >= LINE and (rest := stream.readline(LINE)):
            if rest.endswith(b"\n"):
                break
        line = raw.decode("utf-8", "replace").removeprefix("\ufeff" if number == 1 else "").rstrip("\r\n")
        if line.strip():
            yield number, line, whole


FORMAT = Format(
    "access-log", "a provisioning server's access log (Apache, nginx, IIS, Caddy, haproxy)", looks_like, read
)
