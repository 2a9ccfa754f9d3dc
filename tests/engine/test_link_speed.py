"""A rate above the speed of the interfaces towards the targets is reduced, with a note."""

from __future__ import annotations

import pytest

from scanner.app.request import ScanRequest
from scanner.app.scan import plan
from scanner.core.spans import Span
from scanner.core.target_syntax import parse
from scanner.engine.os import rtnetlink
from scanner.engine.os.rtnetlink import Link, Reachability, Route
from scanner.engine.rate import link_speed
from scanner.engine.rate.limits import choose

LINKS = {
    2: Link(2, "eth0", b"\2" * 6, True, False, True),
    3: Link(3, "wan0", b"\2" * 6, True, False, True),
    4: Link(4, "tun0", b"", True, False, False),
}
ROUTES = [
    Route(Span(4, 0x0A000000, 0x0A0000FF), Reachability.LINK, 24, 0, 2, 0x0A000005),
    Route(Span(4, 0x0A090000, 0x0A0900FF), Reachability.ROUTED, 24, 0, 4, 0),
    Route(Span(4, 0x0A000000, 0x0AFFFFFF), Reachability.ROUTED, 8, 0, 3, 0),
]
SPEEDS = {"eth0": 1000, "wan0": 10}


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtnetlink, "links", lambda: LINKS)
    monkeypatch.setattr(rtnetlink, "routes", lambda: ROUTES)
    monkeypatch.setattr(link_speed, "speed", SPEEDS.get)


@pytest.mark.parametrize(
    ("targets", "requested", "rate"),
    [
        (["10.0.0.0/24"], 20_000, 20_000),
        (["10.0.0.0/24"], 1_000_000, 277_777),
        (["10.5.0.0/24"], 20_000, 2_777),
        (["10.0.0.0/24", "10.5.0.0/24"], 20_000, 2_777),  # one rate for the whole scan
        (["10.9.0.0/24"], 1_000_000, 1_000_000),  # the kernel reports no speed for a tunnel
        (["127.0.0.1"], 1_000_000, 1_000_000),
    ],
)
def test_the_slowest_interface_limits_the_rate(targets: list[str], requested: int, rate: int) -> None:
    pace, notes = link_speed.limit_to_links(choose("normal", requested), rtnetlink.read_network(parse(targets).spans))
    assert pace.rate == rate
    assert bool(notes) == (rate != requested)


def test_a_dry_run_states_the_reduction() -> None:
    planned = plan(ScanRequest(targets=("10.5.0.0/24",), rate=50_000))
    assert planned.rate == 2_777
    assert planned.notes == ("wan0 carries 10 Mbit/s: 2,777 packets a second at most, not 50,000",)


def test_an_unknown_interface_has_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert link_speed.speed("nowhere0") is None
