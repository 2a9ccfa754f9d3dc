"""Replies to multicast requests: a sender has a number and a budget of them, all of a link have one together."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.core.budget import OBJECT, SenderBudgets
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import Response
from scanner.discovery.declaration import MulticastRequest, ServiceBrowse
from scanner.engine.protocols import mdns, multicast
from scanner.engine.workers.api import LinkContext
from tests.loopback import own

pytestmark = pytest.mark.network
FIRST, SECOND = own("127.72.0.1"), own("127.72.0.2")
GROUP = "239.255.72.1"
#: The option of ip(7) that Python 3.11 does not name.
IP_RECVTTL = 12


def replies(send: Callable[[socket.socket, str], object], senders: list[str], octets: int) -> Counter[str]:
    """How many replies of each sender are kept, whose values have so many octets. `send` is called for each."""

    def request(cookie: int, here: str) -> bytes:
        host, _, port = here.rpartition(":")
        for sender in senders:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((sender, 0))
                sock.connect((host, int(port)))
                send(sock, sender)
        return b"who"

    def response(data: bytes, cookie: int, address: str) -> Response:
        return Response(Outcome.ANSWERED, (("toy.name", "x" * octets),))

    step = MulticastRequest(GROUP, 47_072, request, response, seconds=0.5, attempts=1)
    link = LinkContext((own("127.0.0.1"),), lambda group, port: 1, lambda packets: False, lambda seconds: False)
    return Counter(one.address for one in multicast.collect(step, link))


def often(sock: socket.socket, sender: str) -> None:
    """Forty replies of the first sender, one of another."""
    for _ in range(40 if sender == FIRST else 1):
        sock.send(b"here")


def test_a_sender_that_replies_again_and_again_has_a_number_of_replies() -> None:
    assert replies(often, [FIRST, SECOND], 10) == {FIRST: multicast.REPLIES_OF_ONE_HOST, SECOND: 1}


def test_the_values_of_a_sender_have_a_budget_and_take_nothing_from_another_one() -> None:
    assert replies(often, [FIRST, SECOND], 100_000) == {FIRST: 2, SECOND: 1}


def test_the_values_of_all_senders_have_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multicast, "LINK_STEP", 350_000)
    senders = [own(f"127.72.1.{number}") for number in range(1, 9)]
    assert len(replies(lambda sock, sender: sock.send(b"here"), senders, 100_000)) == 3


def test_replies_that_are_not_read_have_a_budget_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multicast, "LINK_STEP", 3 * OBJECT)
    looked: list[str] = []

    def request(cookie: int, here: str) -> bytes:
        host, _, port = here.rpartition(":")
        for number in range(1, 9):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((own(f"127.72.2.{number}"), 0))
                sock.sendto(b"here", (host, int(port)))
        return b"who"

    step = MulticastRequest(GROUP, 47_072, request, lambda *words: looked.append(words[2]), seconds=0.5, attempts=1)
    link = LinkContext((own("127.0.0.1"),), lambda group, port: 1, lambda packets: False, lambda seconds: False)
    assert multicast.collect(step, link) == []
    assert len(looked) == 3


def test_a_step_sends_no_more_datagrams_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multicast, "BETWEEN", 0.0)
    monkeypatch.setattr(multicast, "_LOOK", 0.001)
    sent: list[str] = []

    def request(cookie: int, here: str) -> bytes:
        sent.append(here)
        return b"who"

    step = MulticastRequest(GROUP, 47_072, request, lambda *_: None, seconds=0.5, attempts=99)
    link = LinkContext((own("127.0.0.1"),), lambda group, port: 1, lambda packets: False, lambda seconds: False)
    assert multicast.collect(step, link) == []
    assert len(sent) == multicast.MOST_ATTEMPTS


def test_a_request_goes_no_further_than_its_link() -> None:
    here = own("127.0.0.1")
    step = MulticastRequest(GROUP, 47_072, lambda *_: b"who", lambda *_: None, seconds=0.2, attempts=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((GROUP, 47_072))
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(here))
        ear.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        ear.settimeout(5.0)
        multicast.collect(step, LinkContext((here,), lambda *_: 1, lambda packets: True, lambda seconds: False))
        data, ((_, kind, hops),), _, _ = ear.recvmsg(64, socket.CMSG_SPACE(4))
    assert (data, kind, int.from_bytes(hops, sys.byteorder)) == (b"who", socket.IP_TTL, 1)


def test_what_a_browse_receives_is_within_the_budget_of_its_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library keeps whatever record it receives."""
    passed: list[str] = []
    inner: Any = SimpleNamespace(datagram_received=lambda data, address: passed.append(address[0]))
    real, made = mdns._Metered, list[mdns._Metered]()

    def metered(_: object, budget: SenderBudgets) -> mdns._Metered:
        made.append(real(inner, budget))
        return made[-1]

    monkeypatch.setattr(mdns, "_Metered", metered)
    mdns.browse(ServiceBrowse(("_sip._udp.local",)), (own("127.0.0.1"),), 0.1, 0.1, lambda seconds: None)
    assert made
    for _ in range(5_000):
        made[0].datagram_received(bytes(9_000), (FIRST, 5353))
    made[0].datagram_received(bytes(100), (SECOND, 5353))
    counted = Counter(passed)
    assert 0 < counted[FIRST] * 9_000 <= mdns.RECORDS_OF_ONE_HOST
    assert counted[SECOND] == 1
