"""Who is announcing: news is told once, what runs out is forgotten, and a flood fills neither memory nor disk."""

from __future__ import annotations

import sys
import tracemalloc

import pytest

from scanner.discovery.announcement import Announcement
from scanner.discovery.listening import REPEAT, Announcements, Received, read_frame
from scanner.discovery.registry import captures
from scanner.wire import ethernet, lldp
from scanner.wire.tlv import Identifier
from tests.reading.captures import ethernet as framed
from tests.reading.captures import octets

PHONE = "64:16:7f:12:34:56"


def received(name: str = "Polycom VVX 411", *, mac: str = PHONE, ttl: int = 120, discovery: str = "lldp") -> Received:
    return Received(discovery, Announcement(mac, None, (("lldp.system-name", name),), ttl))


def test_the_same_announcement_is_news_once_and_again_after_a_while() -> None:
    announcements = Announcements()
    moments = [30.0 * n for n in range(int(REPEAT / 30) + 3)]
    assert [now for now in moments if announcements.is_new(received(), now)] == [0.0, REPEAT]


def test_another_announcement_of_the_same_sender_is_news_at_once() -> None:
    announcements = Announcements()
    assert [announcements.is_new(received(name), 1.0) for name in ("a", "b", "b", "a")] == [True, True, False, True]


def test_lldp_and_cdp_of_one_sender_are_two_announcements() -> None:
    announcements = Announcements()
    assert announcements.is_new(received(), 0.0)
    assert announcements.is_new(received(discovery="cdp"), 0.0)
    assert announcements.count().present == 2


def test_a_time_to_live_of_zero_withdraws_the_announcement() -> None:
    announcements = Announcements()
    announcements.is_new(received(), 0.0)
    assert not announcements.is_new(received(ttl=0), 1.0)
    assert (announcements.count().present, announcements.count().withdrawn) == (0, 1)
    assert announcements.is_new(received(), 2.0)


def test_an_announcement_without_repetition_expires_and_is_new_afterwards() -> None:
    announcements = Announcements()
    announcements.is_new(received(ttl=120), 0.0)
    announcements.expire(119.0)
    assert announcements.count().present == 1
    announcements.expire(121.0)
    assert (announcements.count().present, announcements.count().expired) == (0, 1)
    assert announcements.is_new(received(ttl=120), 200.0)


def test_an_announcement_without_a_sender_is_counted_and_not_recorded() -> None:
    announcements = Announcements()
    assert not announcements.is_new(Received("lldp", Announcement(None, None, (("lldp.system-name", "x"),), 120)), 0.0)
    assert announcements.count().unrecorded == 1


def test_a_flood_of_forged_senders_is_bounded_and_the_phones_after_it_are_recorded() -> None:
    announcements = Announcements(senders=1000, recorded=100)
    flood = sum(announcements.is_new(received(mac=f"02:00:{n:08x}"), n / 10_000) for n in range(50_000))
    assert 100 <= flood <= 110
    assert announcements.count().present <= 1000
    assert announcements.count().unrecorded == 50_000 - flood
    assert announcements.is_new(received(), 60.0)


def test_a_million_forged_senders_take_no_more_memory_than_the_first_of_them() -> None:
    announcements = Announcements(senders=500)
    sizes = []
    for n in range(3_000):
        announcements.is_new(received(mac=f"02:00:{n:08x}"), float(n))
        if n in (999, 2_999):
            sizes.append(sum(sys.getsizeof(entry) for entry in announcements._senders.items()))
    assert sizes[0] == sizes[1]


def test_the_content_of_announcements_takes_no_memory() -> None:
    announcements = Announcements()
    tracemalloc.start()
    try:
        for n in range(2_000):
            announcements.is_new(received(f"{n:04}" * 500, mac=f"02:00:{n:08x}"), 1.0)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert announcements.count().present == 2_000
    assert kept < 2_000 * 1_000  # each contains 2,000 octets


PDU = lldp.encode(
    [("chassis-id", Identifier(4, octets(PHONE))), ("port-id", Identifier(3, octets(PHONE))), ("ttl", 120)]
)


@pytest.mark.parametrize(
    ("tags", "taken_off", "vlan"),
    [([], None, None), ([120], None, 120), ([], 120, 120), ([7, 120], None, 120), ([0], None, None), ([], 0, None)],
    ids=["none", "in the frame", "taken off by the kernel", "two", "priority alone", "priority taken off"],
)
def test_the_vlan_of_a_frame_is_kept(tags: list[int], taken_off: int | None, vlan: int | None) -> None:
    frame = ethernet.frame(framed(PHONE, lldp.ETHERTYPE, PDU, vlans=tags))
    assert frame is not None
    told = read_frame(captures(), frame, vlan=taken_off)
    assert told is not None
    assert (told.discovery, told.announcement.mac, told.vlan) == ("lldp", PHONE, vlan)
