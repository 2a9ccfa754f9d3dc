"""`phonescan identify`: observations of one device in, one JSON object out; with `--jsonl` a line in, a line out.

Lines are read as they come and answered as they come, so that a program can hold a conversation; a line that cannot
be read is answered with an object that has an `error` key, in its place.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from io import BufferedReader
from typing import IO

import click
import msgspec
from msgspec import Struct

from scanner.cli.group import DONE, PARTLY
from scanner.cli.shared import frame
from scanner.cli.shared.output import emit_json, safe_json
from scanner.core.errors import UsageError
from scanner.core.fields import FIELDS, RESOLVED_MAC, known
from scanner.core.model import Conflict, Evidence, Observation
from scanner.core.text import VALUE_LIMIT, bounded, mac

#: A longer line (bytes) is no record of banners. Values are cut to VALUE_LIMIT, so that one huge banner is still read.
LINE_LIMIT = 64_000_000
#: How much is read at once, in bytes.
CHUNK = 1 << 16
#: Lines whose answers are remembered (a fleet says the same thing often), and the longest of them in bytes.
REMEMBERED = 4096
REMEMBERED_LENGTH = 4096

Record = dict[str, str | list[str]]


class Result(Struct, frozen=True, kw_only=True):
    """What `identify` says of one device: the keys of the contract, in its order; null where it is not known."""

    kind: str
    manufacturer: str | None
    model: str | None
    firmware: str | None
    line: str | None
    serial: str | None
    mac: str | None
    confidence: float
    status: str
    compliance: str
    catalog: str | None
    certified_firmware: str | None
    reason: str
    evidence: tuple[Evidence, ...]
    conflicts: tuple[Conflict, ...]


class Unreadable(Struct, frozen=True):
    """The answer to a line that cannot be read."""

    error: str
    line: int


Identify = Callable[[Iterable[Observation]], Result]


def identifier(session: frame.Session) -> Identify:
    """A function observations of one device → Result, by the fingerprints, catalogs and policy in force."""
    from scanner import settings
    from scanner.compliance.judge import Judge
    from scanner.identity.fuse import identify

    fingerprints, policy, today = session.fingerprints(), settings.policy(session.settings), session.today()
    if session.db.exists():
        with session.inventory(readonly=True) as inventory:
            catalogs = session.catalogs(inventory)
    else:
        catalogs = session.catalogs()

    judge = Judge(catalogs, policy, today, fingerprints)

    def one(observations: Iterable[Observation]) -> Result:
        identity = identify(tuple(observations), fingerprints)
        verdict = judge.assess(identity)
        return Result(
            kind=identity.kind,
            manufacturer=identity.manufacturer,
            model=identity.model,
            firmware=identity.firmware,
            line=identity.line,
            serial=identity.serial,
            mac=identity.mac,
            confidence=identity.confidence,
            status=verdict.status,
            compliance=verdict.compliance,
            catalog=verdict.catalog,
            certified_firmware=verdict.certified_firmware,
            reason=verdict.reason,
            evidence=identity.evidence,
            conflicts=identity.conflicts,
        )

    return one


def observations(record: Record) -> list[Observation]:
    """The observations of one record of fields; `ip` and `mac` say whose they are. Raises ValueError in words."""
    ip = record.get("ip")
    own_mac = record.get("mac")
    if own_mac is not None:
        own_mac = mac(own_mac) if isinstance(own_mac, str) else None
        if own_mac is None:
            raise ValueError(f"{record['mac']!r} is no mac such as 64:16:7f:12:34:56")
    if ip is not None and not isinstance(ip, str):
        raise ValueError(f"{ip!r} is no address")
    found = []
    for field, value in record.items():
        if field not in FIELDS and not known(field):
            if field in ("ip", "mac"):
                continue
            raise ValueError(unknown_field(field))
        for text in (value,) if isinstance(value, str) else value:
            if len(text) > VALUE_LIMIT or "\0" in text:
                text = bounded(text)
            found.append(Observation(ip=ip, mac=own_mac, field=field, value=text))
    if own_mac and not found:
        found.append(Observation(ip=ip, mac=own_mac, field=RESOLVED_MAC, value=own_mac))
    if not found:
        raise ValueError("no field is given")
    return found


def unknown_field(name: str) -> str:
    """What to say of a field that is none: the nearest that is."""
    import difflib

    near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else "`phonescan identify --fields` lists them"
    return f"{name!r} is no field; {hint}"


def lines(stream: IO[bytes]) -> Iterator[list[bytes]]:
    """The lines of a stream in groups, as they arrive: a group is all that is there to be read at once."""
    read = partial(stream.read1, CHUNK) if isinstance(stream, BufferedReader) else partial(stream.read, CHUNK)
    rest: list[bytes] = []
    size = 0
    while chunk := read():
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            yield b"".join((*rest, head)).split(b"\n")
            rest, size = [tail], len(tail)
        elif size <= LINE_LIMIT:  # of a line that is too long, enough is kept to see that it is
            rest.append(tail)
            size += len(tail)
    if last := b"".join(rest):
        yield [last]


def answer_lines(identify: Identify, source: IO[bytes], write: Callable[[bytes], object]) -> int:
    """Answer each line of `source`, in order; returns how many could not be read. Empty lines at the end are none."""
    decode = msgspec.json.Decoder(Record).decode
    encode = msgspec.json.Encoder().encode

    def fresh(line: bytes) -> bytes:
        try:
            record = decode(line)
        except msgspec.DecodeError as error:
            record = _leniently(line, error)
        return safe_json(encode(identify(observations(record))))

    remembered = lru_cache(REMEMBERED)(fresh)
    number = unread = empty = 0
    for group in lines(source):
        answers = []
        for line in group:
            number += 1
            if not line or line.isspace():
                empty += 1
                continue
            answers += [encode(Unreadable("the line is empty", at)) for at in range(number - empty, number)]
            unread, empty = unread + empty, 0
            try:
                if len(line) > LINE_LIMIT:
                    raise ValueError(f"the line is longer than {LINE_LIMIT} bytes")
                answers.append(remembered(line) if len(line) <= REMEMBERED_LENGTH else fresh(line))
            except (ValueError, msgspec.DecodeError) as error:
                unread += 1
                answers.append(safe_json(encode(Unreadable(_reason(error), number))))
        if answers:
            answers.append(b"")
            write(b"\n".join(answers))
    return unread


def _leniently(line: bytes, error: msgspec.DecodeError) -> Record:
    """What JSON proper refuses and devices still say: control characters, bytes that are no UTF-8, half a character.

    Raises ValueError in words, or `error` where the line is no JSON at all.
    """
    try:
        value = json.loads(line.decode("utf-8-sig", "replace"), strict=False)
    except ValueError:
        raise error from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not an object of fields and texts")
    record: Record = {}
    for field, told in value.items():
        match told:
            case str():
                record[bounded(field)] = bounded(told)
            case list() if all(isinstance(text, str) for text in told):
                record[bounded(field)] = [bounded(text) for text in told]
            case _:
                raise ValueError(f"{bounded(field, 80)!r} is neither a text nor a list of texts")
    return record


def _reason(error: Exception) -> str:
    if isinstance(error, msgspec.DecodeError):
        return f"not JSON: {error}"
    return str(error)


@frame.command(
    "identify",
    help="Say what observations of one device add up to, as one JSON object. `ip=` and `mac=` may stand beside fields.",
    examples=[
        "phonescan identify 'sip.user-agent=Yealink SIP-T58A 58.15.0.20'",
        "phonescan identify lldp-med.manufacturer=AudioCodes lldp-med.model=405HD",
        "phonescan identify --jsonl < records.jsonl > results.jsonl",
    ],
)
@click.argument("facts", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option(
    "--jsonl", is_flag=True, help="Read one JSON object of fields a line from standard input, write one result a line."
)
@click.option("--fields", "all_fields", is_flag=True, help="List the fields and what they mean.")
def command(session: frame.Session, facts: tuple[str, ...], jsonl: bool, all_fields: bool) -> int:
    """Identify what the command line names, or each line of standard input."""
    if all_fields:
        for each in FIELDS.values():
            click.echo(f"{each.name:<28} {each.meaning}")
        return DONE
    if jsonl:
        if facts:
            raise UsageError("--jsonl reads standard input; leave out the FIELD=VALUE words")
        out = sys.stdout.buffer

        def write(data: bytes) -> None:
            out.write(data)
            out.flush()

        unread = answer_lines(identifier(session), sys.stdin.buffer, write)
        if unread:
            click.echo(f"phonescan: {unread} lines could not be read; each is answered with an error", err=True)
        return PARTLY if unread else DONE
    record: dict[str, str | list[str]] = {}
    for fact in facts:
        field, equals, value = fact.partition("=")
        if not equals:
            raise UsageError(f"{fact!r} is not FIELD=VALUE, such as 'sip.user-agent=Yealink SIP-T58A 58.15.0.20'")
        before = record.get(field, [])
        record[field] = (
            bounded(value) if not before else [*([before] if isinstance(before, str) else before), bounded(value)]
        )
    if not record:
        raise UsageError("nothing to identify: give FIELD=VALUE, or --jsonl with records on standard input")
    try:
        found = observations(record)
    except ValueError as error:
        raise UsageError(str(error)) from None
    emit_json(identifier(session)(found))
    return DONE
