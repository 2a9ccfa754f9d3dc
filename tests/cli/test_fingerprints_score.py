"""`phonescan fingerprints score`: counts, deviations, and mistakes in a corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.nonempty import some

T58A = {"kind": "phone", "manufacturer": "Yealink", "model": "SIP-T58A", "firmware": "58.15.0.20", "mac": None}


def record(field: str, value: str, /, **expect: Any) -> dict[str, Any]:
    return {"fields": {field: value}, "expect": expect, "source": "a test"}


#: One record for each outcome; the values are not of the fifth that is held back.
RIGHT = record("sip.user-agent", "Yealink SIP-T58A 58.15.0.20", **T58A)
WRONG = record("sip.user-agent", "Yealink SIP-T58A 58.15.0.20", **{**T58A, "model": "T46S", "mac": "001565aabbcc"})
MISSING = record("sip.user-agent", "an unknown device", manufacturer="Elsewhere", kind="unknown")
LOOKALIKE = record("sip.user-agent", "Yealink SIP-T58A 58.15.0.20", kind="gateway")
UNNOTED = record("sip.user-agent", "Yealink SIP-T58A 58.15.0.20", kind="phone")
HELD_BACK = record("sip.user-agent", "Yealink SIP-T46S 66.85.0.6", kind="pbx")


@pytest.fixture
def corpus(here: Path) -> Any:
    def write(*records: dict[str, Any]) -> str:
        (here / "corpus.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        return "corpus.jsonl"

    return write


def parts(result: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {row["part"]: (row["right"], row["wrong"], row["missing"]) for row in result["parts"]}


def test_parts_are_counted_as_right_wrong_and_missing(run: Any, corpus: Any) -> None:
    found = run("fingerprints", "score", corpus(RIGHT, WRONG, MISSING), "--format", "json").json()
    assert parts(found) == {
        "kind": (3, 0, 0),
        "manufacturer": (2, 0, 1),
        "model": (1, 1, 0),
        "firmware": (2, 0, 0),
        "mac": (1, 0, 1),
        "all": (9, 1, 2),
    }
    assert found["wrong_percent"] == 8.4


def test_wrong_parts_are_listed_before_missing_ones_with_value_and_rule(run: Any, corpus: Any) -> None:
    found = run("fingerprints", "score", corpus(MISSING, WRONG), "--format", "json").json()["deviations"]
    assert [(row["outcome"], row["part"], row["expected"], row["found"]) for row in found] == [
        ("wrong", "model", "T46S", "T58A"),
        ("missing", "manufacturer", "Elsewhere", None),
        ("missing", "mac", "001565aabbcc", None),
    ]
    assert found[0]["value"] == "Yealink SIP-T58A 58.15.0.20"
    assert found[0]["rule"].startswith("yealink/sip.user-agent/")
    table = run("fingerprints", "score", corpus(MISSING, WRONG)).out
    assert table.index("\nWrong: 1\n") < table.index("\nMissing: 2\n")
    assert "model T58A, not T46S by yealink/" in table


def test_parts_left_out_or_dropped_are_not_scored(run: Any, corpus: Any) -> None:
    dropped = {**WRONG, "dropped": {"model": "the text has T58A", "mac": "the text has no mac"}}
    found = parts(run("fingerprints", "score", corpus(UNNOTED, dropped), "--format", "json").json())
    assert found == {"kind": (2, 0, 0), "manufacturer": (1, 0, 0), "firmware": (1, 0, 0), "all": (4, 0, 0)}


def test_a_part_that_the_value_does_not_show_is_wrong_when_it_is_identified(run: Any, corpus: Any) -> None:
    without = record("sip.user-agent", "Yealink SIP-T58A 58.15.0.20", model=None, kind=None)
    assert parts(run("fingerprints", "score", corpus(without), "--format", "json").json())["all"] == (0, 2, 0)


def test_a_lookalike_that_is_identified_as_a_phone_is_listed(run: Any, corpus: Any) -> None:
    ended = run("fingerprints", "score", corpus(RIGHT, LOOKALIKE))
    assert ended.status == 0
    assert "\nLook-alikes called a phone: 1\n  kind phone, not gateway" in ended.out


def test_records_held_back_are_scored_apart_and_their_deviations_are_not_listed(run: Any, corpus: Any) -> None:
    name = corpus(RIGHT, HELD_BACK)
    beside = run("fingerprints", "score", name, "--format", "json").json()
    assert (beside["records"], beside["held_back"], beside["lookalikes_called_a_phone"]) == (2, 1, 1)
    assert {row["part"]: (row["percent"], row["held_back"]) for row in beside["parts"]}["kind"] == (50.0, 0.0)
    assert beside["deviations"] == beside["lookalikes"] == []
    only = run("fingerprints", "score", name, "--held-back", "only", "--format", "json").json()
    assert (only["records"], [row["part"] for row in only["deviations"]]) == (1, ["kind"])
    without = run("fingerprints", "score", name, "--held-back", "without", "--format", "json").json()
    assert (without["records"], without["held_back"]) == (1, 0)


def test_manufacturers_and_fields_with_deviations_come_first(run: Any, corpus: Any) -> None:
    polycom = record("sip.server", "PolycomVVX-VVX_411-UA/5.9.0.9373", kind="phone", manufacturer="Polycom")
    found = run("fingerprints", "score", corpus(polycom, WRONG), "--format", "json").json()
    assert [row["manufacturer"] for row in found["manufacturers"]] == ["Yealink", "Polycom"]
    assert [row["field"] for row in found["fields"]] == ["sip.user-agent", "sip.server"]


def test_deviations_are_written_as_rows(run: Any, corpus: Any) -> None:
    lines = run("fingerprints", "score", corpus(WRONG), "--format", "csv").out.splitlines()
    assert lines[0] == "outcome,part,expected,found,rule,manufacturer,field,value,file,line"
    assert [line.split(",")[0] for line in lines[1:]] == ["wrong", "missing"]


def test_a_control_character_of_a_value_is_escaped(run: Any, corpus: Any) -> None:
    hostile = record("sip.user-agent", "\x1b[31mred\u202e", manufacturer="Elsewhere")
    for format in ("table", "json", "jsonl", "csv", "md"):
        out = run("fingerprints", "score", corpus(hostile), "--format", format).out
        assert "Elsewhere" in out
        assert not {"\x1b", "\u202e"} & set(out)


MISTAKES = [
    (b'{"fields": {"sip.user-agnet": "x"}, "expect": {}}', "did you mean 'sip.user-agent'?"),
    (b'{"fields": {"sip.server": "x"}, "expect": {"kind": "phnoe"}}', "did you mean 'phone'?"),
    (b'{"fields": {"sip.server": "x"}, "expect": {"firmwear": "1"}}', "did you mean 'firmware'?"),
    (b'{"fields": {"sip.server": "x"}, "expects": {}}', "did you mean 'expect'?"),
    (b'{"fields": {"sip.server": "x"}}', "the key 'expect' is missing"),
    (b'{"fields": {"sip.server": 1}, "expect": {}}', "fields"),
    (b'{"fields": {}, "expect": {}}', "the record contains no field"),
    (b'{"fields": {"sip.server": "x"}, "expect": {}, "dropped": {"modle": "why"}}', "did you mean 'model'?"),
    (b'{"fields": {"sip.server": "x"}, "expect": {}, "dropped": {"model": ""}}', "model has no reason"),
    (b'{"fields": {"mac": "nothing"}, "expect": {}}', "is not a valid mac"),
    (b"not JSON", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    (b'{"fields": {"sip.server": ' + b"[" * 100_000, "nested too deeply"),
    (b'"' + b"x" * 1_100_000, "longer than"),
]


@pytest.mark.parametrize(("line", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_mistake_in_a_corpus_is_named_with_file_and_line(run: Any, here: Path, line: bytes, message: str) -> None:
    (here / "corpus.jsonl").write_bytes(json.dumps(RIGHT).encode() + b"\n\n" + line + b"\n")
    ended = run("fingerprints", "score", "corpus.jsonl")
    assert ended.status == 2
    assert ended.out == ""
    first, summary = ended.err.splitlines()
    assert first.startswith("corpus.jsonl:3: ")
    assert message in first
    assert len(first) < 500
    assert "lines that are not records: 1" in summary


def test_a_file_that_does_not_exist_is_named(run: Any) -> None:
    ended = run("fingerprints", "score", "none.jsonl")
    assert ended.status == 4
    assert "none.jsonl: No such file" in ended.err


def test_the_held_back_records_are_a_fifth(run: Any, corpus: Any) -> None:
    many = [record("sip.server", f"value {n}", kind="unknown") for n in range(1000)]
    found = run("fingerprints", "score", corpus(*many), "--format", "json").json()
    assert 150 < found["held_back"] < 250
    for row in some(found["parts"]):
        assert row["percent"] == row["held_back"] == 100.0
