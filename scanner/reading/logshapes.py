"""One line of an access log → one request, in the shapes that web servers and proxies write.

- quoted: Apache's and nginx's `combined` (Apache mod_log_config, nginx `log_format`), with a virtual host before it,
  fields behind it, or behind the prefix of syslog; and formats of one's own with the request and the agent in quotes
- columns: W3C extended log files (IIS), whose `#Fields:` line names the columns
- JSON: Caddy, nginx with `escape=json`, Traefik, and a quoted line within a container's JSON
- haproxy: `option httplog` with captured request headers in braces
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

from scanner.core.bounded import UNREADABLE_JSON, checked_json
from scanner.core.text import moment, utc

#: Deepest object of a JSON line whose keys are read.
_DEPTH = 4
_KEYS = 256


class Request(NamedTuple):
    """A request: the client's address (None for a name), the path, the User-Agent ("" where not logged), the time."""

    client: str | None
    path: str
    agent: str
    time: str | None


# A text without its end is the rest of the line, so that each character is passed over once.
_QUOTED = re.compile(r"\"((?>[^\"\\]++|\\.)*+)(?:\"|(?P<open>\\?\Z))")
# LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" (Apache mod_log_config; nginx `combined`)
_COMBINED = re.compile(
    r"\[([^\]\"]{10,40})\] \"((?:[^\"\\]|\\.){0,8192})\" \d{3} (?:\d{1,20}|-) "
    r"\"(?:[^\"\\]|\\.){0,4096}\" \"((?:[^\"\\]|\\.){0,4096})\""
)
_REQUEST = re.compile(r"[A-Z][A-Z_-]{2,15} ((?:/|\*|\w{2,8}://)\S{0,8192})(?: HTTP/\d(?:\.\d)?)?")
_TIME = re.compile(r"\[([^\]\"]{10,40})\]")
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})|\\([\"\\])")
_HAPROXY = re.compile(
    r"(?:^|[\s:])(\S{2,64}):\d{1,5} \[([^\]]{10,40})\] \S{1,128} \S{1,128} [-+\d/]{5,64} [-\d]{1,3} [-+\d]{1,20} "
)
#: What is behind it is searched once for a line, not for each place where one seems to begin.
_CAPTURED = re.compile(
    r".{0,512}?"
    r"(?:\{(.{0,4096}?)\} )?(?:\{.{0,4096}?\} )?\"([^\"]{3,8192})\"?$"
)
_COLUMNS = re.compile(r"#Fields:\s*(.+)", re.IGNORECASE)


def columns(line: str) -> tuple[str, ...] | None:
    """The names of the columns that a `#Fields:` line gives, in lower case; None for another line."""
    found = _COLUMNS.fullmatch(line)
    return tuple(found[1].lower().split()) if found else None


def request(line: str, named: Sequence[str] = ()) -> Request | None:
    """The request of a line, whose columns are `named` in a W3C log; None where it is not a request."""
    if named:
        return _of_columns(line, named)
    start = line.find("{")
    if 0 <= start < 256 and line.rstrip().endswith("}") and (found := _of_json(line[start:])):
        return found
    return _combined(line) or _haproxy(line) or _quoted(line)


def _combined(line: str) -> Request | None:
    found = _COMBINED.search(line)
    if found is None:
        return None
    return Request(_client(line[: found.start()]), _path(found[2]), _agent(found[3]), _time(found[1]))


def _quoted(line: str) -> Request | None:
    """A format of one's own: a request in quotes, and the first quoted text behind it that may be an agent."""
    texts = [text for text in islice(_QUOTED.finditer(line), 64) if text["open"] is None]
    position = next((n for n, text in enumerate(texts) if _REQUEST.fullmatch(text[1])), None)
    if position is None:
        return None
    behind = [text[1] for text in texts[position + 1 :]]
    time = _TIME.search(line)
    return Request(
        _client(line[: texts[position].start()]),
        _path(texts[position][1]),
        next((_agent(text) for text in behind if _may_be_agent(text)), ""),
        _time(time[1]) if time else None,
    )


def _may_be_agent(text: str) -> bool:
    """Whether a quoted text is not a referrer, an address, a number or empty."""
    return bool(re.search("[A-Za-z]{2}", text)) and "://" not in text and not text.startswith("/") and len(text) > 3


def _haproxy(line: str) -> Request | None:
    found = _HAPROXY.search(line)
    if found is None:
        return None
    rest = _CAPTURED.match(line, found.end())
    if rest is None:
        return None
    captured = [text for text in (rest[1] or "").split("|") if _may_be_agent(text)]
    likely = [text for text in captured if re.search(r"[/ ].{0,256}\d", text)] or captured[-1:]
    return Request(_client(found[1]), _path(rest[2]), _agent(likely[0]) if likely else "", _time(found[2]))


def _of_columns(line: str, named: Sequence[str]) -> Request | None:
    cells = line.split("\t" if "\t" in line else None)
    if len(cells) != len(named):
        return None
    row = {name: "" if cell == "-" else cell for name, cell in zip(named, cells, strict=True)}
    client = row.get("x-forwarded-for") or row.get("c-ip") or ""
    path = row.get("cs-uri-stem", "") + (f"?{query}" if (query := row.get("cs-uri-query")) else "")
    agent = unquote(row.get("cs(user-agent)", "").replace("+", " "))
    when = f"{row['date']}T{row['time']}Z" if row.get("date") and row.get("time") else ""
    return Request(_address(client), path, agent, _time(when))


_JSON_KEYS = {
    "client": (
        "remoteip",
        "clientip",
        "clienthost",
        "remoteaddr",
        "clientaddr",
        "remotehost",
        "client",
        "xrealip",
        "ip",
    ),
    "path": ("uri", "requesturi", "requestpath", "request", "path", "url"),
    "agent": ("useragent", "httpuseragent", "requestuseragent", "httprequestuseragent", "agent"),
    "time": ("time", "timestamp", "timelocal", "timeiso8601", "startutc", "ts", "msec"),
}


def _of_json(text: str) -> Request | None:
    try:
        found = checked_json(text)
    except UNREADABLE_JSON:
        return None
    if not isinstance(found, dict):
        return None
    for key in ("log", "message", "msg", "MESSAGE"):
        if isinstance(inner := found.get(key), str) and "{" not in inner[:1] and (request := _combined(inner)):
            return request
    values: dict[str, str] = {}
    for key, value in _scalars(found, _DEPTH):
        values.setdefault(key, value)

    def first(part: str) -> str:
        return next((values[key] for key in _JSON_KEYS[part] if values.get(key)), "")

    path, agent = first("path"), first("agent")
    client = _address(first("client"))
    if not path or not (agent or client):
        return None
    return Request(client, _path(path), agent, _time(first("time")))


def _scalars(value: dict[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    """(key of letters and digits, text) of every scalar in an object, and of the first in each list."""
    for key, inner in list(value.items())[:_KEYS]:
        if isinstance(inner, list):
            inner = inner[0] if inner else None
        if isinstance(inner, dict) and depth:
            yield from _scalars(inner, depth - 1)
        elif isinstance(inner, str | int | float) and not isinstance(inner, bool):
            yield re.sub("[^a-z0-9]", "", key[:64].lower()), str(inner)


def _client(before: str) -> str | None:
    """The client's address among the words before the time or request: the first that is one, as in `combined`."""
    for word in before.split()[:12]:
        if found := _address(word.strip("\"',;()<>")):
            return found
    return None


@lru_cache(maxsize=4096)
def _address(word: str) -> str | None:
    """The address in `word`, perhaps with a port, in brackets, or the first of a list (X-Forwarded-For)."""
    word = word.partition(",")[0].strip()
    port = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}").fullmatch(word)
    try:
        found = ip_address((port[1] or port[2]) if port else word)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def _path(request: str) -> str:
    found = _REQUEST.fullmatch(request)
    return found[1] if found else request


def _agent(text: str) -> str:
    agent = _ESCAPE.sub(lambda e: chr(int(e[1] or e[2], 16)) if e[1] or e[2] else e[3], text).strip()
    return "" if agent == "-" else agent


@lru_cache(maxsize=4096)
def _time(text: str) -> str | None:
    try:
        if re.fullmatch(r"\d{9,11}(?:\.\d{0,9})?", text):
            return utc(datetime.fromtimestamp(float(text), UTC))
        return utc(moment(text))
    except (ValueError, OverflowError, OSError):
        pass
    for layout in ("%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S.%f %z"):
        try:
            return utc(datetime.strptime(text, layout))
        except ValueError:
            continue
    return None
