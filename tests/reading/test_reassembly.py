"""SIP in IP fragments and TCP streams reads as in one packet, however it is split, ordered and repeated."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
from scapy.layers.l2 import Ether

from scanner.api import read
from scanner.reading import fragments, streams
from scanner.reading.fragments import Fragments, Whole
from scanner.reading.streams import SentPacket, Streams
from scanner.wire.ethernet import IPV4, Frame, IpPacket
from scanner.wire.ip_fragment import Datagram, Fragment
from tests.reading.captures import pcap
from tests.reading.frames_of_phones import AGENT, PHONE, SERVER, agents, ip, register, segment
from tests.reading.inventories import NOW

LONG = register(X_Pad="a" * 2000)
WHOLE = ip(id=7) / UDP(sport=5060, dport=5060) / LONG
PARTS = [bytes(Ether(src=PHONE, dst=SERVER) / part) for part in fragment(WHOLE, 600)]
SIX = (
    IPv6(src="2001:db8::3", dst="2001:db8::5")
    / IPv6ExtHdrFragment(id=7)
    / UDP(sport=5060, dport=5060)
    / register(Via="SIP/2.0/UDP [2001:db8::3];branch=z9hG4bK1", X_Pad="a" * 2000)
)
PARTS_OF_SIX = [bytes(Ether(src=PHONE, dst=SERVER) / part) for part in fragment6(SIX, 600)]
EXPECTED = [("10.1.2.3", PHONE, AGENT)]


@given(st.permutations(PARTS), st.lists(st.sampled_from(PARTS), max_size=4))
def test_fragments_in_any_order_and_repeated_are_one_packet(parts: list[bytes], again: list[bytes]) -> None:
    assert agents(parts + again) == agents([*again, *parts]) == EXPECTED


@given(st.permutations(PARTS_OF_SIX))
def test_fragments_of_ipv6_in_any_order_are_one_packet(parts: list[bytes]) -> None:
    assert agents(parts) == [("2001:db8::3", PHONE, AGENT)]


def test_an_atomic_fragment_of_ipv6_is_a_packet() -> None:
    packet = IPv6(src="2001:db8::3", dst="2001:db8::5") / IPv6ExtHdrFragment() / UDP(sport=5060, dport=5060)
    message = register(Via="SIP/2.0/UDP [2001:db8::3];branch=z9hG4bK1")
    assert agents([bytes(Ether(src=PHONE, dst=SERVER) / packet / message)]) == [("2001:db8::3", PHONE, AGENT)]


def test_of_an_incomplete_packet_the_beginning_is_read() -> None:
    assert agents(PARTS[:1]) == agents(PARTS[:2]) == agents([PARTS[0], PARTS[2]]) == EXPECTED
    assert agents(PARTS[1:]) == []


def test_fragments_that_overlap_with_different_octets_are_dropped() -> None:
    other = fragment(ip(id=7) / UDP(sport=5060, dport=5060) / LONG.replace(b"VVX_411", b"VVX_999"), 600)
    assert agents([PARTS[0], bytes(Ether(src=PHONE, dst=SERVER) / other[0]), *PARTS[1:]]) == []


def test_fragments_of_two_packets_are_not_mixed() -> None:
    second = fragment(ip("10.1.2.4", id=7) / UDP(sport=5060, dport=5060) / LONG.replace(b"10.1.2.3", b"10.1.2.4"), 600)
    both = [frame for pair in zip(PARTS, (bytes(Ether(src=SERVER) / part) for part in second)) for frame in pair]  # noqa: B905
    assert [address for address, _, _ in agents(both)] == ["10.1.2.3", "10.1.2.4"]


def split(message: bytes, at: list[int], start: int = 1, sport: int = 40_000, dport: int = 5060) -> list[bytes]:
    """A stream as segments that end at these offsets."""
    ends = sorted({end for end in at if 0 < end < len(message)} | {len(message)})
    return [
        segment(message[first:last], start + first, sport=sport, dport=dport)
        for first, last in zip([0, *ends], ends)  # noqa: B905
    ]


@given(st.lists(st.integers(1, 400), max_size=12), st.sampled_from([1, 2**32 - 100]), st.sampled_from([5060, 6050]))
def test_a_message_split_anywhere_is_read(at: list[int], start: int, port: int) -> None:
    opened = segment(b"", start - 1, dport=port, flags="S")
    assert agents([opened, *split(register(), at, start, dport=port)]) == EXPECTED


@given(st.data(), st.sampled_from([1, 2**32 - 100]))
def test_segments_in_any_order_and_repeated_are_one_stream(data: st.DataObject, start: int) -> None:
    parts = split(register(), [30, 60, 200, 300], start)
    order = data.draw(st.permutations(parts))
    again = data.draw(st.lists(st.sampled_from(parts), max_size=3))
    opened = segment(b"", start - 1, flags="S")
    assert agents([opened, *order, *again]) == agents([opened, *again, *order]) == EXPECTED


def test_the_first_octets_of_overlapping_segments_count() -> None:
    message = register()
    at = message.index(b"VVX_411")
    forged = segment(message[at - 20 :].replace(b"VVX_411", b"VVX_999"), 1 + at - 20)
    assert agents([segment(message[: at + 10], 1), forged, segment(message[at + 10 :], 1 + at + 10)]) == EXPECTED


def test_several_messages_in_a_segment_are_read_with_their_bodies_skipped() -> None:
    quoted = register(User_Agent="quoted in a body")
    first = register("NOTIFY sip:7@x SIP/2.0", User_Agent="first", Content_Length=str(len(quoted)))
    last = register(User_Agent="last")
    stream = b"\r\n\r\n" + first + quoted + b"\r\n\r\n" + last
    assert [agent for _, _, agent in agents([segment(stream, 1)])] == ["first", "last"]
    assert [agent for _, _, agent in agents(split(stream, list(range(0, 1500, 50))))] == ["first", "last"]


def test_a_stream_is_read_again_after_a_segment_that_was_not_captured() -> None:
    stream = register() + register(User_Agent="second")
    parts = split(stream, [200, len(register())])
    assert [agent for _, _, agent in agents([parts[0], parts[2]])] == ["second"]


def test_the_beginning_of_a_message_counts_at_the_end_of_the_capture() -> None:
    message = register()
    at = message.index(b"Content-Length")
    assert agents([segment(message[:at], 1)]) == EXPECTED


@pytest.mark.parametrize("flags", ["FPA", "PA", "PAU"])
def test_flags_of_a_segment_make_no_difference(flags: str) -> None:
    assert agents([segment(register(), 1, flags=flags)]) == EXPECTED


def test_a_stream_that_is_captured_from_a_keep_alive_on_is_read() -> None:
    frames = [segment(b"\r\n\r\n", 1, dport=6050), segment(b"\0", 4, dport=6050), segment(register(), 5, dport=6050)]
    assert agents(frames) == EXPECTED


def test_a_new_connection_on_the_same_ports_is_another_stream() -> None:
    page = segment(b"GET / HTTP/1.1\r\n\r\n", 1, dport=6050)
    opened = segment(b"", 7000, dport=6050, flags="S")
    assert agents([page, segment(register(), 19, dport=6050)]) == []
    assert agents([page, opened, segment(register(), 7001, dport=6050)]) == EXPECTED


def test_segments_of_a_network_card_with_a_length_of_zero_are_read() -> None:
    frame = bytearray(segment(register(), 1))
    frame[16:18] = b"\0\0"
    assert agents([bytes(frame)]) == EXPECTED


def flood(count: int) -> Iterator[SentPacket]:
    for number in range(count):
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        payload = b"REGISTER sip:x SIP/2.0\r\nUser-Agent: " + b"x" * 1300
        yield SentPacket(IpPacket(address, "10.0.0.5", 4000, 5060, "tcp", payload, 64, 1, 24), None, None)
        yield SentPacket(IpPacket(address, "10.0.0.5", 4000, 5060, "tcp", payload, 64, 9000, 24), None, None)


@pytest.mark.slow
def test_streams_without_an_end_are_bounded_in_memory() -> None:
    reader = Streams()
    tracemalloc.start()
    try:
        for packet in flood(20_000):
            list(reader.add(packet))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * streams.OCTETS + 40_000_000


@pytest.mark.slow
def test_fragments_without_an_end_are_bounded_in_memory() -> None:
    part = bytearray(PARTS[1])
    frames = []
    for number in range(30_000):
        part[18:20] = (number & 0xFFFF).to_bytes(2, "big")
        frames.append(bytes(part))
    capture = io.BytesIO(pcap(frames))
    del frames
    tracemalloc.start()
    try:
        assert list(read(capture, now=NOW)) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * fragments.OCTETS


CHUNKS = (
    b"REGISTER sip:x SIP/2.0\r\n",
    b"User-Agent: x\r\n",
    b"\r\n",
    b"Content-Length: 5\r\n\r\n",
    b"SIP/2.0 200 OK\r\n\r\n",
    b"\0",
)


@given(
    st.lists(
        st.tuples(
            st.integers(-40, 40),
            st.lists(st.sampled_from(CHUNKS), max_size=4).map(b"".join),
            st.sampled_from([0x18, 0x02, 0x11, 0x04]),
            st.sampled_from([5060, 6050]),
        ),
        max_size=40,
    )
)
def test_any_segments_of_a_stream_yield_messages_that_were_sent(sent: list[tuple[int, bytes, int, int]]) -> None:
    reader = Streams()
    found: list[SentPacket] = []
    for sequence, payload, flags, port in sent:
        packet = IpPacket("10.1.2.3", "10.0.0.5", 4000, port, "tcp", payload, 64, sequence % 2**32, flags)
        found += reader.add(SentPacket(packet, None, None))
    found += reader.rest()
    assert list(reader.rest()) == []
    assert len(found) <= sum(payload.count(b"SIP/2.0") for _, payload, _, _ in sent)
    assert all(b"SIP/2.0" in message.packet.payload for message in found)


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.booleans(), st.binary(max_size=40), st.integers(1, 2)), min_size=1, max_size=30
    )
)
def test_any_fragments_yield_packets_of_their_octets(sent: list[tuple[int, bool, bytes, int]]) -> None:
    reader = Fragments()
    whole: list[Whole] = []
    for offset, last, data, identification in sent:
        datagram = Datagram(IPV4, bytes(4), bytes(4), identification, 17)
        frame = Whole(Frame(PHONE, None, (), IPV4, b""), None)
        whole += reader.add(Fragment(datagram, 64, offset * 8, last, data), frame)
    whole += reader.rest()
    assert list(reader.rest()) == []
    assert len(whole) <= len(sent)
    assert all(len(each.frame.payload) <= 20 + sum(len(data) for _, _, data, _ in sent) for each in whole)
