"""What devices send, as values: fingerprints and their fusion, firmware, host names, ports, drafts of rules."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from scanner.app.identify import identifier
from scanner.app.identify_lines import identify_lines
from scanner.compliance import catalog
from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy
from scanner.core.fields import FIELDS
from scanner.core.model import Observation
from scanner.core.text import bounded
from scanner.firmware import compare
from scanner.identity import fuse, hostname, location, place_names, tokens, unread
from scanner.identity.draft import draft
from scanner.identity.load import load
from scanner.identity.unread import UnreadValue
from tests.fuzz.material import TESTS, choice, text
from tests.fuzz.target import Target

#: Every field of an observation, for the octet that chooses one.
NAMES = (*sorted(FIELDS), "mdns.txt.model", "mdns.txt.\u00e4")


def targets() -> Iterator[Target]:
    """Values of one device, of one field, of one maker's firmware, and JSON lines of `identify`."""
    yield Target("identity.fuse", _fuse, _records, ())
    yield Target("identity.match", _match, _values, ())
    yield Target("identity.firmware", _firmware, _versions, (), 200)
    yield Target("identity.places", _places, lambda: (b"GigabitEthernet1/0/7\nGi1/0/7", b"sw-1.example\nsw-1"), (), 512)
    yield Target("identity.unread", _unread, _values, (), 1024)
    yield Target(
        "app.identify-lines",
        _lines,
        lambda: (b"\n".join(_corpus()[:3]), b'{"mac": "6416.7f12.3456"}', b'{"http.title": "VVX\x01\xff 411"}'),
        (),
        8192,
    )


def _fuse(data: bytes) -> None:
    """Lines of field and value are one identity, whatever their order, and have a verdict and a host name."""
    observed = tuple(_observation(line) for line in data.split(b"\n")[:12])
    identity = fuse.identify(observed, load())
    again = fuse.identify(observed[::-1], load())
    assert (identity.manufacturer, identity.model, identity.firmware) == (
        again.manufacturer,
        again.model,
        again.firmware,
    )
    assert 0 <= identity.confidence <= 1
    assert _judge().assess(identity).reason
    hostname.hostname(observed, load())
    location.location(observed)


def _match(data: bytes) -> None:
    from scanner.identity.match import match

    field = choice(data[0] if data else 0, NAMES)
    for evidence in match(load(), field, bounded(text(data[1:]))):
        assert all(isinstance(value, str) for value in evidence.gives.values())


def _firmware(data: bytes) -> None:
    """A version equals itself, and the order of two does not depend on which comes first."""
    maker = choice(int.from_bytes(data[:2]), _makers())
    one, _, other = text(data[2:]).partition("\n")
    versions = [load().grammars.version(maker, None, spelled) for spelled in (one, other)]
    a, b = versions
    if a is not None:
        assert compare(a, a) == 0
    if a is not None and b is not None:
        forth, back = compare(a, b), compare(b, a)
        assert (forth is None) == (back is None)
        assert forth is None or back is None or forth == -back


def _places(data: bytes) -> None:
    one, _, other = text(data).partition("\n")
    assert place_names.same_port(one, other) == place_names.same_port(other, one)
    assert place_names.same_switch(one, other) == place_names.same_switch(other, one)


def _unread(data: bytes) -> None:
    """A value that no rule reads has a shape, a group, and a draft of a rule that is a valid vendor file."""
    from scanner.identity import vendorfile

    field = choice(data[0] if data else 0, NAMES)
    value = bounded(text(data[1:]))
    assert value.startswith("".join(token.text for token in tokens.tokens(value)))
    for group in unread.unread([UnreadValue(field, value, 3)], load()):
        vendorfile.parse(draft(group, load()).encode(), "draft.toml")


def _lines(data: bytes) -> None:
    """Each line that is not empty has a result, which is JSON on one line."""
    written = io.BytesIO()
    identify_lines(_identify(), io.BytesIO(data), written.write)
    for line in written.getvalue().split(b"\n"):
        if line:
            json.loads(line)


def _observation(line: bytes) -> Observation:
    field = choice(line[0] if line else 0, NAMES)
    return Observation(
        ip="10.1.2.3", field=field, value=bounded(text(line[1:])), time="2026-11-23T02:00:00Z", source="x"
    )


@cache
def _identify() -> Any:
    return identifier(load(), catalog.builtin(), Policy(), date(2026, 11, 23))


@cache
def _judge() -> Judge:
    return Judge(catalog.builtin(), Policy(), date(2026, 11, 23), load())


@cache
def _makers() -> tuple[str, ...]:
    return tuple(sorted({maker for _, maker in load().models.makers() if load().grammars.of(maker)}))


@cache
def _corpus() -> list[bytes]:
    """Fields of devices, as `identify --jsonl` reads them."""
    lines = (TESTS / "corpus" / "banners2.jsonl").read_bytes().splitlines()[:120]
    return [json.dumps(json.loads(line)["fields"]).encode() for line in lines]


def _records() -> Iterator[bytes]:
    for line in _corpus():
        fields = [
            (field, value)
            for field, given in json.loads(line).items()
            for value in ([given] if isinstance(given, str) else given)
            if field in NAMES
        ]
        yield b"\n".join(bytes([NAMES.index(field)]) + value.encode() for field, value in fields)


def _values() -> Iterator[bytes]:
    for record in _records():
        yield from record.split(b"\n")[:1]


def _versions() -> Iterator[bytes]:
    for number, maker in enumerate(_makers()):
        for file in load().models.files(maker):
            for rule in file.rule:
                for example in rule.examples[:1]:
                    if version := example.get("firmware"):
                        yield number.to_bytes(2) + f"{version}\n{version}".encode()
