"""Accounting of RADIUS as a row for each session or request: the table `radacct` as CSV, logs of Windows NPS (IAS).

`radacct` (FreeRADIUS, raddb/mods-config/sql/main): a row is a session; one with a time of stop has ended. NPS
("Interpret NPS database format log files", learn.microsoft.com) writes DTS (an XML element a line), the IAS format (six
values, then pairs of attribute number and value) or the one of databases (values in a fixed order). Of NPS requests are
read; what it decided is not of the device. Times of NPS are month, day and year, and local.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from scanner.reading.csvrows import cells
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.leases import of_parts
from scanner.reading.lines import exact
from scanner.reading.logtimes import time_of
from scanner.reading.radius_sessions import AccountingSessions, record
from scanner.reading.table_columns import canonical

#: Longest line, in bytes; lines that are not read which are reported one by one.
LINE, PROBLEMS = 65_536, 20
#: Characters of a line of headings in which its columns are named.
_HEADINGS = 2_000

_DELIMITERS = ",;\t|"
#: Columns of `radacct` → attributes.
_COLUMNS = {
    "nasipaddress": "nas-ip-address", "nasidentifier": "nas-identifier", "nasportid": "nas-port-id",
    "nasporttype": "nas-port-type", "callingstationid": "calling-station-id", "framedipaddress": "framed-ip-address",
    "framedipv6address": "framed-ipv6-address", "acctsessionid": "acct-session-id", "acctstarttime": "start",
    "acctupdatetime": "update", "acctstoptime": "stop",
}  # fmt: skip
_OF_RADACCT = frozenset({"nas-ip-address", "calling-station-id", "start", "stop"})
#: Attributes of the IAS format by number (RFC 2865, RFC 2866, RFC 2869, RFC 3162; from 4,108 on those of NPS).
_NUMBERS = {
    "4": "nas-ip-address", "8": "framed-ip-address", "31": "calling-station-id", "32": "nas-identifier",
    "40": "acct-status-type", "44": "acct-session-id", "61": "nas-port-type", "87": "nas-port-id",
    "95": "nas-ipv6-address", "4108": "client-ip-address", "4128": "client-friendly-name", "4136": "packet-type",
}  # fmt: skip
#: Values of the format of databases by position.
_PLACES = {
    4: "packet-type", 8: "calling-station-id", 10: "framed-ip-address", 11: "nas-identifier", 12: "nas-ip-address",
    15: "client-ip-address", 16: "client-friendly-name", 19: "nas-port-type", 31: "acct-status-type",
    35: "acct-session-id",
}  # fmt: skip
_SERVICES = ("IAS", "RAS")
#: Access-Request and Accounting-Request.
_REQUESTS = ("1", "4")
_DTS = re.compile(r"<([A-Za-z][\w-]{1,60}) data_type=\"\d{1,2}\">([^<]{0,4096})</")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[ ,](\d{1,2}):(\d\d):(\d\d)")
_NUMBER = re.compile(r"\d{5,}")
_NPS = re.compile(
    rb"^(?:<Event>.{0,4000}?<(?:NAS-IP-Address|Client-IP-Address|Packet-Type) data_type=\""
    rb"|[0-9A-Fa-f.:]{2,45},[^,\r\n]{0,255},\d\d?/\d\d?/\d{4},\d\d?:\d\d:\d\d,(?:IAS|RAS),"
    rb"|\"?[^\",\r\n]{1,255}\"?,\"?(?:IAS|RAS)\"?,\d\d?/\d\d?/\d{4},\d\d?:\d\d:\d\d,\d{1,2},)",
    re.MULTILINE,
)


class _SessionColumns(NamedTuple):
    """The headings of `radacct`: delimiter, number of columns, attributes by position."""

    delimiter: str
    width: int
    places: Mapping[int, str]


def looks_like(head: bytes) -> bool:
    """Whether a line is of NPS, or the first one has the columns of `radacct`."""
    first = head.lstrip().partition(b"\n")[0].decode("utf-8", "replace")
    return _NPS.search(head) is not None or _headings(first.strip()) is not None


def _headings(line: str) -> _SessionColumns | None:
    if line.startswith("<") or "station" not in line[:_HEADINGS].lower():
        return None
    for delimiter in _DELIMITERS:
        names = [canonical(name[:40]) for name in cells(line, delimiter) or ()]
        places = {at: _COLUMNS[name] for at, name in enumerate(names) if name in _COLUMNS}
        if _OF_RADACCT.issubset(places.values()):
            return _SessionColumns(delimiter, len(names), places)
    return None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the sessions that did not end at the end of the file, of the others where they ended."""
    sessions, unread = AccountingSessions(), 0
    headings: _SessionColumns | None = None
    for number, line in exact(stream, LINE):
        text = line.decode("utf-8", "replace").strip(" \r") if line is not None else ""
        if line is not None and (not text.strip() or text.startswith("#")):
            continue
        if found := _headings(text):
            headings = found
            continue
        values = _of_radacct(text, headings) if headings else _of_nps(text)
        if values is None:
            unread += 1
            if unread <= PROBLEMS:
                yield Problem(number, "not a row of radacct or of a log of NPS; it may be truncated")
        elif values:
            yield from sessions.add(_time(values, context) or context.time, record(values, (), ()))
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more rows are not of radacct or a log of NPS")
    yield from sessions.rest()


def _of_radacct(line: str, headings: _SessionColumns) -> dict[str, str] | None:
    """The attributes of a session; None for a row that is cut."""
    row = cells(line, headings.delimiter)
    if row is None or len(row) != headings.width:
        return None
    values = {
        name: "" if row[at].strip() in ("NULL", "\\N") else row[at].strip() for at, name in headings.places.items()
    }
    values["acct-status-type"] = "stop" if values["stop"].strip("0-: ") else "interim-update"
    return _named_port(values)


def _of_nps(line: str) -> dict[str, str] | None:
    """The attributes of a request; none of another packet, None for a line that is cut or not of NPS."""
    if line.startswith("<"):
        if not line.endswith("</Event>"):
            return None
        values = {name.lower(): html.unescape(text) for name, text in _DTS.findall(line)}
        values["start"] = values.get("timestamp", "")
    else:
        row = cells(line, ",") or []
        if len(row) > 6 and row[4] in _SERVICES:
            pairs = zip(row[6::2], row[7::2], strict=False)
            values = {_NUMBERS[number]: text for number, text in pairs if number in _NUMBERS}
        elif len(row) > 6 and row[1] in _SERVICES:
            values = {name: row[at] for at, name in _PLACES.items() if at < len(row)}
        else:
            return None
        values["start"] = f"{row[2]} {row[3]}"
    if values.get("packet-type") not in _REQUESTS:
        return {}
    values["nas-ip-address"] = values.get("nas-ip-address") or values.get("client-ip-address", "")
    values["networkdevicename"] = values.get("client-friendly-name", "")
    return _named_port(values)


def _named_port(values: dict[str, str]) -> dict[str, str]:
    """Attributes without a port that is the number of NAS-Port: it names no port of the switch's tables."""
    if _NUMBER.fullmatch(values.get("nas-port-id", "")):
        del values["nas-port-id"]
    return values


def _time(values: Mapping[str, str], context: Context) -> str | None:
    """The last time of a row."""
    times: Sequence[str] = [values.get(name, "") for name in ("stop", "update", "start")]
    for text in times:
        if found := _DATE.match(text):
            month, day, year, *clock = map(int, found.groups())
            return of_parts(year, month, day, *clock)
        if text.strip("0-: ") and (time := time_of(text[:64], context.time)):
            return time
    return None


FORMAT = Format("radius-list", "RADIUS accounting as radacct in CSV, or logs of Windows NPS", looks_like, read)
