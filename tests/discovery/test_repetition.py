"""Which frames are repetitions: those of phones, not those of invented senders, nor of a flood that repeats itself."""

from __future__ import annotations

import mmap

import pytest

from scanner.discovery import repetition
from scanner.discovery.repetition import AT_LEAST, AT_MOST, Repetition
from tests.benchmarks.bench_listen import phones

FRAMES = list(phones().values())


@pytest.mark.parametrize("every", [1.0, 4.0, 30.0, 60.0, AT_MOST - 1])
def test_a_frame_that_is_sent_again_after_a_while_is_a_repetition(every: float) -> None:
    for frame in FRAMES:
        found = Repetition()
        assert [found.repeated(frame, 5.0 + every * number) for number in range(5)] == [False, *[True] * 4]


@pytest.mark.parametrize("every", [0.0, 0.1, 0.4, AT_LEAST - 0.2])
def test_a_flood_of_the_same_frames_is_none(every: float) -> None:
    found = Repetition()
    assert not any(found.repeated(frame, every * number) for number in range(100) for frame in FRAMES)


def test_a_frame_of_long_ago_is_forgotten() -> None:
    found = Repetition()
    found.repeated(FRAMES[0], 5.0)
    assert not found.repeated(FRAMES[0], 5.0 + AT_MOST + 1)


def test_phones_repeat_themselves_among_200_000_senders_that_occur_once() -> None:
    found = Repetition()
    for frame in FRAMES:
        found.repeated(frame, 0.0)
    repeated = sum(found.repeated(b"\x02%08d" % number, number / 20_000) for number in range(200_000))
    assert repeated < 100
    assert sum(found.repeated(frame, 30.0) for frame in FRAMES) >= len(FRAMES) - 10


def test_with_little_memory_fewer_frames_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    class Small:
        @staticmethod
        def mmap(file: int, size: int) -> mmap.mmap:
            if size > 1 << 20:
                raise OSError(12, "Cannot allocate memory")
            return mmap.mmap(file, size)

    monkeypatch.setattr(repetition, "mmap", Small)
    found = Repetition()
    assert [found.repeated(FRAMES[0], now) for now in (0.0, 30.0)] == [False, True]
