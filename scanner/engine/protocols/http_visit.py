"""Executes exchanges over HTTP: the pages of a host, one connection at a time, each closed before the next opens."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from scanner.core.errors import RefusedError
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import Certificate, Findings, Get, Page, Peer, Request
from scanner.discovery.cost import TCP_PACKETS, TLS_PACKETS
from scanner.discovery.declaration import Exchange
from scanner.discovery.links import same_host
from scanner.engine.protocols import http_client
from scanner.engine.protocols.dialogue import execute
from scanner.engine.protocols.http_client import HttpPlace
from scanner.engine.protocols.http_response import End
from scanner.engine.workers.api import ConversationResult, HostContext, HostFindings

#: Redirects followed from one page, on the same host.
REDIRECTS = 2
#: One page may take this many times the timeout of one response: connecting, handshake, head, body.
PATIENCE = 3

_WANTS_TLS = re.compile(
    rb"plain HTTP request was sent to HTTPS|SSL-enabled server port|speaking plain HTTP|use https", re.I
)
_OUTCOMES = {
    "refused": Outcome.REFUSED,
    "reset": Outcome.REFUSED,
    "unreachable": Outcome.UNREACHABLE,
    "timeout": Outcome.TIMED_OUT,
    "malformed": Outcome.OTHER_PROTOCOL,
    "truncated": Outcome.TRUNCATED,
}
#: Outcomes of a port by rank: that of a host with several is the first.
_RANK = (Outcome.TRUNCATED, Outcome.ANSWERED)
#: Failures after which a request is repeated where packets are lost; without loss shown, once if its own were lost.
_NO_RESPONSE = ("timeout", "unreachable")


def converse(step: Exchange, host: HostContext) -> ConversationResult:
    """Converse on each open port of `step`, until the host's deadline; without ports, on that of the URL it names."""
    found: list[HostFindings] = []
    notes: list[str] = []
    outcome, unanswered = Outcome.NO_ANSWER, False
    for port in [port for port in step.ports if port in host.open_ports] if step.ports else [0]:
        visit = _Visit(step, host, port)
        before = (*host.findings, *(pair for part in found for pair in part.findings))
        findings = visit.run(before)
        if findings:
            found.append(findings)
        if visit.note:
            notes.append(f"port {visit.began_at}: {visit.note}" if visit.began_at else visit.note)
        outcome = next((one for one in _RANK if one in (visit.outcome, outcome)), visit.outcome)
        unanswered = unanswered or visit.unanswered
        if visit.out_of_time:
            outcome = outcome if outcome is Outcome.TRUNCATED else Outcome.TIMED_OUT
            break
    return ConversationResult(outcome, tuple(found), "; ".join(notes), unanswered)


class _Target(NamedTuple):
    """Where a URL leads on the same host."""

    scheme: str
    port: int
    path: str


def _place(url: str, address: str, scheme: str) -> _Target | None:
    """The place of an absolute URL, None where it is not on the host `address` or would trigger an action there."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url.strip())
        scheme = parts.scheme or scheme
        port = parts.port if parts.port is not None else 443 if scheme == "https" else 80
        path = same_host("/", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if scheme in ("http", "https") and _same(parts.hostname or "", address) and path is not None:
            return _Target(scheme, port, path)
    return None


class _Visit:
    """One port: the scheme that it requires, and what has been fetched from it."""

    def __init__(self, step: Exchange, host: HostContext, port: int) -> None:
        self.step, self.host, self.port = step, host, port
        self.began_at = port
        self.scheme = "https" if port in step.tls else "http"
        self.legacy = False
        self.fetched = 0
        self.visited: set[tuple[int, str, str]] = set()
        self.certified = False
        self.outcome = Outcome.NO_ANSWER
        self.note = ""
        self.out_of_time = self.unanswered = False

    def run(self, before: Findings) -> HostFindings | None:
        """Converse, and return what was found."""
        peer = Peer(self.host.address, self.port, self.host.cookie(self.port), "", before, self.host.note)
        response = execute(self.step.conversation(peer), self._perform, self.step.requests)
        if self.outcome is Outcome.NO_ANSWER and not self.fetched:
            self.outcome = Outcome.EXCLUDED  # there was no request that a response could follow
        if response is None or not (response.findings or response.mac):
            return None
        return HostFindings(self.began_at or self.port, response.findings, response.mac)

    def _perform(self, request: Request) -> tuple[Page, ...]:
        """The page that a request names and the redirects to it; a page without a response comes last, and ends it."""
        if not isinstance(request, Get) or self.out_of_time:
            return ()
        path = request.target
        if not path.startswith("/"):
            place = _place(path, self.host.address, self.scheme)
            if place is None:
                self.note = "a URL that leads to another host, or changes something there, is not fetched"
                return ()
            self.scheme, self.port, path = place
            self.began_at = self.began_at or self.port
        pages: list[Page] = []
        for _ in range(REDIRECTS + 1):
            if self.fetched >= self.step.requests:
                break
            self.fetched += 1
            self.visited.add((self.port, self.scheme, path))
            pages.append(self._fetch(path))
            onward = self._redirect(pages[-1])
            if onward is None or (self.port, self.scheme, onward) in self.visited:
                break
            path = onward
        return tuple(pages)

    def _redirect(self, page: Page) -> str | None:
        """The path on this host that a redirect leads to; one to another host is not followed."""
        location = next((value for name, value in page.headers if name == "location"), None)
        if location is None or not 300 <= page.status < 400:
            return None
        with contextlib.suppress(ValueError):
            if not urlsplit(location.strip()).netloc:
                return same_host(page.path, location)
        place = _place(location, self.host.address, self.scheme)
        if place is None:
            return None
        if place.port == self.port:
            self.scheme = place.scheme
        elif place.port in self.host.open_ports and place.port in self.step.ports:
            return None  # that port has its own turn
        else:
            self.scheme, self.port, _ = place
        return place.path

    def _fetch(self, path: str) -> Page:
        """One page, with the scheme that this port accepts; outcome and note describe a failure."""
        shown: Certificate | None = None
        tries, repeated = 3, 0
        while tries:
            tries -= 1
            packets = TLS_PACKETS if self.scheme == "https" else TCP_PACKETS
            try:
                if not self.host.turn(self.port, packets):
                    self.out_of_time, self.note = True, "the time limit of the host expired"
                    break
            except RefusedError as fault:  # a redirect or a URL to a port that is never used
                self.note, self.fetched = str(fault), self.fetched - 1
                break
            paid = [packets]

            def turn(more: int, paid: list[int] = paid) -> bool:
                paid.append(more)
                return self.host.turn(self.port, more)

            try:
                deadline = min(self.host.deadline, time.monotonic() + PATIENCE * self.host.timeout)
                place = HttpPlace(self.scheme, self.host.address, self.port, path)
                fetched = http_client.fetch(
                    place,
                    deadline,
                    self.host.timeout,
                    legacy=self.legacy,
                    budget=self.host.budget,
                    turn=turn,
                    host_deadline=self.host.deadline,
                    left_open=self.host.leave_open,
                )
                self._give_back(sum(paid), fetched.sent)
            except http_client.Failure as failure:
                self._give_back(sum(paid), failure.sent)
                if self.outcome not in _RANK:
                    self.outcome = _OUTCOMES.get(failure.kind, Outcome.MALFORMED)
                shown = failure.certificate or shown
                self.certified = self.certified or shown is not None
                self.note = f"{path}: {failure}"
                if failure.kind in _NO_RESPONSE and repeated < (self.host.repeats or failure.lossy):
                    tries, repeated = tries + 1, repeated + 1
                    continue
                self.unanswered = self.unanswered or failure.kind in _NO_RESPONSE
                if self._otherwise(failure.kind):
                    continue
                break
            self.note = "" if fetched.end is End.WHOLE else f"{path} was cut off: it is {fetched.end.value}"
            if self.scheme == "http" and fetched.page.status == 400 and _WANTS_TLS.search(fetched.page.body[:4096]):
                self.scheme = "https"
                continue
            if self.outcome is not Outcome.TRUNCATED:
                self.outcome = Outcome.TRUNCATED if fetched.end is End.TOO_LONG else Outcome.ANSWERED
            return fetched.page._replace(certificate=fetched.page.certificate or shown)
        return Page(path, 0, (), b"", shown)

    def _give_back(self, paid: int, sent: int | None) -> None:
        """Return the packets of its turns that a page did not take."""
        if sent is not None and sent < paid:
            self.host.unused(paid - sent)

    def _otherwise(self, kind: str) -> bool:
        """Whether another scheme or TLS version is left to try after such a failure; selects it."""
        if kind in ("tls", "reset") and self.scheme == "https" and not self.legacy:
            self.legacy = True
        elif kind == "expects-plaintext" and self.scheme == "https":
            self.scheme = "http"
        elif self.scheme == "http" and (kind == "expects-tls" or (kind == "reset" and self._unsure())):
            self.scheme = "https"  # many TLS servers reset a plain HTTP request without a response
        else:
            return False
        return True

    def _unsure(self) -> bool:
        """Whether the protocol of this port is still unknown."""
        return self.port != 80 and not self.certified and self.outcome not in _RANK


def _same(name: str, address: str) -> bool:
    """Whether the host of a URL is this address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(name) == ipaddress.ip_address(address)
    return False
