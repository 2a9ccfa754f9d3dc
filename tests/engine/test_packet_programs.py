"""The kernel's programs of a listener, run by an interpreter of classic BPF: each frame passes exactly one of them."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.app.telephones import telephones
from scanner.discovery.registry import captures
from scanner.engine.os.packet_filter import SNAP_LENGTH, SenderGroup, compile_filter
from scanner.identity.load import load
from tests.benchmarks.bench_listen import (
    arp_frame,
    cdp_frame,
    dhcp_frame,
    invented,
    lldp_frame,
    mdns_frame,
    phones,
)

KNOWN = telephones(load())
DECLARED = [capture for _, capture in captures()]
PROGRAMS = {
    senders: [
        struct.unpack_from("HBBI", program, at)
        for program in [compile_filter(DECLARED, senders, KNOWN.first_octets, KNOWN.makers)]
        for at in range(0, len(program), 8)
    ]
    for senders in SenderGroup
}
YEALINK, OTHER = "80:5e:c0:00:00:01", "02:00:00:00:00:01"


def accepted(program: list[tuple[int, ...]], frame: bytes) -> int:
    """The octets of a frame that a program accepts (linux/filter.h); a load outside of the frame ends it with 0."""
    at = a = x = stored = 0
    for _ in range(len(program) + 1):
        code, true, false, k = program[at]
        at += 1
        match code:
            case 0x20 | 0x28 | 0x30 | 0x40 | 0x48 | 0x50:
                size = {0: 4, 8: 2, 16: 1}[code & 0x18]
                place = k + (x if code & 0x40 else 0)
                if place + size > len(frame):
                    return 0
                a = int.from_bytes(frame[place : place + size])
            case 0x80:
                a = len(frame)
            case 0x60:
                a = stored
            case 0x01:
                x = k
            case 0xB1:
                x = 4 * (frame[k] & 15)
            case 0x02:
                stored = a
            case 0x07:
                x = a
            case 0x87:
                a = x
            case 0x04 | 0x0C:
                a = a + (x if code & 8 else k) & 0xFFFFFFFF
            case 0x14:
                a = a - k & 0xFFFFFFFF
            case 0x54:
                a &= k
            case 0x44:
                a |= k
            case 0x74:
                a >>= k
            case 0x05:
                at += k
            case 0x15 | 0x25 | 0x35 | 0x45 | 0x2D:
                holds = {0x15: a == k, 0x25: a > k, 0x35: a >= k, 0x45: bool(a & k), 0x2D: a > x}[code]
                at += true if holds else false
            case 0x06:
                return k
            case _:
                raise AssertionError(f"opcode {code:#x}")
    raise AssertionError("the program does not end")


def class_of(frame: bytes) -> SenderGroup | None:
    """The program that accepts a frame; None where it is not captured at all. Fails where several accept it."""
    took = [senders for senders in SenderGroup if senders is not SenderGroup.ALL and accepted(PROGRAMS[senders], frame)]
    captured = accepted(PROGRAMS[SenderGroup.ALL], frame)
    assert len(took) == (captured > 0)
    assert captured in (0, SNAP_LENGTH)
    return took[0] if took else None


def med(mac: str) -> bytes:
    """An LLDPDU whose only sign of a telephone is a TLV of LLDP-MED."""
    frame = lldp_frame(mac, "host", "Linux", 0x80)
    end = b"\0\0"
    return frame.removesuffix(end) + b"\xfe\x07\x00\x12\xbb\x01\x00\x0f\x03" + end


@pytest.mark.parametrize(
    ("frame", "senders"),
    [
        (lldp_frame(YEALINK, "host", "Linux", 0x80), SenderGroup.LISTED),
        (dhcp_frame(YEALINK, "MSFT 5.0"), SenderGroup.LISTED),
        (mdns_frame(YEALINK, "host", "10.0.0.1"), SenderGroup.LISTED),
        (lldp_frame(OTHER, "host", "Linux", 0x24), SenderGroup.SIGNS),
        (lldp_frame(OTHER, "host", "x" * 255, 0x24), SenderGroup.SIGNS),
        (med(OTHER), SenderGroup.SIGNS),
        (cdp_frame(OTHER, "SEP02", "Cisco IP Phone 7941", 0x490), SenderGroup.SIGNS),
        (dhcp_frame(OTHER, "yealink"), SenderGroup.SIGNS),
        (dhcp_frame(OTHER, "Yealink SIP-T46S"), SenderGroup.SIGNS),
        (dhcp_frame(OTHER, "snom320"), SenderGroup.SIGNS),
        (lldp_frame(OTHER, "host", "Linux", 0x80), SenderGroup.REST),
        (cdp_frame(OTHER, "switch", "cisco WS-C2960", 0x28), SenderGroup.REST),
        (dhcp_frame(OTHER, "MSFT 5.0"), SenderGroup.REST),
        (mdns_frame(OTHER, "host", "10.0.0.1"), SenderGroup.REST),
        (arp_frame(OTHER, "10.0.0.1"), None),
        (arp_frame(YEALINK, "10.0.0.1"), None),
    ],
)
def test_a_frame_passes_the_program_of_its_sender(frame: bytes, senders: SenderGroup | None) -> None:
    assert class_of(frame) is senders


@pytest.mark.parametrize("kind", ["lldp", "cdp", "dhcp", "mdns", "arp"])
def test_frames_of_a_flood_and_those_of_phones_have_different_buffers(kind: str) -> None:
    chance = random.Random(3)
    assert {class_of(invented(kind, number, chance)) for number in range(100)} <= {SenderGroup.REST, None}
    assert {class_of(frame) for frame in phones().values()} == {SenderGroup.LISTED, SenderGroup.SIGNS}


@pytest.mark.parametrize("prefix", KNOWN.first_octets[:: max(1, len(KNOWN.first_octets) // 60)])
def test_every_prefix_is_found_and_its_neighbours_are_not(prefix: int) -> None:
    frame = bytearray(lldp_frame(OTHER, "host", "Linux", 0x80))
    for number in (prefix - 1, prefix, prefix + 1):
        frame[6:9] = (number & 0xFFFFFF).to_bytes(3)
        expected = SenderGroup.LISTED if number in KNOWN.first_octets else SenderGroup.REST
        assert class_of(bytes(frame)) is expected


def test_every_length_of_every_frame_passes_at_most_one_program() -> None:
    for frame in (med(OTHER), *phones().values()):
        for length in range(14, len(frame)):
            class_of(frame[:length])


@given(st.binary(max_size=400), st.sampled_from([b"\x88\xcc", b"\x00\x80", b"\x08\x00", b"\x86\xdd", b"\x81\x00"]))
def test_any_frame_passes_at_most_one_program(data: bytes, kind: bytes) -> None:
    class_of(bytes.fromhex("01000ccccccc020000000001") + kind + data)


def test_the_programs_are_of_a_length_that_the_kernel_accepts() -> None:
    assert all(len(program) <= 4096 for program in PROGRAMS.values())  # BPF_MAXINSNS


def test_a_frame_that_the_kernel_finds_signs_in_has_them_for_the_listener() -> None:
    for frame in (med(OTHER), *phones().values()):
        if class_of(frame) is SenderGroup.SIGNS:
            assert KNOWN.signs(frame)
