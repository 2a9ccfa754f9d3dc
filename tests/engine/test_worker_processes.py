"""Conversations in worker processes: complete, within the limits, and none is lost when a worker ends."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Iterator, Sequence

import pytest

from scanner.core.outcomes import LOST
from scanner.core.target_syntax import parse
from scanner.discovery.options import Options
from scanner.discovery.registry import all_discoveries
from scanner.engine.os.rtnetlink import read_network
from scanner.engine.rate.limits import Pace, choose
from scanner.engine.run import Work, run
from scanner.engine.workers import pool, processes
from scanner.engine.workers.messages import WorkerConfig
from scanner.engine.workers.processes import WorkerProcess
from scanner.testing import Farm, SimulatedPhone, catalogue, forbidden
from tests.engine.test_run import Inbox
from tests.loopback import own

pytestmark = [pytest.mark.network, pytest.mark.slow]

NUMBER = 2 * processes.HOSTS_PER_WORKER + 10


@pytest.fixture
def phones() -> list[SimulatedPhone]:
    """Many phones with web pages, all of one model."""
    model = next(p for p in catalogue("127.0.0.0/8") if p.truth.model == "T58A" and p.surfaces.web)
    return [dataclasses.replace(model, ip=own(f"127.72.0.{number + 1}")) for number in range(NUMBER)]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[WorkerProcess]]:
    """The workers that were started, whatever cores this machine has; all end with the test."""
    started: list[WorkerProcess] = []
    make = processes.ProcessPool.add

    def add(self: processes.ProcessPool, config: WorkerConfig) -> WorkerProcess:
        started.append(make(self, config))
        return started[-1]

    monkeypatch.setattr(processes.ProcessPool, "add", add)
    monkeypatch.setattr(pool, "worker_processes_for", lambda hosts: min(2, hosts // processes.HOSTS_PER_WORKER))
    yield started
    assert all(worker.process.poll() is not None for worker in started)


#: The farm shares this interpreter with the engine: on a busy machine a response may take a while.
PATIENT = choose("fast", timeout=10)


def scan(phones: list[SimulatedPhone], inbox: Inbox, pace: Pace = PATIENT) -> Farm:
    every = [one for one in all_discoveries(Options()).values() if one.name in ("sip", "http")]
    with Farm(phones) as farm:
        targets = parse([own(f"127.72.0.1-{NUMBER}")])
        run(Work(targets, read_network(targets.spans), tuple(every), pace, seed=7, secret=b"s" * 32), inbox)
    return farm


def pages(inbox: Inbox) -> set[str]:
    """Addresses whose login page was read."""
    return {one.ip or "" for one in inbox.observations if one.field == "http.body" and "58." in one.value}


def test_workers_read_every_page_within_the_limits(phones: list[SimulatedPhone], workers: list[WorkerProcess]) -> None:
    inbox = Inbox()
    farm = scan(phones, inbox)
    assert len(workers) == 2
    assert all(worker.used for worker in workers)
    assert pages(inbox) == {phone.ip for phone in phones}
    assert forbidden(farm.tallies) == []
    assert max(tally.most_in_100ms for tally in farm.tallies.values()) <= 20


class Striker(Inbox):
    """Calls `strike` on the first worker once: when a host is done and conversations with others are in progress."""

    def __init__(self, workers: list[WorkerProcess], strike: Callable[[WorkerProcess], object]) -> None:
        super().__init__()
        self.workers, self.strike = workers, strike
        self.struck = 0  # conversations in progress at that time

    def finished(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        if not self.struck and self.workers and self.workers[0].jobs:
            self.struck = len(self.workers[0].jobs)
            self.strike(self.workers[0])
        return super().finished(address, findings)


def test_a_killed_worker_loses_no_conversation(phones: list[SimulatedPhone], workers: list[WorkerProcess]) -> None:
    def kill(worker: WorkerProcess) -> None:
        worker.pipe.poll(5)  # results that it has sent and the engine has not read count as well
        worker.process.kill()
        worker.process.wait(60)

    inbox = Striker(workers, kill)
    farm = scan(phones, inbox)
    assert inbox.struck
    assert pages(inbox) == {phone.ip for phone in phones}
    assert forbidden(farm.tallies) == []
    assert max(tally.most_in_100ms for tally in farm.tallies.values()) <= 20


def test_a_blocked_worker_costs_the_deadline_of_its_conversations(
    phones: list[SimulatedPhone], workers: list[WorkerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "GRACE", 0.5)
    inbox = Striker(workers, lambda worker: worker.process.send_signal(signal.SIGSTOP))
    scan(phones, inbox, dataclasses.replace(PATIENT, host_seconds=5.0))
    missed = {one.where: one.outcome for one in inbox.misses if one.discovery == "http"}
    assert inbox.struck
    assert set(inbox.done) == {phone.ip for phone in phones}
    unread = {phone.ip for phone in phones} - pages(inbox)  # the other ones were repeated in time
    assert {missed[address] for address in unread} <= LOST.keys()
