"""Which senders have precedence in a flood: their rank, the allowance of each, and what a capture of a flood keeps."""

from __future__ import annotations

import io
from functools import partial

import pytest

from scanner.app.telephones import telephones
from scanner.core.model import Observation
from scanner.discovery.announcement import Announcement
from scanner.discovery.listening import (
    CHANGES,
    CHANGES_OF_ALL_PER_SECOND,
    RECORDED_FROM_LINKS,
    RECORDED_PER_SECOND,
    SHARES,
    Allowance,
    Announcements,
    Received,
)
from scanner.discovery.telephones import RANKS, Standing, Telephones
from scanner.identity.load import load
from scanner.reading import Context, capture, detect
from scanner.reading.items import Problem
from tests.benchmarks.bench_listen import lldp_frame, phones
from tests.reading.captures import octets, pcap

KNOWN = telephones(load())
YEALINK, OTHER = "80:5e:c0:00:00:01", "02:00:00:00:00:01"


def announced(mac: str | None, *findings: tuple[str, str]) -> Announcement:
    return Announcement(mac, None, findings)


@pytest.mark.parametrize(
    ("announcement", "rank"),
    [
        (announced(OTHER), 0),
        (announced(None, ("lldp.system-name", "host")), 0),
        (announced(OTHER, ("lldp.capabilities", "bridge,router")), 0),
        (announced(OTHER, ("lldp.chassis-id", "02:00:00:00:d7:45")), 0),
        (announced(OTHER, ("dhcp.vendor-class", "MSFT 5.0")), 0),
        (announced(OTHER, ("lldp.system-description", "Linux 6.1.0")), 0),
        (announced(OTHER, ("lldp.capabilities", "bridge,telephone")), 1),
        (announced(OTHER, ("cdp.capabilities", "host,phone")), 1),
        (announced(OTHER, ("lldp-med.device-class", "endpoint-3")), 1),
        (announced(OTHER, ("lldp.system-name", "SIP-T58A")), 1),
        (announced(OTHER, ("lldp-med.model", "VVX 411")), 1),
        (announced(OTHER, ("dhcp.vendor-class", "yealink")), 1),
        (announced(YEALINK, ("lldp.system-name", "host")), 2),
        (announced(YEALINK, ("lldp.capabilities", "telephone")), 3),
    ],
)
def test_the_rank_of_a_sender_follows_from_prefix_and_behaviour(announcement: Announcement, rank: int) -> None:
    assert KNOWN.rank(announcement) == rank
    assert rank < RANKS == len(SHARES)


def test_without_fingerprints_a_capability_is_behaviour() -> None:
    assert Telephones().rank(announced(YEALINK, ("lldp.capabilities", "telephone"))) == 1


def flooded(
    announcements: Announcements,
    rank: int,
    senders: int,
    seconds: float,
    standing: Standing = Standing.NEW,
    *,
    begin: str = "",
    link: str = "",
) -> int:
    """How many of invented senders of a rank are recorded."""
    found = (("lldp.capabilities", "telephone" if rank & 1 else "other"),)
    begin = begin or ("80:5e:c0" if rank & 2 else "02:00:00")
    recorded = 0
    for number in range(senders):
        mac = f"{begin}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
        recorded += announcements.is_new(
            Received("lldp", announced(mac, *found)), seconds * number / senders, standing, link
        )
    return recorded


@pytest.mark.parametrize("rank", range(RANKS))
def test_invented_senders_are_bounded_at_once_and_a_second(rank: int) -> None:
    announcements = Announcements(recorded=RECORDED_FROM_LINKS, rank=KNOWN.rank)
    recorded = flooded(announcements, rank, 20_000, 20.0)
    most = SHARES[rank] * (RECORDED_FROM_LINKS + 20 * RECORDED_PER_SECOND)
    assert SHARES[rank] * RECORDED_FROM_LINKS <= recorded <= most
    assert announcements.count().excess == announcements.count().unrecorded == 20_000 - recorded


@pytest.mark.parametrize("rank", range(1, RANKS))
def test_a_flood_of_lower_ranks_takes_nothing_from_a_sender(rank: int) -> None:
    announcements = Announcements(recorded=50, rank=KNOWN.rank)
    for lower in range(rank):
        flooded(announcements, lower, 2_000, 1.0)
    assert flooded(announcements, rank, 20, 0.0) == 20


def test_changes_of_one_sender_are_bounded() -> None:
    announcements = Announcements(rank=KNOWN.rank)
    names = [announced(YEALINK, ("lldp.system-name", f"host{number}")) for number in range(50_000)]
    recorded = sum(announcements.is_new(Received("lldp", one), n / 10_000) for n, one in enumerate(names))
    assert CHANGES <= recorded <= CHANGES + 2
    assert announcements.count().excess == 50_000 - recorded
    assert announcements.is_new(Received("lldp", announced(YEALINK, ("lldp.system-name", "phone"))), 60.0)


@pytest.mark.parametrize("rank", range(RANKS))
@pytest.mark.parametrize("standing", [Standing.REPEATED, Standing.KNOWN])
def test_a_flood_of_the_same_rank_takes_nothing_from_known_phones_and_those_that_repeat_themselves(
    rank: int, standing: Standing
) -> None:
    announcements = Announcements(recorded=50, rank=KNOWN.rank)
    flooded(announcements, rank, 2_000, 1.0)
    assert flooded(announcements, rank, 20, 0.0, standing, begin="00:0b:82" if rank & 2 else "02:01:00") == 20


@pytest.mark.parametrize("standing", Standing)
def test_senders_of_every_standing_are_bounded(standing: Standing) -> None:
    announcements = Announcements(recorded=50, rank=KNOWN.rank)
    assert flooded(announcements, 3, 2_000, 1.0, standing) <= SHARES[3] * (50 + RECORDED_PER_SECOND) * 2


def test_a_flood_of_one_link_takes_nothing_from_another() -> None:
    announcements = Announcements(recorded=50, rank=KNOWN.rank)
    assert flooded(announcements, 0, 2_000, 1.0, link="eth0") < 60
    assert flooded(announcements, 0, 20, 1.0, link="eth1", begin="02:01:00") == 20


def test_changes_of_many_senders_are_bounded_in_all() -> None:
    announcements = Announcements(recorded=50, rank=KNOWN.rank)
    recorded = 0
    for change in range(CHANGES):
        for number in range(50):
            found = announced(f"02:00:00:00:00:{number:02x}", ("lldp.system-name", f"{change}"))
            recorded += announcements.is_new(Received("lldp", found), change / 32)
    assert 100 <= recorded <= 100 + CHANGES_OF_ALL_PER_SECOND
    assert announcements.count().excess == CHANGES * 50 - recorded


def test_an_allowance_grows_again_and_a_clock_that_goes_back_counts_as_stopped() -> None:
    allowance = Allowance(2, 0.5)
    assert [allowance.take(now) for now in (0.0, 0.0, 0.0, 2.0, 2.0, 1.0, 0.0, 4.0, 100.0, 100.0, 100.0)] == [
        True, True, False, True, False, False, False, True, True, True, False,
    ]  # fmt: skip


def test_phones_at_the_end_of_a_capture_of_a_flood_are_read_and_what_is_not_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture, "Announcements", partial(Announcements, recorded=500))
    model, mac = lldp_frame(OTHER, "host", "Linux", 0x80), octets(OTHER)
    frames = [model.replace(mac, b"\x02" + number.to_bytes(5)) for number in range(1_500)]
    data = pcap([*frames, *phones().values()], apart=0)
    context = Context("flood.pcap", "2026-11-30T12:00:00Z", rank=KNOWN.rank)
    items = list(detect.read(io.BytesIO(data), context, None))
    read = {item.mac for item in items if isinstance(item, Observation)}
    problems = [item for item in items if isinstance(item, Problem)]
    assert set(phones()) <= read
    assert len(read) == 500 + len(phones())
    assert [(problem.what, problem.missing) for problem in problems] == [
        ("1000 announcements were not recorded: no sender, or too many senders", True)
    ]
