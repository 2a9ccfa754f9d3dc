"""The harness finds what it is for: escapes, slow inputs, memory, a process that ends; and its figures add up."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from scanner.core.errors import WireError
from tests.fuzz import campaign
from tests.fuzz.judge import Fate, judge
from tests.fuzz.record import Record, Tally
from tests.fuzz.report import printed
from tests.fuzz.target import Target


def toy(data: bytes) -> int:
    """A parser with one fault of each kind, behind a prefix."""
    match data[:2]:
        case b"no":
            raise WireError("refused", 0)
        case b"es":
            raise KeyError("escape")
        case b"sl":
            return sum(number * number for number in range(10_000_000))
        case b"me":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10  # of this process, whatever it did before
            return len(bytearray(peak + (64 << 20)))
        case b"en":
            os._exit(3)
    return len(data)


TOY = Target("toy", toy, lambda: [b"ok"], (WireError,), 16, seconds=0.05)


@pytest.mark.parametrize(
    ("data", "fate", "kind"),
    [
        (b"ok", Fate.READ, ""),
        (b"no", Fate.REFUSED, ""),
        (b"es", Fate.LOST, "KeyError in tests/fuzz/test_harness.py:toy"),
        (b"sl", Fate.LOST, "takes too long"),
    ],
)
def test_the_fate_of_an_input(data: bytes, fate: Fate, kind: str) -> None:
    assert judge(TOY, data) == (fate, kind)


def test_an_input_that_takes_too_much_memory_is_lost() -> None:
    assert judge(TOY._replace(seconds=10.0), b"me") == (Fate.LOST, "takes too much memory")


def test_a_run_finds_the_faults_stores_an_input_of_each_and_the_next_run_continues(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("atheris")
    record = Record(tmp_path)
    target = TOY._replace(seeds=lambda: [b"ok", b"no", b"es1", b"end the process"])
    bounds = campaign.Bounds(inputs=1 << 40, seconds=60, jobs=1, once=0.5)
    first = campaign.run([target], record, bounds)["toy"]
    assert first.lost["KeyError in tests/fuzz/test_harness.py:toy"] >= 1
    assert first.lost["ends the process"] == 1
    assert record.reproducer("toy", "ends the process").read_bytes() == b"end the process"
    assert printed({"toy": first}, record, 1.0) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"fuzz: {first.tried:,} inputs tried over 1 targets, {first.survived:,} survived")
    assert record.reproducer("toy", "KeyError in tests/fuzz/test_harness.py:toy").read_bytes()[:2] == b"es"

    assert not [path for path in record.corpus("toy").iterdir() if path.read_bytes() == b"end the process"]

    mended = target._replace(run=len, seeds=lambda: [b"ok"])
    second = campaign.run([mended], record, bounds)["toy"]
    assert second.tried > first.tried
    assert "KeyError in tests/fuzz/test_harness.py:toy" not in second.lost


def test_a_run_without_lost_inputs_ends_with_0(tmp_path: Path) -> None:
    assert printed({"toy": Tally(read=3, refused=1)}, Record(tmp_path), 1.0) == 0
