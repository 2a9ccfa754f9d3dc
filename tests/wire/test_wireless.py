"""802.11 frames, built by scapy: source and destination, capture headers, frames without a payload."""

from __future__ import annotations

from typing import Any

import pytest

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
    ids=["ad hoc", "to the access point", "from the access point", "between access points"],
)
def test_the_source_is_the_phone_in_every_direction(
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
def test_capture_headers_and_frame_check_sequences_are_skipped(data: bytes, link: int) -> None:
    assert ethernet.frame(data, link) == ethernet.Frame(PHONE, ROUTER, (), ethernet.LLDP, ANNOUNCED)


def test_padding_after_the_header_is_skipped() -> None:
    head, body = 26, built(qos=True, addr1=ROUTER, addr2=PHONE, addr3=POINT)
    padded = body[:head] + b"\0\0" + body[head:]
    frame = ethernet.frame(radiotap(padded, present="Flags", Flags="pad"), wireless.LINK_RADIOTAP)
    assert frame is not None
    assert frame.payload == ANNOUNCED


def test_the_first_msdu_of_an_aggregate_is_read() -> None:
    inner = bytes.fromhex("020000000002" + "64167f123456") + b"\0\x11" + b"\xaa\xaa\x03\0\0\0\x88\xcc" + ANNOUNCED
    data = b"\x88\x01\0\0" + bytes(18) + b"\0\0" + b"\x80\0" + inner + b"\0\0\0" + inner
    frame = ethernet.frame(data, wireless.LINK_DOT11)
    assert frame == ethernet.Frame(PHONE, ROUTER, (), ethernet.LLDP, ANNOUNCED)


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
def test_a_frame_without_a_readable_payload_is_not_a_fault(data: bytes) -> None:
    frame = ethernet.frame(data, wireless.LINK_DOT11)
    assert frame is not None
    assert (frame.ethertype, frame.payload) == (ethernet.NO_PAYLOAD, b"")


@pytest.mark.parametrize("link", sorted(wireless.LINKS))
def test_every_truncation_is_refused_or_has_a_shorter_payload(link: int) -> None:
    heads = {
        wireless.LINK_RADIOTAP: radiotap(b""),
        wireless.LINK_DOT11: b"",
        wireless.LINK_PPI: b"\0\0\x08\0\x69\0\0\0",
    }
    head = heads.get(link, bytes(144))
    assert wireless.frame(head + PLAIN, link) is not None
    for length in range(len(PLAIN)):
        if length < 24:
            with pytest.raises(WireError):
                wireless.frame(head + PLAIN[:length], link)
        else:
            unit = wireless.frame(head + PLAIN[:length], link)
            assert unit is not None
            assert unit.payload == PLAIN[24:length]
