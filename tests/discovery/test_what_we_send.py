"""The page that tells operators what is sent says all that is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.app.request import ScanRequest
from scanner.app.scan import plan
from scanner.discovery import mdns, options, pages, snmp_objects
from scanner.discovery.registry import all_discoveries
from scanner.engine import guard
from scanner.engine.rate.limits import PACES, Pace
from scanner.wire import sip
from tools.docs import sent

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "what-we-send.md").read_text(encoding="utf-8")


def test_the_sip_request_is_the_one_that_is_sent() -> None:
    sent = sip.options(
        to="192.0.2.10",
        port=5060,
        here="192.0.2.1:40000",
        cookie=0x0123_4567_89AB_CDEF,
        user_agent="phonescan/VERSION",
    )
    assert sent.decode().replace("\r\n", "\n").strip() in PAGE


@pytest.mark.parametrize("row", list(sent.rows(all_discoveries(options.Options()).values())))
def test_every_step_of_every_discovery_is_listed(row: str) -> None:
    assert row in PAGE


@pytest.mark.parametrize("path", [path for vendor in pages.VENDORS for path in vendor.paths])
def test_every_requested_page_is_documented(path: str) -> None:
    assert f"`{path}`" in PAGE


@pytest.mark.parametrize("oid", sorted(snmp_objects.VENDOR_OBJECTS))
def test_every_vendors_object_is_named(oid: str) -> None:
    assert oid in PAGE


def test_every_port_is_named() -> None:
    for port in (
        *options.SIP_PORTS,
        *options.SIP_TLS_PORTS,
        *options.HTTP_PORTS,
        options.Options().snmp_port,
        mdns.PORT,
    ):
        assert str(port) in PAGE
    assert {515, 631, *range(9100, 9108)} == guard.PRINTER_PORTS
    assert "515, 631 and 9100 to 9107" in PAGE


@pytest.mark.parametrize("pace", PACES.values(), ids=lambda pace: pace.name)
def test_every_pace_is_documented_with_its_numbers(pace: Pace) -> None:
    least, most = plan(ScanRequest(targets=("10.0.0.1",), pace=pace.name)).to_one_phone
    numbers = f"{least.packets} to {most.packets} packets, {least.bytes / 1000:.0f} to {most.bytes / 1000:.0f} kB"
    limits = f"{pace.rate:,} | {pace.host_rate} | {pace.conversations}"
    row = f"| `{pace.name}` | {limits} | {numbers}, {most.connections} connections"
    assert row in PAGE
