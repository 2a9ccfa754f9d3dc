"""Every file format of `reading/`, and the detection of formats."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scanner.core.errors import DataError
from scanner.reading import Context, detect
from tests.fuzz.target import Target
from tests.fuzzing import check
from tests.reading import test_fuzz as reading

TESTS = Path(__file__).resolve().parents[2]
#: Seeds longer than this are left out, in bytes.
LONGEST = 20_000


def targets() -> Iterator[Target]:
    """One target for each format by name, and one for a file whose format is to be detected."""
    for name in reading.SAMPLES:
        wanted = reading.properties(name)
        yield Target(f"reading.{name}", partial(check, wanted), partial(_seeds, name), (), LONGEST)
    yield Target("reading.detected", _detected, _all_seeds, (DataError,), LONGEST)


def _detected(data: bytes) -> None:
    assert reading.is_sound(data, list(detect.read(io.BytesIO(data), Context("file", reading.NOW))))


def _seeds(name: str) -> Iterator[bytes]:
    yield reading.SAMPLES[name]
    yield gzip.compress(reading.SAMPLES[name])
    for path in sorted((TESTS / "captures").rglob("*")):
        if path.suffix in (".pcap", ".snmprec") and path.stat().st_size <= LONGEST:
            data = path.read_bytes()
            found = detect.detect(data[: detect.HEAD])
            if found is not None and found.name == name:
                yield data


def _all_seeds() -> Iterator[bytes]:
    for name in reading.SAMPLES:
        yield from _seeds(name)
