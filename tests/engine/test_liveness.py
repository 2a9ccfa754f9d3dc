"""Host discovery: rounds, ARP frames, echo requests, and the budget of the kernel's neighbour table."""

from __future__ import annotations

import random
import struct
from collections import Counter
from heapq import heappop, heappush

import pytest

from scanner.core.target_syntax import parse
from scanner.engine.liveness import arp, icmp
from scanner.engine.liveness.neighbour_table import SHARE, NeighbourBudget
from scanner.engine.liveness.probe import CONTROL, LivenessProbe
from scanner.engine.os.rtnetlink import NeighbourLimits
from scanner.engine.os.udp import SendResult
from scanner.engine.rate.limits import Pace, choose
from scanner.engine.sweep.cookie import Cookies

MAC = bytes.fromhex("02fc00000001")


def probe(
    ranges: list[range],
    pace: Pace,
    present: set[int],
    loss: float = 0.0,
    most: int | None = None,
    fallback: bool = False,
    sample_invalid: bool = False,
) -> LivenessProbe:
    chance = random.Random(5)
    sent: Counter[int] = Counter()

    def send(index: int) -> SendResult:
        sent[index] += 1
        if index in present and chance.random() >= loss:
            one.response(index)
        return SendResult(0)

    one = LivenessProbe(
        ranges, 100_000, pace, send, max_rounds=most, fallback=fallback, sample_invalid=lambda: sample_invalid
    )
    now = 0.0
    while not one.over and now < 600:
        one.pump(now, 200)
        now += 0.01
    assert set(sent) <= {index for places in ranges for index in places}
    return one


def test_an_address_without_a_host_costs_two_packets_and_a_host_one() -> None:
    present = set(range(100, 1000, 9))
    one = probe([range(500), range(700, 1200)], choose("normal"), present)
    responsive = {index for index in present if index < 500 or index >= 700}
    assert set(one.state.responsive) == responsive
    assert one.sent == 2 * 1000 - len(responsive)


def test_loss_adds_rounds() -> None:
    one = probe([range(20_000)], choose("fast"), set(range(0, 20_000, 10)), loss=0.36)
    assert one.state.responsive.number >= 0.99 * 2000


def test_with_a_fallback_and_without_loss_an_address_without_a_host_costs_one_packet() -> None:
    present = set(range(0, 20_000, 10))
    one = probe([range(20_000)], choose("fast"), present, fallback=True)
    assert set(one.state.responsive) == present
    assert one.sent == 20_000 + len(range(0, 2_000, 2_000 // CONTROL + 1))


@pytest.mark.parametrize(("loss", "rounds"), [(0.0, 1), (0.01, 2), (0.1, 3)])
def test_the_number_of_rounds_grows_with_the_loss(loss: float, rounds: int) -> None:
    one = probe([range(20_000)], choose("fast"), set(range(0, 20_000, 10)), loss, most=3, fallback=True)
    assert len(one.state.responses) == rounds


def test_a_small_sample_or_one_after_congestion_saves_no_round() -> None:
    few = probe([range(20_000)], choose("fast"), {5, 77, 9_000}, most=3, fallback=True)
    assert len(few.state.responses) == 3
    some = probe([range(20_000)], choose("fast"), set(range(0, 20_000, 200)), fallback=True)
    assert len(some.state.responses) == 1
    assert some.sent == 20_000 + 2 * 100
    hasty = probe([range(20_000)], choose("fast"), set(range(0, 20_000, 10)), fallback=True, sample_invalid=True)
    assert len(hasty.state.responses) == 2


def test_a_resumed_probe_sends_to_no_address_twice() -> None:
    sent: Counter[int] = Counter()

    def send(index: int) -> SendResult:
        sent[index] += 1
        return SendResult(0)

    def make() -> LivenessProbe:
        return LivenessProbe([range(5_000)], 5_000, choose("fast", retries=0), send, fallback=True)

    first = make()
    for tick in range(10):
        first.pump(tick / 100, 200)
    responsive = next(iter(sent))
    first.response(responsive)
    rest = make()
    rest.state = first.state
    while not rest.over:
        rest.pump(rest.wake_at(1.0), 200)
    assert set(sent.values()) == {1}
    assert len(sent) == 5_000
    assert list(rest.state.responsive) == [responsive]


def test_a_network_full_of_hosts_takes_one_round() -> None:
    assert probe([range(254)], choose("fast"), set(range(254))).sent == 254


def test_a_probe_without_addresses_is_over_at_once() -> None:
    assert LivenessProbe([range(0)], 10, choose("fast"), lambda index: SendResult(0)).over


def test_a_packet_that_the_kernel_rejects_is_sent_again() -> None:
    results = [SendResult(105, 8)] * 3
    one = LivenessProbe(
        [range(3)], 3, choose("fast", retries=0), lambda index: results.pop() if results else SendResult(0)
    )
    now = 0.0
    while not one.over and now < 60:
        one.pump(now, 10)
        now += 0.01
    assert one.sent == 3
    assert one.backpressure.errors == ["ENOBUFS"] * 3


def test_positions_count_the_addresses_of_the_ranges() -> None:
    one = LivenessProbe([range(10, 20), range(50, 60)], 100, choose("fast"), lambda index: SendResult(0))
    assert {one.position(index) for index in [*range(10, 20), *range(50, 60)]} == set(range(20))
    assert one.position(30) == -1


def test_an_arp_request_has_the_format_of_rfc_826() -> None:
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


def test_only_arp_replies_to_our_mac_with_a_unicast_sender_count() -> None:
    assert arp.reply(replied(), MAC) == (0xC6120709, "00:15:65:0a:0b:0c")
    for change in (
        {"tha": b"\x02\xfc\0\0\0\x02"}, {"mac": b"\xff" * 6}, {"mac": b"\0" * 6}, {"kind": b"\x08\x00"},
        {"head": b"\x00\x01\x08\x00\x06\x04\x00\x01"},
    ):  # fmt: skip
        assert arp.reply(replied(**change), MAC) is None
    for length in range(42):
        assert arp.reply(replied()[:length], MAC) is None


def test_an_echo_request_contains_its_cookie_and_a_valid_checksum() -> None:
    cookie = Cookies(b"k")("10.0.0.1", 0)
    packet = icmp.request(0x1234, cookie)
    folded = sum(struct.unpack("!8H", packet))
    while folded > 0xFFFF:
        folded = (folded >> 16) + (folded & 0xFFFF)
    assert folded == 0xFFFF  # RFC 1071: with its checksum in it, the sum is all ones
    assert packet[:2] == b"\x08\x00"
    assert int.from_bytes(packet[8:16]) == cookie


def test_an_echo_request_over_ipv6_has_the_type_of_rfc_4443() -> None:
    packet = icmp.request(0x1234, 5, version=6)
    assert packet[:2] == b"\x80\x00"
    assert int.from_bytes(packet[8:16]) == 5


def test_cookies_differ_by_address_port_and_secret_and_fit_62_bits() -> None:
    one, other = Cookies(b"a" * 32), Cookies(b"b" * 32)
    numbers = {one("10.0.0.1", 5060), one("10.0.0.1", 161), one("10.0.0.2", 5060), other("10.0.0.1", 5060)}
    assert len(numbers) == 4
    assert max(numbers) < 1 << 62
    assert one("10.0.0.1", 5060) == Cookies(b"a" * 32)("10.0.0.1", 5060)


DEFAULT = NeighbourLimits(128, 512, 1024)
ROOM = int(SHARE * 1024)


def test_unresolved_neighbours_take_at_most_our_share_of_the_kernels_table() -> None:
    budget, now, sent = NeighbourBudget(DEFAULT, held=50.0), 0.0, list[float]()
    while len(sent) < 5000:
        for _ in range(budget.room(now)):
            sent.append(now)
            budget.resolving(len(sent), now)
        now += 0.05
    assert max(sum(1 for time in sent if start <= time < start + 3) for start in sent[::300]) <= ROOM
    assert now == pytest.approx(5000 / ROOM * 3.3, rel=0.25)


def send_to_all(budget: NeighbourBudget, hosts: int) -> dict[int, float]:
    """Send to each host as soon as the budget allows."""
    met, waiting, now = dict[int, float](), [(0.0, index) for index in range(hosts)], 0.0
    while waiting:
        due, index = heappop(waiting)
        now = max(now, due)
        later = budget.free_at(index, now)
        if later:
            heappush(waiting, (later, index))
        else:
            met[index] = now
    return met


def test_new_neighbours_are_added_no_faster_than_the_kernel_removes_old_ones() -> None:
    times = sorted(send_to_all(NeighbourBudget(DEFAULT, held=50.0), 2000).values())
    assert max(sum(1 for time in times if start <= time < start + 50) for start in times[::100]) <= ROOM
    assert times[-1] == pytest.approx(150, abs=1)


def test_only_our_own_entries_are_removed_when_idle() -> None:
    removed: list[int] = []
    budget = NeighbourBudget(DEFAULT, 50.0, removed.append, busy=lambda index: index == 7, existing=[3])
    assert max(send_to_all(budget, 2000).values()) < 5
    budget.room(60.0)
    assert set(range(2000)) - set(removed) == {3, 7}
    assert len(removed) == len(set(removed))


def test_a_host_with_an_entry_may_be_sent_to_at_any_time() -> None:
    budget = NeighbourBudget(NeighbourLimits(1, 1, 40), held=50.0)
    assert all(budget.free_at(index, 0.0) == 0 for index in range(24))
    assert budget.free_at(99, 0.0) > 0
    assert budget.free_at(5, 10.0) == 0


@pytest.mark.parametrize("text", ["10.0.0.0/24", "10.0.0.0/16"])
def test_a_probe_of_a_subnet_sends_to_each_address(text: str) -> None:
    count = parse([text]).count()
    sent: set[int] = set()
    one = LivenessProbe(
        [range(count)], count, choose("fast", retries=0), lambda index: sent.add(index) or SendResult(0)
    )
    now = 0.0
    while not one.over:
        one.pump(now, 10_000)
        now += 0.5
    assert len(sent) == count
