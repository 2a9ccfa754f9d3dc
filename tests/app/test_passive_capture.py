"""The capture of a scan: what it holds is stored while the scan runs, and its end is a sentence; known phones."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from scanner.app import passive_capture
from scanner.app.passive import PassiveList
from scanner.app.passive_capture import HeldObservations, _listen
from scanner.app.recorder import ANNOUNCED, Recorder
from scanner.app.telephones import telephones
from scanner.compliance.catalog import builtin
from scanner.compliance.policy import Policy
from scanner.core.model import Observation
from scanner.discovery.listening import Announcements
from scanner.discovery.options import Options
from scanner.discovery.registry import all_discoveries
from scanner.discovery.telephones import Standing, Telephones
from scanner.engine.os.capture import READING, Captured, Listener, _LinkSocket
from scanner.engine.os.packet_filter import SenderGroup
from scanner.identity.load import load
from scanner.inventory import Inventory, Knowledge, queries
from tests.benchmarks.bench_listen import lldp_frame

NOW = "2026-11-23T02:00:00Z"
PHONE, OTHER = "64:16:7f:00:01:01", "02:00:00:00:00:01"
KNOWN = Telephones(known=frozenset({PHONE}))


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with Inventory.open(tmp_path / "x.sqlite", create=True) as made:
        yield made


def begun(inventory: Inventory) -> int:
    return inventory.begin_scan(kind="scan", targets=(), discoveries=(), site="default", now=NOW)


def announced(mac: str, value: str = "Polycom VVX 411", field: str = "lldp.system-name") -> Observation:
    return Observation(time=NOW, mac=mac, field=field, value=value, source="lldp eth0")


def test_what_was_captured_is_stored_at_each_checkpoint(inventory: Inventory) -> None:
    scan = begun(inventory)
    knowledge = Knowledge(load(), builtin(), Policy(), date(2026, 11, 23))
    recorder = Recorder(inventory, knowledge, scan, PassiveList(), lambda: NOW, None)
    held = HeldObservations()
    recorder.announced = held.take
    held.hold([announced(f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}") for n in range(ANNOUNCED + 7)])
    stored = []
    for _ in range(3):
        recorder.checkpoint({})
        with Inventory.open(inventory.path, readonly=True) as reader:
            stored.append(len(list(queries.all_observations(reader))))
    assert stored == [ANNOUNCED, ANNOUNCED + 7, ANNOUNCED + 7]


def test_phones_of_the_inventory_are_known(inventory: Inventory) -> None:
    knowledge = Knowledge(load(), builtin(), Policy(), date(2026, 11, 23))
    scan = begun(inventory)
    inventory.record(scan, [announced(PHONE), announced(OTHER, "host7")])
    inventory.finish_scan(scan, outcome="done", knowledge=knowledge, now=NOW)
    assert telephones(knowledge.fingerprints, inventory).known == KNOWN.known
    assert telephones(knowledge.fingerprints).known == frozenset()


class Failing:
    """A listener whose socket fails."""

    def frames(self, seconds: float) -> Iterator[Captured | None]:
        yield None
        raise OSError(105, "No buffer space available")


def test_a_capture_that_ends_early_is_a_note_and_a_part() -> None:
    held, announcements = HeldObservations(), Announcements()
    _listen(Failing(), announcements, held, (), "default", lambda: NOW)  # type: ignore[arg-type]
    held.close(announcements.count(), [], ["eth0"])
    assert held.partial
    assert [note.partition(":")[0] for note in held.notes] == [
        "eth0 was down for some of the time",
        "the capture of announcements ended early",
    ]


class Idle:
    """A listener without sockets."""

    last_counts, lost, notes = (), (), ()

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> Idle:
        return self

    def __exit__(self, *_: object) -> None: ...

    def stop(self) -> None: ...


def test_a_capture_for_which_no_thread_can_be_started_is_a_note_and_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(passive_capture, "Listener", Idle)
    monkeypatch.setattr(threading.Thread, "start", refused)
    with passive_capture.listening(all_discoveries(Options()).values(), ["eth0"], "default", lambda: NOW) as held:
        assert held.take() == []
    assert held.notes == ["the capture of announcements ended early: no further thread can be started"]
    assert held.partial


def reads(listener: Listener, group: SenderGroup, standing: Standing, sock: socket.socket, now: float) -> int:
    """Frames of one moment that are read, each of which takes the longest time that is charged."""
    read = 0
    while reading := listener._time_for(_LinkSocket("eth0", group, sock), standing, b"", now):
        reading.spend(1.0)
        read += 1
    return read


@pytest.mark.parametrize("group", [SenderGroup.LISTED, SenderGroup.SIGNS, SenderGroup.REST])
@pytest.mark.parametrize("standing", [Standing.REPEATED, Standing.KNOWN])
def test_frames_of_known_phones_and_repeated_ones_are_read_although_a_flood_has_taken_the_time(
    group: SenderGroup, standing: Standing
) -> None:
    with Listener((), (), KNOWN) as listener, socket.socket() as sock:
        now = listener._reading[group]._filled
        assert reads(listener, group, Standing.NEW, sock, now) > 0
        assert reads(listener, group, Standing.NEW, sock, now) == 0
        assert reads(listener, group, standing, sock, now) > 0
        assert reads(listener, group, standing, sock, now) == 0


def test_the_time_for_reading_leaves_some_for_counting() -> None:
    assert sum(share for _, share in READING.values()) <= 0.8


def test_the_standing_of_a_frame_is_that_of_its_sender() -> None:
    with Listener((), (), KNOWN) as listener:
        frames = [lldp_frame(mac, "host", "Linux", 0x80) for mac in (PHONE, OTHER)]
        seen = [[listener._standing(frame, now) for frame in frames] for now in (0.0, 0.1, 30.0)]
    assert seen == [
        [Standing.KNOWN, Standing.NEW],
        [Standing.KNOWN, Standing.NEW],
        [Standing.KNOWN, Standing.REPEATED],
    ]
