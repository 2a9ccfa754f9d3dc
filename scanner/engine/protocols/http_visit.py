"""Reads a host's web pages: one connection at a time, each closed before the next opens."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from scanner.core.errors import RefusedError
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Page, PageAsk
from scanner.discovery.pages import same_host
from scanner.engine.protocols import http_client
from scanner.engine.protocols.http_client import Fetched
from scanner.engine.workers.api import TCP_PACKETS, TLS_PACKETS, Heard, HostContext, Told

#: Redirects followed from one page, on the same host.
REDIRECTS = 2
#: One page may take this many times the timeout of one answer: connecting, handshake, head, body.
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
}


def converse(step: PageAsk, host: HostContext) -> Heard:
    """Read `/` and what `step.next_pages` names from each open port of `step`, until the host's deadline."""
    told: list[Told] = []
    notes: list[str] = []
    outcome = Outcome.NO_ANSWER
    for port in step.ports:
        if port not in host.open_ports:
            continue
        visit = _Visit(step, host, port, told)
        findings = visit.run()
        if findings:
            told.append(Told(port, findings))
        if visit.note:
            notes.append(f"port {port}: {visit.note}")
        if visit.outcome is Outcome.ANSWERED or outcome is not Outcome.ANSWERED:
            outcome = visit.outcome
        if visit.out_of_time:
            break
    return Heard(outcome, tuple(told), "; ".join(notes))


class _Visit:
    """One port: how it has to be spoken to, and what has been read of it."""

    def __init__(self, step: PageAsk, host: HostContext, port: int, before: Sequence[Told]) -> None:
        self.step, self.host, self.port = step, host, port
        self.before = (*host.findings, *(pair for told in before for pair in told.findings))
        self.scheme = "https" if port in step.tls else "http"
        self.legacy = False
        self.found: dict[tuple[str, str], None] = {}
        self.paths: list[str] = []
        self.visited: set[tuple[int, str, str]] = set()
        self.outcome = Outcome.NO_ANSWER
        self.note = ""
        self.out_of_time = False

    def run(self) -> tuple[tuple[str, str], ...]:
        """Read the port's pages and return what they say."""
        queue = ["/"]
        while queue:
            path = queue.pop(0)
            if path in self.paths:
                continue
            page = self._page(path)
            if page is None:
                break
            self.found |= dict.fromkeys(self.step.read(page))
            self.outcome = Outcome.ANSWERED
            if not queue:
                seen = (*self.before, *self.found)
                queue += self.step.next_pages(seen, tuple(self.paths))
        return tuple(self.found)

    def _page(self, path: str) -> Page | None:
        """The page at `path`, or the one that it leads to on this host; None ends the visit."""
        page: Page | None = None
        for _ in range(REDIRECTS + 1):
            self.paths.append(path)
            self.visited.add((self.port, self.scheme, path))
            following = self._fetch(path)
            if following is None:
                return page
            page = following
            onward = self._redirect(page)
            if onward is None or (self.port, self.scheme, onward) in self.visited:
                return page
            self.found |= dict.fromkeys(self.step.read(page))
            path = onward
        return page

    def _redirect(self, page: Page) -> str | None:
        """The path on this host and port that a redirect leads to; whatever leads elsewhere is not followed."""
        location = next((value for name, value in page.headers if name == "location"), None)
        if location is None or not 300 <= page.status < 400:
            return None
        with contextlib.suppress(ValueError):
            parts = urlsplit(location.strip())
            if not parts.netloc:
                return same_host(page.path, location)
            scheme = parts.scheme or self.scheme
            port = parts.port or (443 if scheme == "https" else 80)
            if scheme not in ("http", "https") or not _same(parts.hostname or "", self.host.address):
                return None
            if port == self.port:
                self.scheme = scheme
            elif port in self.host.open_ports and port in self.step.ports:
                return None  # that port has its own turn
            else:
                self.port, self.scheme = port, scheme
            return same_host("/", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        return None

    def _fetch(self, path: str) -> Page | None:
        """One page, in the way that this port understands; None, with outcome and note, where there is none."""
        for _ in range(3):
            packets = TLS_PACKETS if self.scheme == "https" else TCP_PACKETS
            try:
                if not self.host.turn(self.port, packets):
                    self.out_of_time, self.note = True, "no time was left"
                    return None
            except RefusedError as fault:  # a redirect to a port that is never asked
                self.note = str(fault)
                return None
            paid = [packets]

            def turn(more: int, paid: list[int] = paid) -> bool:
                paid.append(more)
                return self.host.turn(self.port, more)

            try:
                deadline = min(self.host.deadline, time.monotonic() + PATIENCE * self.host.timeout)
                fetched: Fetched = http_client.fetch(
                    self._url(path), path, deadline, self.host.timeout, legacy=self.legacy, turn=turn
                )
                self._settle(sum(paid), fetched.sent)
            except http_client.Failure as failure:
                self._settle(sum(paid), failure.sent)
                if self.outcome is not Outcome.ANSWERED:
                    self.outcome = _OUTCOMES.get(failure.kind, Outcome.MALFORMED)
                if failure.certificate is not None:
                    shown = Page(path, 0, (), b"", failure.certificate)
                    self.found |= dict.fromkeys(self.step.read(shown))
                self.note = f"{path}: {failure}"
                if self._otherwise(failure.kind):
                    continue
                return None
            self.note = "" if fetched.whole else f"{path} was cut off by its deadline or size"
            if self.scheme == "http" and fetched.page.status == 400 and _WANTS_TLS.search(fetched.page.body[:4096]):
                self.scheme = "https"
                continue
            return fetched.page
        return None

    def _settle(self, paid: int, sent: int | None) -> None:
        """Give back what a page did not take of its turns."""
        if sent is not None and sent < paid:
            self.host.unused(paid - sent)

    def _otherwise(self, kind: str) -> bool:
        """Whether there is another way to speak to this port after such a failure; takes it."""
        if kind in ("tls", "reset") and self.scheme == "https" and not self.legacy:
            self.legacy = True
        elif kind == "speaks-plain" and self.scheme == "https":
            self.scheme = "http"
        elif self.scheme == "http" and (kind == "speaks-tls" or (kind == "reset" and self._unsure())):
            self.scheme = "https"  # many TLS servers hang up on plain HTTP without a word
        else:
            return False
        return True

    def _unsure(self) -> bool:
        """Whether nothing has told yet what this port speaks."""
        return self.port != 80 and not self.found and self.outcome is not Outcome.ANSWERED

    def _url(self, path: str) -> str:
        address = self.host.address
        if ":" in address:
            address = f"[{address.replace('%', '%25')}]"
        return f"{self.scheme}://{address}:{self.port}{path}"


def _same(name: str, address: str) -> bool:
    """Whether the host of a URL is this address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(name) == ipaddress.ip_address(address)
    return False
