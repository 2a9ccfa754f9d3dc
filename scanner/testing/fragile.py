"""Fragile phones: what makes a simulated phone reboot, as it makes cheap and old ones.

A `SimulatedPhone` with a `Fragility` stops responding on every port for `Fragility.rest` seconds when it receives what
it does not bear, and `HostTally.reboots` contains the reasons. A scan must cause none.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from scanner.testing.phones import Fragility, SimulatedPhone
from scanner.testing.tally import HostTally

#: Ports of a fragile phone on which nothing may arrive: those of telnet, debuggers, provisioning and other scanners.
DECOYS = (1024, 2000, 2323, 3389, 5000, 5222, 6970, 7547, 8000, 8081, 8888, 9443)
#: Paths that a scan may request of any phone (docs/what-we-send.md), besides those that the phone itself leads to.
PATHS = frozenset({
    "/", "/api/auth/login?p=Login&t=1", "/servlet?m=mod_listener&p=login&q=loginForm",
    "/servlet?p=login&q=loginForm&jumpto=status", "/DeviceInformationX",
    "/CGI/Java/Serviceability?adapter=device.statistics.device", "/manager?action=product&time=0",
    "/title.htm", "/login.htm",
})  # fmt: skip
_LOGIN = re.compile(rb"(?im)^(?:proxy-)?authorization:")
_START = re.compile(rb"\A([A-Z]+) (\S+) (SIP/2\.0|HTTP/1\.[01])\r\n")


def fragile_phone(phone: SimulatedPhone, fragility: Fragility | None = None) -> SimulatedPhone:
    """The phone with a fragility, by default the strictest, and with ports that no scan touches."""
    wanted = fragility or Fragility()
    used = {surface.port for surface in phone.surfaces.web}
    traps = tuple(port for port in DECOYS if port not in used)
    surfaces = replace(phone.surfaces, traps=(*phone.surfaces.traps, *traps))
    return replace(phone, surfaces=surfaces, fragility=wanted)


class Nerves:
    """Whether a fragile phone is up, decided from everything that it receives."""

    def __init__(self, phone: SimulatedPhone, tally: HostTally, now: Callable[[], float] = time.time) -> None:
        self._bears, self._tally, self._now = phone.fragility or Fragility(), tally, now
        self._down_until = float("-inf")
        self._recent: deque[float] = deque()
        self._communities: set[str] = set()
        led = {where for surface in phone.surfaces.web for page in surface.pages.values()
               for name, where in page.headers if name == "Location"}  # fmt: skip
        self._paths = PATHS | led | {path for surface in phone.surfaces.web for path in surface.pages}

    @property
    def up(self) -> bool:
        """Whether it responds."""
        return self._now() >= self._down_until

    def packet(self, octets: int, *, datagram: bool = False, arrived: float | None = None) -> bool:
        """A datagram, a connection or a chunk of it arrives. Returns whether it responds.

        `arrived` is the time at which the kernel received it: a farm without a processor reads late, and many at once.
        """
        if not self.up:
            return False
        now = self._now() if arrived is None else arrived
        recent = self._recent
        recent.append(now)
        while now - recent[0] > 1.0:
            recent.popleft()
        bears = self._bears
        if bears.packets_per_second is not None and len(recent) > bears.packets_per_second:
            self._reboot(f"{len(recent)} packets in a second")
        elif bears.in_100ms is not None and sum(abs(now - one) <= 0.1 for one in recent) > bears.in_100ms:
            self._reboot(f"a burst of more than {bears.in_100ms} packets in 100 ms")
        elif datagram and bears.datagram is not None and octets > bears.datagram:
            self._reboot(f"a datagram of {octets} octets")
        elif bears.ports is not None and len(self._tally.ports) > bears.ports:
            self._reboot(f"packets to {len(self._tally.ports)} ports: {sorted(self._tally.ports)}")
        return self.up

    def together(self, connections: int) -> None:
        """A number of connections is open at the same time."""
        if self.up and self._bears.connections is not None and connections > self._bears.connections:
            self._reboot(f"{connections} connections at once")

    def request(self, data: bytes) -> bool:
        """A SIP, HTTP or other request arrives. Returns whether it responds."""
        if not self.up:
            return False
        found = _START.match(data)
        if found is None:
            return True
        method, target, version = found[1], found[2].decode("ascii", "replace"), found[3]
        if self._bears.login and _LOGIN.search(data):
            self._reboot("a request with credentials")
        elif version == b"SIP/2.0":
            if self._bears.methods and method != b"OPTIONS":
                self._reboot(f"{method.decode()} over SIP")
        elif self._bears.methods and method not in (b"GET", b"HEAD"):
            self._reboot(f"{method.decode()} over HTTP")
        elif self._bears.paths and target not in self._paths and not target.endswith((".ico", ".png", ".gif")):
            self._reboot(f"a request for {target}")
        return self.up

    def malformed(self, fault: str) -> None:
        """A request was malformed, in words."""
        if self.up and self._bears.malformed:
            self._reboot(f"a malformed request: {fault}")

    def community(self, name: str, pdu: str) -> None:
        """An SNMP request with a community, of the type `pdu`: a third community is a guess, a SET is a change."""
        self._communities.add(name)
        if self.up and self._bears.login and len(self._communities) > 2:
            self._reboot("a third community")
        elif self.up and self._bears.methods and pdu == "set":
            self._reboot("an SNMP SET")

    def _reboot(self, why: str) -> None:
        self._tally.reboots.append(why)
        self._down_until = self._now() + self._bears.rest
        self._recent.clear()
