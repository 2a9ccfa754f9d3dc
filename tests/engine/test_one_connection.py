"""A phone has one connection open at a time where the link drops exactly the packets that end or begin one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from scanner.testing import SimulatedPhone, forbidden
from tests.benchmarks.arena import Arena, Case, arena, phone_of
from tests.benchmarks.bench_scan import phonescan

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("nft")]

CASE = Case("one", "198.18.32.0/28", 6, False)
KIND = ("Yealink", "T58A", "58.15.0.20", "80:5e:c0", "http https")
#: phonescan, with 2 s in place of the longest wait for the acknowledgement of a FIN.
PROGRAM = (
    sys.executable,
    "-c",
    "from scanner.engine.os import closing; closing.LONGEST = 2.0; from scanner.cli.main import main; main()",
)
FLOW = "ip saddr . tcp sport . ip daddr . tcp dport"
#: The first packet of a kind of each connection, by the set in which the connection then is.
FIRST_FIN = f"tcp flags & fin == fin {FLOW} != @ended add @ended {{ {FLOW} }} counter drop"
FIRST_SYN_ACK = f"tcp flags & (syn|ack) == syn|ack {FLOW} != @begun add @begun {{ {FLOW} }} counter drop"
TALKED = f"tcp flags & psh == psh add @begun {{ {FLOW} }}"
#: What the phones do not receive, what the scanner does not, and whether pages are sent octet by octet, by case.
CASES: dict[str, tuple[str, str, bool]] = {
    "every FIN and reset": ("tcp flags & (fin|rst) != 0 counter drop", "", False),
    "every FIN and reset of a conversation": (
        f"{TALKED}\n{FLOW} @begun tcp flags & (fin|rst) != 0 counter drop",
        "",
        True,
    ),
    "every reset and the first FIN of each": (f"tcp flags & rst == rst counter drop\n{FIRST_FIN}", "", True),
    "the last packet of each handshake": ("tcp flags & (syn|fin|rst|psh|ack) == ack counter drop", "", False),
    "the first SYN-ACK and FIN of each": (FIRST_FIN, FIRST_SYN_ACK, False),
}


def _phones(slow: bool) -> list[SimulatedPhone]:
    made = [phone_of(KIND, number, f"198.18.32.{2 + 2 * number}") for number in range(CASE.phones)]
    if not slow:
        return made
    return [
        replace(
            phone,
            surfaces=replace(
                phone.surfaces, web=tuple(replace(surface, trickle=0.3) for surface in phone.surfaces.web)
            ),
        )
        for phone in made
    ]


def _drop(made: Arena, at_phones: str, at_scanner: str) -> None:
    for namespace, link, rules in ((made.lan, "f0", at_phones), (made.scanner, "s0", at_scanner)):
        sets = "".join(f"set {name} {{ typeof {FLOW}; size 65535; flags dynamic; }}\n" for name in ("begun", "ended"))
        chain = f'type filter hook ingress device "{link}" priority 0; policy accept;\n{rules}\n'
        text = f"table netdev exact {{\n{sets}chain arriving {{\n{chain}}}\n}}\n"
        subprocess.run(["ip", "netns", "exec", namespace, "nft", "-f", "-"], input=text, text=True, check=True)


def _dropped(made: Arena) -> int:
    total = 0
    for namespace in (made.lan, made.scanner):
        words = ["ip", "netns", "exec", namespace, "nft", "list", "chain", "netdev", "exact", "arriving"]
        listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        total += sum(int(after) for word, after in pairwise(listed) if word == "packets")
    return total


@pytest.mark.parametrize("case", CASES)
def test_no_phone_has_two_connections_open_where_these_packets_are_lost(case: str, tmp_path: Path) -> None:
    at_phones, at_scanner, slow = CASES[case]
    settings = tmp_path / "phonescan.toml"
    settings.write_text("[network]\nports.http = [80, 443]\n")
    with arena(CASE, phones=_phones(slow)) as made:
        _drop(made, at_phones, at_scanner)
        words = ("--discover", "http", "--config", str(settings), "--timeout", "1.5" if at_scanner else "0.6")
        phonescan(PROGRAM, made, CASE, *words, pace="normal", timeout=60)
        tallies = made.farm.tallies()
        assert _dropped(made) >= CASE.phones
    assert sum(tally.connections > 0 for tally in tallies.values()) == CASE.phones
    assert forbidden(tallies) == []
