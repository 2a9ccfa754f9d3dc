"""TOML documents: bounded reading, errors that name file and line, and the line of every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, ValidationError, convert

from scanner.core import toml
from scanner.core.errors import DataError, SettingsError
from scanner.core.toml import parse, positions, read
from scanner.core.violations import violation


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("a = \n", "line 1: not TOML (Invalid value): "),
        ("a = 1\na = 2\n", "line 2: not TOML (Cannot overwrite a value): "),
        ("a = 1\r\nb = \r\n", "line 2: not TOML (Invalid value): "),
        ('a = """\nnever closed\n\n', "line 2: not TOML (Unterminated string): "),
        (b"a = 1\n# \xff\n", "line 2: not UTF-8 text: "),
        ("a = " + "[" * 100_000, "nested too deeply: "),
        ("# " + "a" * toml.SIZE_LIMIT, "is larger than 4,000,000 bytes: "),
    ],
)
def test_a_text_that_is_not_toml_is_one_sentence_with_name_and_line(raw: str | bytes, sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(raw, "a.toml", SettingsError)
    assert re.match(rf"a\.toml(?:,|:| ) ?{re.escape(sentence)}\w", str(raised.value))
    assert "\n" not in str(raised.value)


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf[t]\r\na = 1\r\n")
    assert read(path).table == {"t": {"a": 1}}
    path.write_bytes(b"#" * (toml.SIZE_LIMIT + 1))
    with pytest.raises(DataError, match=r"a\.toml is larger than"):
        read(path)
    with pytest.raises(DataError, match=r"none\.toml cannot be read \(No such file or directory\): check"):
        read(tmp_path / "none.toml")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path)


TEXT = """\
top = 1
[[row]]
name = "a"
[[row]]
name = "b"
  [row.below]
  list = [
    1,
    { x = 2 },
  ]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("top", 1), ("row[0].name", 3), ("row[1]", 4), ("row[1].name", 5), ("row[1].below.list[1].x", 9),
        ("row[1].below.absent", 6), ("row[1].absent.too", 4), ("row[7]", 2), ("absent", 1), ("", 1),
    ],
)  # fmt: skip
def test_a_fault_names_the_line_of_its_path_or_of_the_nearest_table(path: str, line: int) -> None:
    document = parse(TEXT, "a.toml")
    assert document.line(path) == line
    assert str(document.fault(path, "wrong\nhere")) == f"a.toml, line {line}: wrong\\x0ahere"
    assert isinstance(document.fault(path, ""), DataError)


class _Row(Struct, forbid_unknown_fields=True):
    name: str
    list: tuple[int, ...] = ()


class _File(Struct, forbid_unknown_fields=True):
    row: tuple[_Row, ...]


@pytest.mark.parametrize(
    ("table", "what", "place"),
    [
        ({"row": [{"name": 1}]}, "expected str, got int", "row[0].name"),
        ({"row": [{"name": "a", "list": [1, "b"]}]}, "expected int, got str", "row[0].list[1]"),
        ({"row": [{"name": "a", "nam": 1}]}, "unknown key 'nam'; did you mean 'name'?", "row[0].nam"),
        ({"row": [], "a.b": 1}, "unknown key 'a.b'; did you mean 'row'?", "a.b"),
        ({"row": [], "a - at `b`": 1}, "unknown key 'a - at `b`'; did you mean 'row'?", "a - at `b`"),
        ({}, "the key 'row' is missing", ""),
    ],
)
def test_a_violation_has_the_path_of_the_value_and_of_an_unknown_key(
    table: dict[str, object], what: str, place: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        convert(table, _File)
    found = violation(raised.value, _File)
    assert (found.what, found.place) == (what, place)


_KEYS = st.sampled_from(["a", "b1", "c-d", '"e f"', "'g.h'"])
_VALUES = st.recursive(
    st.sampled_from(
        ["1", "true", '"x # y"', "'[z]'", '"""\nm\n"""', "'''\nn]\n'''", "1979-05-27 07:32:00", '"\\"q\\""', "-1.5e3"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda v: "[\n " + ",\n ".join(v) + "]")
        | st.lists(inner.filter(lambda v: "\n" not in v), max_size=2).map(
            lambda v: "{" + ", ".join(f"k{i} = {each}" for i, each in enumerate(v)) + "}"
        )
    ),
    max_leaves=5,
)


@given(st.lists(st.tuples(st.sampled_from(["", "[t{}]", "[[u]]", "[v.w{}]"]), _KEYS, _VALUES), max_size=6))
def test_every_key_of_a_valid_text_has_the_line_on_which_it_stands(parts: list[tuple[str, str, str]]) -> None:
    text, wanted = "", {}
    counts = {"u": -1}
    table = ""
    for number, (head, key, value) in enumerate(parts):
        if head:
            text += head.format(number) + "  # head\n"
            table = head.format(number).strip("[]")
            if table == "u":
                counts["u"] += 1
                table = f"u[{counts['u']}]"
        unique = key[:-1] + f"{number}" + key[-1] if key[0] in "\"'" else f"{key}{number}"
        path = ".".join(filter(None, (table, unique.strip("\"'"))))
        wanted[path] = text.count("\n") + 1
        text += f"{unique} = {value} # c\n"
    found = positions(parse(text, "a.toml").text)
    assert {path: found.get(path) for path in wanted} == wanted


@given(st.text(alphabet="[]{}=.,'\"\\\n#ab 1", max_size=80))
def test_positions_of_any_text_are_lines_of_it(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in positions(text).values())


def test_the_lines_of_a_document_are_counted_once() -> None:
    """From its beginning for each key, a document of 4 MB took minutes."""
    counted: list[int] = []

    class Text(str):
        def count(self, part: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
            counted.append((len(self) if end is None else end) - start)
            return str.count(self, part, start, end)

    text = Text("".join(f"a{n}.b = {{ c = 1 }}\n" for n in range(500)))
    assert toml._Reader(text).read()["a499.b"] == 500
    assert sum(counted) < 3 * len(text)
