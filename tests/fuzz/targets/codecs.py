"""Every decoder of `wire/` and every reader of `discovery/`, from the properties that their tests list."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.core.errors import WireError
from tests.discovery import test_fuzz as discovery
from tests.fuzz.target import Target
from tests.fuzzing import Property
from tests.wire import samples
from tests.wire import test_fuzz as wire


def targets() -> Iterator[Target]:
    """One target for each property, and one for each reader of the datagrams of a sweep."""
    for name, each in wire.PROPERTIES.items():
        yield _of(name.removeprefix("scanner."), each)
    for name, each in discovery.PROPERTIES.items():
        yield _of(f"discovery.{name}", each)
    for name, step in discovery.SWEEPS.items():

        def response(data: bytes, step: discovery.UdpSweep = step) -> None:
            found = step.response(data, discovery.COOKIE, discovery.ADDRESS)
            assert discovery.sound(found.findings if found else ())

        yield Target(f"discovery.sweep.{name}", response, lambda: (samples.SIP, samples.SNMP, discovery.MDNS), (), 1500)


def _of(name: str, wanted: Property) -> Target:
    return Target(name, partial(_read, wanted), lambda: (wanted.sample,), (WireError,), 2048)


def _read(wanted: Property, data: bytes) -> None:
    try:
        result = wanted.parse(data)
    except WireError as refused:
        if not 0 <= refused.offset <= len(data):
            raise AssertionError(f"{refused}, which has {len(data)} bytes") from None
        raise
    assert wanted.holds(data, result), wanted.invariant
