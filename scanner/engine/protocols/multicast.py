"""Executes multicast requests: a datagram to a group on each of our links, and the unicast replies to it."""

from __future__ import annotations

import ipaddress
import logging
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator

from scanner.core.budget import LINK_SENDER, LINK_STEP, OBJECT, SenderBudgets, octets_of
from scanner.core.errors import EngineError, RefusedError
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import MulticastRequest
from scanner.engine import guard
from scanner.engine.workers.api import HostFindings, LinkContext

_log = logging.getLogger(__name__)
#: Longest reply, in octets; replies of one host that are read.
REPLY_LIMIT, REPLIES_OF_ONE_HOST = 9_000, 16
#: Datagrams to one group, whatever a step declares; seconds between them; longest time that replies are collected.
MOST_ATTEMPTS, BETWEEN, LONGEST = 5, 1.0, 30.0
#: Seconds between two looks at whether the scan stops.
_LOOK = 0.1


def collect(step: MulticastRequest, link: LinkContext) -> list[HostFindings]:
    """The replies of hosts on our links. Raises EngineError where a link does not take the request."""
    guard.check_port(step.port)
    if ipaddress.ip_address(step.group) not in ipaddress.ip_network("224.0.0.0/4"):
        raise RefusedError(f"{step.group} is not an IPv4 multicast group: use one of 224.0.0.0/4")
    cookie = link.cookie(step.group, step.port)
    with selectors.DefaultSelector() as selector:
        try:
            for address in link.addresses:
                sock = _socket(address)
                selector.register(sock, selectors.EVENT_READ)
            return list(_collect(step, link, selector, cookie))
        except OSError as fault:
            raise EngineError(f"{step.group} cannot be reached on {', '.join(link.addresses)}: {fault}") from None
        finally:
            for key in list(selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]


def _socket(address: str) -> socket.socket:
    """A socket that sends to groups on the link of our own `address`, and no further."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        made.bind((address, 0))
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _collect(
    step: MulticastRequest, link: LinkContext, selector: selectors.BaseSelector, cookie: int
) -> Iterator[HostFindings]:
    sent, next_at, replies = 0, time.monotonic(), Counter[str]()
    budget = SenderBudgets(LINK_STEP, LINK_SENDER)
    attempts, end = min(step.attempts, MOST_ATTEMPTS), next_at + min(step.seconds, LONGEST)
    while (now := time.monotonic()) < end:
        if sent < attempts and now >= next_at:
            for key in selector.get_map().values():
                _send(step, key.fileobj, cookie, link)  # type: ignore[arg-type]
            sent, next_at = sent + 1, now + BETWEEN
        if link.wait(0.0):
            return
        for key, _ in selector.select(min(_LOOK, end - now)):
            for data, address in _received(key.fileobj):  # type: ignore[arg-type]
                if replies[address] >= REPLIES_OF_ONE_HOST or not budget.take(address, OBJECT):
                    continue
                replies[address] += 1
                found = _read(step, data, cookie, address)
                if found and budget.take(address, sum(octets_of(value) for _, value in found.findings)):
                    yield found


def _send(step: MulticastRequest, sock: socket.socket, cookie: int, link: LinkContext) -> None:
    host, port = sock.getsockname()
    data = step.request(cookie, f"{host}:{port}")
    guard.check_multicast(data, step.group, step.port)
    if link.turn(1):
        sock.sendto(data, (step.group, step.port))


def _received(sock: socket.socket) -> Iterator[tuple[bytes, str]]:
    for _ in range(256):  # then the other links have their turn
        try:
            data, (address, _) = sock.recvfrom(REPLY_LIMIT)
        except (BlockingIOError, ConnectionError):
            return
        yield data, address


def _read(step: MulticastRequest, data: bytes, cookie: int, address: str) -> HostFindings | None:
    try:
        response = step.response(data, cookie, address)
    except Exception as fault:  # a reader's fault, ours or a plug-in's, costs this reply
        _log.warning("a reply from %s to %s could not be read: %r", address, step.group, fault)
        return None
    if response is None or response.outcome is not Outcome.ANSWERED:
        return None
    return HostFindings(step.port, response.findings, response.mac, address, response.note)
