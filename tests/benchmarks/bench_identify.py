"""Records identified a second, and the keyword index against a naive loop over the patterns, in the same run.

`python tests/benchmarks/bench_identify.py [SECONDS]`: one field a record, every record another text, JSON in and JSON
out, the verdict of the three catalogs included; one process, one core. No figure here is asserted by a test.
"""

from __future__ import annotations

import gc
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date

import msgspec

from scanner.app.session import COLLECTED
from scanner.compliance import catalog
from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy
from scanner.core.model import Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.match import best

TEMPLATES = (
    ("sip.user-agent", "Yealink SIP-T58A 58.15.{a}.{b}"),
    ("sip.user-agent", "PolycomVVX-VVX_411-UA/5.9.{a}.{b}"),
    ("sip.server", "Grandstream GXP2170 1.0.{a}.{b}"),
    ("sip.user-agent", "Fanvil X6U 2.{a}.{b}"),
    ("lldp.system-description", "Polycom;VVX-VVX_401;3111-48400-001,1;SIP/6.4.{a}.{b}/05-Dec-24 00:58;UP/6.4.7.3828;"),
    ("sip.server", "Asterisk PBX 18.{a}.{b}"),
    ("snmp.sysdescr", "Linux host{a} 5.15.{b} #1 SMP x86_64"),
    ("sip.user-agent", "something nobody knows {a}/{b}"),
    ("provisioning.user-agent", "AUDC-IPPhone/2.2.{a}.{b} (440HDG-Rev0; 00908F602AAC)"),
    ("http.title", "Polycom - VVX 500 Configuration Utility {a}-{b}"),
)


def records() -> Iterator[bytes]:
    """Endless JSON lines, no two with the same text."""
    for n in itertools.count():
        field, text = TEMPLATES[n % len(TEMPLATES)]
        yield msgspec.json.encode({field: text.format(a=n % 97, b=n)})


def rate(step: Callable[[bytes], object], seconds: float) -> float:
    """Records a second of processor time, over about `seconds`."""
    source, done = records(), 0
    start = time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for line in itertools.islice(source, 200):
            step(line)
        done += 200
    return done / spent


def main(seconds: float) -> None:
    """Prints the rates and the ratio of the two ways to match."""
    fingerprints = load()
    judge = Judge(catalog.builtin(), Policy(), date(2026, 11, 1), fingerprints)
    decode = msgspec.json.Decoder(dict[str, str]).decode
    encode = msgspec.json.Encoder().encode

    def ours(line: bytes) -> object:
        observations = [Observation(field=field, value=value) for field, value in decode(line).items()]
        found = identify(observations, fingerprints)
        return encode((found, judge.assess(found)))

    def indexed(line: bytes) -> object:
        return [best(fingerprints, field, value) for field, value in decode(line).items()]

    def naive(line: bytes) -> object:
        return [r.name for field, value in decode(line).items() for r in rules[field] if r.fullmatch(value)]

    rules = fingerprints.rules
    for line in itertools.islice(records(), 500):
        ours(line), indexed(line), naive(line)
    gc.freeze()  # as the command does: a collection need not walk the fingerprints
    gc.set_threshold(*COLLECTED)
    whole, fast, slow = rate(ours, seconds), rate(indexed, seconds), rate(naive, seconds)
    print(f"whole (decode, match, fuse, judge, encode):  {whole:9,.0f} records/s")
    print(f"matching by keyword index:                   {fast:9,.0f} records/s")
    print(f"matching by a loop over the field's patterns:{slow:9,.0f} records/s")
    print(f"ratio of the two: {fast / slow:.1f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
