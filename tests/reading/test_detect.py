"""The format of a file is detected by its content, whatever its name and however it arrives."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scanner.core.errors import DataError, UsageError
from scanner.core.model import Observation
from scanner.reading import Context, detect, utf16

CONTEXT = Context("file", "2026-11-23T02:00:00Z")
SAMPLES = {
    "jsonl": b'{"ip": "198.18.0.5", "field": "sip.user-agent", "value": "x"}\n',
    "snmprec": b"1.3.6.1.2.1.1.1.0|4|Yealink SIP-T58A 58.15.0.20\n1.3.6.1.2.1.4.20.1.1.198.18.0.5|64|198.18.0.5\n",
    "nmap": b'<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap"></nmaprun>',
    "pcap": bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_content_determines_the_format(name: str) -> None:
    found = detect.detect(SAMPLES[name])
    assert found is not None
    assert found.name == name


def test_each_sample_has_the_signature_of_one_format() -> None:
    for name, sample in SAMPLES.items():
        assert [format.name for format in detect.formats().values() if format.looks_like(sample)] == [name]


@pytest.mark.adds_to("captures/test_captures.py::test_a_capture_reads_as_its_toml_file_states")
def test_the_recordings_are_detected(shared: Path) -> None:
    folder = shared / "recordings"
    paths = sorted(folder.glob("*/*.*"))
    assert len(paths) > 20
    for path in paths:
        with path.open("rb") as stream:
            found, _ = detect.detected(stream, path.name)
        assert found is not None
        assert found.name == path.suffix.removeprefix("."), path


def test_gzip_is_decompressed() -> None:
    stream = io.BytesIO(gzip.compress(SAMPLES["jsonl"]))
    assert [type(item) for item in detect.read(stream, CONTEXT)] == [Observation]
    assert len(list(detect.read(io.BytesIO(gzip.compress(SAMPLES["jsonl"])), CONTEXT, "jsonl"))) == 1


def test_unknown_content_is_an_error_and_an_unknown_name_one_that_lists_the_formats() -> None:
    with pytest.raises(DataError, match="file is of an unknown format; if it is one that is read, name it with --as"):
        list(detect.read(io.BytesIO(b"hello\n"), CONTEXT))
    with pytest.raises(UsageError, match="unknown format 'csv'; choose from pcap"):
        list(detect.read(io.BytesIO(b"hello\n"), CONTEXT, "csv"))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  "])
def test_an_empty_file_yields_nothing_and_is_not_an_error(content: bytes) -> None:
    assert list(detect.read(io.BytesIO(content), CONTEXT)) == []


def test_a_named_format_takes_precedence_over_the_content() -> None:
    items = list(detect.read(io.BytesIO(SAMPLES["snmprec"]), CONTEXT, "jsonl"))
    assert len(items) == 2
    assert not any(isinstance(item, Observation) for item in items)


@given(st.binary(max_size=2000), st.integers(1, 700))
def test_peeking_loses_nothing_of_a_slow_stream(content: bytes, chunk: int) -> None:
    class Trickle(io.RawIOBase):
        def __init__(self) -> None:
            self.source = io.BytesIO(content)

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self.source.read(min(chunk, size) if size > 0 else chunk)

    assume(not content.startswith(b"\x1f\x8b\x08") and utf16.encoding(content) is None)
    head, stream = detect.peek(cast(BinaryIO, Trickle()))
    unmarked = content.removeprefix(b"\xef\xbb\xbf")
    assert unmarked.startswith(head)
    assert stream.read() == unmarked
