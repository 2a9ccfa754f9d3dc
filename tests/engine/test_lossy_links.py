"""A scan over links that drop one packet in five each way: phones that respond on one TCP port alone are found."""

from __future__ import annotations

import pytest

from tests.benchmarks.arena import Case
from tests.benchmarks.bench_loss import ALONE, LOSSES, NONE, scan

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("nft")]

#: Phones that respond over HTTP alone, and over HTTPS alone.
WEB = tuple(kind for kind in ALONE if kind[4].startswith("http"))
SMALL = Case("small", "198.18.32.0/27", 24, False)


def test_phones_that_respond_on_one_port_alone_are_found_at_a_loss_of_a_fifth_each_way() -> None:
    result = scan(SMALL, LOSSES[2], "--discover", "http", "--timeout", "0.5", kinds=WEB)
    assert result.dropped > 100
    assert result.found >= SMALL.phones - 1, result.missed
    assert not result.disturbed


def test_without_loss_the_packets_are_those_of_the_estimate() -> None:
    result = scan(SMALL, NONE, "--discover", "http", "--timeout", "0.5", kinds=WEB)
    assert result.found == SMALL.phones
    assert result.packets <= result.estimate
