"""802.11 frames, built by scapy: who sent what, and what carries nothing that can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.wire import ethernet, wireless

PHONE, POINT, ROUTER, FAR = "64:16:7f:12:34:56", "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"
ANNOUNCED = b"\x02\x07\x04\x64\x16\x7f\x12\x34\x56"


def built(*, to_ds: bool = False, from_ds: bool = False, qos: bool = False, **fields: Any) -> bytes:
    """A data frame with an LLDP type behind SNAP."""
    from scapy.layers.dot11 import Dot11, Dot11QoS
    from scapy.layers.l2 import LLC, SNAP

    head = Dot11(type=2, subtype=8 if qos else 0, FCfield=to_ds | from_ds << 1, **fields)
    if qos:
        head /= Dot11QoS(TID=6)
    return bytes(head / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x88CC) / ANNOUNCED)


@pytest.mark.parametrize("qos", [False, True])
@pytest.mark.parametrize(
    ("ways", "addresses"),
    [
        ({}, {"addr1": ROUTER, "addr2": PHONE, "addr3": POINT}),
        ({"to_ds": True}, {"addr1": POINT, "addr2": PHONE, "addr3": ROUTER}),
        ({"from_ds": True}, {"addr1": ROUTER, "addr2": POINT, "addr3": PHONE}),
        ({"to_ds": True, "from_ds": True}, {"addr1": POINT, "addr2": FAR, "addr3": ROUTER, "addr4": PHONE}),
    ],
    ids=["alone", "to the access point", "from the access point", "between access points"],
)
def test_the_sender_is_the_phone_whichever_way_the_frame_went(
    ways: dict[str, bool], addresses: dict[str, str], qos: bool
) -> None:
    frame = ethernet.frame(built(qos=qos, **ways, **addresses), wireless.LINK_DOT11)
    assert frame == ethernet.Frame(PHONE, ROUTER, (), ethernet.LLDP, ANNOUNCED)


def radiotap(data: bytes, **fields: Any) -> bytes:
    from scapy.layers.dot11 import RadioTap

    return bytes(RadioTap(**fields)) + data


PLAIN = built(addr1=ROUTER, addr2=PHONE, addr3=POINT)


@pytest.mark.parametrize(
    ("data", "link"),
    [
        (radiotap(PLAIN), wireless.LINK_RADIOTAP),
        (radiotap(PLAIN, present="TSFT+Rate", mac_timestamp=1 << 40, Rate=2), wireless.LINK_RADIOTAP),
        (radiotap(PLAIN + b"fcs!", present="Flags", Flags="FCS"), wireless.LINK_RADIOTAP),
        (
            radiotap(PLAIN + b"fcs!", present="TSFT+Flags+Rate", mac_timestamp=7, Flags="FCS", Rate=2),
            wireless.LINK_RADIOTAP,
        ),
        (b"\0\0\x08\0\x69\0\0\0" + PLAIN, wireless.LINK_PPI),
        (b"\x44\0\0\0\x90\0\0\0" + bytes(136) + PLAIN, wireless.LINK_PRISM),
    ],
    ids=["radiotap", "time stamp", "checksum", "time stamp and checksum", "PPI", "Prism"],
)
def test_what_the_card_put_before_the_frame_and_behind_it_is_left_out(data: bytes, link: int) -> None:
    assert ethernet.frame(data, link) == ethernet.Frame(PHONE, ROUTER, (), ethernet.LLDP, ANNOUNCED)


def test_padding_behind_the_head_is_left_out() -> None:
    head, body = 26, built(qos=True, addr1=ROUTER, addr2=PHONE, addr3=POINT)
    padded = body[:head] + b"\0\0" + body[head:]
    told = ethernet.frame(radiotap(padded, present="Flags", Flags="pad"), wireless.LINK_RADIOTAP)
    assert told is not None
    assert told.payload == ANNOUNCED


def test_the_first_of_several_in_one_frame_is_read() -> None:
    inner = bytes.fromhex("020000000002" + "64167f123456") + b"\0\x11" + b"\xaa\xaa\x03\0\0\0\x88\xcc" + ANNOUNCED
    data = b"\x88\x01\0\0" + bytes(18) + b"\0\0" + b"\x80\0" + inner + b"\0\0\0" + inner
    told = ethernet.frame(data, wireless.LINK_DOT11)
    assert told == ethernet.Frame(PHONE, ROUTER, (), ethernet.LLDP, ANNOUNCED)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80" + PLAIN[1:],
        b"\xb4" + PLAIN[1:],
        b"\x48" + PLAIN[1:],
        PLAIN[:1] + b"\x40" + PLAIN[2:],
        PLAIN[:1] + b"\x04" + PLAIN[2:],
        PLAIN[:22] + b"\x01\0" + PLAIN[24:],
    ],
    ids=["beacon", "request to send", "no data", "encrypted", "first fragment", "later fragment"],
)
def test_a_frame_that_carries_nothing_to_read_is_no_fault(data: bytes) -> None:
    told = ethernet.frame(data, wireless.LINK_DOT11)
    assert told is not None
    assert (told.ethertype, told.payload) == (ethernet.NOTHING, b"")


@given(st.binary(max_size=200), st.sampled_from(sorted(wireless.LINKS)))
def test_any_octets_end_in_a_frame_nothing_or_one_fault(data: bytes, link: int) -> None:
    told = ethernet.frame(data, link)
    assert told is None or len(told.payload) <= len(data)


@pytest.mark.parametrize("link", sorted(wireless.LINKS))
def test_every_truncation_is_a_fault_or_a_shorter_payload(link: int) -> None:
    whole = {wireless.LINK_RADIOTAP: radiotap(PLAIN), wireless.LINK_DOT11: PLAIN}.get(link, bytes(8) + PLAIN)
    for length in range(len(whole)):
        try:
            carried = wireless.frame(whole[:length], link)
        except WireError:
            continue
        assert carried is None or len(carried.payload) < len(whole)
