"""Test hosts: network namespaces joined by veth pairs, without a route to the machine's own network.

Needs root. Namespaces and links are removed with the context; processes are ended by their own handles.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_numbers = itertools.count()


def _ip(*words: str, check: bool = True) -> str:
    run = subprocess.run(["ip", *words], capture_output=True, text=True, check=False, timeout=30)
    if check and run.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {run.stderr.strip()}")
    return run.stdout


class Host:
    """One namespace. `run` runs a command in it to its end, `start` starts a daemon that ends with the host."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._running: list[subprocess.Popen[bytes]] = []

    def command(self, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *words]

    def run(
        self, *words: str, timeout: float = 60, check: bool = True, **more: object
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            self.command(*words), capture_output=True, text=True, timeout=timeout, check=check, **more
        )

    def start(self, *words: str, log: Path | None = None) -> subprocess.Popen[bytes]:
        with (log or Path(os.devnull)).open("wb") as out:
            process = subprocess.Popen(
                self.command(*words), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._running.append(process)
        return process

    def end(self) -> None:
        for process in reversed(self._running):
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(5)
        self._running.clear()


@contextmanager
def hosts(*names: str) -> Iterator[dict[str, Host]]:
    """Namespaces with loopback up, by the names given; removed at the end."""
    made = {name: Host(f"ps{os.getpid()}-{next(_numbers)}-{name}"[:60]) for name in names}
    try:
        for host in made.values():
            _ip("netns", "add", host.name)
            _ip("-n", host.name, "link", "set", "lo", "up")
        yield made
    finally:
        for host in made.values():
            host.end()
            _ip("netns", "del", host.name, check=False)


def join(left: Host, left_name: str, right: Host, right_name: str, *, left_mac: str = "", right_mac: str = "") -> None:
    """A veth pair between two hosts, both ends up.

    It is made inside the two namespaces, so that no name in the machine's own namespace can clash.
    """
    _ip("-n", left.name, "link", "add", left_name, "type", "veth", "peer", "name", right_name, "netns", right.name)
    for host, name, mac in ((left, left_name, left_mac), (right, right_name, right_mac)):
        if mac:
            _ip("-n", host.name, "link", "set", name, "address", mac)
        _ip("-n", host.name, "link", "set", name, "up")


def address(host: Host, interface: str, *cidrs: str) -> None:
    """Add addresses to an interface, usable without waiting for duplicate address detection."""
    for cidr in cidrs:
        _ip("-n", host.name, "addr", "add", cidr, "dev", interface, *(["nodad"] if ":" in cidr else []))


def wait_until(what: str, true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until `true()` holds; after `seconds` fail with `what`, the condition in words."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds:g} seconds it does not hold that {what}")
        time.sleep(0.1)
