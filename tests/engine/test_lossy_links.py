"""A scan over a link that drops the first TCP probes to a host: phones that respond over HTTP alone are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.arena import Case
from tests.benchmarks.bench_loss import KINDS, Loss, scan

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("nft")]

SMALL = Case("small", "198.18.32.0/27", 24, False)
HTTP = tuple(kind for kind in KINDS if kind[4] == "http")
ONCE = "{ ip daddr limit rate 1/day burst 1 packets }"
SYN = "tcp flags & (syn|ack) == syn ip daddr & 0.0.0.3"
#: Of four hosts one receives every SYN, two do not receive the first, and one neither the first nor the second.
FIRST = Loss("first", f"{SYN} != 0.0.0.0 meter first {ONCE} counter drop\n{SYN} == 0.0.0.3 meter second {ONCE}", 1.0)


def test_phones_that_respond_over_http_alone_are_found_although_two_rounds_of_probes_are_lost(tmp_path: Path) -> None:
    settings = tmp_path / "phonescan.toml"
    settings.write_text("[network]\nports.http = [80]\n")
    words = ("--discover", "http", "--timeout", "0.8", "--config", str(settings))  # the kernel repeats a SYN after 1 s
    result = scan(SMALL, FIRST, *words, kinds=HTTP)
    assert result.dropped >= SMALL.phones
    assert result.found == SMALL.phones, result.missed
    assert not result.disturbed
