"""A scan takes the memory that it permits itself, whatever hosts send: real scans in a process of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.memory import hosts, measure

pytestmark = [pytest.mark.network, pytest.mark.slow]

#: Kinds of which a few hosts suffice to take more than the limit where nothing bounds them, and how many.
TRIED = [
    ("98 headers of 65,000 octets", 60),
    ("98 lines of 2,000 realms", 60),
    ("interim responses without end", 60),
    ("a gzip bomb of 200 MB", 20),
    ("tables without end of strings of 20,000 octets", 4),
]


@pytest.mark.parametrize(("kind", "number"), TRIED, ids=[kind for kind, _ in TRIED])
def test_a_scan_of_hostile_hosts_stays_within_its_memory(kind: str, number: int, tmp_path: Path) -> None:
    found = measure.measure(kind, number, f"127.64.{80 + hosts.KINDS.index(kind)}.0/24", tmp_path)
    assert found.status in (0, 3), found.text
    assert "Traceback" not in found.text
    assert 20_000_000 < found.octets < measure.LIMIT
