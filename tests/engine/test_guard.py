"""Printer ports and harmful requests are refused below every discovery."""

from __future__ import annotations

import socket

import pytest

from scanner.core.errors import RefusedError
from scanner.engine import guard


@pytest.mark.parametrize("port", [515, 631, *range(9100, 9108)])
def test_printer_ports_are_refused(port: int) -> None:
    assert guard.forbidden(port)
    with pytest.raises(RefusedError, match=str(port)):
        guard.check_port(port)


@pytest.mark.parametrize("port", [80, 443, 5060, 161, 5353, 9099, 9108])
def test_ports_of_phones_are_allowed(port: int) -> None:
    assert not guard.forbidden(port)
    guard.check_port(port)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_not_a_port_is_refused(port: int) -> None:
    with pytest.raises(RefusedError, match="not a valid port"):
        guard.check_port(port)


@pytest.fixture
def own_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of forbidden ports that ends with the test."""
    monkeypatch.setattr(guard, "_forbidden", set(guard.PRINTER_PORTS))


@pytest.mark.usefixtures("own_list")
def test_the_list_of_ports_grows_and_never_shrinks() -> None:
    before = guard.never()
    guard.forbid([9999])
    guard.forbid([])
    assert guard.never() == before | {9999}
    assert not hasattr(guard.never(), "remove")
    with pytest.raises(RefusedError, match="9999"):
        guard.check_port(9999)
    with pytest.raises(RefusedError, match="9100"):
        guard.check_port(9100)


def test_a_port_that_a_test_forbids_is_allowed_in_the_next() -> None:
    assert guard.never() == guard.PRINTER_PORTS


SIP = ("INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "MESSAGE",
       "UPDATE", "PRACK", "INFO")  # fmt: skip
METHODS = (*SIP, "DO", "NEWTHING")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("before", [b"", b"\r\n\r\n", b"\x00", b" \t"])
def test_no_sip_method_but_options_passes(method: str, before: bytes) -> None:
    for spelled in (method, method.lower()):
        with pytest.raises(RefusedError, match="is never sent" if method in SIP else "only OPTIONS is sent over SIP"):
            guard.check_payload(before + f"{spelled} sip:100@10.0.0.1 SIP/2.0\r\nVia: x\r\n\r\n".encode())


@pytest.mark.parametrize(
    "data",
    [b"INVITE sip:100@10.0.0.1\r\n\r\n", b"REGISTER sips:x\n", b"options sip:x SIP/2.0\r\n", b"INVITE  sip:a  SIP/2.0"],
)
def test_malformed_sip_requests_do_not_pass_either(data: bytes) -> None:
    with pytest.raises(RefusedError, match="SIP"):
        guard.check_payload(data)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"])
def test_http_is_read_only(method: str) -> None:
    with pytest.raises(RefusedError, match="only GET or HEAD is sent over HTTP"):
        guard.check_payload(f"{method} / HTTP/1.1\r\n\r\n".encode())


SEARCH = b'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\n\r\n'


def test_a_search_of_ssdp_is_sent_to_its_group_alone() -> None:
    assert guard.check_multicast(SEARCH, "239.255.255.250", 1900) is None
    for group, port in (("239.255.255.250", 5060), ("224.0.1.75", 1900)):
        with pytest.raises(RefusedError, match="only GET or HEAD"):
            guard.check_multicast(SEARCH, group, port)
    with pytest.raises(RefusedError, match="only GET or HEAD"):
        guard.check_payload(SEARCH)
    with pytest.raises(RefusedError, match="only GET or HEAD"):
        guard.check_multicast(SEARCH.replace(b"*", b"http://10.0.0.1/"), "239.255.255.250", 1900)


SNMP_GET = bytes.fromhex(
    "302902010104067075626c6963a01c0204120000010201000201003 00e300c06082b060102010101000500".replace(" ", "")
)


def test_snmp_set_is_refused_and_get_is_not() -> None:
    guard.check_payload(SNMP_GET)
    with pytest.raises(RefusedError, match="SET"):
        guard.check_payload(SNMP_GET.replace(b"\xa0\x1c", b"\xa3\x1c"))


@pytest.mark.parametrize(
    "data",
    [
        b"OPTIONS sip:10.0.0.1 SIP/2.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"HEAD / HTTP/1.0\r\n\r\n", b"",
        b"0", b"0\x84", b"\x00\x01\x00\x00\x00\x01", b"hello\r\n",
    ],
)  # fmt: skip
def test_requests_of_discoveries_pass(data: bytes) -> None:
    assert guard.check_payload(data) is None


@pytest.mark.network
def test_no_library_bypasses_the_guard_while_a_scan_runs() -> None:
    with guard.guarded(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        for port in (515, 631, 9100):
            with pytest.raises(RefusedError):
                udp.sendto(b"x", ("127.0.0.1", port))
            with pytest.raises(RefusedError):
                udp.sendmsg([b"x"], [], 0, ("127.0.0.1", port))
            with pytest.raises(RefusedError):
                udp.connect(("127.0.0.1", port))
            with pytest.raises(RefusedError):
                tcp.connect_ex(("127.0.0.1", port))
