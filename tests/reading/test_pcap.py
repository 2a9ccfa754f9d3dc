"""Captures: every container and link type yields the same observations, truncated ones those before the end."""

from __future__ import annotations

import gzip
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem
from scanner.reading import pcap as pcap_reader
from scanner.wire import cdp, lldp
from scanner.wire.tlv import Identifier
from tests.reading.captures import (
    ETHERNET,
    NULL,
    RAW,
    SLL,
    SLL2,
    block,
    enhanced,
    erf_record,
    ethernet,
    interface,
    netmon,
    octets,
    pcap,
    section,
    sip,
    snoop,
    udp,
)  # fmt: skip
from tests.reading.inventories import NOW

PHONE, SENDER = "64:16:7f:12:34:56", "02:00:00:00:00:01"
AGENT = "PolycomVVX-VVX_411-UA/5.9.0.9373"
PDU = lldp.encode(
    [
        ("chassis-id", Identifier(5, b"\x01\x0a\x01\x02\x03")),
        ("port-id", Identifier(3, octets(PHONE))),
        ("ttl", 120),
        ("system-name", "Polycom VVX 411"),
    ]
)
FRAME = ethernet(PHONE, lldp.ETHERTYPE, PDU)
CALL = ethernet(SENDER, 0x0800, udp("10.1.2.3", "10.0.0.5", 5060, 5060, sip(AGENT)))
SLL_HEAD = struct.pack(">HHH", 1, 1, 6) + octets(PHONE) + b"\0\0"
SLL2_HEAD = struct.pack(">HHIHBB", lldp.ETHERTYPE, 0, 2, 1, 1, 6) + octets(PHONE) + b"\0\0"
NANOSECONDS = b"\x09\0\x01\0\x09\0\0\0" + b"\0\0\0\0"


def variant(magic: int, order: str = "<", after_file_header: int = 0, after_record_header: int = 0) -> bytes:
    """The frame, repeated, in a variant of pcap with octets after the headers."""
    plain = pcap([FRAME], order=order, magic=magic)
    return plain[:24] + bytes(after_file_header) + (plain[24:40] + bytes(after_record_header) + plain[40:]) * 3


CONTAINERS = {
    "pcap": pcap([FRAME]),
    "big endian": pcap([FRAME], order=">"),
    "nanoseconds": pcap([FRAME], magic=0xA1B23C4D),
    "nanoseconds, big endian": pcap([FRAME], order=">", magic=0xA1B23C4D),
    "with the interface in each record": variant(0xA1B2CD34, after_record_header=8),
    "with the interface in each record, big endian": variant(0xA1B2CD34, ">", after_record_header=8),
    "IXIA's": variant(0x1C0001AB, after_file_header=4),
    "IXIA's with nanoseconds": variant(0x1C0001AC, ">", after_file_header=4),
    "of Red Hat 6.1": variant(0xA1B2C3D4, after_record_header=8),
    "of SuSE 6.3": variant(0xA1B2CD34, after_record_header=12),
    "of Nokia": variant(0xA1B2C3D4, ">", after_record_header=4),
    "Network Monitor 1": netmon([FRAME], 1),
    "Network Monitor 2": netmon([FRAME]),
    "Network Monitor 2.1": netmon([FRAME] * 2, minor=1),
    "Network Monitor 2.3, a link type of pcap": netmon([FRAME] * 2, minor=3, network=0xE001),
    "snoop": snoop([FRAME]),
    "ERF": erf_record(FRAME) * 3,
    "ERF, one record": erf_record(FRAME),
    "ERF with extension headers": erf_record(FRAME, extensions=2) + erf_record(FRAME, kind=20),
    "ERF in pcap": pcap([erf_record(FRAME)], 197),
    "PKTAP": pcap([struct.pack("<III", 108, 1, 1) + bytes(96) + FRAME], 258),
    "netANALYZER": pcap([bytes(4) + FRAME], 240),
    "mPacket": pcap([bytes(8) + FRAME], 274),
    "gzip": gzip.compress(pcap([FRAME])),
    "snoop in gzip": gzip.compress(snoop([FRAME])),
    "pcapng": section() + interface() + enhanced(FRAME),
    "pcapng, big endian": section(">") + interface(order=">") + enhanced(FRAME, order=">"),
    "pcapng, nanoseconds": section() + interface(options=NANOSECONDS) + enhanced(FRAME, units=10**9),
    "pcapng, the second interface": section() + interface(RAW) + interface() + enhanced(FRAME, 1),
    "pcapng, the second section": section() + interface(RAW)
    + section(">") + interface(order=">") + enhanced(FRAME, order=">"),
    "pcapng, other blocks": section() + block(5, bytes(12)) + interface() + block(0xBAD, b"x" * 9) + enhanced(FRAME),
    "pcapng, names of addresses": section() + block(4, b"\1\0\x0c\0\x0a\1\2\3phone\0\0\0\0\0\0\0") + interface()
    + enhanced(FRAME),
    "pcapng, secrets and statistics": section() + block(10, bytes(16)) + interface() + enhanced(FRAME)
    + block(5, bytes(12)),
    "pcapng, an old packet block": section() + interface()
    + block(2, struct.pack("<HHIIII", 0, 0, *divmod(1_700_000_000 * 10**6, 1 << 32), len(FRAME), len(FRAME)) + FRAME),
    "pcapng, simple": section() + interface() + block(3, struct.pack("<I", len(FRAME)) + FRAME),
    "one VLAN tag": pcap([ethernet(PHONE, lldp.ETHERTYPE, PDU, vlans=[120])]),
    "two VLAN tags": pcap([ethernet(PHONE, lldp.ETHERTYPE, PDU, vlans=[7, 120])]),
    "another group address": pcap([ethernet(PHONE, lldp.ETHERTYPE, PDU, to="01:80:c2:00:00:03")]),
    "behind SNAP": pcap([ethernet(PHONE, len(PDU) + 8, b"\xaa\xaa\x03\0\0\0\x88\xcc" + PDU)]),
    "Linux cooked": pcap([SLL_HEAD + b"\x88\xcc" + PDU], SLL),
    "Linux cooked, version 2": pcap([SLL2_HEAD + PDU], SLL2),
    "padding": pcap([FRAME + bytes(20)]),
}  # fmt: skip


def observed(data: bytes) -> tuple[list[Observation], list[str]]:
    items = list(read(io.BytesIO(data), now=NOW))
    return [i for i in items if isinstance(i, Observation)], [i.what for i in items if isinstance(i, Problem)]


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_and_encapsulation_yields_the_same(container: str) -> None:
    found, problems = observed(CONTAINERS[container])
    assert problems == []
    assert {(one.ip, one.mac, one.field, one.value) for one in found} == {
        ("10.1.2.3", PHONE, "lldp.chassis-id", "10.1.2.3"),
        ("10.1.2.3", PHONE, "lldp.port-id", PHONE),
        ("10.1.2.3", PHONE, "lldp.system-name", "Polycom VVX 411"),
    }
    assert {one.time for one in found} == {NOW if container.endswith("simple") else "2023-11-14T22:13:20Z"}


@pytest.mark.parametrize(
    ("data", "link", "mac"),
    [
        (CALL, ETHERNET, SENDER),
        (CALL[14:], RAW, None),
        (b"\2\0\0\7" + struct.pack("<HHI", 8, 1, 7) + struct.pack("<HH", len(CALL) - 10, 9) + CALL[14:], 239, None),
        (struct.pack("<III", 12, 1, 12) + CALL[14:], 258, None),
        (b"\x02\0\0\0" + CALL[14:], NULL, None),
        (struct.pack(">HHH", 0, 1, 6) + octets(SENDER) + b"\0\0\x08\0" + CALL[14:], SLL, SENDER),
    ],
    ids=["Ethernet", "bare IP", "NFLOG", "PKTAP", "BSD loopback", "Linux cooked"],
)
def test_a_sip_request_is_attributed_to_its_address_and_the_mac_of_its_frame(
    data: bytes, link: int, mac: str | None
) -> None:
    found, _ = observed(pcap([data], link))
    assert [(one.ip, one.mac, one.field, one.value) for one in found] == [("10.1.2.3", mac, "sip.user-agent", AGENT)]


def test_forwarded_requests_and_responses_are_ignored() -> None:
    answer = sip(AGENT).replace(b"REGISTER sip:pbx.example.org SIP/2.0", b"SIP/2.0 200 OK")
    packets = [udp("10.0.0.5", "10.1.2.9", 5060, 5060, said) for said in (sip(AGENT, "INVITE", vias=2), answer)]
    assert observed(pcap(packets, RAW)) == ([], [])


def test_repeated_requests_of_a_phone_are_reported_once() -> None:
    found, _ = observed(pcap([CALL] * 50))
    assert len(found) == 1


def test_cdp_is_read_after_llc_and_vlan_tags() -> None:
    body = cdp.encode([("device-id", "SEP64167F123456"), ("platform", "Cisco IP Phone 7841"), ("capabilities", 0x490)])
    llc = cdp.SNAP + body
    for vlans in ([], [120]):
        found, problems = observed(pcap([ethernet(PHONE, len(llc), llc + bytes(9), to=cdp.DESTINATION, vlans=vlans)]))
        assert problems == []
        assert {(one.mac, one.field) for one in found} == {
            (PHONE, "cdp.device-id"), (PHONE, "cdp.platform"), (PHONE, "cdp.capabilities"),
        }  # fmt: skip


def test_a_shutdown_does_not_withdraw_observations() -> None:
    goodbye = lldp.encode(
        [("chassis-id", Identifier(5, b"\x01\x0a\x01\x02\x03")), ("port-id", Identifier(3, octets(PHONE))), ("ttl", 0)]
    )
    found, _ = observed(pcap([FRAME, ethernet(PHONE, lldp.ETHERTYPE, goodbye)]))
    assert "lldp.system-name" in {one.field for one in found}
    assert observed(pcap([ethernet(PHONE, lldp.ETHERTYPE, goodbye)])) == ([], [])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (CONTAINERS["pcap"][:-1], "the last frame is truncated"),
        (CONTAINERS["pcap"] + b"\0" * 7, "the last record is truncated"),
        (CONTAINERS["pcap"] + struct.pack("<IIII", 1, 0, 10**9, 10**9), "a record with a length of 1000000000 octets"),
        (CONTAINERS["pcapng"][:-3], "the last block is truncated"),
        (CONTAINERS["pcapng"] + struct.pack("<II", 6, 8), "a block with a length of 8 octets"),
        (section() + enhanced(FRAME), "a block that is shorter than its content"),
        (section() + interface() + enhanced(FRAME, 9), "a block that is shorter than its content"),
        (b"\xd4\xc3\xb2\xa1", "the file header is truncated"),
        (CONTAINERS["snoop"][:-1], "the last frame is truncated"),
        (CONTAINERS["snoop"] + bytes(3), "the last record is truncated"),
        (CONTAINERS["snoop"] + struct.pack(">6I", 9, 9, 8, 0, 1, 0), "a record with a length of 8 octets"),
        (CONTAINERS["ERF"][:-1], "the last frame is truncated"),
        (CONTAINERS["ERF"] + bytes(16), "a record with a length of 0 octets"),
        (snoop([], 9), "frames of data link type 9 of snoop"),
        (CONTAINERS["Network Monitor 2"][:-8], "the last frame is truncated"),
        (netmon([FRAME])[:100], "the file header is truncated"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\1\2\3\4" + bytes(16), "a section without a byte order"),
    ],
)  # fmt: skip
def test_a_truncated_file_yields_its_complete_frames_and_a_problem(data: bytes, said: str) -> None:
    found, problems = observed(data)
    assert problems == [f"the capture is truncated here: {said}"]
    if data.startswith((CONTAINERS["pcap"], CONTAINERS["pcapng"], CONTAINERS["snoop"], erf_record(FRAME))):
        assert len(found) == 3


@pytest.mark.slow
def test_a_flood_of_forged_senders_is_bounded_and_reported() -> None:
    macs = [f"02:00:00:{n >> 8:02x}:{n & 255:02x}:01" for n in range(21_000)]
    frames = [
        ethernet(mac, lldp.ETHERTYPE, b"\x02\x07\x04" + octets(mac) + b"\x04\x07\x03" + octets(mac) + b"\x06\2\0\x78")
        for mac in macs
    ]
    found, problems = observed(pcap(frames, apart=0))
    assert len({one.mac for one in found}) == 20_000
    assert problems == ["1000 announcements were not recorded: no sender, or too many senders"]


def test_frames_of_a_link_type_that_is_not_read_are_counted() -> None:
    data = section() + interface(147) + interface() + enhanced(bytes(20)) * 25 + enhanced(FRAME, 1)
    found, problems = observed(data)
    assert len(found) == 3
    assert problems == ["25 frames are of link type 147; Ethernet, Linux cooked, 802.11 and bare IP are read"]


def test_truncated_frames_are_reported_one_by_one_up_to_a_limit() -> None:
    _, problems = observed(pcap([bytes(9)] * 25))
    assert problems == ["truncated frame"] * 20 + ["5 more frames are truncated"]


@given(st.sampled_from(sorted(CONTAINERS)), st.data())
def test_any_damage_ends_in_observations_and_problems(container: str, data: st.DataObject) -> None:
    octets = bytearray(CONTAINERS[container])
    for _ in range(data.draw(st.integers(0, 6))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    if "gzip" not in container:
        assert all(isinstance(item, Observation | Problem) for item in read(io.BytesIO(cut), format="pcap", now=NOW))


VOICE = udp("10.1.2.3", "10.0.0.5", 12_000, 12_002, b"\x80\x08" + bytes(160))


@pytest.mark.parametrize("link", ["Ethernet", "one tag", "two tags", "cooked", "cooked, version 2"])
def test_voice_is_skipped_early_and_shows_which_mac_sends_for_an_address(
    link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = VOICE.replace(b"\x0a\1\2\3", b"\x0a\1\2\4")
    frames = {
        "Ethernet": (ethernet(SENDER, 0x0800, other), ETHERNET),
        "one tag": (ethernet(SENDER, 0x0800, other, vlans=[120]), ETHERNET),
        "two tags": (ethernet(SENDER, 0x0800, other, vlans=[7, 120]), ETHERNET),
        "cooked": (struct.pack(">HHH", 0, 1, 6) + octets(SENDER) + b"\0\0\x08\0" + other, SLL),
        "cooked, version 2": (struct.pack(">HHIHBB", 0x0800, 0, 2, 1, 0, 6) + octets(SENDER) + b"\0\0" + other, SLL2),
    }
    voice, number = frames[link]
    read_frames: list[bytes] = []
    monkeypatch.setattr(pcap_reader.ethernet, "frame", lambda data, link: read_frames.append(data))
    assert observed(pcap([voice] * 9, number)) == ([], [])
    assert read_frames == []
    monkeypatch.undo()
    numbers = [interface(number), interface(ETHERNET)]
    both = section() + b"".join(numbers) + enhanced(voice) + enhanced(CALL, 1)
    assert [(one.ip, one.mac) for one in observed(both)[0]] == [("10.1.2.3", None)]
