"""The inventory's reader: cached results, one query for concurrent requests, closed connections."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from scanner.core.errors import InventoryError
from scanner.inventory import Inventory, queries
from scanner.web.reader import CACHED, InventoryReader
from tests.web.test_access import OWN


def asked(reader: InventoryReader, query: Any, *keys: Any) -> list[Any]:
    async def work() -> list[Any]:
        return await asyncio.gather(*(reader.read(query, key=key) for key in keys))

    return asyncio.run(work())


def test_concurrent_requests_for_one_key_run_one_query(site: Any) -> None:
    calls: list[int] = []

    def question(inventory: Inventory) -> int:
        calls.append(1)
        time.sleep(0.2)
        return queries.number(inventory)

    answers = asked(site.config.reader, question, *["all"] * 20)
    assert len(set(answers)) == 1
    assert len(calls) == 1
    asked(site.config.reader, question, "all")
    assert len(calls) == 1
    asked(site.config.reader, question, "other", None, None)
    assert len(calls) == 4


def test_the_cache_is_bounded(site: Any) -> None:
    asked(site.config.reader, lambda inventory: 1, *range(3 * CACHED))
    assert len(site.config.reader._results) == CACHED
    assert not site.config.reader._running


def test_a_failed_query_is_not_cached(site: Any) -> None:
    def fails(inventory: Inventory) -> int:
        raise InventoryError("no")

    for _ in range(2):
        with pytest.raises(InventoryError):
            asked(site.config.reader, fails, "bad")
    assert asked(site.config.reader, lambda inventory: 5, "bad") == [5]


@pytest.mark.parametrize("path", OWN)
def test_no_query_of_a_page_or_download_runs_after_its_time(
    site: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.inventory.db.connect.INSTRUCTIONS", 1)
    for name in ("PAGE_SECONDS", "FILE_SECONDS"):
        monkeypatch.setattr(f"scanner.web.reader.{name}", -1.0)
    response = site.get(path)
    assert (response.status_code, "took too long" in response.text) == (400, True)


def test_connections_are_read_only_and_closed(site: Any, stocked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Inventory] = []
    closed: list[Inventory] = []
    close = Inventory.close

    def watched(inventory: Inventory) -> None:
        close(inventory)
        closed.append(inventory)

    monkeypatch.setattr(Inventory, "close", watched)

    def question(inventory: Inventory) -> None:
        opened.append(inventory)
        with pytest.raises(Exception, match="readonly"):
            inventory.connection.execute("DELETE FROM events")

    asked(site.config.reader, question, None)
    assert opened
    assert closed == opened


def test_a_failed_download_leaves_no_file(site: Any) -> None:
    def write(inventory: Inventory, stream: Any) -> None:
        stream.write("x")
        raise InventoryError("no")

    with pytest.raises(InventoryError):
        asyncio.run(site.config.reader.file(write))


def test_queries_run_in_threads_of_the_reader(site: Any) -> None:
    names = asked(site.config.reader, lambda inventory: threading.current_thread().name, None)
    assert names[0].startswith("web-read")
