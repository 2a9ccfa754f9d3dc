"""A session with an SNMP agent without a response: the wait for its reply ends with the reading."""

from __future__ import annotations

import socket
import threading

import pytest

from scanner.core.model import Credential
from scanner.engine.snmp.session import agents_of
from scanner.engine.snmp.walk import Kind, WalkRequest
from tests.loopback import own
from tests.nonempty import some

pytestmark = pytest.mark.network

#: Longer than a test may take.
TIMEOUT = 3_600.0
REQUEST = WalkRequest(Kind.GET, ("1.3.6.1.2.1.1.1.0",))


@pytest.mark.parametrize(
    "credential",
    [Credential(name="c", community="public"), Credential(name="u", user="u", auth="sha", auth_key="12345678")],
    ids=["community", "user"],
)
def test_a_request_without_a_reply_ends_when_the_reading_is_stopped(credential: Credential) -> None:
    stop = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((own("127.64.9.30"), 0))
        address, port = peer.getsockname()
        for _, connect in some(agents_of(address, (credential,), TIMEOUT, port, stop.is_set)):
            stop.clear()
            agent = connect()
            received = threading.Thread(target=lambda: (peer.recv(4096), stop.set()))
            received.start()
            assert agent.send(REQUEST) is None
            assert stop.is_set()
            received.join()
            agent.close()
