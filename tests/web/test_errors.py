"""Every path and parameter is a page, a file or an error that states its reason: never a traceback."""

from __future__ import annotations

import errno
import itertools
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.core import shortage
from scanner.core.errors import InventoryError
from scanner.inventory.db.adhoc import StatementError, StatementTimeoutError
from scanner.web.reader import InventoryReader
from tests.nonempty import some
from tests.web.conftest import run
from tests.web.test_access import OWN

pytestmark = pytest.mark.slow

#: Values that a number, date, name, list or path may be mistaken for.
NASTY = (
    "nope", "", "-1", "0", "9" * 30, "9" * 5000, "1e309", "nan", "\x00", "%ED%A0%80", "'\"", "a,b,c", "[{", "~ZZ",
    "$null", "2026-02-30", "\u0663", "\u202e", "max", "on", "../..", "x" * 1500,
)  # fmt: skip
OF_DATASETTE = (
    "_sort", "_sort_desc", "_sort_by_desc", "_size", "_next", "_facet", "_facet_array", "_facet_date",
    "_facet_nope", "_facet_size", "_col", "_nocol", "_shape", "_labels", "_label", "_json", "_json_infinity",
    "_nl", "_stream", "_trace", "_ttl", "_timelimit", "_search", "_searchmode", "_search_nope", "_through",
    "_where", "_filter_column", "_filter_column_1", "_filter_op", "_filter_value", "_extra", "_nocount",
    "_nofacet", "_header", "_dl", "_blob_column", "_blob_hash", "_hash", "_extras", "sql", "id", "id__in",
    "id__arraycontains", "id__gte", "id__like", "id__glob", "id__date", "id__nope", "nope", "nope__exact", "rowid",
    "site__isnull", "site__in", "__", "_", "id__",
)  # fmt: skip
OF_OURS = (
    "q", "site", "compliance", "status", "manufacturer", "model", "firmware", "kind", "switch", "sort", "order", "page",
    "size", "present", "conflict", "since", "until", "scan", "after", "through", "event", "port", "next", "_format",
)  # fmt: skip


def check(site: Any, path: str) -> None:
    """A response is a whole page or file, with our headers, and never an internal error."""
    response = site.get(path)
    assert response.status_code < 500, (path, response.text[-300:])
    assert "Traceback" not in response.text, path
    assert response.headers.get_list("content-security-policy"), path
    if response.status_code >= 400 and "json" not in response.headers["content-type"]:
        assert "<h1>" in response.text, path
        assert response.headers["content-type"] == "text/html; charset=utf-8", path


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # coroutines that Datasette leaves
@pytest.mark.parametrize("parameter", OF_DATASETTE)
def test_no_parameter_of_datasettes_pages_is_an_internal_error(
    site: Any, parameter: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    place = OF_DATASETTE.index(parameter)
    for number, value in enumerate(some(NASTY[place % 4 :: 4])):  # each value with every fourth parameter
        path = ("/data/scans", "/data/noncompliant.json", "/data/scans.csv", "/data/scans/1.json")[number % 4]
        check(site, f"{path}?{urlencode({parameter: value})}")
    check(site, f"/data/scans?{urlencode({parameter: 'nope'})}")
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


def test_the_message_of_an_error_states_what_is_wrong(site: Any, make_site: Callable[..., Any]) -> None:
    response = site.get("/data/inventory?_sort=nope")
    assert (response.status_code, "Cannot sort table by nope" in response.text) == (400, True)
    response = make_site(sql=True).get("/data?" + urlencode({"sql": "select * from nope"}))
    assert (response.status_code, "no such table: nope" in response.text) == (400, True)
    slow = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"
    response = make_site(sql=True).get("/data.json?" + urlencode({"sql": slow, "_timelimit": "50"}))
    assert (response.status_code, "took too long" in response.text) == (400, True)
    assert "<p>" not in response.json()["error"]


@pytest.mark.parametrize("value", NASTY[::2])
def test_no_parameter_of_our_pages_is_an_internal_error(site: Any, value: str) -> None:
    query = urlencode(dict.fromkeys(OF_OURS, value[:1500]))
    for path in some(OWN):
        check(site, f"{path.partition('?')[0]}?{query}")


@pytest.mark.parametrize("value", NASTY)
def test_no_path_is_an_internal_error(site: Any, value: str) -> None:
    text = quote(value, safe="")
    for path in (
        "/{}", "/devices/{}", "/devices/{}.json", "/devices.{}", "/scans/{}", "/catalogs/{}", "/switches/{}",
        "/data/{}", "/data/{}.json", "/data/{}.csv", "/data/scans/{}", "/data/scans/{}.json", "/data/scans/1.{}",
        "/data.{}", "/{}/scans", "/assets/{}", "/-/{}", "/{}.json", "/login/{}",
    ):  # fmt: skip
        check(site, path.format(text))


@pytest.mark.parametrize("prefix", ["/", "/assets/", "/-/static/", "/data/", "/catalogs/", "/devices.", "/login/"])
@pytest.mark.parametrize("parent", ["../", "..%2f", "%2e%2e/", "..%5c", "....//"])
def test_no_path_is_one_of_the_file_system(site: Any, prefix: str, parent: str) -> None:
    for file in ("etc/passwd", "etc%2fpasswd", f"{__file__}"):
        response = site.get(prefix + parent * 12 + file)
        assert 300 <= response.status_code < 500
        assert not re.search("root:|def test_", response.text)


@pytest.mark.parametrize("value", ["' or '1'='1", "x' union select 1 --", '" or ""="', "%", "_", "hq') or ('a'='a"])
def test_a_value_of_a_filter_is_a_value(site: Any, value: str) -> None:
    for parameter in ("site", "model", "manufacturer", "switch", "firmware"):
        assert site.get("/devices.json", params={parameter: value}).json() == []
    assert site.get("/data/inventory.json", params={"site__exact": value, "_shape": "array"}).json() == []


names = st.sampled_from(OF_DATASETTE + OF_OURS) | st.text(max_size=10)
values = st.sampled_from(NASTY[:8]) | st.text(max_size=20)
paths = st.sampled_from(
    (*OWN, "/data", "/data/scans", "/data/events.json", "/data/noncompliant.csv", "/data/scans/1", "/login")
)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the pages have no state
@given(paths, st.lists(st.tuples(names, values), max_size=5))
def test_no_query_is_an_internal_error(site: Any, path: str, query: list[tuple[str, str]]) -> None:
    check(site, f"{path.partition('?')[0]}?{urlencode(query, errors='replace')}")


def test_a_fault_of_the_middleware_is_a_page_with_all_headers(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("scanner.web.middleware.AccessMiddleware._form", fail)
    response = site.ask("POST", "/login", data={"password": "x"})
    assert (response.status_code, "a fault" in response.text) == (500, False)
    assert response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("select json('{')", "malformed JSON"),
        ("select nope from devices", "no such column: nope"),
        ("select 1; select 2", "one statement at a time"),
        ("with recursive c(x) as (select 1 union all select x + 1 from c) select x || zeroblob(1000) from c", "16 MB"),
    ],
)
def test_a_csv_file_of_a_statement_that_fails_is_an_error_and_not_an_empty_file(
    make_site: Callable[..., Any], statement: str, reason: str
) -> None:
    response = make_site(sql=True).get("/data.csv", params={"sql": statement})
    assert (response.status_code, reason in response.text) == (400, True), response.text


def test_a_csv_file_of_a_statement_contains_all_of_its_rows(make_site: Callable[..., Any]) -> None:
    """A page shows 1,000 of them, and that there are more, which a file cannot."""
    statement = "with recursive c(x) as (select 1 union all select x + 1 from c limit 3000) select x from c"
    text = make_site(sql=True).get("/data.csv", params={"sql": statement}).text
    assert text.split() == ["x", *map(str, range(1, 3001))]


def received(site: Any, **state: Any) -> list[Any]:
    """The messages of a stream of all devices."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/data/devices.csv", "raw_path": b"/data/devices.csv",
        "scheme": "http", "query_string": b"_stream=on", "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1), "state": state,
    }  # fmt: skip
    run(site.app(scope, receive, send))
    return sent


@pytest.mark.parametrize("failure", [StatementError("of a test"), StatementTimeoutError(), InventoryError("of a test")])
def test_a_csv_file_that_cannot_be_completed_is_cut_and_not_ended(
    make_site: Callable[..., Any], large: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """Its client would take the rows before the failure for all of them, and the message for the last one."""
    site = make_site(large)
    execute, times = site.config.reader.adhoc.execute, itertools.count()

    def failing(statement: str, *values: Any, **options: Any) -> Any:
        if " limit 1" in statement and next(times) == 2:
            raise failure
        return execute(statement, *values, **options)

    monkeypatch.setattr(site.config.reader.adhoc, "execute", failing)
    aborted: list[bool] = []
    sent = received(site, abort=lambda: aborted.append(True))
    assert (sent[0]["status"], aborted) == (200, [True])
    assert all(message["more_body"] for message in sent[1:])
    assert b"of a test" not in b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.EMFILE, "x"), RuntimeError("can't start new thread")])
def test_a_shortage_of_the_machine_is_a_page_that_states_it(
    error: Exception, site: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(InventoryReader, "_with_inventory", fail)
    response = site.get("/changes?q=a-question-without-a-cached-result")
    assert response.status_code == 503
    assert shortage.sentence(error)[:20] in response.text
    assert "Traceback" not in caplog.text


def test_nothing_more_is_read_for_a_client_that_has_disconnected(
    make_site: Callable[..., Any], large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(large)
    execute, statements = site.config.reader.adhoc.execute, []

    def counted(statement: str, *values: Any, **options: Any) -> Any:
        statements.append(statement)
        return execute(statement, *values, **options)

    monkeypatch.setattr(site.config.reader.adhoc, "execute", counted)
    whole = len(received(site))
    before = len(statements)
    assert len(received(site, closed=lambda: len(statements) > before + 3)) < whole / 5
    assert len(statements) - before < before / 5
