"""What `make hostile` detects: each fault of a scan, put into the rows and counts that it leaves, is reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.testing import HostTally, SimulatedPhone
from scanner.testing.hostile import kind_named
from tests.hostile.lan import hostile_lan
from tests.hostile.scans import Ended, Row
from tests.hostile.verdict import PARTS, Verdict, judge, judge_link

LAN = hostile_lan("127.82.1.0/24", [kind_named("sip-victim-mac"), kind_named("http-drip")])
VICTIM, SLOW = LAN.hostile[0].place.victim, LAN.hostile[1].ip
FINE = Ended(0, "", "", 0, 1.0)


def row(phone: SimulatedPhone) -> Row:
    return {part: getattr(phone.truth, part) for part in (*PARTS, "mac")}


COMPLIANT = next(row(phone) for phone in LAN.phones if phone.truth.compliance == "compliant")


def verdict(
    changed: Mapping[str, list[Row]] | None = None, ended: Ended = FINE, **counts: Mapping[str, Any]
) -> Verdict:
    """The verdict on a scan that found every phone and no other host, but for what the arguments change."""
    rows = {phone.ip: [row(phone)] for phone in LAN.phones} | dict(changed or {})
    tallies = {ip: HostTally() for ip in (*rows, LAN.canary.ip, *(host.ip for host in LAN.hostile))}
    for name, values in counts.items():
        for ip, value in values.items():
            setattr(tallies[ip], name, value)
    return judge(LAN, [ended], rows, tallies)


def test_a_scan_without_a_fault_has_none() -> None:
    found = verdict({SLOW: [{**COMPLIANT, "compliance": "review"}]}, Ended(3, "a line\n", "", 0, 1.0))
    assert [found.accepted, found.unsurvived, found.lost, found.disturbed, found.faults] == [{}, {}, {}, {}, []]
    assert list(found.results) == ["sip-victim-mac", "http-drip"]
    assert found.results["sip-victim-mac"] == "no device"
    assert found.results["http-drip"].startswith("phone ")


@pytest.mark.parametrize("rows", [[COMPLIANT], [{**COMPLIANT, "compliance": "none"}, COMPLIANT]])
def test_a_hostile_host_that_is_compliant_is_accepted(rows: list[Row]) -> None:
    assert list(verdict({SLOW: rows}).accepted) == ["http-drip"]


def test_a_compliant_device_where_no_host_is_and_a_second_one_at_a_phone_are_accepted() -> None:
    assert list(verdict({LAN.canary.ip: [COMPLIANT]}).accepted) == [LAN.canary.ip]
    phone = LAN.phones[0]
    assert list(verdict({phone.ip: [row(phone), COMPLIANT]}).accepted) == [phone.ip]


def test_a_phone_without_a_row_or_with_another_one_is_lost_and_the_hosts_that_name_it_are_accepted() -> None:
    rows: tuple[list[Row], ...] = ([], [{**row(LAN.phones[0]), "firmware": "0"}], [{**COMPLIANT, "mac": "x"}])
    for found in (verdict({VICTIM: one}) for one in rows):
        assert list(found.lost) == [VICTIM]
        assert list(found.accepted) == ["sip-victim-mac"]


def test_a_phone_that_rebooted_or_received_what_is_forbidden_is_disturbed() -> None:
    assert list(verdict(reboots={VICTIM: ["INVITE over SIP"]}).disturbed) == [VICTIM]
    assert list(verdict(most_open={VICTIM: 2}).disturbed) == [VICTIM]
    assert list(verdict(most_open={SLOW: 2}).unsurvived) == ["http-drip"]


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        (Ended(0, "", "Traceback (most recent call last):\n", 0, 1.0), "Traceback"),
        (Ended(4, "", "phonescan: a fault in phonescan itself", 0, 1.0), "a fault in phonescan itself"),
        (Ended(1, "", "", 0, 1.0), "ended with 1"),
        (Ended(None, "", "", 0, 900.0), "did not end"),
        (Ended(0, "a\x1b[2J\n", "", 0, 1.0), "not escaped"),
    ],
)
def test_a_command_that_fails_fails_for_every_kind(ended: Ended, sentence: str) -> None:
    found = verdict(ended=ended)
    assert sentence in found.faults[0]
    assert set(found.unsurvived) == {"sip-victim-mac", "http-drip"}


def test_a_packet_to_an_address_that_is_no_target_is_a_fault() -> None:
    assert LAN.canary.ip in verdict(packets={LAN.canary.ip: 1}).faults[0]


def test_on_a_link_a_phone_in_conflict_is_neither_lost_nor_a_reason_to_accept_the_sender() -> None:
    phones = [phone for phone in LAN.phones if phone.truth.status == "certified"][:2]
    rows = {phone.ip: [row(phone)] for phone in LAN.phones}
    rows[phones[0].ip] = [{**rows[phones[0].ip][0], "compliance": "review"}]
    rows[phones[1].ip] = []
    tallies = {ip: HostTally() for ip in (*rows, *(host.ip for host in LAN.hostile))}
    found = judge_link(LAN, {"link-arp-victim": phones[0], "link-arp-mac": phones[1]}, [FINE], rows, tallies)
    assert list(found.contested) == [phones[0].ip]
    assert "link-arp-victim" not in found.accepted
    assert "it has no row" in found.accepted["link-arp-mac"]
