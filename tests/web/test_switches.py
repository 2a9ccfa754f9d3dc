"""The pages about switches: ports in their order, several devices at a port, and devices that no switch reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from scanner.core.model import Observation
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Filters
from tests.web.conftest import HOSTILE, knowledge

TIME = "2026-11-10T02:00:00Z"


def connected(path: Path, places: list[tuple[str, str, str]], alone: int = 0) -> None:
    """An inventory with a phone for each (site, switch, port), and phones without a switch."""
    with Inventory.open(path, create=True) as inventory:
        scan = inventory.begin_scan(kind="read", targets=(), discoveries=(), site="hq", now=TIME)
        rows = []
        for at, (site, switch, port) in enumerate(places):
            own = {"mac": f"64:16:7f:01:{at >> 8:02x}:{at & 255:02x}", "site": site}
            source = f"switches 10.0.0.1 lldp 0.{at}.1"
            facts = (
                ("lldp-med.model", "VVX 411"),
                ("switch.name", switch),
                ("switch.port", port),
                ("switch.vlan", "20"),
            )
            rows += [Observation(field=field, value=value, source=source, **own) for field, value in facts if value]
        banner = "PolycomVVX-VVX_411-UA/5.9.0.9373"
        rows += [Observation(field="sip.user-agent", value=banner, ip=f"10.9.0.{at}", site="hq") for at in range(alone)]
        inventory.record(scan, rows)
        inventory.finish_scan(scan, outcome="done", knowledge=knowledge(), now=TIME)


def ports_of(text: str) -> list[str]:
    return re.findall(r'<th scope="rowgroup"[^>]*>(?:<span class="whole">)?([^<]+)', text)


@pytest.fixture
def large(make_site: Callable[..., Any], tmp_path: Path) -> Any:
    """A switch with 240 ports, three phones at one of them, a switch of the same name elsewhere, and an unknown one."""
    path = tmp_path / "large.sqlite"
    places = [("hq", "core", f"Gi{n // 48}/0/{n % 48 + 1}") for n in range(240)]
    places += [("hq", "core", "Gi0/0/7")] * 2 + [("branch", "core", "Gi0/0/1"), ("hq", "core", "")]
    connected(path, places, alone=5)
    return make_site(path)


def test_the_list_counts_ports_and_devices_of_each_switch_and_site(large: Any) -> None:
    text = large.get("/switches").text
    assert re.findall(r'data-as="(Ports|Devices)">(\d+)', text) == [
        ("Ports", "1"), ("Devices", "1"), ("Ports", "240"), ("Devices", "243"),
    ]  # fmt: skip
    assert "5 devices are reported by no switch" in text
    assert "No switch reports a device" in large.get("/switches?switch=other").text
    for page in ("", "?page=9", "?switch=core"):
        text = large.get("/switches/unknown" + page).text
        assert "5</b> devices" in text
        assert text.count('href="/devices/') == 5


def test_ports_are_in_the_order_of_their_numbers_over_all_pages(large: Any) -> None:
    found = [
        port
        for page in (1, 2, 3)
        for port in ports_of(large.get(f"/switches/ports?switch=core&site=hq&page={page}").text)
    ]
    assert list(dict.fromkeys(found)) == [*(f"Gi{n // 48}/0/{n % 48 + 1}" for n in range(240)), "not known"]
    assert large.get("/switches/ports?switch=core&site=hq&page=99").text.count("Page 3 of 3") == 1


def test_several_devices_at_a_port_are_one_group(large: Any) -> None:
    text = large.get("/switches/ports?switch=core&site=hq").text
    group = text.partition("Gi0/0/7<")[2].partition("</tbody>")[0]
    assert "3 devices" in group
    assert group.count('href="/devices/') == 3


def test_a_port_of_a_device_leads_to_its_page_and_back(large: Any) -> None:
    text = large.get("/switches/ports?switch=core&site=hq&page=3").text
    device = re.findall(r'href="(/devices/\d+)"', text)[5]
    links = re.findall(r'href="(/switches/ports[^"]+)"', large.get(device).text)
    back = large.get(links[-1].replace("&amp;", "&")).text
    assert "Page 3 of 3" in back
    assert f'href="{device}"' in back.partition('<tbody class="star">')[2].partition("</tbody>")[0]


@pytest.mark.parametrize(
    "query", ["", "switch=", "switch=none", "switch=core&site=none", "switch=a&switch=b", "port=Gi0/0/1", "switch=%00"]
)
def test_an_unknown_switch_is_404(large: Any, query: str) -> None:
    assert large.get("/switches/ports?" + query).status_code == 404


def test_hostile_names_of_switches_have_pages(site: Any) -> None:
    for name in HOSTILE:
        stored = name if "\n" not in name else None
        if stored:
            response = site.get("/switches/ports?" + urlencode({"switch": stored, "site": "hq"}))
            assert response.status_code in (200, 404), name
            assert "<script>document.title" not in response.text
    assert "&lt;script&gt;" in site.get("/switches").text


def test_a_page_of_a_port_with_thousands_of_devices_is_bounded(make_site: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "uplink.sqlite"
    connected(path, [("hq", "core", "Te1/1")] * 1500)
    text = make_site(path).get("/switches/ports?switch=CORE&page=2").text
    assert text.count('href="/devices/') == 100
    assert "1,500 devices" in text


def test_switches_of_one_name_in_another_case_are_one(tmp_path: Path) -> None:
    connected(tmp_path / "case.sqlite", [("hq", "core", "1"), ("hq", "CORE", "2")])
    with Inventory.open(tmp_path / "case.sqlite", readonly=True) as inventory:
        (row,) = queries.switches(inventory)
        found = queries.port_page(inventory, Filters(site=("hq",), switch=(row["switch"],)), limit=10)
    assert (row["devices"], found.devices, found.ports) == (2, 2, 2)
