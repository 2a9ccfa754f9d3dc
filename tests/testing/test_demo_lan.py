"""The demonstration LAN is complete, the same each time, and its truth agrees with its surfaces."""

from __future__ import annotations

import csv
import io
import ipaddress
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.compliance.catalog import builtin
from scanner.core.errors import PhonescanError, UsageError
from scanner.core.model import STATUSES
from scanner.testing import (
    TRUTH_COLUMNS,
    Farm,
    Surfaces,
    WebSurface,
    catalogue,
    demonstration,
    run_farm,
    write_truth,
)
from scanner.testing.demo_lan import CERTIFIED
from scanner.testing.ports import UNPRIVILEGED, unprivileged
from tests.loopback import own
from tests.nonempty import some

ROOT = Path(__file__).resolve().parents[2]
ROWS = 30  # models in the page's 28 rows: two of them name two


def _ports(surfaces: Surfaces) -> set[int]:
    agents = {surfaces.snmp.port} if surfaces.snmp else set()
    return agents | {page.port for page in surfaces.web} | set(surfaces.traps)


def test_every_status_and_every_catalog_row_is_present() -> None:
    phones = catalogue()
    assert {phone.truth.status for phone in phones} == set(STATUSES)
    certified = [phone.truth for phone in phones if phone.truth.status == "certified"]
    assert len({(truth.manufacturer, truth.model) for truth in certified}) == len(certified) == ROWS
    assert 80 <= sum(phone.truth.in_inventory for phone in phones) <= 110
    assert sum(not phone.truth.in_inventory for phone in phones) >= 10


def test_the_certified_phones_are_those_of_the_catalog() -> None:
    (catalog,) = (one for one in builtin() if one.name == "skype-for-business")
    assert {(p.manufacturer, p.model, p.firmware) for p in CERTIFIED} == {
        (entry.manufacturer, entry.model, entry.firmware) for entry in catalog.entries
    }


@pytest.mark.adds_to("test_the_certified_phones_are_those_of_the_catalog")
def test_the_certified_phones_are_those_of_the_published_page(shared: Path) -> None:
    page = (shared / "catalogs" / "certified-skype-for-business-ip-phones.md").read_text(encoding="utf-8")
    published = set()
    for cells in (line.strip("|").split("|") for line in page.splitlines() if line.startswith("|")):
        maker, model, version = (cell.strip() for cell in cells[:3])
        if maker in {"Manufacturer", ":---"}:
            continue
        model = re.sub(r"^Flex |\(.*\)| IP Phone| Business Media Phone", "", model).strip()
        numbers = model.removeprefix("VVX ").split("/") if model.startswith("VVX") else [model]
        published |= {(maker, f"VVX {n}" if model.startswith("VVX") else n, version) for n in numbers}
    assert {(p.manufacturer, p.model, p.firmware) for p in CERTIFIED} == published
    assert len(published) == ROWS


def test_the_demonstration_is_the_same_each_time() -> None:
    assert catalogue() == catalogue()
    moved = catalogue("127.33.0.0/22")
    assert [(p.surfaces.identifies, p.truth, p.mac) for p in moved] == [
        (p.surfaces.identifies, p.truth, p.mac) for p in catalogue()
    ]


def test_each_device_has_its_own_mac_and_address() -> None:
    phones = catalogue()
    assert len({phone.ip for phone in phones}) == len({phone.mac for phone in phones}) == len(phones)


@pytest.mark.parametrize("subnet", ["127.20.0.0/24", "127.1.2.0/28", "127.0.0.0/8", "127.9.9.9/32", "127.255.255.0/24"])
def test_a_small_subnet_contains_the_first_devices(subnet: str) -> None:
    network = ipaddress.IPv4Network(subnet)
    phones = catalogue(subnet)
    room = max(1, network.num_addresses - 2)
    assert len(phones) == min(room, len(catalogue()))
    assert all(ipaddress.IPv4Address(phone.ip) in network for phone in phones)
    if network.num_addresses > 2:
        assert {str(network[0]), str(network[-1])}.isdisjoint(phone.ip for phone in phones)


@pytest.mark.parametrize("subnet", ["10.0.0.0/24", "0.0.0.0/0", "127.0.0.0/7", "::1/128", "lan", ""])
def test_a_subnet_that_is_not_loopback_is_refused(subnet: str) -> None:
    with pytest.raises(UsageError, match=r"127\."):
        catalogue(subnet)


def test_the_truth_is_a_table_with_one_row_a_device() -> None:
    stream = io.StringIO(newline="")
    write_truth(catalogue(), stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert tuple(rows[0]) == TRUTH_COLUMNS
    assert [row["ip"] for row in rows] == [phone.ip for phone in catalogue()]
    assert {row["in_inventory"] for row in rows if row["status"] == "not-a-phone"} == {"no"}
    by_status = {row["status"]: row["compliance"] for row in rows}
    assert by_status["certified"] == by_status["compatible"] == "compliant"
    assert by_status["outdated"] == by_status["other-line"] == by_status["not-listed"] == "noncompliant"
    assert by_status["newer"] == by_status["unknown-firmware"] == by_status["unidentified"] == "review"


def test_the_surfaces_contain_the_true_identity() -> None:
    for phone in some(catalogue()):
        surfaces, truth = phone.surfaces, phone.truth
        sip = surfaces.sip
        texts = [sip.user_agent or "", sip.server or ""] if sip else []
        for web in surfaces.web:
            texts += [web.server or "", *(str(web.certificate) if web.certificate else "",)]
            texts += [page.body + str(page.headers) for page in web.pages.values()]
        texts += (
            [row.value.decode() for row in surfaces.snmp.rows if isinstance(row.value, bytes)] if surfaces.snmp else []
        )
        shown = "\n".join(texts).lower()
        if truth.firmware:
            assert truth.firmware.lower() in shown
        if truth.mac:
            bare = truth.mac.replace(":", "")
            assert bare in shown.replace(":", "")
        if truth.serial:
            assert truth.serial.lower() in shown


@pytest.mark.network
def test_the_farm_runs_until_stopped_and_writes_its_truth(tmp_path: Path) -> None:
    path, stop, ready = tmp_path / "truth.csv", threading.Event(), threading.Event()
    seen: list[Farm] = []

    def run() -> None:
        run_farm(own("127.29.8.0/24"), path, stop, lambda farm: (seen.append(farm), ready.set()))  # type: ignore[func-returns-value]

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(120)
    assert path.read_text().startswith("ip,mac,kind,")
    stop.set()
    thread.join(120)
    assert not thread.is_alive()
    assert len(seen[0].phones) > 90


def test_a_truth_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PhonescanError, match=r"cannot be written \(No such file or directory\); choose another file"):
        run_farm(own("127.29.8.0/24"), tmp_path / "no" / "truth.csv", threading.Event())


def test_without_privileges_every_device_has_its_surfaces_on_other_ports() -> None:
    for before, after in some(zip(catalogue(), unprivileged(catalogue()), strict=True)):
        assert replace(after, surfaces=before.surfaces) == before
        moved = after.surfaces
        assert (moved.sip, moved.mdns, moved.identifies) == (
            before.surfaces.sip,
            before.surfaces.mdns,
            before.surfaces.identifies,
        )
        assert (moved.snmp is None) == (before.surfaces.snmp is None)
        assert {port for port in _ports(moved) if port < 1024} == set()
        assert {UNPRIVILEGED.get(page.port, page.port) for page in before.surfaces.web} == {p.port for p in moved.web}


def test_a_page_with_a_substitute_port_replaces_the_page_of_that_port() -> None:
    alone, both = (WebSurface(port=80, pages={}, server="moved"), WebSurface(port=8080, pages={}, server="there"))
    phone = replace(catalogue()[0], surfaces=Surfaces(web=(both, alone)))
    (moved,) = unprivileged([phone])
    assert [(page.port, page.server) for page in moved.surfaces.web] == [(8080, "moved")]


@pytest.mark.root
@pytest.mark.network
@pytest.mark.daemon("setpriv")
@pytest.mark.parametrize(
    ("first", "used"),
    [
        (1024, "used instead: 8080 for 80, 1161 for 161, 8443 for 443; left out: 515, 631"),
        (444, "used instead: 8080 for 80, 1161 for 161, 8443 for 443"),
        (0, ""),
    ],
)
def test_a_user_without_privileges_gets_every_device_and_a_note_on_the_ports(first: int, used: str) -> None:
    """`first` is the lowest port that the kernel lets such a user bind (ip(7), ip_unprivileged_port_start)."""
    program = (
        "from scanner.testing import demo_farm\n"
        "with demo_farm('127.29.9.0/24') as farm: print(len(farm.phones), *farm.left_out, sep='\\n')"
    )
    user = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"]
    prepare = f'ip link set lo up && echo {first} >/proc/sys/net/ipv4/ip_unprivileged_port_start && exec "$@"'
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", prepare, "sh", *user, sys.executable, "-c", program],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip
    count, *notes = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert int(count) == len(catalogue())
    assert [note.partition("(")[2].partition(")")[0] for note in notes] == [used] * bool(used)


@pytest.mark.network
def test_two_demonstrations_at_once_use_two_subnets() -> None:
    with demonstration() as (first, _), demonstration() as (second, _):
        assert first != second


@pytest.mark.network
def test_a_demonstration_takes_the_next_subnet_if_another_one_takes_its_subnet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with demonstration() as (first, _):
        monkeypatch.setattr("scanner.testing.demo.bindable", lambda ip, port: True)
        with demonstration() as (second, _):
            assert first != second
