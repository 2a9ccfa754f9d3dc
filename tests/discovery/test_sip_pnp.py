"""SIP plug-and-play: what a phone's request contains, and that neither responses nor other messages are read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.core.model import Observation
from scanner.discovery import sip_pnp
from scanner.discovery.listening import Received, read_frame
from scanner.discovery.registry import captures
from scanner.reading import Context, detect
from scanner.wire import ethernet, sip
from tests.reading.captures import ethernet as framed
from tests.reading.captures import pcap, udp

MAC, IP = "00:04:13:aa:bb:cc", "192.0.2.22"
GROUP_MAC = "01:00:5e:00:01:4b"
EVENT = 'ua-profile;profile-type="device";vendor="snom";model="snomD120";version="10.1.39.11"'
AGENT = "snomD120/10.1.39.11"
FINDINGS = {
    "sip-pnp.profile-type": "device",
    "sip-pnp.vendor": "snom",
    "sip-pnp.model": "snomD120",
    "sip-pnp.version": "10.1.39.11",
    "sip.user-agent": AGENT,
}


def request(
    *, method: str = "SUBSCRIBE", user: str = "MAC%3a000413aabbcc", event: str = f" {EVENT}", agent: str = AGENT
) -> bytes:
    lines = (
        f"{method} sip:{user}@224.0.1.75 SIP/2.0" if user else f"{method} sip:224.0.1.75:5060 SIP/2.0",
        f"Via: SIP/2.0/UDP {IP}:5059;rport",
        f"From: <sip:{user or '00000001'}@224.0.1.75>;tag=1",
        "To: <sip:224.0.1.75:5060>",
        f"Call-ID: 1@{IP}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:{IP}:5059>",
        f"Event:{event}",
        *([f"User-Agent: {agent}"] if agent else []),
        "Expires: 0",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read(data: bytes) -> sip_pnp.Subscription | None:
    return sip_pnp.subscription(sip.parse(data))


def received(
    data: bytes, *, sender: str = MAC, source: str = IP, to: str = "224.0.1.75", port: int = 5060
) -> Received | None:
    packet = udp(source, to, 5059, port, data)
    frame = ethernet.frame(framed(sender, ethernet.IPV4, packet, to=GROUP_MAC))
    assert frame is not None
    return read_frame(captures(), frame)


def test_model_version_and_mac_are_in_the_request() -> None:
    found = read(request())
    assert found is not None
    assert (found.mac, found.ip, dict(found.findings)) == (MAC, IP, FINDINGS)


@pytest.mark.parametrize(
    "user",
    [
        "MAC%3a000413aabbcc", "MAC%3A000413AABBCC", "MAC000413aabbcc", "MAC=000413aabbcc", "MAC:000413aabbcc",
        "mac000413aabbcc", "MAC%3D000413aabbcc", "000413aabbcc", "MAC00-04-13-aa-bb-cc",
        "MAC%3a00%3a04%3a13%3aaa%3abb%3acc",
    ],
)  # fmt: skip
def test_the_mac_is_read_in_every_form(user: str) -> None:
    found = read(request(user=user))
    assert found is not None
    assert found.mac == MAC


@pytest.mark.parametrize("user", ["", "493012345678", "MAC", "MAC%3a000000000000", "MACffffffffffff", "alice", "MAC%"])
def test_what_is_no_mac_is_not_taken_for_one(user: str) -> None:
    found = read(request(user=user))
    assert found is not None
    assert found.mac is None


def test_the_mac_of_the_from_is_read_where_the_request_uri_has_none() -> None:
    data = request().replace(b"SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75", b"SUBSCRIBE sip:224.0.1.75:5060")
    found = read(data)
    assert found is not None
    assert found.mac == MAC


@pytest.mark.parametrize(
    ("event", "vendor", "model", "version"),
    [
        (EVENT, "snom", "snomD120", "10.1.39.11"),
        (" ua-profile; profile-type=device; vendor=snom; model=snomD120; version=1.2", "snom", "snomD120", "1.2"),
        ("ua-profile;profile-type='device';vendor='A B';model='C;D';version='1'", "A B", "C;D", "1"),
        ('UA-Profile;Profile-Type="device";Vender="Panasonic";Model="KX-HDV230";Version="04.001"',
         "Panasonic", "KX-HDV230", "04.001"),
        ('ua-profile;profile-type="application";model="440HD";version="2.2.2"', None, "440HD", "2.2.2"),
        ('ua-profile;profile-type="device";vendor="OEM";model="OEM";version="7.1.19"', None, None, None),
        ('ua-profile;profile-type="device";vendor="OEM";model="T58";version="58.1"', None, "T58", "58.1"),
        ("ua-profile", None, None, None),
    ],
    ids=["plain", "bare values", "apostrophes", "vender", "no vendor", "the example", "vendor alone", "nothing"],
)  # fmt: skip
def test_the_parameters_of_the_event(event: str, vendor: str | None, model: str | None, version: str | None) -> None:
    found = read(request(event=event))
    assert found is not None
    given = dict(found.findings)
    assert tuple(given.get(f"sip-pnp.{name}") for name in ("vendor", "model", "version")) == (vendor, model, version)
    assert given["sip-pnp.profile-type"]


@pytest.mark.parametrize(
    "data",
    [
        request(method="NOTIFY"),
        request(method="OPTIONS"),
        request(method="REGISTER"),
        request().replace(b"SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75 SIP/2.0", b"SIP/2.0 200 OK"),
        request(event=" message-summary"),
        request(event=' ua-profile-x;vendor="snom"'),
        request().replace(b"Event:", b"X-Event:"),
    ],
    ids=["NOTIFY", "OPTIONS", "REGISTER", "a response", "another event", "a similar event", "no event"],
)
def test_only_a_subscription_to_the_profile_is_read(data: bytes) -> None:
    assert read(data) is None
    assert received(data) is None


@pytest.mark.parametrize(
    "data",
    [
        request().replace(b"\r\n", b"\n"),
        request().replace(b"Event:", b"o:").replace(b"From:", b"f:").replace(b"Via:", b"v:").replace(b"To:", b"t:"),
        request().replace(b"Event:", b"EVENT :").replace(b"User-Agent:", b"user-agent:"),
        request().replace(b";model", b"\r\n ;model"),
        b"\r\n\r\n" + request(),
        request() + bytes(20),
        request().replace(b"SUBSCRIBE", b"subscribe", 1),
        request().replace(b"Expires: 0", b"Event: ua-profile;model=other"),
    ],
    ids=["line feeds", "compact", "case", "folded", "empty lines before", "octets behind", "method", "two events"],
)
def test_the_request_is_read_however_it_is_spelled(data: bytes) -> None:
    found = read(data)
    assert found is not None
    assert (found.mac, found.ip, dict(found.findings)) == (MAC, IP, FINDINGS)


def test_text_of_another_encoding_costs_no_other_value() -> None:
    found = read(request(agent="?").replace(b"Agent: ?", "Agent: Büro".encode("latin-1")))
    assert found is not None
    assert dict(found.findings) == {**FINDINGS, "sip.user-agent": "B\ufffdro"}
    with pytest.raises(WireError):
        read(request().decode().encode("utf-16"))


@pytest.mark.parametrize("source", ["0.0.0.0", "255.255.255.255", "224.0.1.75", "127.0.0.1"])
def test_a_source_that_no_host_has_is_no_address_of_the_phone(source: str) -> None:
    found = received(request(), source=source)
    assert found is not None
    assert (found.announcement.mac, found.announcement.ip) == (MAC, None)


def test_the_fragments_of_a_request_are_read_together_or_not_at_all() -> None:
    packet = udp(IP, "224.0.1.75", 5059, 5060, request())
    parts = []
    for first, last, more in ((0, 400, 0x20), (400, len(packet) - 20, 0)):
        part = bytearray(packet[:20] + packet[20 + first : 20 + last])
        part[2:4], part[6:8] = len(part).to_bytes(2), (more << 8 | first // 8).to_bytes(2)
        parts.append(framed(MAC, ethernet.IPV4, bytes(part), to=GROUP_MAC))
    frame = ethernet.frame(parts[0])
    assert frame is not None
    assert read_frame(captures(), frame) is None
    for some in (parts, parts[::-1]):
        context = Context("starts.pcap", "2026-11-23T02:00:00Z")
        items = list(detect.read(io.BytesIO(pcap(some)), context))
        assert {(one.mac, one.ip, one.field, one.value) for one in items if isinstance(one, Observation)} == {
            (MAC, IP, field, value) for field, value in FINDINGS.items()
        }


def test_a_frame_of_the_phone_gives_its_mac_and_its_address() -> None:
    found = received(request())
    assert found is not None
    assert (found.discovery, found.announcement.mac, found.announcement.ip) == ("sip-pnp", MAC, IP)
    assert dict(found.announcement.findings) == FINDINGS


def test_without_a_mac_in_the_message_the_frame_has_it() -> None:
    found = received(request(user=""), sender="00:90:8f:12:34:56")
    assert found is not None
    assert found.announcement.mac == "00:90:8f:12:34:56"


def test_behind_a_router_the_frame_has_the_mac_of_the_router() -> None:
    packet = bytearray(udp(IP, "224.0.1.75", 5060, 5060, request(user="")))
    packet[8] = 62
    frame = ethernet.frame(framed("00:1b:54:00:00:01", ethernet.IPV4, bytes(packet), to=GROUP_MAC))
    assert frame is not None
    found = read_frame(captures(), frame)
    assert found is not None
    assert (found.announcement.mac, found.announcement.ip) == (None, IP)


def test_a_message_that_names_the_mac_of_another_host_counts_as_relayed() -> None:
    found = received(request(), sender="02:00:00:00:66:66")
    assert found is not None
    assert (found.announcement.mac, found.announcement.ip, found.announcement.relayed) == (MAC, None, True)
    assert found.source("eth0") == "sip-pnp relay eth0"


@pytest.mark.parametrize(
    ("to", "port"), [("192.0.2.1", 5060), ("224.0.1.76", 5060), ("224.0.1.75", 5070)], ids=["unicast", "group", "port"]
)
def test_only_datagrams_to_the_group_are_read(to: str, port: int) -> None:
    assert received(request(), to=to, port=port) is None


@given(cut=st.integers(0, len(request())))
def test_a_message_that_is_cut_raises_nothing_and_keeps_what_is_before(cut: int) -> None:
    data = request()[:cut]
    line = data.find(b"SIP/2.0\r\n")
    try:
        found = read(data)
    except WireError:
        assert line < 0
        return
    assert (found is not None) == (b"ua-profile" in data)


@pytest.mark.adds_to("test_model_version_and_mac_are_in_the_request")
def test_the_public_samples_give_what_their_notes_state(shared: Path) -> None:
    expected = {
        "audiocodes-440hd": (None, "10.13.2.37", "440HD", "2.2.2"),
        "oem": ("00:04:13:00:00:01", "192.168.10.81", None, None),
        "snom-720": ("00:13:5e:87:4b:49", "172.16.18.90", "snom720", "7.1.19"),
        "snom-d120": ("00:04:13:aa:bb:cc", "192.168.1.22", "snomD120", "10.1.39.11"),
        "yealink-w52p": ("00:15:65:f4:f9:e1", "10.1.3.239", "W52P", "25.81.0.10"),
    }
    for name, wanted in expected.items():
        found = read((shared / "sources" / f"sip-pnp-{name}.txt").read_bytes())
        assert found is not None
        given = dict(found.findings)
        assert (found.mac, found.ip, given.get("sip-pnp.model"), given.get("sip-pnp.version")) == wanted
