"""A farm in a separate process serves, reports what it received, and ends with its parent."""

from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest

from scanner.core.errors import EngineError
from scanner.testing import SimulatedPhone, SipSurface, Surfaces, Truth, access_switch
from scanner.testing.farm import wait_until
from scanner.testing.process import FarmProcess
from tests.loopback import own

pytestmark = pytest.mark.network
IP, SWITCH = own("127.29.4.1"), own("127.29.4.2")
TRUTH = Truth(status="unidentified", compliance="review")


def phone(ip: str) -> SimulatedPhone:
    return SimulatedPhone(ip=ip, truth=TRUTH, surfaces=Surfaces(sip=SipSurface(user_agent="x")))


def test_the_child_serves_reports_and_ends() -> None:
    switch, _ = access_switch(SWITCH, 1, ports=4)
    with (
        FarmProcess([phone(IP)], [switch]) as farm,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock,
    ):
        pid = farm.pid
        sock.settimeout(30)
        sock.sendto(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bK1\r\n\r\n", (IP, 5060))
        assert sock.recv(2000).startswith(b"SIP/2.0 400")
        tallies = farm.tallies()
        assert set(tallies) == {IP, SWITCH}
        assert tallies[IP].asked == {("sip", "OPTIONS"): 1}
    assert farm.pid == 0
    assert wait_until(lambda: not os.path.exists(f"/proc/{pid}"))


def test_the_parent_raises_the_error_of_the_child() -> None:
    with pytest.raises(EngineError, match=r"192\.0\.2\.1 is not an address of this host"):
        FarmProcess([phone("192.0.2.1")]).start()
    with pytest.raises(EngineError, match="does not run"):
        FarmProcess([phone(IP)]).tallies()
