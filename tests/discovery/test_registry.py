"""Ours, and what other packages add."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from scanner.core.errors import UsageError
from scanner.discovery import registry
from scanner.discovery.declaration import Discovery, LinkSweep, UdpSweep
from scanner.discovery.options import Options


def made(options: Options) -> Discovery:
    return Discovery("ours-too", "a test's", (LinkSweep(),))


def taken(options: Options) -> Discovery:
    return Discovery("sip", "not the real one", ())


def not_one(options: Options) -> str:
    return "sip"


def failing(options: Options) -> Discovery:
    raise RuntimeError("boom")


def plugged(monkeypatch: pytest.MonkeyPatch, loaded: Any) -> dict[str, Discovery]:
    class Point(EntryPoint):
        def load(self) -> Any:
            return loaded

    monkeypatch.setattr(registry, "entry_points", lambda group: [Point("x", "package.module:declare", group)])
    return registry.all_discoveries(Options())


def test_our_discoveries_have_the_names_of_the_contract() -> None:
    found = registry.all_discoveries(Options())
    assert {"sip", "snmp", "http", "mdns", "lldp", "cdp", "arp", "dhcp"} <= set(found)
    for name, discovery in found.items():
        assert discovery.name == name
        assert discovery.summary


@pytest.mark.parametrize(("address", "here"), [("10.0.0.7", "10.0.0.1:4000"), ("2001:db8::7", "[2001:db8::1]:4000")])
def test_a_request_built_for_a_round_equals_the_single_request(address: str, here: str) -> None:
    sweeps = [s for d in registry.all_discoveries(Options()).values() for s in d.steps if isinstance(s, UdpSweep)]
    assert len(sweeps) >= 3
    for step in sweeps:
        for attempt in range(3):
            built = step.builder(step.ports[0], attempt, here)(address, 1 << 60)
            assert built == step.request(address, step.ports[0], 1 << 60, attempt, here)


def test_a_plug_in_adds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugged(monkeypatch, made)["ours-too"].steps == (LinkSweep(),)


@pytest.mark.parametrize("loaded", [taken, not_one, failing])
def test_a_plug_in_that_will_not_do_is_named(monkeypatch: pytest.MonkeyPatch, loaded: Any) -> None:
    with pytest.raises(UsageError, match=r"package\.module:declare"):
        plugged(monkeypatch, loaded)
