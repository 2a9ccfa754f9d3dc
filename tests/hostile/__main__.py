"""`python -m tests.hostile [--short] [--round NAME]... [--kind NAME]...`: scans of a farm of hostile hosts.

Scans 100 honest, fragile phones and one host of each hostile kind at every pace and with --resume, reads the hostile
SNMP agents as switches, listens to forged frames on a link (as root), and prints the result for each kind and the
figures in one closing line. 1 when a bound is broken: a host that is accepted, a phone that is lost or disturbed, a
command that fails or needs 150 MB.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator

from scanner.testing import HOSTILE_KINDS
from scanner.testing.hostile_link import LINK_KINDS
from tests.hostile.lan import HostileLan, hostile_lan
from tests.hostile.link import PHONES, on_link
from tests.hostile.rounds import Round, resumed, scanned, switches
from tests.programs import plain_environment

#: A scan at each pace; one that is interrupted and resumed; the SNMP agents read as switches; forged frames on a link.
ROUNDS = ("gentle", "normal", "fast", "resumed", "switches", "link")
#: Seconds for a response in the short form.
SHORT_TIMEOUT = "0.5"
#: Kinds that the short form leaves out: they occupy a scan up to the time limit of a host, which is what they try.
SLOW = (
    "tcp-tarpit",
    "tcp-every-port",
    "tcp-greeting",
    "tls-drip",
    "tls-on-plain",
    "tls-half-handshake",
    "http-drip",
)
#: Octets that a scan and its children may occupy.
MEMORY = 150_000_000
SUBNET = "127.79.1.0/24"


def main(words: list[str]) -> int:
    """Scan, print, and return 1 when a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one scan at pace fast, with short timeouts")
    parser.add_argument("--round", action="append", choices=ROUNDS, help="this round alone; may be repeated")
    parser.add_argument(
        "--kind",
        action="append",
        choices=[kind.name for kind in HOSTILE_KINDS],
        metavar="NAME",
        help="this kind alone; may be repeated",
    )
    options = parser.parse_args(words)
    left_out = SLOW if options.short else ()
    kinds = [kind for kind in HOSTILE_KINDS if kind.name in (options.kind or [kind.name]) and kind.name not in left_out]
    lan = hostile_lan(SUBNET, kinds)
    began = time.monotonic()
    done: list[Round] = []
    for one in _rounds(lan, options.round or (["fast"] if options.short else ROUNDS), options.short):
        done.append(one)
        seconds = sum(ended.seconds for ended in one.ended)
        statuses = ", ".join(str(ended.status) for ended in one.ended)
        print(f"{one.name}: {seconds:.0f} s, {one.memory / 1e6:.0f} MB, exit status {statuses}", flush=True)
    return _close(lan, done, time.monotonic() - began)


def _rounds(lan: HostileLan, names: Iterable[str], short: bool) -> Iterator[Round]:
    more = ["--timeout", SHORT_TIMEOUT] if short else []
    for name in names:
        match name:
            case "resumed":
                yield resumed(lan, *more)
            case "link" if os.geteuid():
                print("link: left out, because network namespaces need root")
            case "link":
                yield on_link()
            case "switches":
                yield switches(lan, *more)
            case _:
                yield scanned(lan, name, *more)


def _close(lan: HostileLan, rounds: list[Round], seconds: float) -> int:
    """Print the result for each kind and the figures; 1 when a bound is broken."""
    accepted = {name: why for one in rounds for name, why in one.verdict.accepted.items()}
    unsurvived = {name: why for one in rounds for name, why in one.verdict.unsurvived.items()}
    does = {kind.name: kind.does for kind in (*HOSTILE_KINDS, *LINK_KINDS)}
    names = dict.fromkeys(name for one in rounds for name in one.verdict.results)
    for name in names:
        word = "ACCEPTED" if name in accepted else "FAILED" if name in unsurvived else "survived"
        results = dict.fromkeys(one.verdict.results[name] for one in rounds if name in one.verdict.results)
        why = accepted.get(name) or unsurvived.get(name) or " | ".join(results)
        print(f"{name:28} {word:9} {does[name]}: {why}")
    for name, why in accepted.items():
        if name not in names:
            print(f"{name:28} ACCEPTED  {why}")
    lost = {(one.name == "link", phone) for one in rounds for phone in one.verdict.lost}
    disturbed = {(one.name == "link", phone) for one in rounds for phone in one.verdict.disturbed}
    for one in rounds:
        verdict = one.verdict
        for sentence in (*verdict.faults, *verdict.lost.values(), *verdict.disturbed.values()):
            print(f"{one.name}: {sentence}")
        for sentence in verdict.contested.values():
            print(f"{one.name}: in conflict: {sentence}")
    contested = {(one.name == "link", phone) for one in rounds for phone in one.verdict.contested}
    phones = len(lan.phones) + (PHONES if any(one.name == "link" for one in rounds) else 0)
    tried, memory = len(names), max(one.memory for one in rounds)
    print(
        f"hostile: {tried} kinds tried, {tried - len(unsurvived)} survived, {len(accepted)} hosts believed, "
        f"{len(lost)} of {phones} honest phones lost, {len(contested)} in conflict, {len(disturbed)} disturbed, "
        f"peak memory {memory / 1e6:.0f} MB (limit {MEMORY / 1e6:.0f}), {seconds:.0f} s"
    )
    faults = any(one.verdict.faults for one in rounds)
    return 1 if faults or unsurvived or accepted or lost or disturbed or memory > MEMORY else 0


if __name__ == "__main__":
    plain_environment()
    sys.exit(main(sys.argv[1:]))
