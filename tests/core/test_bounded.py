"""Documents beyond a bound are refused before a parser has them; those within are read as the parser reads them."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import msgspec
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from scanner.core import bounded, csvtext
from scanner.core.bounded import TooLarge, check_json, checked_json, checked_toml, json_decoder, lenient_json
from scanner.core.csvtext import csv_rows

FINGERPRINTS = Path(__file__).resolve().parents[2] / "fingerprints"

TOO_LARGE = {
    "a dotted key": ".".join("a" * 100_000) + " = 1",
    "a dotted key with blanks": " . ".join("a" * 20) + " = 1",
    "a dotted key in quotes": ".".join(['"a"', "'b'"] * 20) + " = 1",
    "a dotted key in an inline table": "a = { " + ".".join("b" * 20) + " = 1 }",
    "a name of a table": "[" + ".".join("a" * 50_000) + "]",
    "a name of a list of tables": "[[" + ".".join("a" * 50_000) + "]]",
    "lists": "a = " + "[" * 50_000,
    "lists that end": "a = " + "[" * 40 + "]" * 40,
    "lists over lines": "a = " + "[\n" * 40 + "]\n" * 40,
    "inline tables": "a = " + "{ b = " * 40 + "1" + "}" * 40,
    "lists in inline tables": "a = " + "[{ b = " * 20 + "1" + "}]" * 20,
    "lists between texts with brackets": "a = " + '["]", ' * 40 + "1" + "]" * 40,
    "tables": "".join(f"[a{number}]\n" for number in range(100_001)),
    "small dotted keys": "".join(f"a{number}.b.c = 1\n" for number in range(60_000)),
    "digits": "a = " + "9" * 5_000,
    "digits of a fraction": "a = 1." + "9" * 5_000,
    "hexadecimal digits": "a = 0x" + "f" * 5_000,
    "digits with separators": "a = " + "_".join("9" * 50),
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_toml_beyond_a_bound_is_refused_before_it_is_parsed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(_: str) -> None:
        raise AssertionError("it is parsed")

    monkeypatch.setattr(tomli, "loads", parsed)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        checked_toml(TOO_LARGE[kind])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


def test_the_line_of_a_long_key_is_named() -> None:
    with pytest.raises(TooLarge, match="more than 16 parts") as raised:
        checked_toml('a = """\n\n"""\n# x\n' + ".".join("b" * 20) + " = 1\n")
    assert raised.value.line == 5


@pytest.mark.parametrize(
    "text",
    [
        'a = "1.3.6.1.4.1.9.9.23.1.2.1.1.4.1.2.3.4.5.6.7.8"', f"a = '{'[' * 100}'", f'a = """\n{"{" * 100}\n"""',
        f"# {'[' * 100} {'9' * 100}", f'a = "{"9" * 100}"', "a = [1.5, 2.5, " + "3.5, " * 30 + "]",
        'a = "\\"["\nb = [[]]',
        "a = '''\n'[''\n'''", f"a = {'[' * 32}{']' * 32}",
    ],
)  # fmt: skip
def test_toml_within_the_bounds_is_read(text: str) -> None:
    assert checked_toml(text) == tomli.loads(text)


def test_the_shipped_files_are_within_the_bounds() -> None:
    paths = sorted(FINGERPRINTS.rglob("*.toml"))
    assert len(paths) > 20
    for path in paths:
        assert checked_toml(path.read_text(encoding="utf-8"))


@given(st.text(st.sampled_from("ab.=[]{}\"'\\\n#, 19"), max_size=60))
def test_toml_is_read_as_by_the_parser_or_refused(text: str) -> None:
    try:
        expected: object = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        expected = str(error)
    try:
        found: object = checked_toml(text)
    except tomli.TOMLDecodeError as error:
        found = str(error)
    assert found == expected


def test_no_document_takes_more_than_linear_time() -> None:
    """Texts without an end, of which a naive expression would pass over the rest again for each."""
    for text in ('\\"""\n', "'''\\", '"', "'\n", '"""', "'''", "a.", "[", '""""'):
        raw = text * (400_000 // len(text))
        with pytest.raises((TooLarge, tomli.TOMLDecodeError)):
            checked_toml(raw)
        check_json(b'"' + raw.replace("[", "").encode() * 2)
    assert len(bounded._TOML_TEXT.findall('\\"""\n' * 1_000)) <= 1_000


JSON_TOO_LARGE = {
    "lists": b"[" * 1_000_000, "lists that end": b"[" * 40 + b"]" * 40, "objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "digits": b"[" + b"9" * 5_000 + b"]", "many lists": b"[" + b"[]," * 600_000 + b"[]]",
    "between texts with brackets": b'["]",' * 40 + b"1" + b"]" * 40, "length": b" " * 2_000 + b"1",
}  # fmt: skip


@pytest.mark.parametrize("kind", JSON_TOO_LARGE)
def test_json_beyond_a_bound_is_refused(kind: str) -> None:
    raw = JSON_TOO_LARGE[kind]
    limit = 1_000 if kind == "length" else 4_000_000
    with pytest.raises(TooLarge):
        checked_json(raw, limit=limit)
    with pytest.raises(TooLarge):
        json_decoder(dict[str, str], limit=limit)(raw)
    with pytest.raises(TooLarge):
        lenient_json(raw.decode(), limit=limit)


def test_json_within_the_bounds_is_read() -> None:
    for value in ({"a": "[" * 100}, ["9" * 5_000], [[[1]]], {"a": "\\"}, 10**30, [{}] * 1_000):
        assert checked_json(json.dumps(value)) == value
    assert lenient_json('{"a": "\x01"}') == {"a": "\x01"}
    for text in ("", "nul", "1e400", '"\\ud800', b"\xff", "9" * 3_999):
        try:
            checked_json(text)
        except (msgspec.DecodeError, TooLarge):
            continue
        assert text == "9" * 3_999


def test_a_quotation_mark_without_its_end_costs_one_line_of_csv() -> None:
    text = 'a,b\n1,"2\n3,4\n' + "5,6\n" * 50
    rows = list(csv_rows(text, ","))
    assert [row.line for row in rows if row.damage] == [2]
    assert [row.cells for row in rows if row.cells][:3] == [("a", "b"), ("3", "4"), ("5", "6")]
    assert len(rows) == 53


def test_a_row_of_csv_has_a_bounded_number_of_lines() -> None:
    most = csvtext.ROW_LINES
    assert list(csv_rows('"' + "x,1\n" * (most - 1) + 'y"\n', ",")) == [(1, ("x,1\n" * (most - 1) + "y",), "")]
    rows = list(csv_rows('"' + "x,1\n" * most + 'y"\n', ","))
    assert rows[0] == (1, (), "a quotation mark without its end")
    assert [row.cells for row in rows[1:-1]] == [("x", "1")] * (most - 1)


def test_csv_beyond_a_bound_costs_one_line() -> None:
    for bad in ("," * 100_000, "x" * (csvtext.LINE + 1), '"' + "y" * 200_000, "a,\x00"):
        rows = list(csv_rows(f"a,b\n{bad}\n3,4\n", ","))
        assert rows[0].cells == ("a", "b")
        assert rows[-1].cells == ("3", "4")
    assert [row.damage for row in csv_rows("x," * csvtext.CELLS, ",")] == ["more than 500 cells"]
    assert next(csv_rows('a,"1\n2",b\r\nc,d,e\r\n', ",")).cells == ("a", "1\n2", "b")


def test_texts_of_a_json_document_are_removed_without_a_list_of_its_pieces() -> None:
    """60 MB of empty texts took 3.7 GB before anything was parsed."""
    octets = b"[" * 33 + b'"",' * 200_000
    tracemalloc.start()
    try:
        with pytest.raises(bounded.TooLarge, match="nested too deeply"):
            bounded.check_json(octets)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(octets)


def test_texts_of_a_json_document_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "JSON_ITEMS", 10)
    with pytest.raises(bounded.TooLarge, match="more than 10 values"):
        bounded.check_json(b"[" * 33 + b'""' * 30)
