"""What responders announce, written by zeroconf's own message class, and what is no announcement."""

from __future__ import annotations

import time
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeroconf import DNSAddress, DNSOutgoing, DNSPointer, DNSService, DNSText, ServiceInfo  # type: ignore[attr-defined]

from scanner.core.outcomes import Outcome
from scanner.discovery import mdns as discovery
from scanner.discovery.declaration import ServiceBrowse, UdpSweep
from scanner.discovery.mdns import Service
from scanner.discovery.options import Options
from scanner.engine.protocols import mdns

COOKIE = 0x0123_4567_89AB_CDEF
RESPONSE, IN, TTL = 0x8400, 1, 120
BROWSE, SWEEP, _ = discovery.declare(Options()).steps


def response(*records: object, identifier: int = 0) -> bytes:
    message = DNSOutgoing(RESPONSE, multicast=identifier == 0, id_=identifier)
    for record in records:
        message.add_answer_at_time(record, 0)
    return bytes(message.packets()[0])


def txt(*pairs: bytes) -> bytes:
    return b"".join(bytes((len(pair),)) + pair for pair in pairs)


TXT = txt(b"Model=VVX 411", b"fw=6.3.1.8427", b"model=again", b"flag", b"=no", b"bin=\xff")
KIND, NAME, HOST = "_sip._udp.local.", "VVX 411._sip._udp.local.", "phone-411.local."


def phone(identifier: int = 0) -> bytes:
    return response(
        DNSPointer("_services._dns-sd._udp.local.", 12, IN, TTL, KIND),
        DNSPointer("_services._dns-sd._udp.local.", 12, IN, TTL, "_rfb._tcp.local."),
        DNSPointer(KIND, 12, IN, TTL, NAME),
        DNSService(NAME, 33, IN, TTL, 0, 0, 5060, HOST),
        DNSText(NAME, 16, IN, TTL, TXT),
        DNSAddress(HOST, 1, IN, TTL, ip_address("192.0.2.11").packed),
        identifier=identifier,
    )


def test_an_announcement_contains_service_instance_host_and_txt() -> None:
    services = discovery.announced((phone(),))
    assert services[0] == Service(
        "_sip._udp.local",
        "VVX 411",
        "phone-411.local",
        ("192.0.2.11",),
        (("model", "VVX 411"), ("fw", "6.3.1.8427"), ("bin", "\ufffd")),
    )
    assert discovery.findings(services) == (
        ("mdns.service", "_sip._udp.local"),
        ("mdns.instance", "VVX 411"),
        ("mdns.host", "phone-411.local"),
        ("mdns.txt.model", "VVX 411"),
        ("mdns.txt.fw", "6.3.1.8427"),
        ("mdns.txt.bin", "\ufffd"),
        ("mdns.service", "_rfb._tcp.local"),
    )


def test_parts_in_several_datagrams_are_joined() -> None:
    services = discovery.announced(
        (
            response(DNSPointer(KIND, 12, IN, TTL, NAME)),
            response(DNSService(NAME, 33, IN, TTL, 0, 0, 5060, HOST)),
            response(DNSAddress(HOST, 1, IN, TTL, ip_address("192.0.2.11").packed)),
        )
    )
    assert services == (Service("_sip._udp.local", "VVX 411", "phone-411.local", ("192.0.2.11",)),)


def ask() -> bytes:
    assert isinstance(SWEEP, UdpSweep)
    built = SWEEP.request("192.0.2.11", 5353, COOKIE, 0, "")
    assert built is not None
    return built


def test_the_query_requests_unicast_and_zeroconf_decodes_it() -> None:
    from zeroconf import DNSIncoming  # type: ignore[attr-defined]

    assert isinstance(BROWSE, ServiceBrowse)
    message = DNSIncoming(ask(), now=0.0)
    assert message.valid
    assert message.is_query()
    assert {q.name.rstrip(".") for q in message.questions} == {discovery.META, *BROWSE.services}
    assert all(q.unicast for q in message.questions)
    assert 0 < message.id < 1 << 16


def test_a_response_repeats_the_id_or_has_none() -> None:
    assert isinstance(SWEEP, UdpSweep)
    ours = int.from_bytes(ask()[:2], "big")
    for identifier in (ours, 0):
        answer = SWEEP.response(phone(identifier), COOKIE, "192.0.2.11")
        assert answer is not None
        assert ("mdns.instance", "VVX 411") in answer.findings
    assert SWEEP.response(phone(ours % 0xFFFF + 1), COOKIE, "192.0.2.11") is None


LOOP = ask()[:2] + b"\x84\x00\x00\x00\x00\x01" + bytes(4) + b"\xc0\x0c\x00\x0c\x00\x01" + bytes(6)
NO_ANSWERS = [
    ("nothing", b"", None),
    ("our own question", ask(), Outcome.OTHER_PROTOCOL),
    ("no record", ask()[:2] + b"\x84\x00" + bytes(8), Outcome.MALFORMED),
    ("a name that points at itself", LOOP, Outcome.MALFORMED),
]


@pytest.mark.parametrize(("data", "outcome"), [c[1:] for c in NO_ANSWERS], ids=[c[0] for c in NO_ANSWERS])
def test_a_datagram_that_matches_no_request_is_not_a_response(data: bytes, outcome: Outcome | None) -> None:
    assert isinstance(SWEEP, UdpSweep)
    answer = SWEEP.response(data, COOKIE, "192.0.2.11")
    assert (answer.outcome if answer else None) == outcome


def test_a_captured_announcement_is_its_senders() -> None:
    assert ("mdns.instance", "VVX 411") in discovery.read_announcement(phone(), None, "192.0.2.11")
    assert ("mdns.instance", "VVX 411") not in discovery.read_announcement(phone(), None, "192.0.2.99")
    assert discovery.read_announcement(ask(), None, "192.0.2.11") == ()


def test_services_and_keys_are_bounded() -> None:
    many = txt(*[f"k{n}=v".encode() for n in range(100)])
    assert len(discovery.txt_pairs(many)) == discovery.KEYS
    records = [DNSPointer(KIND, 12, IN, TTL, f"n{n}.{KIND}") for n in range(60)]
    assert len(discovery.announced((response(*records),))) == discovery.MOST_SERVICES


@given(st.binary(max_size=200))
def test_any_bytes_announce_at_most_the_limit(data: bytes) -> None:
    assert len(discovery.announced((data, ask()[:2] + b"\x84\x00" + data))) <= discovery.MOST_SERVICES
    assert len(discovery.txt_pairs(data)) <= discovery.KEYS


def test_a_service_that_does_not_resolve_is_queried_for_a_limited_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    class Silent(ServiceInfo):
        def load_from_cache(self, zc: object, now: float | None = None) -> bool:
            return False

        def request(self, zc: object, timeout: float, *more: object) -> bool:
            asked.append(self.name)
            return False

    monkeypatch.setattr("zeroconf.ServiceInfo", Silent)
    names = [f"phone {number}._sip._udp.local." for number in (1, 2)]
    for name, end in zip(names, (time.monotonic() + 60, time.monotonic() - 1), strict=True):
        assert mdns._resolved(None, "_sip._udp.local.", name, end)[0].addresses == ()  # type: ignore[arg-type]
    assert asked == names[:1]
