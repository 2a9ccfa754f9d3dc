"""Ours, and what other packages add."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from scanner.core.errors import UsageError
from scanner.discovery import registry
from scanner.discovery.declaration import Discovery, LinkSweep
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


def test_ours_are_named_as_the_contract_says() -> None:
    found = registry.all_discoveries(Options())
    assert {"sip", "snmp", "http", "mdns", "lldp", "cdp", "arp", "dhcp"} <= set(found)
    for name, discovery in found.items():
        assert discovery.name == name
        assert discovery.summary


def test_a_plug_in_adds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugged(monkeypatch, made)["ours-too"].steps == (LinkSweep(),)


@pytest.mark.parametrize("loaded", [taken, not_one, failing])
def test_a_plug_in_that_will_not_do_is_named(monkeypatch: pytest.MonkeyPatch, loaded: Any) -> None:
    with pytest.raises(UsageError, match=r"package\.module:declare"):
        plugged(monkeypatch, loaded)
