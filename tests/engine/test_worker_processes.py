"""Conversations in helper processes: as complete and as careful as on threads, and one that dies loses nothing."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Iterator, Sequence

import pytest

from scanner.core.outcomes import Outcome
from scanner.core.target_syntax import parse
from scanner.discovery.options import Options
from scanner.discovery.registry import all_discoveries
from scanner.engine.rate.limits import Pace, choose
from scanner.engine.run import Work, run
from scanner.engine.workers import pool, processes
from scanner.engine.workers.processes import WorkerProcess
from scanner.testing import Farm, SimulatedPhone, catalogue, forbidden
from tests.engine.test_run import Inbox
from tests.loopback import own

pytestmark = [pytest.mark.network, pytest.mark.slow]

NUMBER = 2 * processes.WORTH + 10


@pytest.fixture
def phones() -> list[SimulatedPhone]:
    """Many phones with web pages, all of one model."""
    model = next(p for p in catalogue("127.0.0.0/8") if p.truth.model == "T58A" and p.surfaces.web)
    return [dataclasses.replace(model, ip=own(f"127.72.0.{number + 1}")) for number in range(NUMBER)]


@pytest.fixture
def helpers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[WorkerProcess]]:
    """The helpers that were started, whatever cores this machine has; none is left at the end."""
    started: list[WorkerProcess] = []
    make = processes.ProcessPool.add

    def add(self: processes.ProcessPool, setting: processes.WorkerConfig) -> WorkerProcess:
        started.append(make(self, setting))
        return started[-1]

    monkeypatch.setattr(processes.ProcessPool, "add", add)
    monkeypatch.setattr(pool, "worker_processes_for", lambda there: min(2, there // processes.WORTH))
    yield started
    assert all(helper.process.poll() is not None for helper in started)


#: The farm shares this interpreter with the engine: a busy machine's answers may take a while.
PATIENT = choose("fast", timeout=10)


def scan(phones: list[SimulatedPhone], inbox: Inbox, pace: Pace = PATIENT) -> Farm:
    every = [one for one in all_discoveries(Options()).values() if one.name in ("sip", "http")]
    with Farm(phones) as farm:
        targets = parse([own(f"127.72.0.1-{NUMBER}")])
        run(Work(targets, tuple(every), pace, seed=7, secret=b"s" * 32), inbox)
    return farm


def pages(inbox: Inbox) -> set[str]:
    """Addresses whose login page was read."""
    return {one.ip or "" for one in inbox.observations if one.field == "http.body" and "58." in one.value}


def test_helpers_read_every_page_and_are_as_careful(phones: list[SimulatedPhone], helpers: list[WorkerProcess]) -> None:
    inbox = Inbox()
    farm = scan(phones, inbox)
    assert len(helpers) == 2
    assert all(helper.used for helper in helpers)
    assert pages(inbox) == {phone.ip for phone in phones}
    assert forbidden(farm.tallies) == []
    assert max(tally.most_in_100ms for tally in farm.tallies.values()) <= 20


class Striker(Inbox):
    """Does something to the first helper, once: when a host is done and it is at work with others."""

    def __init__(self, helpers: list[WorkerProcess], strike: Callable[[WorkerProcess], object]) -> None:
        super().__init__()
        self.helpers, self.strike = helpers, strike
        self.struck = 0  # conversations it was having

    def finished(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        if not self.struck and self.helpers and self.helpers[0].jobs:
            self.struck = len(self.helpers[0].jobs)
            self.strike(self.helpers[0])
        return super().finished(address, findings)


def test_a_helper_that_dies_loses_no_conversation(phones: list[SimulatedPhone], helpers: list[WorkerProcess]) -> None:
    def kill(helper: WorkerProcess) -> None:
        helper.pipe.poll(5)  # what it has told and nobody has read yet counts as well
        helper.process.kill()
        helper.process.wait(5)

    inbox = Striker(helpers, kill)
    farm = scan(phones, inbox)
    assert inbox.struck
    assert pages(inbox) == {phone.ip for phone in phones}
    assert forbidden(farm.tallies) == []
    assert max(tally.most_in_100ms for tally in farm.tallies.values()) <= 20


def test_a_helper_that_is_stuck_costs_the_deadline_of_those_it_spoke_with(
    phones: list[SimulatedPhone], helpers: list[WorkerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "GRACE", 0.5)
    inbox = Striker(helpers, lambda helper: helper.process.send_signal(signal.SIGSTOP))
    scan(phones, inbox, dataclasses.replace(PATIENT, host_seconds=5.0))
    missed = {one.where: one.outcome for one in inbox.misses if one.discovery == "http"}
    assert inbox.struck
    assert Outcome.TIMED_OUT in missed.values()
    assert set(inbox.done) == {phone.ip for phone in phones}
    assert {phone.ip for phone in phones} - pages(inbox) <= set(missed)
