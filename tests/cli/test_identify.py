"""`phonescan identify`: the keys of the result, and JSON lines in order for any input."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.app import identify_lines as identify_lines_module
from scanner.app.identify import IdentifyResult, observations, unknown_field
from scanner.app.identify_lines import identify_lines, lines
from scanner.core.model import Observation

KEYS = [
    "kind", "manufacturer", "model", "firmware", "line", "serial", "mac", "confidence", "status", "compliance",
    "catalog", "certified_firmware", "reason", "evidence", "conflicts",
]  # fmt: skip
T58A = {"sip.user-agent": "Yealink SIP-T58A 58.15.0.20"}


def test_the_keys_are_those_of_the_contract_in_its_order(run: Any) -> None:
    ended = run("identify", "sip.user-agent=Yealink SIP-T58A 58.15.0.20")
    assert ended.status == 0
    found = ended.json()
    assert list(found) == KEYS
    assert (found["model"], found["firmware"], found["status"]) == ("T58A", "58.15.0.20", "certified")
    assert found["serial"] is None
    assert set(found["evidence"][0]) >= {"field", "value", "rule", "gives"}


def test_values_may_contain_equal_signs_and_a_field_may_be_repeated() -> None:
    found = observations({"mdns.txt.model": "a=b", "mdns.service": ["_sip._udp.local", "_http._tcp.local"]})
    assert [(o.field, o.value) for o in found] == [
        ("mdns.txt.model", "a=b"), ("mdns.service", "_sip._udp.local"), ("mdns.service", "_http._tcp.local"),
    ]  # fmt: skip


def test_a_mac_given_with_the_fields_is_that_of_the_device() -> None:
    found = observations({"mac": "805e.c000.0006", **T58A})
    assert found[0].mac == "80:5e:c0:00:00:06"
    assert observations({"mac": "SEP805EC0000006"})[0].field == "arp.mac"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "nothing to identify"),
        (["no.such-field=x"], "is not a known field"),
        (["sip.useragent=x"], "did you mean 'sip.user-agent'?"),
        (["sip.user-agent"], "is not FIELD=VALUE"),
        (["mac=zz"], "is not a valid mac"),
        (["--jsonl", "sip.user-agent=x"], "--jsonl reads standard input"),
    ],
)
def test_wrong_words_exit_2_with_a_correction(run: Any, words: list[str], says: str) -> None:
    ended = run("identify", *words)
    assert ended.status == 2
    assert says in ended.err
    assert ended.out == ""


def test_each_line_has_a_result_in_its_place(run: Any) -> None:
    given_lines = [
        json.dumps(T58A),
        "not json",
        "[]",
        '{"sip.user-agent": 5}',
        '{"no.field": "x"}',
        "{}",
        json.dumps(T58A),
    ]
    ended = run("identify", "--jsonl", input="\n".join(given_lines))
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 3
    assert "5 lines could not be read" in ended.err
    assert [answer.get("model") for answer in answers] == ["T58A", None, None, None, None, None, "T58A"]
    assert [answer.get("line") for answer in answers if "error" in answer] == [2, 3, 4, 5, 6]


def test_readable_lines_exit_0_without_a_message(run: Any) -> None:
    ended = run("identify", "--jsonl", input=(json.dumps(T58A) + "\r\n") * 3 + "\n\n")
    assert (ended.status, ended.err, len(ended.out.splitlines())) == (0, "", 3)


def test_an_empty_line_between_others_has_a_result(run: Any) -> None:
    ended = run("identify", "--jsonl", input=f"{json.dumps(T58A)}\n\n  \n{json.dumps(T58A)}\n")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 3
    assert [answer.get("error") for answer in answers] == [None, "the line is empty", "the line is empty", None]


@pytest.mark.parametrize(
    "line",
    [
        b'{"sip.user-agent": "Yealink SIP-T58A 58.15.0.20", "snmp.sysdescr": "' + b"x" * 10_000_000 + b'"}',
        b'\xef\xbb\xbf{"sip.user-agent": "Yealink SIP-T58A 58.15.0.20"}',
        b'{"sip.user-agent": "Yealink SIP-T58A 58.15.0.20\t"}',
        b'{"sip.user-agent": "Yealink SIP-T58A 58.15.0.20", "http.title": "\xff\x01"}',
        b'{"sip.user-agent": "Yealink SIP-T58A 58.15.0.20", "http.title": "\\ud800"}',
        b'{"sip.user-agent": ["Yealink SIP-T58A 58.15.0.20"]}',
    ],
    ids=["10 MB", "byte order mark", "control character", "no UTF-8", "half a surrogate pair", "a list"],
)
def test_an_unusual_line_is_bounded_and_read(run: Any, line: bytes) -> None:
    ended = run("identify", "--jsonl", input=line)
    assert (ended.status, ended.err) == (0, "")
    assert json.loads(ended.out)["status"] == "certified"
    assert len(ended.out) < 40_000
    assert ended.out.removesuffix("\n").isprintable()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[" * 20_000, "nested too deeply"),
        ('{"sip.user-agent": {}}', "'sip.user-agent' is neither a text nor a list of texts"),
        ('{"sip.user-agent": [1]}', "'sip.user-agent' is neither a text nor a list of texts"),
        ("12", "not an object of fields and texts"),
        ('{"sip.user-agent": "x"} y', "not JSON"),
        ('{"": ""}', "'' is not a known field"),
    ],
)
def test_an_unreadable_line_has_an_error(run: Any, line: str, says: str) -> None:
    ended = run("identify", "--jsonl", input=line)
    assert ended.status == 3
    assert says in json.loads(ended.out)["error"]


def test_a_line_that_is_too_long_is_one_unreadable_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify_lines_module, "LINE_LIMIT", 100_000)
    source = b'{"sip.user-agent": "' + b"x" * 100_000 + b'"}\n' + json.dumps(T58A).encode() + b"\n"
    answers: list[bytes] = []
    assert identify_lines(_echo, io.BytesIO(source), answers.append) == 1
    assert b"longer than" in answers[0]
    assert b"".join(answers).count(b"\n") == 2


def test_a_result_is_written_before_the_next_line_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    read, write = os.pipe()
    answered = threading.Event()
    got: list[bytes] = []

    def take(data: bytes) -> None:
        got.append(data)
        answered.set()

    with open(read, "rb") as source, open(write, "wb", buffering=0) as sink:
        worker = threading.Thread(target=identify_lines, args=(_echo, source, take))
        worker.start()
        for count in (1, 2):
            sink.write(json.dumps(T58A).encode() + b"\n")
            assert answered.wait(60)
            answered.clear()
            assert len(got) == count
        sink.close()
        worker.join(10)


def _echo(found: Iterable[Observation]) -> IdentifyResult:
    return IdentifyResult(
        kind="unknown", manufacturer=None, model=None, firmware=None, line=None, serial=None, mac=None, confidence=0.0,
        status="unidentified", compliance="review", catalog=None, certified_firmware=None, evidence=(), conflicts=(),
        reason="".join(o.value for o in found),
    )  # fmt: skip


@given(st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\n", b" ")), max_size=12), st.integers(1, 50))
@settings(max_examples=150, deadline=None)
def test_every_line_has_one_result(parts: list[bytes], chunk: int) -> None:
    answers: list[bytes] = []
    identify_lines(_echo, _Slow(b"\n".join(parts), chunk), answers.append)  # type: ignore[arg-type]
    out = b"".join(answers).splitlines()
    filled = [number for number, part in enumerate(parts, 1) if part.strip()]
    assert len(out) == max(filled, default=0)
    assert all(isinstance(json.loads(line), dict) for line in out)


class _Slow(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    def __init__(self, content: bytes, chunk: int) -> None:
        super().__init__(content)
        self.chunk = chunk

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.chunk)


@given(st.binary(max_size=300), st.integers(1, 40))
def test_lines_do_not_depend_on_the_size_of_reads(content: bytes, chunk: int) -> None:
    got = [line for group in lines(_Slow(content, chunk)) for line in group]
    want = content.split(b"\n")
    assert got == (want[:-1] if not want[-1] else want)


def test_an_imported_catalog_is_in_force_for_its_inventory(run: Any, here: Any) -> None:
    (here / "house.csv").write_text("manufacturer,model,version\nYealink,T58A,58.15.0.99\n", encoding="utf-8")
    assert run("catalog", "import", "house.csv", "--name", "skype-for-business").status == 0
    assert run("identify", "sip.user-agent=Yealink SIP-T58A 58.15.0.20").json()["certified_firmware"] == "58.15.0.99"


def test_fields_are_listed(run: Any) -> None:
    ended = run("identify", "--fields")
    assert "lldp-med.software-revision" in ended.out
    assert unknown_field("zz").endswith("lists them")


def test_a_field_that_occurs_twice_in_a_line_is_not_read_as_its_last_value() -> None:
    """JSON permits it, and parsers keep one value: which one is unsaid."""
    rows = [
        b'{"sip.user-agent": "Yealink SIP-T58A 58.15.0.20", "sip.user-agent" : "Polycom/5.9"}',
        b'{"sip.user-agent": "a\x01b", "http.title": "a", "http.title": "b"}',
        b'{"sip.user-agent": "a: \\"sip.user-agent\\": b", "mac": "80:5e:c0:00:00:06"}',
    ]
    read: list[int] = []
    written: list[bytes] = []
    unread = identify_lines(lambda found: read.append(len(list(found))), io.BytesIO(b"\n".join(rows)), written.append)  # type: ignore[arg-type]
    results = [json.loads(line) for line in b"".join(written).splitlines()]
    assert unread == 2
    assert read == [1]
    assert ["occurs more than once" in (result or {}).get("error", "") for result in results] == [True, True, False]


def test_results_of_empty_lines_are_written_in_parts() -> None:
    """A file of 30 MB of them is not a list of 30 million results."""
    count = 5_000
    written: list[bytes] = []
    unread = identify_lines(lambda found: None, io.BytesIO(b"\n" * count + b'{"http.title": "x"}\n'), written.append)  # type: ignore[arg-type, return-value]
    assert unread == count
    assert [json.loads(line)["line"] for line in b"".join(written).splitlines()[:-1]] == list(range(1, count + 1))
    assert max(map(len, written)) < 60 * identify_lines_module.GROUP


def test_the_values_of_a_record_are_bounded() -> None:
    """A line of 64 MB had 20 million, and took minutes and 500 MB."""
    rows = b'{"http.title": [%s]}\n{"http.title": "x"}\n' % b",".join([b'"x"'] * 1_001)
    written: list[bytes] = []
    assert identify_lines(lambda found: None, io.BytesIO(rows), written.append) == 1  # type: ignore[arg-type, return-value]
    assert b"more than 1,000 values" in b"".join(written)
