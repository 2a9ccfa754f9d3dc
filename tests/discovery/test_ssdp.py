"""SSDP: what a response, an announcement and a description contain, and which URL of a description is requested."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.model import Observation
from scanner.discovery import ssdp
from scanner.discovery.conversation import Get, Page, Peer
from scanner.discovery.listening import Received, read_frame
from scanner.discovery.registry import captures
from scanner.reading import Context, Problem, detect, upnp
from scanner.wire import ethernet
from tests.discovery.test_fuzz import DESCRIPTION
from tests.reading.captures import ethernet as framed
from tests.reading.captures import udp

ADDRESS = "192.0.2.11"
SERVER = "FRITZ!Box 7530 UPnP/1.0 AVM FRITZ!Box 7530 164.07.57"
FINDINGS = {
    "ssdp.version": "164.07.57",
    "ssdp.model": "FRITZ!Box 7530",
    "ssdp.serial": "64:16:7F:12:34:56",
}
MAC = "64:16:7f:12:34:56"


def responding(location: str = f"http://{ADDRESS}:49000/tr64desc.xml", start: str = "HTTP/1.1 200 OK") -> bytes:
    return f"{start}\r\nLocation: {location}\r\nSERVER: {SERVER}\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\n\r\n".encode()


def received(data: bytes, source: str = ADDRESS) -> Received | None:
    packet = udp(source, ssdp.GROUP, 40_000, ssdp.PORT, data)
    frame = ethernet.frame(framed(MAC, ethernet.IPV4, packet, to="01:00:5e:7f:ff:fa"))
    assert frame is not None
    return read_frame(captures(), frame)


def test_a_response_names_the_product_and_its_description() -> None:
    found = ssdp.response(responding(), 0, ADDRESS)
    assert found is not None
    assert (found.findings, found.note) == ((("ssdp.server", SERVER),), f"http://{ADDRESS}:49000/tr64desc.xml")


@pytest.mark.parametrize(
    "location",
    [
        "http://192.0.2.12:49000/desc.xml", "http://localhost/desc.xml", "http://[::1]/desc.xml", "http://[::1",
        f"https://{ADDRESS}/desc.xml", f"ftp://{ADDRESS}/desc.xml", "file:///etc/passwd", f"http://{ADDRESS}:22/desc.xml",
        f"http://{ADDRESS}:79/", f"http://{ADDRESS}@192.0.2.12/", f"http://user@{ADDRESS}/", "http://fritz.box:49000/",
        f"http://{ADDRESS}:99999/", f"http://{ADDRESS}:0/", f"http://{ADDRESS}:-1/", f"http://{ADDRESS}:+80/",
        f"http://user:secret@{ADDRESS}:80/", f"http://{ADDRESS}\\@192.0.2.12/", f"http://{ADDRESS}.192.0.2.12/",
        f"http://[::ffff:{ADDRESS}]/", "http://[fe80::1%25eth0]/", "http://127.0.0.1/", "http://0.0.0.0/",
        f"http://{ADDRESS}/{'x' * 600}", "//192.0.2.12/", "/desc.xml", "", "http://2130706433/", "http://0x7f000001/",
    ],
)  # fmt: skip
def test_a_description_elsewhere_is_not_requested(location: str) -> None:
    found = ssdp.response(responding(location), 0, ADDRESS)
    assert found is not None
    assert found.note == ""


@pytest.mark.parametrize("port", ["", ":80", ":443", ":8080", ":65535"])
def test_a_description_on_the_host_is_requested_from_port_80_or_above(port: str) -> None:
    assert ssdp.own_location(f"http://{ADDRESS}{port}/d.xml", ADDRESS) == f"http://{ADDRESS}{port}/d.xml"


@pytest.mark.parametrize(
    "data",
    [
        responding(start="HTTP/1.1 404 Not Found"),
        responding(start="NOTIFY * HTTP/1.1"),
        ssdp._search(0, ""),
        b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
        b"",
    ],
    ids=["an error", "an announcement", "our search", "no SSDP", "nothing"],
)
def test_other_messages_are_no_response(data: bytes) -> None:
    assert ssdp.response(data, 0, ADDRESS) is None


def test_what_is_behind_the_length_of_a_message_is_not_read() -> None:
    late = responding().replace(b"SERVER", b"X-Pad: " + b"x" * ssdp.MESSAGE + b"\r\nSERVER")
    found = ssdp.response(
        late.replace(b"ST:", b"X-ST:").replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\nST: x"), 0, ADDRESS
    )
    assert found is not None
    assert found.findings == ()
    many = b"HTTP/1.1 200 OK\r\nST: x\r\n" + b"X: y\r\n" * ssdp.LINES + b"SERVER: z\r\n\r\n"
    found = ssdp.response(many, 0, ADDRESS)
    assert found is not None
    assert found.findings == ()


@pytest.mark.parametrize("source", ["0.0.0.0", "239.255.255.250", "255.255.255.255", "127.0.0.1"])
def test_an_announcement_of_an_address_that_no_host_has_is_not_read(source: str) -> None:
    data = responding(start="NOTIFY * HTTP/1.1").replace(b"ST:", b"NTS: ssdp:alive\r\nNT:")
    assert received(data) is not None
    assert received(data, source) is None


def test_an_announcement_is_of_its_sender_and_leads_to_no_request() -> None:
    data = responding(start="NOTIFY * HTTP/1.1").replace(b"ST:", b"NTS: ssdp:alive\r\nNT:")
    found = received(data)
    assert found is not None
    assert (found.discovery, found.announcement.ip, found.announcement.findings) == (
        "ssdp",
        ADDRESS,
        (("ssdp.server", SERVER),),
    )


@pytest.mark.parametrize(
    "data",
    [
        responding(start="NOTIFY * HTTP/1.1").replace(b"ST:", b"NTS: ssdp:byebye\r\nNT:"),
        ssdp._search(0, "").replace(b"USER-AGENT", b"SERVER"),
        responding(),
    ],
    ids=["byebye", "a search", "a response"],
)
def test_what_announces_no_device_is_not_read(data: bytes) -> None:
    assert received(data) is None


def test_the_description_gives_model_version_and_serial_number() -> None:
    visit = ssdp._visit(Peer(ADDRESS, 0, note="http://192.0.2.11:49000/tr64desc.xml"))
    assert next(visit) == Get("http://192.0.2.11:49000/tr64desc.xml")
    with pytest.raises(StopIteration) as end:
        visit.send((Page("/tr64desc.xml", 200, (), DESCRIPTION),))
    assert dict(end.value.value.findings) == FINDINGS
    assert end.value.value.mac is None  # a host can name any: identification decides by the prefix


def test_a_page_of_an_error_is_no_description() -> None:
    visit = ssdp._visit(Peer(ADDRESS, 0, note="http://192.0.2.11/"))
    next(visit)
    with pytest.raises(StopIteration) as end:
        visit.send((Page("/", 404, (), DESCRIPTION),))
    assert end.value.value is None


@given(cut=st.integers(0, len(DESCRIPTION)))
def test_a_description_that_is_cut_keeps_what_is_whole(cut: int) -> None:
    found = dict(ssdp.description(DESCRIPTION[:cut]))
    assert found.items() <= FINDINGS.items()
    assert ("ssdp.version" in found) == (cut >= DESCRIPTION.index(b"</systemVersion>") + len(b"</systemVersion>"))


def test_entities_and_document_types_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa">]><root xmlns="urn:schemas-upnp-org:device-1-0"><device><modelName>&a;'
    assert ssdp.description(bomb + b"</modelName></device></root>") == ()


def read(data: bytes, ip: str | None = None) -> list[Observation | Problem]:
    return list(detect.read(io.BytesIO(data), Context("d.xml", "2026-11-23T02:00:00Z", ip)))


def test_a_saved_description_is_of_the_mac_in_its_serial_number() -> None:
    found = read(DESCRIPTION)
    assert {(one.mac, one.field, one.source) for one in found if isinstance(one, Observation)} == {
        (MAC, field, "ssdp d.xml") for field in FINDINGS
    }
    assert not [one for one in found if isinstance(one, Problem)]


def test_a_saved_description_that_is_too_long_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upnp, "LIMIT", len(DESCRIPTION))
    assert [one.what for one in read(DESCRIPTION + b" " * 99) if isinstance(one, Problem)] == [
        "what is behind the first 0 KB of the description is not read"
    ]


def test_a_saved_description_without_a_mac_needs_an_address() -> None:
    data = DESCRIPTION.replace(b"64:16:7F:12:34:56", b"SN-1")
    assert [type(one) for one in read(data)] == [Problem]
    assert {one.ip for one in read(data, ADDRESS) if isinstance(one, Observation)} == {ADDRESS}


@pytest.mark.adds_to("test_the_description_gives_model_version_and_serial_number")
def test_the_description_of_a_router_of_avm(shared: Path) -> None:
    found = dict(ssdp.description((shared / "sources" / "fritzbox-tr64desc.xml").read_bytes()))
    assert (found["ssdp.manufacturer"], found["ssdp.model"], found["ssdp.version"], found["ssdp.serial"]) == (
        "AVM",
        "FRITZ!Box 7530",
        "164.07.57",
        "AA:BB:CC:DD:EE:FF",
    )
