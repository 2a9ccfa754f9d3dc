"""JSON lines for `identify`: one record a line in, one result a line out, in order and as they arrive.

The result of a line that cannot be read is an object with an `error` key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from io import BufferedReader
from typing import IO

import msgspec
from msgspec import Struct

from scanner.app.identify import Identify, observations
from scanner.core.bounded import TooLarge, json_decoder, lenient_json, repeated_key
from scanner.core.text import bounded, safe_json

#: A longer line (bytes) is not a record of banners. Values are cut to VALUE_LIMIT, so that a huge banner is read.
LINE_LIMIT = 16_000_000
#: Most values of one record: of a host a scan keeps 40 of one field.
VALUES = 1_000
#: Bytes of one read.
CHUNK = 1 << 16
#: Results of empty lines that are written at once.
GROUP = 1000
#: Lines whose results are cached (devices of one model send the same banner), and the longest of them in bytes.
CACHED = 4096
CACHED_LENGTH = 4096

JsonRecord = dict[str, str | list[str]]


class UnreadableLine(Struct, frozen=True):
    """The result for a line that cannot be read."""

    error: str
    line: int


def lines(stream: IO[bytes]) -> Iterator[list[bytes]]:
    """The lines of a stream in groups as they arrive: a group is all that one read returns."""
    read = partial(stream.read1, CHUNK) if isinstance(stream, BufferedReader) else partial(stream.read, CHUNK)
    rest: list[bytes] = []
    size = 0
    while chunk := read():
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            yield b"".join((*rest, head)).split(b"\n")
            rest, size = [tail], len(tail)
        elif size <= LINE_LIMIT:  # of a line that is too long, enough is kept to detect it
            rest.append(tail)
            size += len(tail)
    if last := b"".join(rest):
        yield [last]


def identify_lines(identify: Identify, source: IO[bytes], write: Callable[[bytes], object]) -> int:
    """Write the result of each line of `source`, in order; returns the lines that could not be read.

    Empty lines at the end are ignored; an empty line before another one is unreadable.
    """
    decode = json_decoder(JsonRecord, limit=LINE_LIMIT)
    encode = msgspec.json.Encoder().encode

    def result_of(line: bytes) -> bytes:
        try:
            record = decode(line)
        except msgspec.DecodeError as error:
            record = _leniently(line, error)
        if line.count(b":") > len(record) and (key := repeated_key(line)) is not None:
            raise ValueError(f"{bounded(key, 80)!r} occurs more than once: write its values as a list")
        if sum(1 if isinstance(value, str) else len(value) for value in record.values()) > VALUES:
            raise ValueError(f"the record contains more than {VALUES:,} values")
        return safe_json(encode(identify(observations(record))))

    cached = lru_cache(CACHED)(result_of)
    number = unread = empty = 0
    for group in lines(source):
        results = []
        for line in group:
            number += 1
            if not line or line.isspace():
                empty += 1
                continue
            for at in range(number - empty, number):
                results.append(encode(UnreadableLine("the line is empty", at)))
                if len(results) >= GROUP:
                    write(b"\n".join((*results, b"")))
                    results = []
            unread, empty = unread + empty, 0
            try:
                if len(line) > LINE_LIMIT:
                    raise ValueError(f"the line is longer than {LINE_LIMIT} bytes")
                results.append(cached(line) if len(line) <= CACHED_LENGTH else result_of(line))
            except (ValueError, msgspec.DecodeError) as error:
                unread += 1
                results.append(safe_json(encode(UnreadableLine(_reason(error), number))))
        if results:
            results.append(b"")
            write(b"\n".join(results))
    return unread


def _leniently(line: bytes, error: msgspec.DecodeError) -> JsonRecord:
    """A record that strict JSON rejects but devices send: control characters, invalid UTF-8, lone surrogates.

    Raises ValueError with a sentence, or `error` where the line is not JSON at all.
    """
    try:
        value = lenient_json(line.decode("utf-8-sig", "replace"))
    except TooLarge:
        raise
    except ValueError:
        raise error from None
    if not isinstance(value, dict):
        raise ValueError("not an object of fields and texts")
    record: JsonRecord = {}
    for field, given in value.items():
        match given:
            case str():
                record[bounded(field)] = bounded(given)
            case list() if all(isinstance(text, str) for text in given):
                record[bounded(field)] = [bounded(text) for text in given]
            case _:
                raise ValueError(f"{bounded(field, 80)!r} is neither a text nor a list of texts")
    return record


def _reason(error: Exception) -> str:
    if isinstance(error, msgspec.DecodeError):
        return f"not JSON: {error}"
    return str(error)
