"""Other people's scanners as they are meant to be run, and what of the truth their output holds.

Debian's nmap, onesixtyone and masscan, PyPI's sipvicious. Each runs in the arena's namespace; a peer that is not
installed, or that would take hours on a case, is left out with its reason.
"""

from __future__ import annotations

import ipaddress
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.testing import SimulatedPhone
from tests.benchmarks.arena import Arena, Case
from tests.programs import SYSTEM_PATH


@dataclass(frozen=True)
class Run:
    """One measured run: seconds, CPU seconds of all its processes, peak memory in MB of all of them together, and
    what it saw: address → everything its output says of it."""

    name: str
    wall: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0
    seen: Mapping[str, str] = field(default_factory=dict)
    left_out: str = ""

    def found(self, phones: list[SimulatedPhone]) -> int:
        """How many phones of the truth it saw at all."""
        return sum(phone.ip in self.seen for phone in phones)

    def right(self, phones: list[SimulatedPhone]) -> int:
        """Of how many phones its output holds model and firmware, however spelled."""
        return sum(_holds(self.seen.get(phone.ip, ""), phone) for phone in phones)


def _holds(text: str, phone: SimulatedPhone) -> bool:
    flat = re.sub(r"[\s_-]", "", text).lower()
    parts = (phone.truth.model or "", phone.truth.firmware or "")
    return all(re.sub(r"[\s_-]", "", part).lower() in flat for part in parts)


def measured(
    command: list[str], *, timeout: float, watch: Callable[[int, float], None] = lambda pid, now: None
) -> tuple[float, float, float, str]:
    """Run a command to its end: wall seconds, CPU seconds, peak MB, standard output. It is ended at `timeout`.

    Memory is looked at twice a second; `watch(pid, now)` is called every 10 ms while it runs.
    """
    peak, looks = 0.0, 0
    with tempfile.TemporaryFile() as out:
        before = time.monotonic()
        child = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": SYSTEM_PATH},
        )
        used: resource.struct_rusage | None = None
        while used is None:
            pid, _, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                used = usage
            elif time.monotonic() - before > timeout:
                child.kill()
                used = os.wait4(child.pid, 0)[2]
            else:
                watch(child.pid, time.monotonic())
                if looks % 50 == 0:
                    peak = max(peak, together(child.pid))
                looks += 1
                time.sleep(0.01)
        child.returncode = 0
        wall = time.monotonic() - before
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return wall, used.ru_utime + used.ru_stime, peak, text


def together(pid: int) -> float:
    """MB that a process and all it started hold now, what they share counted once (proc(5), Pss)."""
    total, waiting = 0.0, [pid]
    while waiting:
        folder = Path("/proc", str(waiting.pop()))
        try:
            rollup = (folder / "smaps_rollup").read_text()
            children = [path.read_text() for path in folder.glob("task/*/children")]
        except OSError:  # it has just ended
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
        waiting += [int(word) for words in children for word in words.split()]
    return total


def installed(command: str) -> str | None:
    """Where a command is, the interpreter's own folder first."""
    return shutil.which(command, path=f"{Path(sys.executable).parent}:{SYSTEM_PATH}")


def _run(name: str, arena: Arena, command: list[str], read: Callable[[str], dict[str, str]], timeout: float) -> Run:
    path = installed(command[0])
    if path is None:
        return Run(name, left_out=f"{command[0]} is not installed")
    wall, cpu, memory, text = measured([*arena.inside, path, *command[1:]], timeout=timeout)
    cut = f"cut after {timeout:.0f} s" if wall >= timeout else ""
    return Run(name, wall, cpu, memory, read(text), cut)


def nmap_versions(arena: Arena, case: Case, timeout: float) -> Run:
    """nmap's UDP scan of SIP and SNMP with its lightest version detection, at its fastest."""
    command = ["nmap", "-n", "-T5", "-sU", "-p5060,161", "-sV", "--version-intensity", "0", "-oX", "-", case.subnet]
    return _run("nmap -sU -sV", arena, command, _nmap, timeout)


def nmap_titles(arena: Arena, case: Case, timeout: float) -> Run:
    """nmap's web scan with titles and Server headers, at its fastest."""
    scripts = "http-title,http-server-header"
    command = ["nmap", "-n", "-T5", "-sS", "-p80,443", "--script", scripts, "-oX", "-", case.subnet]
    return _run("nmap -sS http-*", arena, command, _nmap, timeout)


def svmap(arena: Arena, case: Case, timeout: float) -> Run:
    """sipvicious: OPTIONS to UDP 5060."""
    command = "sipvicious_svmap" if installed("sipvicious_svmap") else "svmap"  # PyPI's name, Debian's name
    return _run("svmap", arena, [command, case.subnet], _svmap, timeout)


def onesixtyone(arena: Arena, case: Case, timeout: float) -> Run:
    """onesixtyone: sysDescr with one community, at its default pause of 10 ms."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = Path(folder, "hosts")
        network = ipaddress.IPv4Network(case.subnet)
        with hosts.open("w") as file:
            file.writelines(f"{host}\n" for host in network.hosts())
        return _run("onesixtyone", arena, ["onesixtyone", "-i", str(hosts), "public"], _onesixtyone, timeout)


def masscan(arena: Arena, case: Case, timeout: float, rate: int = 10_000) -> Run:
    """masscan: open ports alone, no banner, at a rate."""
    command = ["masscan", case.subnet, "-pU:5060,U:161,80,443", "--rate", str(rate), "--wait", "2", "-oL", "-"]
    if not case.connected:
        command += ["--router-mac", _mac_of_router(arena)]
    else:
        return Run("masscan", left_out="it requires a router, and this network has none")
    return _run("masscan", arena, command, _masscan, timeout)


def _mac_of_router(arena: Arena) -> str:
    words = ["ip", "-n", arena.lan, "-o", "link", "show", "f0"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return shown.partition("link/ether ")[2].split()[0].replace(":", "-")


def _nmap(text: str) -> dict[str, str]:
    seen = {}
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return {}
    for host in root.iter("host"):
        address = host.find("address[@addrtype='ipv4']")
        ports = [
            port
            for port in host.iter("port")
            if (state := port.find("state")) is not None and state.get("state") == "open"
        ]
        if address is not None and ports:
            seen[str(address.get("addr"))] = " ".join(
                " ".join(value for element in port.iter() for value in element.attrib.values()) for port in ports
            )
    return seen


def _svmap(text: str) -> dict[str, str]:
    rows = re.finditer(r"^\|\s*(\d+\.\d+\.\d+\.\d+):\d+\s*\|(.*)\|\s*$", text, re.M)
    return {row[1]: row[2] for row in rows}


def _onesixtyone(text: str) -> dict[str, str]:
    parts = re.split(r"(\d+\.\d+\.\d+\.\d+) \[public\] ", text)  # a row does not always end its line
    return dict(zip(parts[1::2], parts[2::2], strict=False))


def _masscan(text: str) -> dict[str, str]:
    return {words[3]: "" for line in text.splitlines() if line.startswith("open ") and len(words := line.split()) > 3}
