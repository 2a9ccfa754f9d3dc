"""`phonescan listen` under a flood of invented senders: phones that are recorded, devices that are not, and the time.

    python -m tests.benchmarks.bench_listen            every kind of frames (root; two minutes)
    python -m tests.benchmarks.bench_listen --short    a mix of all kinds for 6 seconds

Twenty phones announce themselves once in four seconds, or twice in a shorter flood: twelve with the prefix of their
maker, eight without it that LLDP-MED, a capability or the name of a model shows. Meanwhile 50,000 frames a second are
sent from random MAC addresses. Prints what was recorded, how long it took, and the exit status. Exit status 1 where a
goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanner.testing import mdns_responses
from scanner.wire import cdp, dhcp, lldp
from scanner.wire.ethernet import ARP, IPV4
from scanner.wire.tlv import Identifier
from tests.namespaces import Host, hosts, join, wait_until
from tests.programs import running
from tests.reading.captures import ethernet, octets, udp

RATE, SECONDS = 50_000, 20
#: Seconds of the processor that the command may take beyond those for which it listens; other programs take none of it.
BEYOND = 25.0
#: Seconds for which it listens beyond the flood, as a loaded machine sends late.
AFTER = 3.0
#: Phones that are to be recorded and devices that may be recorded which are none, at once and for each second. What is
#: forged to be a telephone can displace phones of the same rank, until they repeat their announcement.
GOALS = {"telephone": (16, 3_000, 6), "phone": (16, 7_500, 15)}
#: Prefixes of makers.
MAKERS = ("80:5e:c0", "64:16:7f", "00:0b:82", "00:90:8f")
#: What a flood consists of; `telephone` and `phone` are forged to be telephones.
KINDS = ["none", "lldp", "cdp", "dhcp", "mdns", "arp", "mix", "telephone", "phone"]


def lldp_frame(mac: str, name: str, description: str, capabilities: int = 0x24) -> bytes:
    """An LLDPDU."""
    payload = lldp.encode(
        [
            ("chassis-id", Identifier(4, octets(mac))), ("port-id", Identifier(3, octets(mac))), ("ttl", 120),
            ("system-name", name), ("system-description", description),
            ("capabilities", lldp.Capabilities(capabilities, capabilities)),
        ]
    )  # fmt: skip
    return ethernet(mac, lldp.ETHERTYPE, payload)


def cdp_frame(mac: str, name: str, platform: str, capabilities: int) -> bytes:
    """A CDP packet in an 802.3 frame."""
    payload = cdp.SNAP + cdp.encode([("device-id", name), ("platform", platform), ("capabilities", capabilities)])
    return ethernet(mac, len(payload), payload, to=cdp.DESTINATION)


def dhcp_frame(mac: str, vendor: str) -> bytes:
    """A DHCPDISCOVER with a vendor class."""
    head = bytes([1, 1, 6, 0]) + bytes(24) + octets(mac).ljust(16, b"\0") + bytes(192) + dhcp.COOKIE
    payload = head + b"\x35\x01\x01" + bytes([60, len(vendor)]) + vendor.encode() + b"\xff"
    packet = udp("0.0.0.0", "255.255.255.255", 68, 67, payload)
    return ethernet(mac, IPV4, packet, to="ff:ff:ff:ff:ff:ff")


def mdns_frame(mac: str, name: str, address: str) -> bytes:
    """An mDNS response with one address record."""
    record = mdns_responses.record(mdns_responses.dotted(f"{name}.local"), 1, bytes(map(int, address.split("."))))
    packet = udp(address, "224.0.0.251", 5353, 5353, mdns_responses.message(0, [record]))
    return ethernet(mac, IPV4, packet, to="01:00:5e:00:00:fb")


def arp_frame(mac: str, address: str) -> bytes:
    """A gratuitous ARP request."""
    ip = bytes(map(int, address.split(".")))
    payload = bytes.fromhex("0001080006040001") + octets(mac) + ip + bytes(6) + ip
    return ethernet(mac, ARP, payload, to="ff:ff:ff:ff:ff:ff")


def phones() -> dict[str, bytes]:
    """MAC address → announcement of the twenty phones."""
    made = {}
    for number in range(20):
        oui = MAKERS[number % 4] if number < 12 else f"02:7{number % 8}:11"
        mac = f"{oui}:00:00:{number:02x}"
        kinds = (
            lldp_frame(mac, "SIP-T58A", "58.15.0.20"),
            cdp_frame(mac, f"SEP{mac.replace(':', '').upper()}", "Cisco IP Phone 7941", 0x490),
            dhcp_frame(mac, "yealink"),
            lldp_frame(mac, f"host{number}", "a device"),
        )
        made[mac] = kinds[number % 4]
    return made


def invented(kind: str, number: int, chance: random.Random) -> bytes:
    """A frame of a kind from a random sender without a sign of a telephone."""
    mac = ":".join(f"{octet:02x}" for octet in (0x02, *chance.randbytes(5)))
    name, address = f"host{number}", f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    match kind:
        case "lldp":
            return lldp_frame(mac, name, "Linux", 0x80)
        case "cdp":
            return cdp_frame(mac, name, "Linux", 0x01)
        case "dhcp":
            return dhcp_frame(mac, "MSFT 5.0")
        case "mdns":
            return mdns_frame(mac, name, address)
        case "arp":
            return arp_frame(mac, address)
        case "telephone":
            return lldp_frame(mac, name, "IP Phone", 0x24)
        case "phone":
            return lldp_frame(mac, "SIP-T58A", "58.15.0.20", 0x24)
        case _:
            return invented(("lldp", "cdp", "dhcp", "mdns", "arp")[number % 5], number, chance)


@cache
def _pool(kind: str) -> list[bytes]:
    """Frames of a flood, whose senders are replaced."""
    chance = random.Random(1)
    return [invented(kind, number, chance) for number in range(2_000)]


def flood(interface: str, kind: str, seconds: float, rate: int) -> int:
    """Send the frames of the phones, and invented ones at a rate. Returns how many of the latter."""
    pool = _pool(kind)
    own = list(phones().values())
    between = min(4.0, seconds / 2) / len(own)
    begin = bytes.fromhex(MAKERS[0].replace(":", "")) if kind == "phone" else b"\x02"
    sent, began = 0, time.monotonic()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        due = began + 0.5
        while (now := time.monotonic()) < began + seconds:
            while now >= due:
                sock.send(own[0])
                own.append(own.pop(0))
                due += between
            for _ in range(min(512, int((now - began) * rate) - sent)):
                one = pool[sent % len(pool)]
                sock.send(one[:6] + begin + os.urandom(6 - len(begin)) + one[12:])
                sent += 1
            time.sleep(0.0005)
    return sent


@dataclass(frozen=True)
class FloodResult:
    """What a listener recorded: phones, other devices, frames sent, seconds, those of the processor, exit status and
    standard error.
    """

    phones: int
    others: int
    sent: int
    wall: float
    processor: float
    status: int
    text: str


@contextlib.contextmanager
def sender(host: Host, kind: str, seconds: float, rate: int = RATE) -> Iterator[subprocess.Popen[str]]:
    """A process that floods `eth0` of a host once it reads a line, and then prints the number of frames."""
    call = (
        "from tests.benchmarks import bench_listen\n"
        f"bench_listen._pool({kind!r}); print('ready', flush=True); input()\n"
        f"print('sent', bench_listen.flood('eth0', {kind!r}, {seconds}, {rate}), flush=True)"
    )
    words = host.command(sys.executable, "-c", call)
    with running(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        printed(process, "ready")
        yield process


def printed(process: subprocess.Popen[str], word: str) -> str:
    """The next line of a sender that begins with `word`."""
    assert process.stdout is not None
    return next(line for line in process.stdout if line.startswith(word))


def begin(process: subprocess.Popen[str]) -> None:
    """Let a sender begin."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def listen(kind: str, seconds: float, rate: int = RATE) -> FloodResult:
    """Listen in one namespace while another floods the link between them."""
    with hosts("ear", "voice") as made, tempfile.TemporaryDirectory() as folder:
        ear, voice = made["ear"], made["voice"]
        join(voice, "eth0", ear, "eth0")
        database, log = str(Path(folder, "listen.sqlite")), Path(folder, "log")
        words = [sys.executable, "-m", "scanner", "listen", "eth0", "--for", str(seconds + AFTER), "--db", database]
        with sender(voice, kind, seconds, rate) as flooding:
            process = ear.start(*words, "--format", "none", log=log)
            wait_until("it listens", lambda: len(ear.run("cat", "/proc/net/packet").stdout.splitlines()) > 3)
            listening = time.monotonic()
            begin(flooding)
            sent = int(printed(flooding, "sent").split()[1])
        used = _ended(process)
        wall = time.monotonic() - listening - AFTER
        with contextlib.closing(sqlite3.connect(database)) as inventory:
            found = {mac for (mac,) in inventory.execute("SELECT mac FROM devices")}
        known = set(phones())
        counted = (len(found & known), len(found - known), sent, wall, used, process.returncode)
        return FloodResult(*counted, log.read_text(errors="replace"))


def _ended(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end of a process. Returns the seconds of the processor that it and its children took."""
    used: list[float] = []

    def over() -> bool:
        number, status, usage = os.wait4(process.pid, os.WNOHANG)
        if number:
            process.returncode = os.waitstatus_to_exitcode(status)
            used.append(usage.ru_utime + usage.ru_stime)
        return bool(number)

    wait_until("the listener has ended", over, 600)
    return used[0]


def faults(result: FloodResult, kind: str, seconds: float) -> list[str]:
    """The goals that were missed."""
    phones_wanted, invented_most, per_second = GOALS.get(kind, (20, 1_000, 2))
    most = int(invented_most + per_second * result.wall)
    wanted = {
        f"{phones_wanted} of 20 phones": result.phones >= phones_wanted,
        f"at most {most:,} other devices": result.others <= most,
        f"at most {BEYOND:g} s of the processor more": result.processor <= seconds + BEYOND,
        "status 3": result.status == 3 or result.sent == 0 or "more than can be recorded" not in result.text,
        "no traceback": "Traceback" not in result.text,
    }
    return [goal for goal, met in wanted.items() if not met]


def main(words: list[str] | None = None) -> int:
    """Every kind; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_listen")
    parser.add_argument("--short", action="store_true", help="a mix of all kinds for 6 seconds")
    parser.add_argument("--kind", action="append", choices=KINDS, help="one kind alone")
    chosen = parser.parse_args(words)
    kinds = ["mix"] if chosen.short else chosen.kind or KINDS
    seconds = 6 if chosen.short else SECONDS
    lost = 0
    for kind in kinds:
        result = listen("arp" if kind == "none" else kind, seconds, 0 if kind == "none" else RATE)
        missed = faults(result, kind, seconds)
        lost += bool(missed)
        print(
            f"{kind:5} {result.sent} frames in {seconds} s: {result.phones}/20 phones, {result.others} other devices, "
            f"{result.wall:.1f} s ({result.processor:.1f} s of the processor), status {result.status}: "
            f"{'MISSED ' + ', '.join(missed) if missed else 'met'}",
            *(line for line in result.text.splitlines() if "more than can be recorded" in line or missed),
            sep="\n  ",
            flush=True,
        )
    print(f"{len(kinds)} floods, {lost} below their goals")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
