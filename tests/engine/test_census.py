"""Who is there: rounds to the silent, ARP frames, echo requests, and the kernel's neighbour table."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from scanner.core.targets import parse
from scanner.engine import arp, echo
from scanner.engine.census import Census
from scanner.engine.cookie import baker
from scanner.engine.links import NeighbourLimits
from scanner.engine.neighbours import SHARE, Budget, unresolved_rate
from scanner.engine.pacing import Pace, choose
from scanner.engine.udp import Sent

MAC = bytes.fromhex("02fc00000001")


def census(ranges: list[range], pace: Pace, present: set[int], loss: float = 0.0, most: int | None = None) -> Census:
    chance = random.Random(5)
    asked: Counter[int] = Counter()

    def ask(index: int) -> Sent:
        asked[index] += 1
        if index in present and chance.random() >= loss:
            one.answered(index)
        return Sent(0)

    one = Census(ranges, 100_000, pace, ask, most=most)
    now = 0.0
    while not one.over and now < 600:
        one.pump(now, 200)
        now += 0.01
    assert set(asked) <= {index for places in ranges for index in places}
    return one


def test_absent_addresses_cost_two_small_packets_and_present_ones_one() -> None:
    present = set(range(100, 1000, 9))
    one = census([range(500), range(700, 1200)], choose("normal"), present)
    here = {index for index in present if index < 500 or index >= 700}
    assert set(one.present) == here
    assert one.sent == 2 * 1000 - len(here)


def test_loss_is_met_by_more_rounds() -> None:
    one = census([range(20_000)], choose("fast"), set(range(0, 20_000, 10)), loss=0.36)
    assert one.present.number >= 0.99 * 2000


def test_everybody_there_is_one_round() -> None:
    assert census([range(254)], choose("fast"), set(range(254))).sent == 254


def test_nothing_to_ask_is_over_at_once() -> None:
    assert Census([range(0)], 10, choose("fast"), lambda index: Sent(0)).over


def test_a_full_queue_is_waited_for_and_then_passed() -> None:
    results = [Sent(105, 8)] * 3
    one = Census([range(3)], 3, choose("fast", retries=0), lambda index: results.pop() if results else Sent(0))
    now = 0.0
    while not one.over and now < 60:
        one.pump(now, 10)
        now += 0.01
    assert one.sent == 3
    assert one.complaints == ["ENOBUFS"] * 3


def test_positions_are_those_of_the_ranges() -> None:
    one = Census([range(10, 20), range(50, 60)], 100, choose("fast"), lambda index: Sent(0))
    assert {one.position(index) for index in [*range(10, 20), *range(50, 60)]} == set(range(20))
    assert one.position(30) == -1


def test_an_arp_request_is_what_rfc_826_says() -> None:
    frame = arp.request(MAC, 0xC6120701, 0xC6120709)
    assert frame.hex() == (
        "ffffffffffff02fc000000010806" + "0001080006040001" + "02fc00000001c6120701" + "000000000000c6120709"
    )


def replied(**change: bytes) -> bytes:
    parts = {
        "to": MAC, "from": b"\x00\x15\x65\x0a\x0b\x0c", "kind": b"\x08\x06",
        "head": b"\x00\x01\x08\x00\x06\x04\x00\x02",
        "mac": b"\x00\x15\x65\x0a\x0b\x0c", "ip": b"\xc6\x12\x07\x09", "tha": MAC, "tpa": b"\xc6\x12\x07\x01",
    } | change  # fmt: skip
    return b"".join(parts.values()) + b"\0" * 18


def test_only_arp_replies_to_us_with_a_macs_own_bits_count() -> None:
    assert arp.reply(replied(), MAC) == (0xC6120709, "00:15:65:0a:0b:0c")
    for change in (
        {"tha": b"\x02\xfc\0\0\0\x02"}, {"mac": b"\xff" * 6}, {"mac": b"\0" * 6}, {"kind": b"\x08\x00"},
        {"head": b"\x00\x01\x08\x00\x06\x04\x00\x01"},
    ):  # fmt: skip
        assert arp.reply(replied(**change), MAC) is None
    for length in range(42):
        assert arp.reply(replied()[:length], MAC) is None


def test_an_echo_request_carries_its_cookie_and_a_right_checksum() -> None:
    cookie = baker(b"k")("10.0.0.1", 0)
    packet = echo.request(0x1234, cookie)
    assert echo.checksum(packet) == 0
    assert packet[:2] == b"\x08\x00"
    assert int.from_bytes(packet[8:16]) == cookie


def test_cookies_differ_by_address_port_and_secret_and_fit_62_bits() -> None:
    one, other = baker(b"a" * 32), baker(b"b" * 32)
    numbers = {one("10.0.0.1", 5060), one("10.0.0.1", 161), one("10.0.0.2", 5060), other("10.0.0.1", 5060)}
    assert len(numbers) == 4
    assert max(numbers) < 1 << 62
    assert one("10.0.0.1", 5060) == baker(b"a" * 32)("10.0.0.1", 5060)


DEFAULT = NeighbourLimits(128, 512, 1024)


def test_absent_neighbours_never_fill_more_than_a_share_of_the_kernels_table() -> None:
    assert unresolved_rate(DEFAULT) * 3 <= SHARE * 1024
    assert unresolved_rate(NeighbourLimits(0, 0, 0)) == 5.0


def test_new_neighbours_are_met_no_faster_than_the_table_forgets() -> None:
    budget, now, met = Budget(DEFAULT), 0.0, dict[int, float]()
    waiting = list(range(3000))
    while waiting:
        index = waiting.pop(0)
        later = budget.allow(index, now)
        if later:
            waiting.append(index)
            now = max(now, min(later, now + 0.01))
        else:
            met[index] = now
    times = sorted(met.values())
    most = max(sum(1 for time in times if start <= time < start + 5.0) for start in times[::50])
    assert most <= SHARE * 1024 * 1.1
    assert budget.allow(waiting[0] if waiting else list(met)[-1], now) == 0.0


@pytest.mark.parametrize("text", ["10.0.0.0/24", "10.0.0.0/16"])
def test_a_census_of_a_subnet_asks_each_address(text: str) -> None:
    count = parse([text]).count()
    asked: set[int] = set()
    one = Census([range(count)], count, choose("fast", retries=0), lambda index: asked.add(index) or Sent(0))
    now = 0.0
    while not one.over:
        one.pump(now, 10_000)
        now += 0.5
    assert len(asked) == count
