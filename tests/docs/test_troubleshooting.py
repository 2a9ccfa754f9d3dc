"""The messages on the troubleshooting pages are those that the program prints."""

from __future__ import annotations

import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs import material
from tests.docs.printed import is_printed
from tests.docs.test_commands import prepared, run, world

pytestmark = pytest.mark.slow

__all__ = ["prepared", "world"]

FOLDER = material.DOCS / "troubleshooting"
#: What the kernel prints.
NOT_OURS = ("neighbour: arp_cache: neighbor table overflow!",)


def pages() -> list[Path]:
    return sorted(page for page in FOLDER.glob("*.md") if page.name != "index.md")


def quoted() -> list[tuple[str, int, str]]:
    """Page, place and text of every quoted sentence that no test below provokes."""
    provoked = {(page, place) for page, _, _, place in PROVOKED} | PRINTED_BELOW
    return [
        (page.stem, place, sentence.removeprefix("phonescan: ").strip())
        for page in pages()
        for place, sentence in enumerate(material.sentences(page))
        if (page.stem, place) not in provoked and sentence not in NOT_OURS
    ]


def test_every_quoted_sentence_is_one_that_the_program_prints() -> None:
    assert [sentence for sentence in quoted() if not is_printed(sentence[2])] == []


def test_a_changed_word_of_a_quoted_sentence_is_detected() -> None:
    """Wherever two other words replace one of the program's own, the program does not print the sentence."""
    for page, place, sentence in quoted():
        for word in re.findall(r"(?<![\w.:/'(-])[a-z]{3,}(?![\w.:/'-])", sentence):
            changed = re.sub(rf"\b{word}\b", "moonlit night", sentence)
            assert not is_printed(changed), f"{page} {place}: {changed}"
    assert not is_printed("the moon is full, so no phone can be scanned; wait until it is not")
    assert not is_printed("there is no inventory at x.sqlite; scan first, or name it by --db")
    assert is_printed("there is no inventory at x.sqlite; scan first, or name it with --db")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_page_is_in_the_overview(page: Path) -> None:
    assert f"({page.name})" in (FOLDER / "index.md").read_text(encoding="utf-8")


def test_the_overview_quotes_what_its_pages_quote() -> None:
    rows = re.findall(r"^\| (.+?) \| .*?\(([\w-]+\.md)\)", (FOLDER / "index.md").read_text(encoding="utf-8"), re.M)
    parts = [
        (page, part.strip(" :="))
        for cell, page in rows
        for quoted in re.findall(r"`([^`]+)`", cell)
        for part in quoted.split("…")
    ]
    assert len(parts) > 20
    for page, words in parts:
        if words not in (FOLDER / page).read_text(encoding="utf-8"):
            assert is_printed(words), f"{page} does not show {words!r}"


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
    ("demo-port-in-use", None, "demo farm 10.0.0.0/24", 1),
    ("notification-failed", _scan('cron = "0 2 * * *"\nnotify = "gopher://x"'), "schedule notify nightly --test", 1),
]
#: Page and place of the sentences that the tests at the end print.
PRINTED_BELOW = {
    ("demo-port-in-use", 0), ("no-phones-found", 0), ("no-interface-no-route", 0),
    ("no-snmp-response", 0), ("no-snmp-response", 1),
}  # fmt: skip


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
    assert done.stderr.strip() == material.own_net(next(material.sentences(FOLDER / "demo-port-in-use.md")))


@pytest.mark.network
def test_a_scan_without_devices_prints_their_number(world: Path) -> None:
    unused = material.own_net("127.44.9.9")
    done = run(world, f"phonescan scan {unused} --discover sip --format none --db empty.sqlite")
    assert next(material.sentences(FOLDER / "no-phones-found.md")) in done.stderr


def test_a_missing_interface_is_named(world: Path) -> None:
    done = run(world, "phonescan listen eth9 --for 1", frozenset({4}))
    quoted_message = next(material.sentences(FOLDER / "no-interface-no-route.md"))
    before, has, _ = quoted_message.partition("machine has ")
    assert re.fullmatch(rf"{re.escape(before + has)}\S+(, \S+)*\n", done.stderr)


@pytest.mark.network
def test_a_switch_that_does_not_respond_is_named(world: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind((material.own_net("127.44.9.8"), 0))
        address, port = unused.getsockname()
        done = run(world, f"phonescan switches {address} --port {port} --pace fast --db empty.sqlite", frozenset({3}))
    page = [line.replace("10.9.0.1", address) for line in material.sentences(FOLDER / "no-snmp-response.md")]
    assert done.stderr.splitlines()[: len(page)] == page
