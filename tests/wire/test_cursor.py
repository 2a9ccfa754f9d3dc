"""The cursor never reads past its range, and no other module of `wire/` reads input without it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.wire import cursor as cursor_module
from scanner.wire.cursor import Cursor, cut

READS: list[tuple[str, Callable[[Cursor], object], int, object]] = [
    ("u8", lambda c: c.u8(), 1, 0x81),
    ("pair", lambda c: c.pair(), 2, (0x81, 2)),
    ("u16", lambda c: c.u16(), 2, 0x8102),
    ("u24", lambda c: c.uint(3), 3, 0x810203),
    ("u32", lambda c: c.u32(), 4, 0x81020304),
    ("signed", lambda c: c.sint(1), 1, -127),
    ("little-endian", lambda c: c.uint_le(2), 2, 0x0281),
    ("bytes", lambda c: c.take(3), 3, b"\x81\x02\x03"),
]


@pytest.mark.parametrize(("name", "read", "size", "value"), READS, ids=[r[0] for r in READS])
def test_a_read_returns_its_value_or_leaves_the_position_unchanged(
    name: str, read: Callable[[Cursor], object], size: int, value: object
) -> None:
    data = b"\x81\x02\x03\x04"
    assert read(Cursor(data)) == value
    for length in range(size):
        short = Cursor(data[:length])
        with pytest.raises(WireError):
            read(short)
        assert short.at == 0


def test_a_fence_limits_one_cursor_and_is_skipped_by_the_other() -> None:
    outer = Cursor(b"\x01\x02\x03\x04\x05")
    inner = outer.fence(3)
    assert outer.u8() == 4
    assert inner.u16() == 0x0102
    with pytest.raises(WireError) as fault:
        inner.u16()
    assert fault.value.offset == 2
    assert inner.rest() == b"\x03"
    assert not inner


def test_offsets_are_those_of_the_whole_input() -> None:
    inner = Cursor(bytes(10)).fence(8).fence(4)
    inner.skip(4)
    with pytest.raises(WireError, match="at offset 4"):
        inner.u8()


@pytest.mark.parametrize("size", [-1, 5, 1 << 70])
def test_no_size_reads_outside_the_range(size: int) -> None:
    cursor = Cursor(b"abcdef").fence(4)
    for read in (cursor.take, cursor.skip, cursor.fence, cursor.uint):
        with pytest.raises(WireError):
            read(size)
    assert cursor.at == 0
    assert cursor.peek(size) == (b"" if size < 0 else b"abcd")


@given(st.binary(max_size=40), st.lists(st.integers(-3, 20), max_size=12))
def test_successful_reads_and_the_rest_are_the_input(data: bytes, sizes: list[int]) -> None:
    cursor, got = Cursor(data), b""
    for size in sizes:
        before = cursor.at
        try:
            got += cursor.take(size)
        except WireError:
            assert cursor.at == before
    assert data.startswith(got)
    assert got + cursor.rest() == data


def test_peeking_does_not_move() -> None:
    cursor = Cursor(b"\x81")
    assert (cursor.peek_u8(), cursor.at) == (0x81, 0)
    assert cursor.u8() == 0x81
    assert cursor.peek_u8() is None


@given(st.binary(max_size=20), st.integers(0, 30))
def test_both_parts_of_a_cut_are_the_input(data: bytes, size: int) -> None:
    first, rest = cut(data, size)
    assert (first + rest, len(first)) == (data, min(size, len(data)))


def unchecked_reads(source: str) -> Iterator[str]:
    """Expressions that read input without a cursor, or set a cursor's position.

    Allowed are subscripts of a mapping declared as one (`dict` or `Mapping` annotation, dict display) or that has
    string keys, and those of types. Every other subscript may be an index or a slice of bytes.
    """
    nodes = list(ast.walk(ast.parse(source)))
    types, tables = set[int](), set[str]()
    for node in nodes:
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(hint, ast.AST):
                types |= {id(part) for part in ast.walk(hint)}
        match node:
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=ast.Subscript(value=ast.Name(id="dict" | "Mapping"))
            ):
                tables.add(name)
            case ast.arg(arg=name, annotation=ast.Subscript(value=ast.Name(id="dict" | "Mapping"))):
                tables.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() | ast.DictComp()):
                tables.add(name)
    for node in nodes:
        match node:
            case ast.Subscript(value=ast.Name(id="tuple" | "list" | "dict" | "Callable")):
                pass  # a type
            case ast.Subscript(slice=ast.Constant(value=str())):
                pass  # bytes have no string keys
            case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=place) if (
                name in tables and not isinstance(place, ast.Slice)
            ):
                pass
            case ast.Subscript() if id(node) not in types:
                yield ast.unparse(node)
            case ast.Attribute(attr="from_bytes" | "unpack" | "unpack_from" | "iter_unpack" | "__getitem__"):
                yield ast.unparse(node)
            case ast.Attribute(attr="at" | "end" | "data", ctx=ast.Store()):
                yield ast.unparse(node)
            case ast.Name(id="memoryview" | "itemgetter"):
                yield node.id
            case ast.Import(names=names) if any(alias.name == "struct" for alias in names):
                yield "struct"
            case ast.ImportFrom(module="struct"):
                yield "struct"


CODECS = sorted(path for path in Path(cursor_module.__file__).parent.glob("*.py") if path.stem != "cursor")


@pytest.mark.parametrize("path", CODECS, ids=lambda path: path.stem)
def test_a_codec_reads_through_the_cursor_only(path: Path) -> None:
    assert list(unchecked_reads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "data[0]", "data[1:]", "data[at]", "cursor.take(4)[0]", "text.partition('x')[0]", "int.from_bytes(data, 'big')",
        "TABLE[1:2]", "cursor.at = 3", "import struct", "from struct import unpack", "memoryview(data)",
        "struct.unpack('>I', data)", "OTHER[kind]",
    ],
)  # fmt: skip
def test_every_kind_of_unchecked_read_is_found(line: str) -> None:
    assert len(list(unchecked_reads(f"TABLE: dict[int, str] = {{}}\n{line}\n"))) == 1


def test_lookups_in_tables_and_types_are_not_reads() -> None:
    source = """
TABLE: dict[int, str] = {}
NAMES = {text: kind for kind, text in TABLE.items()}
def decode(data: bytes, seen: dict[int, str]) -> tuple[str, ...]:
    return TABLE[1], NAMES["x"], seen[2], match["status"], self.TABLE[3]
Varbind = tuple[str, int] | None
"""
    assert list(unchecked_reads(source)) == []
