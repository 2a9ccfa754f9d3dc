"""Recordings of SNMP agents: rows, and the device by its own mac and address."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.model import Observation
from scanner.reading import Context, Item, Problem, snmprec

NOW = "2026-11-23T02:00:00Z"
DESCR = "1.3.6.1.2.1.1.1.0|4|Yealink SIP-T58A 58.15.0.20\n"
MAC, TYPE = "1.3.6.1.2.1.2.2.1.6.", "1.3.6.1.2.1.2.2.1.3."
MAC1 = f"{MAC}1"
ADDRESS = "1.3.6.1.2.1.4.20.1.1."


def read(text: str | bytes, ip: str | None = None) -> list[Item]:
    raw = text.encode() if isinstance(text, str) else text
    return list(snmprec.read(io.BytesIO(raw), Context("phone.snmprec", NOW, ip)))


def subjects(text: str, ip: str | None = None) -> set[tuple[str | None, str | None]]:
    return {(item.ip, item.mac) for item in read(text, ip) if isinstance(item, Observation)}


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("1.3.6.1.2.1.1.1.0|4|a|b", ("1.3.6.1.2.1.1.1.0", b"a|b")),
        (".1.3.6.1.2.1.1.1.0|4|x", ("1.3.6.1.2.1.1.1.0", b"x")),
        ("1.3.6|4x|00156500ff0a", ("1.3.6", b"\x00\x15\x65\x00\xff\x0a")),
        ("1.3.6|4e|a\\x0db\\n\\\\c", ("1.3.6", b"a\rb\n\\c")),
        ("1.3.6|2|-5", ("1.3.6", -5)),
        ("1.3.6|65|4294967295", ("1.3.6", 4294967295)),
        ("1.3.6|67|198230560", ("1.3.6", 198230560)),
        ("1.3.6|6|.1.3.6.1.4.1.37459", ("1.3.6", "1.3.6.1.4.1.37459")),
        ("1.3.6|64|10.1.2.3", ("1.3.6", "10.1.2.3")),
        ("1.3.6|64x|0a010203", ("1.3.6", "10.1.2.3")),
        ("1.3.6|4:writecache|value=x", ("1.3.6", b"value=x")),
        ("1.3.6|4|", ("1.3.6", b"")),
    ],
)
def test_a_line_is_an_oid_and_a_value(line: str, want: tuple[str, object]) -> None:
    assert snmprec.parse(line.encode()) == want


_NAME = "1.3.6.1.2.1.1.5.0"


@pytest.mark.parametrize("line", [f"{_NAME}|4x|zz", f"{MAC1}|4x|0", f"{TYPE}1|2|many", "hello", f"{_NAME}|4", "|4|x"])
def test_a_malformed_line_is_reported_by_its_number_and_the_rest_is_read(line: str) -> None:
    items = read(f"# a comment\n{line}\n{DESCR}", ip="198.18.0.5")
    assert isinstance(items[0], Problem)
    assert items[0].number == 2
    assert isinstance(items[1], Observation)
    assert items[1].value == "Yealink SIP-T58A 58.15.0.20"


@pytest.mark.parametrize("line", ["1.3.6.1.2.1.25.1.1.0|4x|zz", "1.3.6|2|many", "1.3.6.1.4.1.9.2.1|4x|0", "1.3.6|4"])
def test_a_malformed_line_of_an_object_that_is_not_read_is_not_a_problem(line: str) -> None:
    items = read(f"{line}\n{DESCR}", ip="198.18.0.5")
    assert [type(item) for item in items] == [Observation]


@pytest.mark.parametrize(
    ("rows", "want"),
    [
        (f"{MAC1}|4x|0015651234ab\n", (None, "00:15:65:12:34:ab")),
        (f"{MAC1}|4|0:15:65:12:34:ab\n", (None, "00:15:65:12:34:ab")),
        (f"{MAC1}|4x|000000000000\n{MAC}2|4x|0015651234ab\n", (None, "00:15:65:12:34:ab")),
        (f"{MAC}10|4x|001565000010\n{MAC}9|4x|001565000009\n", (None, "00:15:65:00:00:09")),
        (f"{TYPE}1|2|53\n{MAC1}|4x|001565000001\n{TYPE}2|2|6\n{MAC}2|4x|001565000002\n", (None, "00:15:65:00:00:02")),
        (f"{ADDRESS}127.0.0.1|64|127.0.0.1\n{ADDRESS}198.18.0.5|64|198.18.0.5\n", ("198.18.0.5", None)),
        (f"{ADDRESS}198.18.0.5|64x|c6120005\n{MAC1}|4x|0015651234ab\n", ("198.18.0.5", "00:15:65:12:34:ab")),
        ("1.3.6.1.2.1.4.20.1.2.198.18.0.7|2|1\n", ("198.18.0.7", None)),
        ("1.3.6.1.2.1.4.20.1.3.2.198.18.0.8|64|255.255.255.0\n", ("198.18.0.8", None)),
        ("1.3.6.1.2.1.4.34.1.3.1.4.198.18.0.6|2|1\n", ("198.18.0.6", None)),
        ("1.3.6.1.2.1.4.34.1.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.5|2|1\n", ("2001:db8::5", None)),
        (f"{ADDRESS}169.254.1.1|64|169.254.1.1\n{MAC1}|4x|0015651234ab\n", (None, "00:15:65:12:34:ab")),
    ],
)  # fmt: skip
def test_a_recorded_device_is_identified_by_its_own_mac_and_address(
    rows: str, want: tuple[str | None, str | None]
) -> None:
    assert subjects(DESCR + rows) == {want}


def test_the_address_given_by_the_user_takes_precedence() -> None:
    rows = f"{DESCR}{ADDRESS}198.18.0.5|64|198.18.0.5\n{MAC1}|4x|0015651234ab\n"
    assert subjects(rows, ip="198.18.0.77") == {("198.18.0.77", "00:15:65:12:34:ab")}


def test_a_recording_without_mac_and_address_is_a_problem_with_advice() -> None:
    (problem,) = read(DESCR)
    assert isinstance(problem, Problem)
    assert "--ip ADDRESS" in problem.what


def test_a_recording_without_identifying_objects_is_a_problem() -> None:
    (problem,) = read("1.3.6.1.2.1.2.1.0|2|1\n", ip="198.18.0.5")
    assert isinstance(problem, Problem)
    assert problem.what == "no object identifies the recorded device"


@pytest.mark.parametrize(
    ("file", "mac", "says"),
    [
        ("allworx_voip", "00:0a:dd:05:41:6e", "Allworx Connect 731"),
        ("heliosip", "8c:1f:b4:00:f2:05", "2N IP Force"),
        ("audiocodes_mp118", "00:90:8f:a0:68:7c", "Product: GW 8 FXS;SW Version: 6.60A.309.001"),
    ],
)
@pytest.mark.adds_to("captures/test_captures.py::test_a_capture_reads_as_its_toml_file_states")
def test_recordings_of_real_devices_identify_them(shared: Path, file: str, mac: str, says: str) -> None:
    items = read((shared / "recordings" / "others" / f"{file}.snmprec").read_bytes())
    found = {item.field: item for item in items if isinstance(item, Observation)}
    assert found["snmp.sysdescr"].value == says
    assert found["snmp.sysdescr"].mac == mac
    assert found["snmp.sysdescr"].source == "snmp phone.snmprec"
    assert found["snmp.sysdescr"].time == NOW


_ODD = (
    DESCR,
    f"{MAC1}|4x|00\n",
    f"{MAC1}|2|5\n",
    f"{ADDRESS}999.1.1.1|64|x\n",
    "1.3.6.1.2.1.4.34.1.3.1.4.300.1.1.1|2|1\n",
    "1.3.6.1.2.1.4.34.1.3.2.16.1|2|1\n",
    f"1.3.6.1.2.1.4.34.1.3.2.16.{'.'.join(['999'] * 16)}|2|1\n",
)


@given(st.lists(st.sampled_from(_ODD)))
def test_unusual_rows_yield_no_wrong_subject(rows: list[str]) -> None:
    assert {type(item) for item in read("".join(rows))} == {Problem}


def test_a_recording_is_detected_by_its_first_lines() -> None:
    assert snmprec.looks_like(b"# recorded\n" + DESCR.encode())
    assert not snmprec.looks_like(b"10.1.2.3|host|x\nwords\n")
    assert not snmprec.looks_like(b"")


_PORT_ID = "1.0.8802.1.1.2.1.4.1.1.7.0.7.1"


@pytest.mark.parametrize(
    ("row", "octets"),
    [
        (f"{_PORT_ID}|4e|\\x00\\x15e\\xaa\\xbb ", b"\x00\x15e\xaa\xbb "),
        (f"{_PORT_ID}|4|H%g1A ", b"H%g1A "),
        (f"{_PORT_ID}|4|\tab ", b"\tab "),
        (f"{_PORT_ID}|4x|001565aabb20", b"\x00\x15e\xaa\xbb "),
        (f"{_PORT_ID}|4x|00 15 65 aa bb 20", b"\x00\x15e\xaa\xbb "),
        (f"{_PORT_ID}|4x|0x001565AABB20", b"\x00\x15e\xaa\xbb "),
        (f"{_PORT_ID}|4X|00:15:65:aa:bb:20", b"\x00\x15e\xaa\xbb "),
        (f"{_PORT_ID}.|4e|\\0\\025e\\252\\273 ", b"\x00\x15e\xaa\xbb "),
        (f" {_PORT_ID} |4|x", b"x"),
        (f"{_PORT_ID}|99|x", b"x"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blanks_at_the_end_of_a_line_are_part_of_the_value(row: str, octets: bytes, end: str) -> None:
    text = f"1.3.6.1.2.1.1.5.0|4|sw1{end}{row}{end}1.3.6.1.2.1.1.6.0|4|x{end}"
    values = [value for oid, value in snmprec.rows(io.BytesIO(text.encode())) if oid.startswith(_PORT_ID)]  # type: ignore[union-attr]
    assert values == [octets]


@pytest.mark.parametrize("row", [f"{_PORT_ID}|5|", f"{_PORT_ID}|128|", f"{_PORT_ID}|129|x", f"{_PORT_ID}|130|"])
def test_an_object_without_a_value_is_not_a_problem(row: str) -> None:
    assert list(snmprec.rows(io.BytesIO(row.encode()))) == []


def test_a_number_may_be_hexadecimal() -> None:
    assert snmprec.parse(b"1.3.6|2x|ff")[1] == -1
    assert snmprec.parse(b"1.3.6|66x|ff")[1] == 255
