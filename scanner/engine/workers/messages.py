"""The messages between the engine and a worker process, in pickle over a socket pair."""

from __future__ import annotations

from typing import NamedTuple

from scanner.core.model import Credential
from scanner.engine.hosts.next_step import DeclaredExchange
from scanner.engine.workers.api import ConversationResult


class WorkerConfig(NamedTuple):
    """The first message to a worker process: what all its conversations have in common."""

    exchanges: tuple[DeclaredExchange, ...]
    secret: bytes
    credentials: tuple[Credential, ...]
    timeout: float
    host_rate: int
    forbidden: frozenset[int]


class Job(NamedTuple):
    """One conversation. `exchange` is a number of the configuration, `free_at` when the host may be sent to, `repeats`
    as in `HostContext`."""

    number: int
    exchange: int
    address: str
    deadline: float
    open_ports: tuple[int, ...]
    findings: tuple[tuple[str, str], ...]
    note: str
    free_at: float
    repeats: int = 0


class RateRequest(NamedTuple):
    """A worker requests to send some packets; the engine replies with a grant of at least as many."""

    packets: int


class RateGrant(NamedTuple):
    """A worker may send so many packets from a time on."""

    start: float
    packets: int


class JobResult(NamedTuple):
    """A conversation has ended. `used` is the processor time of the worker so far, in seconds."""

    number: int
    result: ConversationResult
    free_at: float
    used: float
