"""JSON lines of observations: valid lines are normalized, malformed ones are reported with their number."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.fields import FIELDS
from scanner.core.model import Observation
from scanner.core.text import VALUE_LIMIT
from scanner.reading import Context, Item, Problem, jsonl

NOW = "2026-11-23T02:00:00Z"
GOOD: dict[str, Any] = {"ip": "198.18.0.5", "field": "sip.user-agent", "value": "x"}


def read(content: str | bytes) -> list[Item]:
    raw = content.encode() if isinstance(content, str) else content
    return list(jsonl.read(io.BytesIO(raw), Context("file.jsonl", NOW)))


def one(**row: Any) -> Item:
    (item,) = read(json.dumps({**GOOD, **row}))
    return item


def test_a_line_with_every_key_is_read() -> None:
    line = (
        '{"time": "2026-11-23T02:00:00Z", "ip": "10.1.2.3", "mac": "64:16:7f:12:34:56", "field": "sip.user-agent", '
        '"value": "…", "source": "sip 10.1.2.3:5060", "site": "hq"}'
    )
    assert read(line) == [
        Observation(
            time="2026-11-23T02:00:00Z", ip="10.1.2.3", mac="64:16:7f:12:34:56", field="sip.user-agent", value="…",
            source="sip 10.1.2.3:5060", site="hq",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "spelled", ["6416.7f12.3456", "64-16-7F-12-34-56", "64167F123456", "SEP64167F123456", "64:16:7f:12:34:56"]
)
def test_a_mac_is_accepted_in_every_notation(spelled: str) -> None:
    item = one(mac=spelled)
    assert isinstance(item, Observation)
    assert item.mac == "64:16:7f:12:34:56"


@pytest.mark.parametrize(
    ("row", "want"),
    [
        ({"time": "2026-11-23T03:00:00+01:00"}, "2026-11-23T02:00:00Z"),
        ({"time": "2026-11-23T02:00:00.123456Z"}, "2026-11-23T02:00:00Z"),
        ({"time": None}, NOW),
        ({}, NOW),
    ],
)
def test_times_are_utc_and_default_to_now(row: dict[str, Any], want: str) -> None:
    item = one(**row)
    assert isinstance(item, Observation)
    assert item.time == want


def test_addresses_are_canonical_and_other_keys_are_ignored() -> None:
    item = one(ip="2001:DB8::0005", scan=4, note="x")
    assert isinstance(item, Observation)
    assert item.ip == "2001:db8::5"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nojson", "not JSON"),
        ("[1]", "expected object, got array"),
        ('{"ip": "198.18.0.5", "value": "x"}', "missing required field field"),
        (json.dumps({**GOOD, "value": 5}), "expected str, got int"),
        (json.dumps({**GOOD, "field": "sip.useragent"}), "did you mean 'sip.user-agent'?"),
        (json.dumps({**GOOD, "field": ""}), "unknown field ''"),
        (json.dumps({**GOOD, "ip": "198.18.0.500"}), "ip '198.18.0.500' is not an address"),
        (json.dumps({**GOOD, "mac": "nomac"}), "mac 'nomac' is not a mac"),
        (json.dumps({**GOOD, "time": "yesterday"}), "time 'yesterday' is not a time"),
        (json.dumps({**GOOD, "time": "2026-11-23T02:00:00"}), "is not a time with a zone"),
        (json.dumps({**GOOD, "ip": None}), "neither ip nor mac"),
        ('{"a":' * 3000, "not an observation"),
        ("\xff", "not JSON"),
    ],
)
def test_a_malformed_line_is_reported_and_the_others_are_read(line: str, says: str) -> None:
    items = read(f"{json.dumps(GOOD)}\n\n{line}\n{json.dumps(GOOD)}\n")
    assert [type(item) for item in items] == [Observation, Problem, Observation]
    problem = items[1]
    assert isinstance(problem, Problem)
    assert problem.number == 3
    assert says.lower() in problem.what.lower()


def test_a_value_is_bounded_and_contains_no_nul() -> None:
    item = one(value="a\0b" + "x" * 100_000)
    assert isinstance(item, Observation)
    assert len(item.value) <= VALUE_LIMIT
    assert "\0" not in item.value


def test_a_line_without_end_is_skipped_and_the_next_is_read() -> None:
    items = read(b'{"x": "' + b"y" * (jsonl.LINE_LIMIT * 3) + b'"}\n' + json.dumps(GOOD).encode())
    assert [type(item) for item in items] == [Problem, Observation]
    assert items[0] == Problem(1, f"the line is longer than {jsonl.LINE_LIMIT} bytes")


def test_a_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    assert len(read(b"\xef\xbb\xbf" + (json.dumps(GOOD) + "\r\n").encode() * 2)) == 2
    assert jsonl.looks_like(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())


_OBSERVATIONS = st.builds(
    Observation,
    time=st.just(NOW),
    ip=st.sampled_from(["10.1.2.3", "2001:db8::5"]),
    mac=st.none() | st.just("64:16:7f:12:34:56"),
    field=st.sampled_from(sorted(FIELDS)) | st.just("mdns.txt.model"),
    value=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50).map(
        lambda v: v.replace("\0", "").strip()
    ),
    source=st.just("") | st.just("sip 10.1.2.3:5060"),
    site=st.just("") | st.just("hq"),
)


@given(st.lists(_OBSERVATIONS, max_size=8))
def test_what_is_written_is_read_back(observations: list[Observation]) -> None:
    assert read(b"".join(msgspec.json.encode(each) + b"\n" for each in observations)) == observations


LINE = json.dumps(GOOD).encode()
BROKEN = {
    "a control character": LINE.replace(b'"x"', b'"\x01"'),
    "NUL": LINE.replace(b'"x"', b'"\0"'),
    "another encoding": LINE.replace(b'"x"', b'"\xe9"'),
    "half of a surrogate pair": LINE.replace(b'"x"', rb'"\ud800"'),
    "a truncated object": LINE[:30],
    "two objects": LINE * 2,
    "a trailing comma": LINE + b",",
    "an array": b"[1]",
    "deep nesting": b"[" * 5000,
    "no key": b"{}",
    "a number out of range": LINE.replace(b'"x"', b"1e400"),
    "text": b"# comment",
    "a line of 2 MB": LINE.replace(b'"x"', b'"' + b"x" * (2 << 20) + b'"'),
}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("broken", BROKEN)
def test_a_line_that_is_not_an_observation_costs_no_other(broken: str, end: bytes) -> None:
    found = read(end.join([LINE, BROKEN[broken], LINE, BROKEN[broken]]))
    assert [type(item) for item in found] == [Observation, Problem, Observation, Problem]
    assert [item.number for item in found if isinstance(item, Problem)] == [2, 4]
