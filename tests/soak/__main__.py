"""`python -m tests.soak [--days N] [--short]`: simulated days of schedule, web pages and listening, with retention.

Each day phones appear, vanish and change, the schedule scans them and writes its reports, readers load every page, and
(as root) a listener receives the announcements of known and of new senders on a link between two namespaces.
1 if the memory, the descriptors or the threads of a process, or the size of a file, still grow at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from scanner.testing import catalogue
from scanner.testing.ports import unprivileged
from scanner.testing.process import FarmProcess
from tests import namespaces
from tests.benchmarks.bench_listen import lldp_frame
from tests.chaos import commands
from tests.chaos.setting import observations
from tests.loopback import own
from tests.programs import plain_environment, running
from tests.soak import usage

SUBNET, PHONES, PRESENT = own("127.20.0.0/26"), 40, 32
PAGES = (
    "", "devices", "devices?compliance=noncompliant", "devices?q=VVX", "firmware", "switches", "changes", "scans",
    "catalogs", "scans/1", "metrics", "devices.csv", "noncompliant.html",
)  # fmt: skip
SETTINGS = """
[inventory]
db = "phonescan.sqlite"
retention = "{retention}d"
{scans}"""
SCAN = """
[[scan]]
name = "{name}"
targets = ["{targets}"]
discover = ["sip", "http", "snmp"]
pace = "fast"
cron = "0 2 * * *"
[[scan.reports]]
kind = "noncompliant"
format = "html"
path = "reports/{name}.html"
[[scan.reports]]
kind = "inventory"
format = "csv"
path = "reports/{name}-{{date}}.csv"
"""
#: What a series may grow by: threads of pools that start when they are needed, a page or two of the file.
SLACK = {"memory": usage.MEMORY_SLACK, "size": 128 * 1024, "threads": 8}
#: Senders of LLDP on the link each day, and how many of them are new ones.
SENDERS, NEW = 60, 30
#: `listen` that settles as often in a simulated day as otherwise in a minute.
_LISTEN = """
import sys
from scanner.app import listen
listen.SETTLE = 2.0
from scanner.cli.main import main
main(sys.argv[1:])
"""
_SEND = """
import socket, sys
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind((sys.argv[1], 0))
for line in sys.stdin:
    link.send(bytes.fromhex(line))
"""


class Series:
    """The values of each day, by what they measure."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, who: str, found: dict[str, int]) -> None:
        for what, value in found.items():
            self.values[who, what].append(value)

    def growing(self) -> Iterator[str]:
        """What is not flat."""
        for (who, what), series in self.values.items():
            slack = SLACK.get(what, 0)
            if not usage.is_flat(series, slack):
                yield f"{who}: {what} grows: {' '.join(f'{value:,.0f}' for value in series)}"

    def lines(self) -> Iterator[str]:
        """The first and the last value of each series, and the greatest."""
        for (who, what), series in self.values.items():
            unit, factor = ("MB", 1e6) if what in ("memory", "size") else ("", 1)
            day, last, most = (value / factor for value in (series[len(series) // 2], series[-1], max(series)))
            yield f"{who}: {what} {day:,.1f} at half time, {last:,.1f} at the end, {most:,.1f} at most {unit}".rstrip()


@contextmanager
def listener(folder: Path, seconds: int) -> Iterator[tuple[subprocess.Popen[bytes], namespaces.Host]]:
    """`phonescan listen` on one end of a link, and the host at the other end."""
    with namespaces.hosts("listen", "lan") as made:
        namespaces.join(made["listen"], "eth0", made["lan"], "lan0")
        words = ["listen", "eth0", "--for", str(seconds), "--format", "none", "--db", "listened.sqlite"]
        command = made["listen"].command(sys.executable, "-c", _LISTEN, *words)
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process, made["lan"]
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def load(port: int, database: Path) -> int:
    """Read every page once, and those of the newest devices; the number of pages."""
    with closing(sqlite3.connect(database)) as db:
        newest = [f"devices/{row[0]}" for row in db.execute("SELECT id FROM devices ORDER BY id DESC LIMIT 10")]
    pages = (*PAGES, *newest)
    for page in pages:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=60) as response:
                response.read()
        except OSError as error:
            raise RuntimeError(f"{page} cannot be read: {error}") from error
    return len(pages)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="simulated days")
    parser.add_argument("--short", action="store_true", help="a few days, as CI runs it")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    days, retention = (9, 2) if options.short else (options.days, 7)
    chosen, series, started = random.Random(options.seed), Series(), time.monotonic()
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)
    phones = unprivileged(catalogue(SUBNET)[:PHONES])
    scans = requests = frames = 0
    lost: list[str] = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, port = Path(name), 0
        (folder / "reports").mkdir()
        halves = {"low": SUBNET.replace("0/26", "0/27"), "high": SUBNET.replace("0/26", "32/27")}
        sections = "".join(SCAN.format(name=one, targets=targets) for one, targets in halves.items())
        (folder / "phonescan.toml").write_text(SETTINGS.format(retention=retention, scans=sections), encoding="utf-8")
        nights = stack.enter_context(
            running(
                [sys.executable, "-m", "tests.soak.nights", str(folder / "phonescan.toml"), first.isoformat()],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
        )  # fmt: skip
        assert nights.stdin is not None
        assert nights.stdout is not None
        serving: subprocess.Popen[str] | None = None
        listening = stack.enter_context(listener(folder, 36_000)) if os.geteuid() == 0 else None
        if listening is None:
            print("listen: left out, because network namespaces need root", flush=True)
        for day in range(days):
            night = folder / "night.jsonl"
            rows = [{**row, "time": f"{(first + timedelta(days=day)).isoformat()[:19]}Z"} for row in _night(day)]
            night.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            shift = (first + timedelta(days=day) - datetime.now(UTC)).total_seconds()
            lost += commands.run(("read", "night.jsonl", "--format", "none"), folder, shift=shift).faults((0,))
            with FarmProcess(chosen.sample(phones, PRESENT)):
                nights.stdin.write("\n")
                nights.stdin.flush()
                found = json.loads(nights.stdout.readline())
            runs = found.pop("runs")
            scans += len(runs)
            lost += [f"day {day}: {run}" for run in runs if run[1] != "done" or run[2]]
            series.add("schedule", found)
            if serving is None:
                port = free_port()
                serve = [sys.executable, "-m", "scanner", "serve", "--port", str(port)]
                serving = stack.enter_context(
                    running([*serve, "--db", "phonescan.sqlite"], stderr=subprocess.DEVNULL, cwd=folder)
                )
                namespaces.wait_until("the pages are served", partial(_open, port), 30)
            requests += load(port, folder / "phonescan.sqlite")
            series.add("serve", usage.of(serving.pid))
            if listening is not None:
                process, lan = listening
                macs = [*range(SENDERS - NEW), *(1_000 + day * NEW + number for number in range(NEW))]
                senders = (f"80:5e:c0:00:{n >> 8:02x}:{n & 255:02x}" for n in macs)
                lines = "".join(f"{lldp_frame(mac, f'SIP-T58A {mac}', '58.15.0.20').hex()}\n" for mac in senders)
                subprocess.run(lan.command(sys.executable, "-c", _SEND, "lan0"), input=lines, text=True, check=True)
                frames += len(macs)
                time.sleep(0.5)
                series.add("listen", usage.of(_program(process.pid)))
            series.add("inventory", {"size": sum(path.stat().st_size for path in folder.glob("phonescan.sqlite*"))})
    growing = list(series.growing())
    for line in (*series.lines(), *lost, *growing):
        print(line)
    print(
        f"soak: {days} days, {scans} scans, {requests} pages, {frames} frames: {len(growing)} series grow, "
        f"{len(lost)} runs lost in {time.monotonic() - started:.0f} s"
    )
    return int(bool(growing or lost))


def _night(day: int) -> Iterator[dict[str, str]]:
    """What another source reports each day: phones that stay, and ten that no other day has."""
    yield from observations(1_000, 100, day % 5)
    yield from observations(5_000 + day * 10, 10, day % 5)


def _open(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _program(process: int) -> int:
    """The process that `ip netns exec` has become, or started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return int(children[0]) if children else process


if __name__ == "__main__":
    plain_environment()
    sys.exit(main(sys.argv[1:]))
