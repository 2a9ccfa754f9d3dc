"""The mac of an address in a capture: that of the frame, unless the frame was forwarded."""

from __future__ import annotations

import pytest

from scanner.reading.senders import Senders, routed
from scanner.wire import cdp
from tests.reading.captures import ethernet, octets
from tests.reading.frames_of_phones import AGENT, OTHER, PHONE, agents, datagram, register

ADDRESS = "10.1.2.3"
REGISTER = register()


def voice(source: str, mac: str = PHONE) -> bytes:
    return datagram(b"\x80\x08" + bytes(160), source, 12_000, 12_002, mac)


def arp(mac: str, address: str) -> bytes:
    sender = octets(mac) + bytes(map(int, address.split(".")))
    return ethernet(mac, 0x0806, b"\0\1\x08\0\6\4\0\2" + sender + bytes(10))


def router(mac: str) -> bytes:
    body = cdp.SNAP + cdp.encode([("device-id", "core"), ("capabilities", 0x29)])
    return ethernet(mac, len(body), body, to=cdp.DESTINATION)


def phone(mac: str) -> bytes:
    body = cdp.SNAP + cdp.encode([("device-id", "SEP"), ("capabilities", 0x490)])
    return ethernet(mac, len(body), body, to=cdp.DESTINATION)


CASES = {
    "alone": ([], True),
    "sends voice": ([voice(ADDRESS)] * 3, True),
    "sent from 0.0.0.0 and a link-local address before": ([voice("0.0.0.0"), voice("169.254.7.7")], True),
    "sends voice for another address": ([voice("10.1.2.4")], False),
    "another mac sends voice": ([voice("10.1.2.4", OTHER)], True),
    "another mac sends the same request": ([datagram(REGISTER, mac=OTHER)], False),
    "the request was forwarded as well": ([datagram(REGISTER, mac=OTHER, ttl=63)], True),
    "ARP gives the address this mac": ([arp(PHONE, ADDRESS)], True),
    "ARP gives the address this mac, which sends for others": ([arp(PHONE, ADDRESS), voice("10.1.2.4")], True),
    "ARP gives the address another mac": ([arp(OTHER, ADDRESS)], False),
    "announces itself as a router": ([router(PHONE)], False),
    "announces itself as a phone": ([phone(PHONE)], True),
    "another mac is a router": ([router(OTHER)], True),
}


@pytest.mark.parametrize("what", CASES)
def test_a_mac_belongs_to_the_address_that_it_alone_sends_for(what: str) -> None:
    more, belongs = CASES[what]
    own = (ADDRESS, PHONE if belongs else None, AGENT)
    assert agents([datagram(REGISTER), *more]) == agents([*more, datagram(REGISTER)]) == [own]


@pytest.mark.parametrize(
    ("ttl", "forwarded"),
    [(64, False), (128, False), (255, False), (32, False), (30, False), (60, False), (1, False), (0, False),
     (63, True), (62, True), (58, True), (127, True), (120, True), (254, True), (252, True), (240, True)],
)  # fmt: skip
def test_a_decremented_time_to_live_shows_a_router(ttl: int, forwarded: bool) -> None:
    assert routed(ttl) is forwarded
    assert agents([datagram(REGISTER, ttl=ttl)]) == [(ADDRESS, None if forwarded else PHONE, AGENT)]


@pytest.mark.parametrize(
    ("same_maker", "alone", "with_others"),
    [(True, PHONE, PHONE), (None, PHONE, None), (False, None, None)],
)
def test_the_maker_of_the_prefix_decides_before_the_other_addresses(
    same_maker: bool | None, alone: str | None, with_others: str | None
) -> None:
    senders = Senders()
    senders.sends(PHONE, ADDRESS)
    assert senders.mac_of(ADDRESS, PHONE, same_maker) == alone
    senders.sends(PHONE, "10.1.2.4")
    assert senders.mac_of(ADDRESS, PHONE, same_maker) == with_others


@pytest.mark.parametrize("mac", ["00:00:5e:00:01:07", "00:00:0c:07:ac:01", "01:00:5e:00:00:01", "00:00:00:00:00:00"])
def test_a_mac_that_identifies_no_device_belongs_to_no_address(mac: str) -> None:
    assert agents([datagram(REGISTER, mac=mac)]) == [(ADDRESS, None, AGENT)]


def test_a_flood_of_macs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.reading.senders.MACS", 100)
    senders = Senders()
    for number in range(1000):
        senders.sends(f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}", ADDRESS)
        senders.resolved(f"10.0.{number >> 8}.{number & 255}", PHONE)
    assert senders.mac_of(ADDRESS, "02:00:00:00:03:e7", None) is None
    assert senders.mac_of(ADDRESS, "02:00:00:00:00:07", None) == "02:00:00:00:00:07"
