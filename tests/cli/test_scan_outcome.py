"""What `phonescan scan` reports of a scan that could not do all of its work: status, row, line, and what mends it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.testing import catalogue
from scanner.testing.process import FarmProcess
from tests.benchmarks.arena import Arena, Case, arena
from tests.loopback import own
from tests.programs import line_with, running

pytestmark = pytest.mark.network
SUBNET, PHONES = "198.18.7.0/27", 12
#: phonescan with a shorter wait for a network that was lost.
PHONESCAN = (
    sys.executable, "-c",
    "from scanner.engine import outages; outages.PATIENCE = 2.0; from scanner.cli.main import main; main()",
)  # fmt: skip


@pytest.fixture
def lan() -> Iterator[Arena]:
    with arena(Case("outcome", SUBNET, PHONES, True), delay=0.05) as made:
        yield made


def link(lan: Arena, state: str) -> None:
    subprocess.run(["ip", "-n", lan.scanner, "link", "set", "s0", state], check=True)


def listed(folder: Path, *words: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "scanner", *words, "--db", str(folder / "x.sqlite"), "--format", "json"]
    rows: list[dict[str, Any]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return rows


def scan(
    prefix: Sequence[str], folder: Path, *words: str, down: Any = None, word: str = '"stage":"sweep"', **more: Any
) -> tuple[int, list[str]]:
    """Exit status and lines of a scan; `down` is called once its progress contains a word."""
    command = [*prefix, *PHONESCAN, "scan", *words, "--db", str(folder / "x.sqlite"), "--format", "none"]
    with running([*command, "--progress", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more) as process:
        if down is not None:
            line_with(process.stderr, word)
            down()
        _, err = process.communicate(timeout=120)
    return process.returncode, [line for line in err.splitlines() if not line.startswith("{")]


@pytest.mark.root
def test_phones_are_identified_although_the_link_is_down_for_a_while(lan: Arena, tmp_path: Path) -> None:
    def for_a_while() -> None:
        link(lan, "down")
        time.sleep(0.6)
        link(lan, "up")

    status, lines = scan(lan.inside, tmp_path, SUBNET, down=for_a_while)
    rows = listed(tmp_path, "report", "inventory")
    assert (status, len(rows)) == (0, PHONES), lines
    assert not [line for line in lines if "not covered" in line]
    assert [row["ip"] for row in rows if not row["model"]] == []


@pytest.mark.root
@pytest.mark.daemon("nft")
def test_phones_are_identified_although_they_all_fall_silent_for_a_while(tmp_path: Path) -> None:
    with arena(Case("silent", "198.18.7.0/26", 40, True), delay=0.3) as made:

        def silent() -> None:
            rules = "table inet t {\nchain i { type filter hook input priority 0; iifname s0 drop; }\n}\n"
            subprocess.run([*made.inside, "nft", "-f", "-"], input=rules, text=True, check=True)
            time.sleep(3.0)
            subprocess.run([*made.inside, "nft", "delete table inet t"], check=True)

        status, lines = scan(made.inside, tmp_path, "198.18.7.0/26", down=silent, word='"http":2')
    rows = listed(tmp_path, "report", "inventory")
    assert (status, len(rows)) == (0, 40), lines
    assert [row["ip"] for row in rows if not row["model"]] == []


@pytest.mark.root
def test_a_scan_whose_link_is_lost_for_good_is_resumed_and_complete(lan: Arena, tmp_path: Path) -> None:
    status, lines = scan(lan.inside, tmp_path, SUBNET, down=lambda: link(lan, "down"))
    assert status == 3
    assert [line for line in lines if "addresses were not covered: the network was lost" in line]
    assert "resume it with `phonescan scan --resume 1`" in lines
    (row,) = listed(tmp_path, "scans")
    assert (row["outcome"], row["problem"]) == ("interrupted", "interrupted")
    still, _ = scan(lan.inside, tmp_path, "--resume")
    assert still == 3
    link(lan, "up")
    status, lines = scan(lan.inside, tmp_path, "--resume")
    rows = listed(tmp_path, "report", "inventory")
    assert (status, len(rows), [row["ip"] for row in rows if not row["model"]]) == (0, PHONES, []), lines
    assert [row["outcome"] for row in listed(tmp_path, "scans")] == ["done"]
    assert [row for row in listed(tmp_path, "report", "unscanned") if row["outcome"] != "excluded"] == []


def test_a_scan_with_few_descriptors_finds_the_same_phones_or_counts_what_it_could_not_do(tmp_path: Path) -> None:
    phones = catalogue(own("127.63.0.0/24"))[:12]
    targets = [phone.ip for phone in phones]
    with FarmProcess(phones):
        status, lines = scan(
            (), tmp_path, *targets, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
        )
        rows = listed(tmp_path, "report", "inventory")
    assert (status, sorted(row["ip"] for row in rows)) == (0, sorted(targets)), lines
    assert sum(not row["model"] for row in rows) == sum(not phone.truth.model for phone in phones)


def test_a_scan_with_too_few_descriptors_is_one_sentence(tmp_path: Path) -> None:
    status, lines = scan(
        (), tmp_path, own("127.63.1.0/29"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (18, 18)),
    )  # fmt: skip
    assert (status, len(lines)) == (4, 1), lines
    assert "ulimit -n" in lines[0]
