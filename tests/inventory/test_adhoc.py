"""Statements of readers: memory, time, size of the result and reach of each are limited."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import InventoryError
from scanner.inventory.db import adhoc_child
from scanner.inventory.db.adhoc import AdhocReader, StatementError, StatementTimeoutError

pytestmark = pytest.mark.slow
ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) "
DOUBLED = "select x || x"
PRODUCT = "a.value || b.id || c.id from things a, things b, things c"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of one table with 2,000 rows, in a folder whose name a URI must quote."""
    found = tmp_path_factory.mktemp("adhoc # 100%?") / "some.sqlite"
    with closing(sqlite3.connect(found)) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, value)")
        rows = [(number, f"name {number}", "x" * 100) for number in range(2000)]
        database.executemany("INSERT INTO things VALUES (?, ?, ?)", rows)
        database.execute("INSERT INTO things VALUES (9999, CAST(x'ff41' AS TEXT), x'00ff')")
    return found


@pytest.fixture(scope="module")
def reader(path: Path) -> Iterator[AdhocReader]:
    found = AdhocReader(path)
    yield found
    found.close()


def run(
    reader: AdhocReader, statement: str, values: object = (), most: int = 1000, seconds: float = 60.0
) -> list[tuple]:
    return [tuple(row) for row in reader.execute(statement, values, most=most, seconds=seconds).rows]


#: Statements that use memory, time or reach; each once took what SQLite or this machine has.
LARGE: dict[str, str] = {
    "a large blob": "select zeroblob(1000000000)",
    "a random blob": "select randomblob(100000000)",
    "a blob in hexadecimal": "select hex(zeroblob(3900000))",
    "a replacement": "select replace(hex(zeroblob(400000)), '00', hex(zeroblob(10000)))",
    "a concatenation that doubles": f"with recursive c(x) as (select 'xx' union all {DOUBLED} from c) select x from c",
    "a concatenation of all rows": ENDLESS + "select group_concat(x) from c",
    "an array of all rows": ENDLESS + "select json_group_array(x) from c",
    "an object of all rows": ENDLESS + "select json_group_object(x, x) from c",
    "many large rows": ENDLESS + "select zeroblob(3900000) from c",
    "many large columns": "select " + ", ".join(f"zeroblob(3900000 + {number})" for number in range(190)),
    "a sort of a product": "select a.value || b.value as x from things a, things b, things c order by x limit 1",
    "distinct rows of a product": f"select count(*) from (select distinct {PRODUCT})",
    "groups of a product": "select a.id || b.id || c.id as x, count(*) from things a, things b, things c group by x",
    "an endless list": ENDLESS + "select x from c order by x desc limit 1",
    "an endless union": "with recursive c(x) as (select 1 union select x + 1 from c) select max(x) from c",
    "a window over a product": "select sum(a.id) over (order by b.value || a.id) from things a, things b",
    "a deep JSON text": "select json_extract(replace(hex(zeroblob(300000)), '00', '['), '$')",
    "too many columns": "select " + ", ".join("1" for _ in range(500)),
    "too many terms": " union all ".join("select 1" for _ in range(400)),
    "a deep expression": "select " + "(" * 900 + "1" + ")" * 900,
    "a long expression": "select " + "+".join("1" for _ in range(300)),
    "a long statement": "select 1 /*" + "x" * 200_000 + "*/",
    "a long pattern": "select value like '" + "%x" * 2_501 + "' from things",
    "too many arguments": "select max(" + ", ".join("1" for _ in range(120)) + ")",
    "nested views of itself": "select * from " + "(select * from " * 300 + "things" + ")" * 300,
}
REACH: dict[str, str] = {
    "another database": "attach ':memory:' as other",
    "another file": "attach '/etc/passwd' as other",
    "an extension": "select load_extension('libm.so.6')",
    "a tokenizer": "select fts3_tokenizer('x')",
    "a table": "create table other (x)",
    "a temporary table": "create temp table other (x)",
    "a row": "insert into things values (1, 2, 3)",
    "all rows": "delete from things",
    "a setting of the schema": "pragma writable_schema = 1",
    "the limit of the heap": "pragma hard_heap_limit = 0",
    "the folder of temporary files": "pragma temp_store_directory = '/'",
    "the heap by a function": "select * from pragma_hard_heap_limit",
    "the path of the file": "select file from pragma_database_list",
    "the path of the file by its PRAGMA": "pragma database_list",
    "a vacuum into a file": "vacuum into '/tmp/phonescan-other.sqlite'",
    "two statements": "select 1; select 2",
}


#: One call of a function, which SQLite does not interrupt.
UNINTERRUPTIBLE = "select instr(zeroblob(999999), cast(zeroblob(499999) || x'01' as blob)) from things, things, things"


def peak(process: int) -> int:
    """The largest resident memory of a process, in octets."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


@pytest.mark.parametrize("statement", LARGE.values(), ids=LARGE.keys())
def test_a_statement_that_is_too_large_ends_within_its_memory_and_time(reader: AdhocReader, statement: str) -> None:
    before = peak(os.getpid())
    with pytest.raises(StatementError):
        run(reader, statement, seconds=0.5)
    assert peak(os.getpid()) - before < 30_000_000
    assert run(reader, "select count(*) from things") == [(2001,)]
    assert peak(reader._free.queue[-1].pid) < 200_000_000


def test_many_rows_of_one_number_are_a_large_result(reader: AdhocReader) -> None:
    with pytest.raises(StatementError, match="larger than 16 MB"):
        run(reader, ENDLESS + "select 1 from c limit 300000", most=0)


@pytest.mark.parametrize("statement", REACH.values(), ids=REACH.keys())
def test_a_statement_reaches_nothing_but_the_inventory(reader: AdhocReader, statement: str) -> None:
    with pytest.raises((StatementError, InventoryError)):
        run(reader, statement)
    assert run(reader, "select count(*) from things") == [(2001,)]
    assert not Path("/tmp/phonescan-other.sqlite").exists()


@pytest.mark.parametrize(
    ("statement", "grace", "remains"),
    [(ENDLESS + "select count(*) from c", 600.0, True), (UNINTERRUPTIBLE, 0.1, False)],
    ids=["by SQLite, so that its process remains", "with its process, where SQLite cannot interrupt it"],
)
def test_a_statement_is_ended_at_its_deadline(
    path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, grace: float, remains: bool
) -> None:
    monkeypatch.setattr("scanner.inventory.db.adhoc.GRACE", grace)
    reader = AdhocReader(path)
    run(reader, "select 1")
    process = reader._free.queue[0]
    with pytest.raises(StatementTimeoutError):
        run(reader, statement, seconds=0.2)
    assert run(reader, "select 1") == [(1,)]
    assert (list(reader._free.queue) == [process]) is remains
    reader.close()


def test_a_process_that_ends_is_replaced(path: Path) -> None:
    reader = AdhocReader(path)
    run(reader, "select 1")
    process = reader._free.queue[0]
    process.kill()
    process.wait()
    assert run(reader, "select 2") == [(2,)]
    reader.close()
    assert reader._free.empty()


def test_rows_are_those_of_sqlite(reader: AdhocReader) -> None:
    found = reader.execute(
        "select id, name, value as Name2 from things where id >= :least", {"least": 1999}, most=0, seconds=5
    )
    assert (found.columns, found.truncated, len(found.rows)) == (("id", "name", "Name2"), False, 2)
    first, last = found.rows
    assert (first["id"], first["NAME"], first[-1], dict(first)["name"]) == (1999, "name 1999", "x" * 100, "name 1999")
    assert tuple(last) == (9999, "\ufffdA", b"\x00\xff")
    with pytest.raises(IndexError):
        first["nope"]
    assert reader.execute("select id from things", (), most=10, seconds=5).truncated


@given(
    st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.binary(max_size=10), st.none(), st.text("\ud800x")),
)
def test_every_value_is_bound_or_refused(reader: AdhocReader, value: object) -> None:
    with suppress(StatementError):
        assert run(reader, "select 1 where ? is not null or 1", [value]) == [(1,)]


def test_a_file_that_cannot_be_read_is_an_error_of_the_inventory(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("not a database, but text of some length" * 100)
    for name in ("text.sqlite", "none.sqlite"):
        reader = AdhocReader(tmp_path / name)
        with pytest.raises(InventoryError, match="cannot be read"):
            run(reader, "select * from sqlite_master")
        reader.close()


def test_a_file_that_takes_the_place_of_another_is_read_from_then_on(tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"\xff ?#%41.sqlite")
    reader = AdhocReader(place)
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / "next.sqlite")) as database, database:
            database.execute("CREATE TABLE things AS SELECT ? AS number", [number])
        os.replace(tmp_path / "next.sqlite", place)
        assert run(reader, "select number from things") == [(number,)]
    place.unlink()
    with pytest.raises(InventoryError, match="cannot be read"):
        run(reader, "select number from things")
    reader.close()


def test_the_address_space_of_a_statement_is_bounded_by_the_kernel(reader: AdhocReader) -> None:
    run(reader, "select 1")
    bounds = resource.prlimit(reader._free.queue[-1].pid, resource.RLIMIT_AS)
    assert bounds == (adhoc_child.ADDRESS_SPACE, adhoc_child.ADDRESS_SPACE)


def test_rows_without_content_count_in_the_size_of_a_result() -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        found = adhoc_child.result_of(database, ENDLESS + "select null from c limit 300000", (), 0, 600.0)
    assert found == ("error", sqlite3.SQLITE_TOOBIG, "the result is larger than 16 MB")


@pytest.mark.parametrize(
    "statement",
    [ENDLESS + "select count(*) from c", "select printf('%.*c', 1000000, 'a') like '%a%a%a%a%a%a%a%b'"],
    ids=["a statement without end", "a function of hours"],
)
def test_a_statement_ends_with_the_process_that_started_it(path: Path, statement: str) -> None:
    command = [sys.executable, "-I", "-S", adhoc_child.__file__, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            adhoc_child.write(cast(BinaryIO, process.stdin), (statement, (), 1, 3600.0))
            process.stdin.close()
            assert process.wait(60) == 1
        finally:
            process.kill()
