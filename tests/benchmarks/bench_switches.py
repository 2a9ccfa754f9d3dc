"""The link layer's speed: a hundred switches read, one long walk against net-snmp's, LLDP frames decoded.

    python -m tests.benchmarks.bench_switches

Goals: 100 switches of 48 ports with phones in a minute and under 200 MB; a walk of 20,000 rows at least as fast as
net-snmp's snmpbulkwalk in the same run; 20,000 LLDP frames a second. Everything stays on 127.0.0.0/8.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scanner.core.model import Credential
from scanner.engine.snmp.session import agents_of
from scanner.engine.snmp.switch_reader import SwitchPace
from scanner.engine.snmp.walk import AgentLimits, Row, read_column
from scanner.testing import SimulatedSwitch, access_switch, integer
from scanner.testing.process import FarmProcess
from scanner.wire import lldp
from scanner.wire.tlv import Identifier
from tests.wire.test_lldp import PHONE

SWITCHES, PORTS, ROWS = 100, 48, 20_000
MINUTE, MEGABYTES, FRAMES = 60.0, 200, 20_000
#: Unprivileged users may not bind 161.
PORT = 161 if os.geteuid() == 0 else 16100
_FDB = "1.3.6.1.2.1.17.4.3.1.2"


def read_switches() -> tuple[float, float, int]:
    """Seconds, peak megabytes and devices of `phonescan switches` over the simulated switches."""
    made = [access_switch(f"127.61.0.{n}", n, PORTS)[0] for n in range(1, SWITCHES + 1)]
    switches = [SimulatedSwitch(ip=s.ip, tables=s.tables, port=PORT) for s in made]
    with tempfile.TemporaryDirectory() as folder, FarmProcess((), switches):
        words = ["switches", f"127.61.0.1-127.61.0.{SWITCHES}", "--port", str(PORT), "--db", f"{folder}/b.sqlite"]
        log = Path(folder) / "log"
        with log.open("wb") as err:
            started = time.monotonic()
            process = subprocess.Popen([sys.executable, "-m", "scanner", *words], stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        last = log.read_text().splitlines()[-1]
        if process.returncode:
            print(log.read_text()[-2000:], file=sys.stderr)
    return seconds, usage.ru_maxrss / 1024, int(last.split(" ")[0])


def walked() -> dict[str, float]:
    """Seconds for a walk of ROWS rows from one simulated agent, best of three, by who walks."""
    rows = [integer(f"{_FDB}.0.21.101.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", n % 48 + 1) for n in range(ROWS)]
    switch = SimulatedSwitch(ip="127.61.1.1", tables={"public": tuple(rows)}, port=PORT)
    found = {}
    with FarmProcess((), [switch]):
        for name, run in (
            ("phonescan", lambda: _our_walk(switch.ip)),
            ("snmpbulkwalk", lambda: _their_walk(switch.ip, 10)),
            ("snmpbulkwalk -Cr60", lambda: _their_walk(switch.ip, 60)),
        ):
            times = []
            for _ in range(3):
                started = time.perf_counter()
                rows_read = run()
                times.append(time.perf_counter() - started)
                assert rows_read == ROWS, f"{name}: {rows_read} rows"
            found[name] = min(times)
    return found


def _our_walk(ip: str) -> int:
    ((_, connect), *_) = agents_of(ip, (Credential(name="public", community="public"),), SwitchPace().timeout, PORT)
    agent, found = connect(), list[Row]()
    steps = read_column(_FDB, found, AgentLimits())
    try:
        request = next(steps)
        while True:
            request = steps.send(agent.ask(request))
    except StopIteration as end:
        if not end.value:
            raise SystemExit("the walk was not whole") from None
    finally:
        agent.close()
    return len(found)


def _their_walk(ip: str, repetitions: int) -> int:
    command = ["snmpbulkwalk", "-m", "", "-v2c", "-c", "public", "-On", f"-Cr{repetitions}", f"{ip}:{PORT}", f".{_FDB}"]
    return subprocess.run(command, capture_output=True, check=True).stdout.count(b": ")


def decoded(phones: int) -> float:
    """LLDP frames read in a second of processor time, from `phones` phones in turn: own mac, address and serial, the
    rest alike."""
    frames = []
    for n in range(phones):
        mine = {
            "chassis-id": Identifier(5, bytes((1, 10)) + n.to_bytes(3, "big")),
            "port-id": Identifier(3, bytes((0x64, 0x16, 0x7F)) + n.to_bytes(3, "big")),
            "management-address": lldp.ManagementAddress(1, b"\n" + n.to_bytes(3, "big"), 2, 1),
            "med-serial": f"64167F{n:06X}",
        }
        frames.append(lldp.encode([(name, mine.get(name, value)) for name, value in PHONE]))
    count, started = 0, time.process_time()
    while (spent := time.process_time() - started) < 2.0:
        for frame in frames:
            lldp.decode(frame)
        count += phones
    return count / spent


def main() -> int:
    """Print the table; 1 when a goal was missed."""
    missed = 0

    def line(what: str, value: str, goal: str, met: bool) -> None:
        nonlocal missed
        missed += not met
        print(f"{what:<44} {value:>18}   {goal:<24} {'met' if met else 'MISSED'}", flush=True)

    for phones in (500, 5_000):
        frames = decoded(phones)
        line(f"LLDP frames decoded, of {phones:,} phones", f"{frames:,.0f}/s", f">= {FRAMES:,}/s", frames >= FRAMES)
    times = walked()
    ours = times.pop("phonescan")
    line(f"a walk of {ROWS:,} rows", f"{ROWS / ours:,.0f} rows/s", "", True)
    for name, seconds in times.items():
        plain = name == "snmpbulkwalk"  # with -Cr60 it asks for more at once than slow agents stand: no goal of ours
        line(
            f"  against {name}",
            f"{seconds / ours:.2f} times",
            ">= 1.00 times as fast" * plain,
            seconds >= ours or not plain,
        )
    seconds, megabytes, devices = read_switches()
    line(f"{SWITCHES} switches of {PORTS} ports", f"{seconds:.1f} s", f"<= {MINUTE:.0f} s", seconds <= MINUTE)
    line("  peak memory", f"{megabytes:.0f} MB", f"< {MEGABYTES} MB", megabytes < MEGABYTES)
    want = SWITCHES * (PORTS - 1)
    line("  phones found", f"{devices:,}", f"{want:,} or more", devices >= want)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
