"""`listen`, and the listener of a scan, on a link with a flood of invented senders: phones are recorded, time is kept.

Figures for every kind of frame are printed by `python -m tests.benchmarks.bench_listen`.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from tests.benchmarks.bench_listen import RATE, faults, listen
from tests.namespaces import address, hosts, join

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("ip")]


def test_phones_are_recorded_in_a_flood_of_all_kinds_of_frames_and_the_rest_is_counted() -> None:
    result = listen("mix", 5)
    assert faults(result, "mix", 5) == []
    assert result.status == 3
    assert "more than can be recorded" in result.text


def test_the_listener_of_a_scan_counts_what_it_does_not_record(tmp_path: Path) -> None:
    with hosts("ear", "voice") as made:
        ear, voice = made["ear"], made["voice"]
        join(voice, "eth0", ear, "eth0")
        address(ear, "eth0", "198.18.0.1/24")
        call = f"from tests.benchmarks.bench_listen import flood; flood('eth0', 'mix', 6, {RATE})"
        flood = threading.Thread(target=lambda: voice.run(sys.executable, "-c", call))
        flood.start()
        words = ["scan", "198.18.0.0/24", "--db", str(tmp_path / "scan.sqlite"), "--format", "none", "--retries", "0"]
        scan = ear.run(sys.executable, "-m", "scanner", *words, check=False)
        flood.join()
    assert scan.returncode == 3, scan.stderr
    assert "more than can be recorded" in scan.stderr
    assert "Traceback" not in scan.stderr
