"""The passive list: entries are never probed, by address, by mac and by model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.testing import Farm, SimulatedPhone, catalogue
from tests.loopback import own

NET = own("127.63.0.")
WORDS = ("scan", f"{NET}0/24", "--discover", "sip,snmp,http", "--pace", "fast", "--format", "json")


@pytest.fixture
def phones() -> dict[str, SimulatedPhone]:
    """Phones that answer SIP and show pages, by address."""
    return {p.ip: p for p in catalogue(f"{NET}0/24") if p.surfaces.sip and p.surfaces.sip.udp and p.surfaces.web}


def settings(here: Path, *targets: str) -> None:
    (here / "phonescan.toml").write_text(f"[[passive]]\ntargets = {list(targets)!r}\n", encoding="utf-8")


def asked(farm: Farm) -> set[str]:
    return {ip for ip, tally in farm.tallies.items() if tally.packets}


@pytest.mark.network
@pytest.mark.parametrize("entry", [f"{NET}64", f"{NET}60-70", f"{NET}64/30"])
def test_a_passive_address_is_sent_nothing(run: Any, here: Path, phones: dict[str, SimulatedPhone], entry: str) -> None:
    settings(here, entry)
    with Farm(phones.values()) as farm:
        assert run(*WORDS).status == 0
        assert asked(farm) == set(phones) - {f"{NET}64"}
    left_out = run("report", "unscanned", "--format", "json").json()
    assert [row["outcome"] for row in left_out if row["discovery"] == "scan"] == ["excluded"]


@pytest.mark.network
@pytest.mark.parametrize("entry", ["80:5e:c0:2a:00:1c", "805E.C02A.001C", "Yealink T58A", "t58a"])
def test_the_last_address_of_a_passive_device_is_sent_nothing(
    run: Any, here: Path, phones: dict[str, SimulatedPhone], entry: str
) -> None:
    with Farm(phones.values()):
        assert run(*WORDS).status == 0
    settings(here, entry)
    meant = {ip for ip, p in phones.items() if (":" not in entry and "." not in entry) or ip == f"{NET}64"}
    meant = {ip for ip in meant if phones[ip].truth.model == "T58A"}
    with Farm(phones.values()) as farm:
        assert run(*WORDS).status == 0
        assert asked(farm) == set(phones) - meant
    rows = {row["ip"]: row for row in run("report", "inventory", "--format", "json").json()}
    assert {rows[ip]["model"] for ip in meant} == {"T58A"}
    for _ in range(4):  # nor is it missed, as nobody asked it
        run(*WORDS[:3], "sip", "--pace", "fast", "--format", "none")
    assert "vanished" not in {row["event"] for row in run("report", "changes", "--format", "json").json()
                              if row["ip"] in meant}  # fmt: skip


@pytest.mark.network
def test_a_host_that_is_identified_as_passive_is_sent_nothing_more(
    run: Any, here: Path, phones: dict[str, SimulatedPhone]
) -> None:
    settings(here, "Yealink T58A")
    with Farm(phones.values()) as farm:
        assert run(*WORDS).status == 0
        pages = {ip for ip, tally in farm.tallies.items() if any(kind == "http" for kind, _ in tally.asked)}
    assert pages == {ip for ip, phone in phones.items() if phone.truth.model != "T58A"}
