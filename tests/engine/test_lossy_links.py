"""A scan over links that drop one packet in five each way: phones that respond over HTTP alone are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.arena import Case
from tests.benchmarks.bench_loss import KINDS, LOSSES, scan

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("nft")]

SMALL = Case("small", "198.18.32.0/27", 24, False)
HTTP = tuple(kind for kind in KINDS if kind[4] == "http")


def test_phones_that_respond_over_http_alone_are_found_at_a_loss_of_a_fifth_each_way(tmp_path: Path) -> None:
    settings = tmp_path / "phonescan.toml"
    settings.write_text("[network]\nports.http = [80]\n")
    result = scan(SMALL, LOSSES[2], "--discover", "http", "--config", str(settings), kinds=HTTP)
    assert result.dropped > 30
    assert result.found >= SMALL.phones - 1, result.missed
    assert not result.disturbed
