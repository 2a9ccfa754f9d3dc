"""Lists of leases as JSON or CSV, known by their names: Kea's `lease4-get-all`, OPNsense, pfSense, Infoblox and others.

A list has an address, a mac, and when the lease began, ends or how long it lasts, under the names of the server:
`ip-address`, `hw-address`, `cltt`, `valid-lft` (Kea, "lease4-get-all"), `address`, `mac`, `starts`, `ends` (OPNsense,
`api/dhcpv4/leases/searchLease`), `binding_state`, `hardware` (Infoblox WAPI, object `lease`). The time of a lease is
that of its last transaction, else of its begin; where the end alone is known, that of the file, or the end if earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, BinaryIO

from scanner.core.numbers import whole
from scanner.reading import detect, kea_leases
from scanner.reading.csvrows import cells, rows
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.leases import Lease, client_mac, duid_mac, is_name, observations, of_seconds, until
from scanner.reading.lines import decoded, exact
from scanner.reading.logtimes import TIME, time_of
from scanner.reading.outer_objects import OuterObject, is_json, objects
from scanner.reading.table_columns import canonical, columns, is_table
from scanner.reading.table_rows import time_of as cell_time

#: Longest line of a CSV list, in bytes, and most lines in front of its headings.
LINE, PREAMBLE = 32_768, 10
#: Most names of a lease, and characters of one, that are compared.
NAMES, LENGTH = 120, 60
#: Most levels of objects in which leases are looked for.
LEVELS = 5
#: Damaged rows that are reported one by one.
PROBLEMS = 20
#: An earlier number is not a Unix time.
_CLOCK = 1_000_000_000
_DELIMITERS = ",;\t|"
_KEY = re.compile(r'"([^"\\\n]{1,60})"\s{0,20}:')
_PARTS = {
    "ip": "ipaddress address ip leaseipaddress ipv4address clientipaddress clientip leasedip",
    "mac": "hwaddress hwaddr mac macaddress hardware hardwareaddress macaddr clientmac clientmacaddress",
    "client": "clientid uid clientidentifier",
    "duid": "duid",
    "host": "clienthostname hostname name clientname leasehostname",
    "vendor": "vendorclass vendorclassidentifier vendorclassid vci option60 dhcpvendorclass dhcpclass classid",
    "renewed": "cltt lasttransaction lasttransactiontime lastrenewed renewed lastrenewal lastseen",
    "begin": "starts start starttime leasestart leasestarttime leasestarted begins",
    "end": "ends end endtime leaseend leaseendtime expire expires expiry leaseexpires leaseexpiry expiration"
    " leaseexpiration expirationtime expirytime leaseexpirationtime",
    "lifetime": "validlft validlifetime leaseduration leasetime",
    "state": "bindingstate binding leasestate leasetype leasestatus state",
}
_PART_OF = {name: (part, rank) for part, text in _PARTS.items() for rank, name in enumerate(text.split())}
#: What only a lease has beside an address and a mac.
_OF_LEASES = frozenset({"begin", "end", "lifetime"})
#: States in which no client has the address; Kea has numbers.
_NOT_IN_USE = frozenset(
    {
        "expired", "free", "released", "abandoned", "declined", "reclaimed", "expiredreclaimed", "backup", "offered",
        "reset", "static", "reserved", "inactive", "1", "2", "3", "4",
    }
)  # fmt: skip
_TEXT_CLASS = "VENDOR_CLASS_"
_HEX = re.compile(r"0x((?:[0-9A-Fa-f]{2}){1,255})|([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){2,254})")


@lru_cache(maxsize=512)
def _parts(names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """The positions of each part, those of the better names first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for at, name in enumerate(names):
        if known := _PART_OF.get(canonical(name)):
            found.setdefault(known[0], []).append((known[1], at))
    return {part: tuple(at for _, at in sorted(places)) for part, places in found.items()}


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    """As much of the names as is kept with their parts."""
    return tuple(name[:LENGTH] for name in islice(names, NAMES))


def _of_lease(names: Iterable[str]) -> bool:
    parts = _parts(_bounded(names)).keys()
    return "ip" in parts and not parts.isdisjoint({"mac", "duid"}) and not _OF_LEASES.isdisjoint(parts)


def looks_like(head: bytes) -> bool:
    """Whether an object or the headings of a list have the names of a lease, and none of a model or a firmware."""
    if kea_leases.looks_like(head):
        return False
    text = head.decode("utf-8", "replace")
    if is_json(head):
        names: Sequence[str] = tuple(dict.fromkeys(_KEY.findall(text[:16_384])))
        return _of_lease(names) and not is_table(columns(names, {}))
    header = _header(re.split(r"\r\n?|\n", text)[:PREAMBLE])
    return header is not None and not is_table(columns(header[1], {}))


def _header(lines: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """The delimiter and the headings of a list."""
    for line in lines:
        for delimiter in _DELIMITERS:
            names = tuple(cells(line, delimiter) or ())
            if len(names) > 2 and _of_lease(names):
                return delimiter, names
    return None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The leases in use."""
    head, stream = detect.peek(stream)
    if is_json(head):
        for one in objects(stream):
            if isinstance(one, OuterObject):
                for lease in _within(one.value, LEVELS):
                    yield from _observed(lease, context)
            else:
                yield one
    else:
        yield from _of_rows(((n, None if line is None else decoded(line)) for n, line in exact(stream, LINE)), context)


def _within(value: Any, levels: int) -> Iterator[dict[str, str]]:
    """The leases in an object, at any level, as texts by their parts."""
    if isinstance(value, dict):
        if _of_lease(name for name in value if isinstance(name, str)):
            yield _of_object(value)
        elif levels:
            for inner in value.values():
                yield from _within(inner, levels - 1)
    elif isinstance(value, list) and levels:
        for inner in value:
            yield from _within(inner, levels - 1)


def _of_object(value: Mapping[str, Any]) -> dict[str, str]:
    texts = [_text(one) for one in value.values()]
    found = _values(tuple(value), texts)
    if not found.get("vendor"):
        found["vendor"] = _class_of(value.get("user-context"), LEVELS)
    return found


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _class_of(context: Any, levels: int) -> str:
    """The vendor class in the context of a lease of Kea: a class of the client, or a value of that name."""
    if isinstance(context, dict) and levels:
        for name, inner in context.items():
            if isinstance(inner, str) and _PART_OF.get(canonical(name), ("",))[0] == "vendor":
                return inner
            if found := _class_of(inner, levels - 1):
                return found
    if isinstance(context, list):
        classes = [one for one in context if isinstance(one, str) and one.startswith(_TEXT_CLASS)]
        return classes[0].removeprefix(_TEXT_CLASS) if classes else ""
    return ""


def _values(names: tuple[str, ...], texts: Sequence[str]) -> dict[str, str]:
    """The text of each part: that of the best name which has one."""
    return {
        part: next((text for at in places if (text := texts[at].strip().strip('"'))), "")
        for part, places in _parts(_bounded(names)).items()
    }


def _of_rows(lines: Iterator[tuple[int, str | None]], context: Context) -> Iterator[Item]:
    header = None
    for number, line in lines:
        if (header := _header([line or ""])) or number >= PREAMBLE:
            break
    if header is None:
        yield Problem(0, "no line of headings with address, mac and time of a lease")
        return
    delimiter, names = header
    unread = 0
    for row in rows(lines, delimiter, lambda found: len(found) == len(names)):
        if row.damage or len(row.cells) != len(names):
            if row.damage or "".join(row.cells).strip():
                unread += 1
                if unread <= PROBLEMS:
                    yield Problem(row.number, row.damage or "not a row of as many cells as there are headings")
        elif tuple(row.cells) != names:
            yield from _observed(_values(names, row.cells), context)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more rows have not as many cells as there are headings")


def _observed(values: Mapping[str, str], context: Context) -> Iterator[Item]:
    def text(part: str) -> str:
        return values.get(part, "")

    if canonical(text("state")[:LENGTH]) in _NOT_IN_USE or text("lifetime") == "0":
        return
    host = text("host")
    lease = Lease(
        ip=text("ip"),
        mac=client_mac(text("mac"), text("client")) or duid_mac(text("duid") or text("client")),
        time=_begin(values, context) or until(_time(text("end"), context), context),
        host=host.encode() if is_name(host) else b"",
        vendor=_octets(text("vendor")),
    )
    yield from observations(lease, context)


def _begin(values: Mapping[str, str], context: Context) -> str | None:
    """When the client was there: the last transaction, the begin, or as long before the end as the lease lasts."""
    for part in ("renewed", "begin"):
        if time := _time(values.get(part, ""), context):
            return time
    end, lifetime = whole(values.get("end", "")), whole(values.get("lifetime", ""))
    return of_seconds(str(end - lifetime)) if end and lifetime and end > _CLOCK + lifetime else None


def _time(text: str, context: Context) -> str | None:
    """A time in digits or as text; where day and month can be exchanged, the earlier one."""
    if (seconds := whole(text)) is not None and seconds < _CLOCK:
        return None
    return time_of(text.replace("/", "-")[:TIME], context.time) or cell_time(text, context.time)


def _octets(text: str) -> bytes:
    """Option 60 as text, or as hexadecimal digits with `0x` in front or colons between."""
    found = _HEX.fullmatch(text)
    return bytes.fromhex((found[1] or found[2]).replace(":", "")) if found else text.encode()


FORMAT = Format(
    "lease-list", "leases as JSON or CSV (Kea's lease4-get-all, OPNsense, pfSense, Infoblox)", looks_like, read
)
