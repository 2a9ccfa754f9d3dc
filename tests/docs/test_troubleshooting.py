"""The sentences on the pages about failures are those that the program prints."""

from __future__ import annotations

import ast
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from tests.docs import material
from tests.docs.test_commands import prepared, run, world

__all__ = ["prepared", "world"]

FOLDER = material.DOCS / "troubleshooting"
#: What others print, and what is too short to tell; a test below prints the latter.
NOT_OURS = ("neighbour: arp_cache: neighbor table overflow!", "scan 1: 0 devices")
#: Least part of a sentence, in characters outside what is filled in, that must be the code's own words.
OWN = 0.3


@lru_cache(maxsize=1)
def templates() -> list[tuple[re.Pattern[str], int]]:
    """Every text in the code with places to fill in, as a pattern, and how many characters are its own."""
    found: dict[str, int] = {}
    for path in sorted((material.ROOT / "scanner").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [str(v.value) if isinstance(v, ast.Constant) else None for v in node.values]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                parts = [node.value]
            else:
                continue
            own = sum(len(part.strip()) for part in parts if part)
            if own >= 8:
                found["".join(".+?" if part is None else re.escape(part) for part in parts)] = own
    return [(re.compile(pattern), own) for pattern, own in found.items()]


def own_part(sentence: str) -> float:
    """The largest part of a sentence that one text of the code accounts for by its own characters."""
    return max((own for pattern, own in templates() if pattern.search(sentence)), default=0) / len(sentence)


def pages() -> list[Path]:
    return sorted(page for page in FOLDER.glob("*.md") if page.name != "index.md")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_sentence_is_one_that_the_code_says(page: Path) -> None:
    printed = {place for name, _, _, place in PROVOKED if name == page.stem}
    for place, sentence in enumerate(material.sentences(page)):
        if place in printed or sentence in NOT_OURS:
            continue
        assert own_part(sentence.removeprefix("phonescan: ").strip()) >= OWN, f"{page.stem}: {sentence}"


def test_a_sentence_that_nobody_says_is_noticed() -> None:
    assert own_part("the moon is full, so no phone can be scanned; wait until it is not") < OWN
    assert own_part("there is no inventory at x.sqlite; scan first, or name it with --db") > OWN


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_page_is_in_the_overview(page: Path) -> None:
    assert f"({page.name})" in (FOLDER / "index.md").read_text(encoding="utf-8")


def test_the_overview_quotes_what_its_pages_quote() -> None:
    for line in (FOLDER / "index.md").read_text(encoding="utf-8").splitlines():
        if (found := re.match(r"\| (.+?) \| .*?\(([\w-]+\.md)\)", line)) is None:
            continue
        text = (FOLDER / found[2]).read_text(encoding="utf-8")
        for quoted in re.findall(r"`([^`]+)`", found[1]):
            for part in quoted.split("…"):
                words = part.strip(" :=")
                assert words in text or own_part(words) > 0.9, f"{found[2]} does not show {words!r}"


def _settings(text: str) -> Callable[[Path], None]:
    def write(world: Path) -> None:
        (world / "phonescan.toml").write_text(text)

    return write


def _scan(line: str) -> Callable[[Path], None]:
    return _settings(f'[[scan]]\nname = "nightly"\ntargets = ["10.1.2.0/24"]\n{line}\n')


def _junk(world: Path) -> None:
    (world / "phonescan.sqlite").write_bytes(b"no database at all, but as long as a header of one must be" * 9)


def _foreign(world: Path) -> None:
    (world / "phonescan.sqlite").unlink()
    with sqlite3.connect(world / "phonescan.sqlite") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def _newer(world: Path) -> None:
    with sqlite3.connect(world / "phonescan.sqlite") as connection:
        values = ("phonescan", "m999_x", "2030-01-01")
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)", values)
    connection.close()


def _none(world: Path) -> None:
    (world / "phonescan.sqlite").unlink()


def _notes(world: Path) -> None:
    (world / "notes.txt").write_text("call Bob about the phones\n")


def _targets(world: Path) -> None:
    (world / "targets.txt").write_text("10.1.2.0/24  # voice\n10.1.2.300\n")


CREDENTIAL = '[[credentials]]\nname = "campus"\ncommunity = "{}"\n'
#: page → (what to prepare, command, the sentence's place on the page)
PROVOKED: list[tuple[str, Callable[[Path], None] | None, str, int]] = [
    ("no-inventory", _none, "report noncompliant", 0),
    ("inventory-damaged", _junk, "report noncompliant", 0),
    ("inventory-damaged", _foreign, "report noncompliant", 1),
    ("inventory-newer", _newer, "report noncompliant", 0),
    ("no-permission-no-space", None, "report noncompliant --format html -o reports/noncompliant.html", 3),
    ("a-target-is-refused", None, "scan 8.8.8.0/24 --dry-run", 0),
    ("a-target-is-refused", None, "scan --dry-run", 1),
    ("a-target-is-refused", None, "scan 10.1.2.0/24 --exclude 10.1.0.0/16 --dry-run", 2),
    ("a-target-is-refused", _targets, "scan targets.txt --dry-run", 4),
    ("a-target-is-refused", None, "scan fe80::1%eth0 --dry-run", 5),
    ("a-target-is-refused", None, "scan 10.1.2.0/24 --discover sipp --dry-run", 6),
    ("settings-error", _settings('[network]\npaec = "fast"\n'), "scans", 0),
    ("settings-error", _settings("[network\n"), "scans", 1),
    ("settings-error", _settings("[network]\npace = 3\n"), "scans", 2),
    ("settings-error", _settings('[[site]]\nname = "hq"\nsubnets = ["10.1.0.0/33"]\n'), "scans", 3),
    ("settings-error", None, "scans --config missing.toml", 4),
    (
        "secret-does-not-resolve",
        _settings(CREDENTIAL.format("env:PHONESCAN_COMMUNITY")),
        "scan 10.1.2.0/24 --dry-run",
        0,
    ),
    ("secret-does-not-resolve", _settings(CREDENTIAL.format("file:community.txt")), "scan 10.1.2.0/24 --dry-run", 1),
    ("schedule-is-wrong", _scan('cron = "0 2 * *"'), "schedule list", 0),
    ("schedule-is-wrong", _scan('cron = "0 2 * * *"\ntimezone = "Europe/Berln"'), "schedule list", 1),
    ("schedule-is-wrong", _scan('cron = "0 2 * * *"\nwindow = "22-5"'), "schedule list", 2),
    ("schedule-is-wrong", _scan('cron = "0 2 * * *"'), "schedule run --once nihgtly", 3),
    ("page-cannot-be-imported", _notes, "catalog import notes.txt", 0),
    ("file-cannot-be-read", _notes, "read notes.txt", 0),
    ("file-cannot-be-read", None, "read missing.pcap", 1),
    ("farm-port-taken", None, "demo farm 10.0.0.0/24", 1),
    ("message-not-taken", _scan('cron = "0 2 * * *"\nnotify = "gopher://x"'), "schedule notify nightly --test", 1),
]


@pytest.mark.parametrize(("page", "prepare", "command", "place"), PROVOKED, ids=lambda value: str(value)[:50])
def test_the_sentence_is_printed(
    page: str, prepare: Callable[[Path], None] | None, command: str, place: int, world: Path
) -> None:
    if prepare is not None:
        prepare(world)
    unset = "unset PHONESCAN_COMMUNITY; " if page == "secret-does-not-resolve" else ""
    done = run(world, f"{unset}phonescan {command}", frozenset({2, 4}))
    assert done.stderr.strip().replace(f"{world}/", "") == list(material.sentences(FOLDER / f"{page}.md"))[place]


@pytest.fixture
def taken_port() -> Iterator[None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((material.own_net("127.20.0.10"), 5060))
        yield


@pytest.mark.network
@pytest.mark.usefixtures("taken_port")
def test_a_taken_port_is_named(world: Path) -> None:
    done = run(world, material.own_net("phonescan demo farm 127.20.0.0/24"), frozenset({4}))
    assert done.stderr.strip() == material.own_net(next(material.sentences(FOLDER / "farm-port-taken.md")))


@pytest.mark.network
def test_a_scan_that_finds_nobody_says_so(world: Path) -> None:
    nobody = material.own_net("127.44.9.9")
    done = run(world, f"phonescan scan {nobody} --discover sip --format none --db nobody.sqlite")
    assert next(material.sentences(FOLDER / "no-phones-found.md")) in done.stderr


def test_an_interface_that_is_not_there_is_named(world: Path) -> None:
    done = run(world, "phonescan listen eth9 --for 1", frozenset({4}))
    said = next(material.sentences(FOLDER / "no-interface-no-route.md"))
    assert done.stderr.startswith(said.partition("machine has")[0])
