"""Observations as JSON lines, the format of `export observations`, from which an inventory can be rebuilt.

One object a line: `field` and `value`, `ip` or `mac` or both, optionally `time`, `source` and `site`. Other keys are
ignored. A malformed line is a Problem; the others are read.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

import msgspec
from msgspec import Struct

from scanner.core.bounded import UNREADABLE_JSON, TooLarge, checked_json, json_decoder, repeated_key
from scanner.core.fields import FIELDS, known
from scanner.core.model import Observation
from scanner.core.named_source import names_subject
from scanner.core.text import bounded, mac, moment, utc
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import numbered

#: Longest line that is read, in bytes. Values are limited to a few kilobytes.
LINE_LIMIT = 1 << 20
#: Longest address, mac and time, in characters, without the blanks around it.
_KEY = 100


class _Line(Struct):
    """The keys of one line."""

    field: str
    value: str
    time: str | None = None
    ip: str | None = None
    mac: str | None = None
    source: str | None = None
    site: str | None = None


def looks_like(head: bytes) -> bool:
    """Whether one of the first lines is a JSON object with a `field`."""
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 200)[:200]:
        if line.lstrip().startswith(b"{") and b'"field"' in line:
            try:
                found = checked_json(line)
            except UNREADABLE_JSON:
                continue
            if isinstance(found, dict) and "field" in found:
                return True
    return False


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """An observation for each line, or a Problem with its number."""
    decode = json_decoder(_Line, limit=LINE_LIMIT)
    for number, line in numbered(stream, LINE_LIMIT):
        if line is None:
            yield Problem(number, f"the line is longer than {LINE_LIMIT} bytes")
            continue
        try:
            row = decode(line)
            if line.count(b'":') + line.count(b'" :') > _present(row) and (key := repeated_key(line)) is not None:
                yield Problem(number, f"not an observation: the key {bounded(key, 40)!r} occurs more than once")
            else:
                yield _observation(row, context)
        except msgspec.ValidationError as error:
            yield Problem(number, f"not an observation: {_plain(str(error))}")
        except msgspec.DecodeError as error:
            yield Problem(number, f"not JSON: {_plain(str(error))}")
        except TooLarge as error:
            yield Problem(number, f"not an observation: {error}")
        except ValueError as error:
            yield Problem(number, str(error))


def _present(row: _Line) -> int:
    """How many keys of a line have a value."""
    optional = (row.time, row.ip, row.mac, row.source, row.site)
    return 2 + len(optional) - optional.count(None)


def _observation(row: _Line, context: Context) -> Observation:
    """The observation of one line. Raises ValueError with a sentence for the user."""
    if row.field not in FIELDS and not known(row.field):
        near = difflib.get_close_matches(row.field, FIELDS, n=1)
        raise ValueError(f"unknown field {row.field!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    ip = _address(bounded(row.ip, _KEY)) if row.ip else None
    own_mac = _mac(bounded(row.mac, _KEY)) if row.mac else None
    source = bounded(row.source, 256) if row.source else ""
    if ip is None and own_mac is None and not names_subject(source):
        raise ValueError("neither ip nor mac: the observation cannot be attributed to a device")
    return Observation(
        time=_time(bounded(row.time, _KEY)) if row.time else context.time,
        ip=ip,
        mac=own_mac,
        field=row.field,
        value=bounded(row.value),
        source=source,
        site=bounded(row.site, 128) if row.site else "",
    )


@lru_cache(maxsize=4096)
def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise ValueError(f"ip {text!r} is not an address such as 10.1.2.3") from None


@lru_cache(maxsize=4096)
def _mac(text: str) -> str:
    found = mac(text)
    if found is None:
        raise ValueError(f"mac {text!r} is not a mac such as 64:16:7f:12:34:56")
    return found


@lru_cache(maxsize=4096)
def _time(text: str) -> str:
    try:
        return utc(moment(text))
    except (ValueError, OverflowError):
        raise ValueError(f"time {text!r} is not a time with a zone, such as 2026-11-23T02:00:00Z") from None


def _plain(message: str) -> str:
    return message.replace("`", "")


FORMAT = Format("jsonl", "JSON lines of observations, as `export observations` writes them", looks_like, read)
