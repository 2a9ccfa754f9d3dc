"""What docs/what-we-send.md and a dry run say, held against a capture of a scan, as a phone's owner would make it."""

from __future__ import annotations

import json
import re
import struct
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from scanner.discovery import mdns, options
from scanner.testing import catalogue
from tests.namespaces import hosts, wait_until
from tests.nonempty import some

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.slow, pytest.mark.daemon("tcpdump")]
NET = "127.64.0.0/25"
UDP, TCP, SYN, ACK = 17, 6, 2, 16
#: Tags of SNMP questions that change nothing (RFC 3416 3): GET, GETNEXT.
READING = {0xA0, 0xA1}


class Packet(NamedTuple):
    """One packet to a phone: when, how long on the wire, and what is in it."""

    time: float
    size: int
    protocol: int
    port: int
    flags: int
    payload: bytes


def packets(capture: Path, phones: set[str]) -> Iterator[tuple[str, Packet]]:
    """What came to each phone from elsewhere, out of a pcap of Ethernet frames with IPv4."""
    data, place = capture.read_bytes(), 24
    while place + 16 <= len(data):
        seconds, micros, kept, size = struct.unpack_from("=IIII", data, place)
        frame = data[place + 16 : place + 16 + kept]
        place += 16 + kept
        head = 14 + (frame[14] & 15) * 4
        source, target = (".".join(map(str, frame[at : at + 4])) for at in (26, 30))
        if target not in phones or source in phones or frame[23] not in (UDP, TCP):
            continue
        body = frame[head : 14 + int.from_bytes(frame[16:18])]
        port, flags, skip = int.from_bytes(body[2:4]), 0, 8
        if frame[23] == TCP:
            flags, skip = body[13], (body[12] >> 4) * 4
        yield target, Packet(seconds + micros / 1e6, size, frame[23], port, flags, body[skip:])


@pytest.fixture(scope="module", params=["gentle", "normal", "fast"])
def captured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:  # type: ignore[type-arg]
    """A scan of simulated phones at one pace: the plan, and the packets that each phone got."""
    folder = tmp_path_factory.mktemp("capture")
    capture, truth = folder / "scan.pcap", folder / "truth.csv"
    program = (sys.executable, "-m", "scanner")
    words = ("scan", NET, "--pace", request.param, "--db", str(folder / "x.sqlite"))
    with hosts("lan") as made:
        lan = made["lan"]
        lan.start(*program, "demo", "farm", NET, "--truth", str(truth), log=folder / "farm.log")
        wait_until("the farm responds", lambda: "devices respond" in (folder / "farm.log").read_text())
        lan.start("tcpdump", "-i", "lo", "-Z", "root", "-U", "-w", str(capture), log=folder / "dump.log")
        wait_until("tcpdump listens", lambda: "listening" in (folder / "dump.log").read_text())
        plan = json.loads(lan.run(*program, *words, "--dry-run", "--format", "json").stdout)
        lan.run(*program, *words, "--format", "none", timeout=120)
    phones = {phone.ip for phone in catalogue(NET)}
    found: dict[str, list[Packet]] = defaultdict(list)
    for phone, packet in packets(capture, phones):
        found[phone].append(packet)
    assert len(found) == len(phones)
    return plan, found


def test_no_phone_gets_more_packets_than_the_plan_states(captured: tuple) -> None:  # type: ignore[type-arg]
    plan, found = captured
    least, most = plan["to_one_phone"]
    for phone, got in some(found.items()):
        opened = sum(1 for p in got if p.protocol == TCP and p.flags & (SYN | ACK) == SYN)
        assert least["packets"] <= len(got) <= most["packets"], phone
        assert sum(p.size for p in got) <= most["bytes"], phone
        assert opened <= most["connections"], phone
        times = sorted(p.time for p in got)
        assert max(sum(1 for t in times if start <= t < start + 1) for start in times) <= plan["host_rate"], phone


def test_only_what_the_page_names_is_sent(captured: tuple) -> None:  # type: ignore[type-arg]
    _, found = captured
    sent = [packet for got in found.values() for packet in got]
    snmp = options.Options().snmp_port
    assert {p.port for p in sent if p.protocol == UDP} == {*options.SIP_PORTS, snmp, mdns.PORT}
    assert {p.port for p in sent if p.protocol == TCP} == {
        *options.HTTP_PORTS, *options.SIP_PORTS, *options.SIP_TLS_PORTS,
    }  # fmt: skip
    said = Counter(
        re.sub(rb" .*", b"", p.payload.split(b"\r\n")[0]).decode("latin-1")
        for p in sent
        if p.payload and p.port in (80, 5060, 8080) and not p.payload.startswith(b"\x16")
    )
    assert set(said) == {"OPTIONS", "GET"}
    asked = [p.payload for p in sent if p.payload.startswith((b"OPTIONS ", b"GET "))]
    assert all(b"\r\nUser-Agent: phonescan/" in request for request in asked)
    assert not any(re.search(rb"(?im)^(Authorization|Cookie):", request) for request in asked)
    tags = {p.payload[p.payload.index(b"public") + 6] for p in sent if p.port == snmp and p.protocol == UDP}
    assert tags <= READING
