"""The rounds of `python -m tests.hostile`: a scan at each pace, one that is resumed, and switches."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanner.testing import HostTally
from scanner.testing.process import FarmProcess
from tests.hostile.lan import HostileLan
from tests.hostile.scans import Ended, phonescan, rows
from tests.hostile.verdict import Verdict, judge

#: Seconds after which the scan of the round `resumed` is interrupted.
INTERRUPTED_AFTER = 4.0


@dataclass(frozen=True)
class Round:
    """What a round is called, the commands that have ended, and the verdict on the inventory that they left."""

    name: str
    ended: tuple[Ended, ...]
    verdict: Verdict

    @property
    def memory(self) -> int:
        """The peak of its commands in octets."""
        return max(one.memory for one in self.ended)


@contextmanager
def _served(lan: HostileLan) -> Iterator[tuple[Path, Callable[[], dict[str, HostTally]]]]:
    with (
        tempfile.TemporaryDirectory(prefix="phonescan-hostile-") as folder,
        FarmProcess((*lan.phones, lan.canary), hostile=lan.hostile) as farm,
    ):
        yield Path(folder), farm.tallies


def _judged(name: str, lan: HostileLan, folder: Path, tallies: dict[str, HostTally], *ended: Ended) -> Round:
    return Round(name, ended, judge(lan, ended, rows(folder / "phonescan.sqlite"), tallies))


def scanned(lan: HostileLan, pace: str, *more: str) -> Round:
    """One scan at a pace into a new inventory."""
    with _served(lan) as (folder, tallies):
        ended = phonescan(*_words(lan, pace), *more, folder=folder)
        return _judged(pace, lan, folder, tallies(), ended)


def resumed(lan: HostileLan, *more: str) -> Round:
    """A scan at pace fast that is interrupted, and resumed."""
    with _served(lan) as (folder, tallies):
        first = phonescan(*_words(lan, "fast"), *more, folder=folder, interrupt=INTERRUPTED_AFTER)
        again = phonescan("scan", "--resume", "--keep-all", "--format", "csv", folder=folder)
        return _judged("resumed", lan, folder, tallies(), first, again)


def switches(lan: HostileLan, *more: str) -> Round:
    """The hostile SNMP agents read as switches, after a scan of the whole farm."""
    agents = [host.ip for host in lan.hostile if host.kind.protocol == "snmp"]
    with _served(lan) as (folder, tallies):
        first = phonescan(*_words(lan, "fast"), *more, folder=folder)
        words = ["switches", *agents, "--port", "1161", "--pace", "fast"]
        ended = (first, phonescan(*words, folder=folder)) if agents else (first,)
        return _judged("switches", lan, folder, tallies(), *ended)


def _words(lan: HostileLan, pace: str) -> list[str]:
    return ["scan", lan.subnet, "--exclude", lan.canary.ip, "--pace", pace, "--keep-all", "--format", "csv"]
