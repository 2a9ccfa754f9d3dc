"""A packet inside of another frame belongs to its own addresses and mac, never to those of the outer frame."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.avs import AVSWLANHeader
from scapy.contrib.erspan import ERSPAN_I, ERSPAN_II, ERSPAN_III
from scapy.contrib.etherip import EtherIP
from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer
from scapy.contrib.mpls import MPLS, EoMCW
from scapy.contrib.tzsp import TZSP, TZSPTagEnd, TZSPTagPadding
from scapy.layers.dot11 import Dot11, Dot11QoS, RadioTap
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import (
    GRE,
    GRE_PPTP,
    LLC,
    SNAP,
    CookedLinux,
    CookedLinuxV2,
    Dot1AD,
    Dot1AH,
    Dot1Q,
    Ether,
    Loopback,
    LoopbackOpenBSD,
)
from scapy.layers.l2tp import L2TP
from scapy.layers.pflog import PFLog
from scapy.layers.ppp import HDLC, PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from scanner.reading import encapsulation
from scanner.wire import cdp, lldp
from scanner.wire.tlv import Identifier
from tests.cost import cost
from tests.reading.captures import ETHERNET, NULL, RAW, SLL, SLL2, octets, pcap
from tests.reading.frames_of_phones import AGENT, OTHER, PHONE, SERVER, agents, found, ip, register
from tests.reading.test_pcap import observed

SIX = IPv6(src="2001:db8::3", dst="2001:db8::5")
REQUEST = UDP(sport=5060, dport=5060) / register(User_Agent=AGENT)
INNER = ip() / REQUEST
FRAME = Ether(src=PHONE, dst=SERVER) / INNER
SNAPPED = LLC() / SNAP() / INNER
OUTER = Ether(src="02:00:00:00:00:77", dst="02:00:00:00:00:78")
COOKED = CookedLinux(lladdrtype=1, src=octets(PHONE), lladdrlen=6)
TUNNEL = OUTER / IP(src="192.0.2.1", dst="192.0.2.2")

#: An encapsulation → its frame, its link type, and whether the phone's own frame is in it.
ENCAPSULATIONS: dict[str, tuple[Any, int, bool]] = {
    "a VLAN tag": (Ether(src=PHONE, dst=SERVER) / Dot1Q(vlan=120) / INNER, ETHERNET, True),
    "802.1ad": (Ether(src=PHONE, dst=SERVER) / Dot1AD(vlan=7) / Dot1Q(vlan=120) / INNER, ETHERNET, True),
    "two tags of type 0x8100": (Ether(src=PHONE, dst=SERVER) / Dot1Q() / Dot1Q(vlan=120) / INNER, ETHERNET, True),
    "three tags": (Ether(src=PHONE, dst=SERVER) / Dot1AD() / Dot1Q() / Dot1Q(vlan=120) / INNER, ETHERNET, True),
    "a security group tag": (
        Ether(src=PHONE, dst=SERVER, type=0x8909) / Raw(b"\1\1\0\1\0\7\x08\0") / INNER, ETHERNET, True,
    ),
    "a VNTag": (Ether(src=PHONE, dst=SERVER, type=0x8926) / Raw(b"\0\1\0\2\x08\0") / INNER, ETHERNET, True),
    "an E-TAG and a VLAN tag": (
        Ether(src=PHONE, dst=SERVER, type=0x893F) / Raw(bytes(6) + b"\x81\0\0\7\x08\0") / INNER, ETHERNET, True,
    ),
    "PPTP": (
        TUNNEL / GRE_PPTP(proto=0x880B, seqnum_present=1, sequence_number=1) / HDLC() / PPP() / INNER, ETHERNET, False,
    ),
    "802.1ah": (OUTER / Dot1AH(isid=7) / FRAME, ETHERNET, True),
    "PPPoE": (OUTER / PPPoE(sessionid=1) / PPP() / INNER, ETHERNET, False),
    "PPPoE behind a tag": (OUTER / Dot1Q(vlan=7) / PPPoE(sessionid=1) / PPP() / INNER, ETHERNET, False),
    "MPLS": (OUTER / MPLS(label=16, s=0) / MPLS(label=17, s=1) / INNER, ETHERNET, False),
    "MPLS with Ethernet": (OUTER / MPLS(label=16, s=1) / FRAME, ETHERNET, True),
    "MPLS with a control word": (OUTER / MPLS(label=16, s=1) / EoMCW() / FRAME, ETHERNET, True),
    "MPLS over UDP": (TUNNEL / UDP(dport=6635) / MPLS(label=16, s=1) / INNER, ETHERNET, False),
    "GRE": (TUNNEL / GRE() / INNER, ETHERNET, False),
    "GRE with key and checksum": (
        TUNNEL / GRE(key_present=1, key=7, chksum_present=1, seqnum_present=1) / INNER, ETHERNET, False,
    ),
    "GRE with Ethernet": (TUNNEL / GRE(proto=0x6558) / FRAME, ETHERNET, True),
    "GRE with MPLS": (TUNNEL / GRE(proto=0x8847) / MPLS(label=16, s=1) / INNER, ETHERNET, False),
    "GRE over IPv6": (OUTER / IPv6(src="2001:db8::1", dst="2001:db8::2") / GRE() / INNER, ETHERNET, False),
    "ERSPAN": (TUNNEL / GRE(proto=0x88BE) / ERSPAN_I() / FRAME, ETHERNET, True),
    "ERSPAN II": (TUNNEL / GRE(proto=0x88BE, seqnum_present=1) / ERSPAN_II() / FRAME, ETHERNET, True),
    "ERSPAN III": (TUNNEL / GRE(proto=0x22EB, seqnum_present=1) / ERSPAN_III() / FRAME, ETHERNET, True),
    "EtherIP": (TUNNEL / EtherIP() / FRAME, ETHERNET, True),
    "IP in IP": (TUNNEL / INNER, ETHERNET, False),
    "IP in IPv6": (OUTER / IPv6(src="2001:db8::1", dst="2001:db8::2") / INNER, ETHERNET, False),
    "VXLAN": (TUNNEL / UDP(sport=49_152, dport=4789) / VXLAN(vni=100) / FRAME, ETHERNET, True),
    "VXLAN on Linux's first port": (TUNNEL / UDP(dport=8472) / VXLAN(vni=100) / FRAME, ETHERNET, True),
    "VXLAN with a tag inside": (
        TUNNEL / UDP(dport=4789) / VXLAN() / Ether(src=PHONE, dst=SERVER) / Dot1Q(vlan=120) / INNER, ETHERNET, True,
    ),
    "GENEVE": (TUNNEL / UDP(dport=6081) / GENEVE(vni=100) / FRAME, ETHERNET, True),
    "GENEVE with IP": (TUNNEL / UDP(dport=6081) / GENEVE(vni=100, proto=0x0800) / INNER, ETHERNET, False),
    "GTP": (TUNNEL / UDP(dport=2152) / GTP_U_Header(teid=7) / INNER, ETHERNET, False),
    "GTP with an extension": (
        TUNNEL / UDP(dport=2152) / GTP_U_Header(teid=7, E=1, next_ex=0x85) / GTPPDUSessionContainer(type=1, QFI=1)
        / INNER, ETHERNET, False,
    ),
    "L2TP": (TUNNEL / UDP(sport=1701, dport=1701) / L2TP(hdr=["length"], tunnel_id=1) / HDLC() / PPP() / INNER,
             ETHERNET, False),
    "TZSP": (TUNNEL / UDP(dport=37008) / TZSP() / TZSPTagPadding() / TZSPTagEnd() / FRAME, ETHERNET, True),
    "GRE in VXLAN": (
        TUNNEL / UDP(dport=4789) / VXLAN() / OUTER / IP(src="198.51.100.1", dst="198.51.100.2") / GRE() / INNER,
        ETHERNET, False,
    ),
    "PPP": (HDLC() / PPP() / INNER, 50, False),
    "PPP without a frame": (PPP() / INNER, 9, False),
    "PPPoE as a link type": (PPPoE(sessionid=1) / PPP() / INNER, 51, False),
    "Cisco HDLC": (Raw(b"\x0f\0\x08\0") / INNER, 104, False),
    "MPLS as a link type": (MPLS(label=16, s=1) / INNER, 219, False),
    "802.11": (Dot11(type=2, FCfield=1, addr1=SERVER, addr2=PHONE, addr3=SERVER) / SNAPPED, 105, True),
    "802.11 from an access point": (
        Dot11(type=2, FCfield=2, addr1=SERVER, addr2=OTHER, addr3=PHONE) / SNAPPED, 105, True,
    ),
    "802.11 with QoS": (
        Dot11(type=2, subtype=8, FCfield=1, addr1=SERVER, addr2=PHONE, addr3=SERVER) / Dot11QoS() / SNAPPED,
        105, True,
    ),
    "radiotap": (
        RadioTap() / Dot11(type=2, FCfield=1, addr1=SERVER, addr2=PHONE, addr3=SERVER) / SNAPPED, 127, True,
    ),
    "AVS": (
        AVSWLANHeader() / Dot11(type=2, FCfield=1, addr1=SERVER, addr2=PHONE, addr3=SERVER) / SNAPPED, 163, True,
    ),
    "PFLog": (PFLog() / INNER, 117, False),
    "OpenBSD loopback": (LoopbackOpenBSD(type=2) / INNER, 108, False),
    "Linux cooked, version 2": (CookedLinuxV2(lladdrtype=1, src=octets(PHONE), lladdrlen=6) / INNER, SLL2, True),
    "bare IP": (INNER, RAW, False),
    "BSD loopback": (Loopback(type=2) / INNER, NULL, False),
    "Linux cooked": (COOKED / INNER, SLL, True),
    "Linux cooked with a tag": (COOKED / Dot1Q(vlan=120) / INNER, SLL, True),
    "VXLAN in Linux cooked": (
        CookedLinux(lladdrtype=1, src=octets(SERVER), lladdrlen=6) / TUNNEL[IP] / UDP(dport=4789) / VXLAN() / FRAME,
        SLL, True,
    ),
    "GRE as bare IP": (TUNNEL[IP] / GRE() / INNER, RAW, False),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCAPSULATIONS)
def test_a_packet_inside_belongs_to_its_inner_addresses(name: str) -> None:
    frame, link, own = ENCAPSULATIONS[name]
    assert agents([bytes(frame)], link) == [("10.1.2.3", PHONE if own else None, AGENT)]


def test_ipv6_inside_of_ipv4_belongs_to_its_ipv6_address() -> None:
    request = UDP(sport=5060, dport=5060) / register(Via="SIP/2.0/UDP [2001:db8::3]:5060;branch=z9hG4bK1")
    assert agents([bytes(TUNNEL / SIX / request)]) == [("2001:db8::3", None, AGENT)]


@pytest.mark.parametrize("name", [name for name, (_, link, _) in ENCAPSULATIONS.items() if link == ETHERNET])
def test_evidence_of_the_link_layer_is_read_inside_of_tunnels_with_ethernet(name: str) -> None:
    frame, _, own = ENCAPSULATIONS[name]
    if not own:
        return
    pdu = lldp.encode(
        [("chassis-id", Identifier(5, b"\x01\x0a\x01\x02\x03")), ("port-id", Identifier(3, octets(PHONE))), ("ttl", 9)]
    )
    outer = bytes(frame).partition(bytes(INNER))[0]
    tagged = outer.removesuffix(b"\x08\0")
    assert {(one.mac, one.field) for one in found([tagged + b"\x88\xcc" + pdu])} == {
        (PHONE, "lldp.chassis-id"), (PHONE, "lldp.port-id"),
    }  # fmt: skip


def test_fragments_of_a_tunnel_are_joined() -> None:
    tunnel = TUNNEL[IP] / UDP(dport=4789) / VXLAN(vni=100) / FRAME
    assert agents([bytes(OUTER / part) for part in fragment(tunnel, 200)]) == [("10.1.2.3", PHONE, AGENT)]


def test_fragments_inside_of_a_tunnel_are_joined() -> None:
    parts = [TUNNEL / GRE() / part for part in fragment(INNER, 200)]
    assert agents([bytes(part) for part in reversed(parts)]) == [("10.1.2.3", None, AGENT)]


def test_a_stream_inside_of_a_tunnel_is_read() -> None:
    message = register()
    parts = [
        TUNNEL / GRE() / ip() / TCP(sport=4000, dport=6050, seq=1 + at, flags="PA") / message[at : at + 90]
        for at in range(0, len(message), 90)
    ]
    assert agents([bytes(part) for part in parts]) == [("10.1.2.3", None, AGENT)]


def test_cdp_is_read_inside_of_a_mirrored_frame() -> None:
    body = cdp.SNAP + cdp.encode([("device-id", "SEP64167F123456"), ("platform", "Cisco IP Phone 7841")])
    mirrored = octets(cdp.DESTINATION) + octets(PHONE) + len(body).to_bytes(2, "big") + body
    frames = [bytes(TUNNEL / UDP(dport=37008) / TZSP() / TZSPTagEnd() / Raw(mirrored))]
    assert {(one.mac, one.field) for one in found(frames)} == {(PHONE, "cdp.device-id"), (PHONE, "cdp.platform")}


def nested(depth: int) -> bytes:
    frame = INNER
    for _ in range(depth):
        frame = IP(src="192.0.2.1", dst="192.0.2.2") / frame
    return bytes(OUTER / frame)


def test_nesting_is_bounded() -> None:
    assert agents([nested(3)]) == [("10.1.2.3", None, AGENT)]
    assert agents([nested(40)]) == []
    assert agents([bytes(OUTER / MPLS(label=16, s=0)) * 1 + bytes(MPLS(label=16, s=0)) * 5000 + bytes(INNER)]) == []


def test_a_frame_of_many_layers_takes_no_longer_than_one_of_few() -> None:
    labels = bytes(OUTER / MPLS(label=16, s=0)) + bytes(MPLS(label=16, s=0)) * 60_000
    few = bytes(OUTER / MPLS(label=16, s=0)) + bytes(MPLS(label=16, s=0)) * 30
    assert found([labels] * 20) == []
    assert cost(lambda: found([labels] * 20)) < 100 * cost(lambda: found([few] * 20))


@given(st.sampled_from(sorted(ENCAPSULATIONS)), st.data())
def test_any_damage_to_an_encapsulation_ends_in_observations_and_problems(name: str, data: st.DataObject) -> None:
    frame, link, _ = ENCAPSULATIONS[name]
    octets = bytearray(bytes(frame))
    for _ in range(data.draw(st.integers(0, 8))):
        octets[data.draw(st.integers(0, min(len(octets) - 1, 120)))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    facts, problems = observed(pcap([cut], link))
    assert len(facts) <= 8
    assert len(problems) <= 1


@pytest.mark.parametrize("layer", sorted({*encapsulation.PORTS.values(), *encapsulation.LINKS.values()}))
@given(data=st.binary(max_size=200))
def test_any_octets_are_taken_apart_without_an_error(layer: tuple[str, str], data: bytes) -> None:
    assert len(list(encapsulation._inside(layer, data))) <= 1


def test_tunnels_without_scapy_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: str, name: str) -> None:
        raise PermissionError("no netlink sockets")

    monkeypatch.setattr(encapsulation, "_imported", fail)
    encapsulation._class.cache_clear()
    frames = [bytes(ENCAPSULATIONS[name][0]) for name in ("VXLAN", "GRE", "a VLAN tag")]
    facts, problems = observed(pcap(frames))
    assert [one.ip for one in facts] == ["10.1.2.3"]
    assert problems == [
        "2 frames of tunnels are not read: scapy cannot be imported (PermissionError: no netlink sockets)"
    ]
