"""The site of a scan, from its targets: what is a baseline, and what is compared with what once settings name sites."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.app import resume, switch_scan
from scanner.app.listen import site_of_links
from scanner.app.request import ScanRequest
from scanner.app.scan import scan
from scanner.app.session import Session
from scanner.core import target_syntax
from scanner.core.spans import Span
from scanner.core.text import moment
from scanner.inventory import Inventory, queries
from scanner.settings import Settings, parse
from tests.loopback import own

POLY = "PolycomVVX-VVX_411-UA/5.9.0.9373"
LAN = ("10.1.0.0/24",)
SITES = own('[[site]]\nname = "hq"\nsubnets = ["127.29.0.0/24"]\n[[site]]\nname = "lab"\nsubnets = ["127.29.1.0/24"]\n')
NOW = "2026-11-23T02:00:00Z"


def night(store: Any, day: int, site: str, phones: int = 6, **more: Any) -> Any:
    rows = [store.sip(f"10.1.0.{n}", POLY, f"64:16:7f:00:01:{n:02x}") for n in range(1, phones + 1)]
    more = {"kind": "scan", "targets": LAN, "settings": {"ranges": LAN}, "site_of": lambda ip: "hq"} | more
    return store.feed(rows, store.day(day), cover=[("sip", LAN[0])], site=site, **more)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(Settings(None, parse(SITES)), tmp_path / "x.sqlite", lambda: moment(NOW))


@pytest.mark.network
@pytest.mark.parametrize(
    ("targets", "given", "site"),
    [
        (("127.29.0.0/30",), "", "hq"),
        (("127.29.1.0/30",), "", "lab"),
        (("127.29.0.0/30", "127.29.1.0/30"), "", "default"),
        (("127.29.2.0/30",), "", "default"),
        (("127.29.0.0/30",), "given", "given"),
    ],
)
def test_a_scan_has_the_site_of_its_targets(session: Session, targets: tuple[str, ...], given: str, site: str) -> None:
    request = ScanRequest(targets=tuple(map(own, targets)), discover=("sip",), site=given, retries=0, timeout=0.1)
    with session.inventory(create=True) as inventory:
        summary = scan(request, inventory, session.knowledge(inventory), now=lambda: NOW)
        row = inventory.scan(summary.scan)
    assert row.site == site
    assert row.settings["site"] == given, "an address outside of the targets keeps the site of its subnet"
    assert resume.as_begun(replace(request, site="later"), row).site == given


@pytest.mark.network
def test_switches_give_their_scan_a_site(session: Session) -> None:
    request = switch_scan.SwitchRequest((own("127.29.0.1"),), (), "fast", port=1)
    with session.inventory(create=True) as inventory:
        summary = switch_scan.scan(request, inventory, session.knowledge(inventory), now=lambda: NOW)
        assert inventory.scan(summary.scan).site == "hq"


def test_listening_has_the_site_of_the_addresses_of_the_interfaces(session: Session) -> None:
    knowledge = session.knowledge()
    assert site_of_links(("lo",), replace(knowledge, site_of=lambda ip: "hq" if ip == "127.0.0.1" else "")) == "hq"
    assert site_of_links(("lo",), replace(knowledge, site_of=lambda ip: "")) == ""
    assert site_of_links(("none",), replace(knowledge, site_of=lambda ip: "hq")) == ""


def test_the_first_scan_that_is_named_a_site_is_no_baseline_where_its_devices_are_known(store: Any) -> None:
    assert night(store, 1, "default").baseline
    second = night(store, 2, "hq", phones=7)
    assert not second.baseline
    with Inventory.open(store.path) as inventory:
        events = [(event["event"], event["ip"]) for event in queries.events(inventory, scan=second.scan)]
    assert events == [("appeared", "10.1.0.7")]


def test_the_first_scan_of_another_site_is_a_baseline(store: Any) -> None:
    night(store, 1, "hq")
    assert night(store, 2, "lab", site_of=lambda ip: "lab").baseline


def test_a_first_scan_that_was_cut_leaves_the_baseline_to_the_next(store: Any) -> None:
    assert night(store, 1, "hq", phones=3, outcome="interrupted").baseline
    assert night(store, 2, "hq").baseline


def test_scans_of_before_the_site_was_named_are_compared_with_those_after(store: Any) -> None:
    night(store, 1, "default", phones=20)
    outage = night(store, 2, "default", phones=0)
    named = night(store, 3, "hq", phones=18)
    with Inventory.open(store.path) as inventory:
        (last,) = queries.health_of_last_scans(inventory)
        assert (last.scan.id, last.devices, last.expected, last.outage) == (named.scan, 18, 20, False)
        every = queries.health_of_scans(inventory, [inventory.scan(n) for n in (outage.scan, named.scan)])
        assert every[outage.scan].outage
        assert (every[outage.scan].expected, every[named.scan].expected) == (20, 20)


def test_two_sites_with_the_same_addresses_are_not_compared(store: Any) -> None:
    for day, (site, phones) in enumerate((("a", 20), ("b", 4), ("a", 20), ("b", 4)), 1):
        night(store, day, site, phones=phones, site_of=None)
    with Inventory.open(store.path) as inventory:
        found = {one.scan.site: (one.devices, one.expected) for one in queries.health_of_last_scans(inventory)}
    assert found == {"a": (20, 20), "b": (4, 4)}


def test_a_span_at_the_end_of_the_address_space_has_a_site() -> None:
    from scanner import settings

    found = settings.site_of_spans(Settings(None, parse('[[site]]\nname = "end"\nsubnets = ["255.255.255.0/24"]\n')))
    assert found([Span(4, (1 << 32) - 256, (1 << 32) - 1)]) == "end"
    assert found(target_syntax.parse(["2001:db8::1"]).spans) == ""
