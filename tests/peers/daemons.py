"""Real daemons on loopback, each stopped by its handle; and the requests of a sweep, sent one after the other."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scanner.discovery.conversation import Response
from scanner.discovery.declaration import UdpSweep
from scanner.engine.workers.api import HostContext
from tests import programs
from tests.loopback import own
from tests.namespaces import wait_until

#: Where the daemons of this test run listen.
LOCALHOST = own("127.0.0.1")
COOKIE = 0x0123_4567_89AB_CDEF


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port on loopback that nothing uses just now."""
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind((LOCALHOST, 0))
        return int(trial.getsockname()[1])


@contextlib.contextmanager
def running(*words: str, log: Path, ready: Callable[[], object], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A daemon in the foreground, from when `ready` holds; what it printed is in `log`."""
    streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    with (
        log.open("wb") as out,
        programs.running(words, stdout=out, env={**os.environ, **environment}, **streams) as process,
    ):
        wait_until(f"{words[0]} is ready or has ended", lambda: ready() or process.poll() is not None)
        assert process.poll() is None, f"{words[0]} ended: {log.read_text(errors='replace')[-2000:]}"
        yield process


def accepts(port: int) -> bool:
    """Whether something accepts TCP connections there."""
    with contextlib.suppress(OSError), socket.create_connection((LOCALHOST, port), 1):
        return True
    return False


def bound(port: int) -> str:
    """A port of LOCALHOST as /proc/net/udp and /proc/net/tcp list it on a little-endian machine."""
    return f"{socket.inet_aton(LOCALHOST)[::-1].hex().upper()}:{port:04X}"


def swept(step: UdpSweep, port: int, attempts: int = 6, address: str = LOCALHOST) -> tuple[Response | None, int]:
    """The first answer to the step's questions, asked one after the other, and how many were needed."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("::1" if ":" in address else LOCALHOST, 0))
        here = f"{LOCALHOST}:{asking.getsockname()[1]}"
        for attempt in range(attempts):
            data = step.request(address, port, COOKIE, attempt, here)
            if data is None:
                break
            asking.settimeout(0.7)
            asking.sendto(data, (address, port))
            with contextlib.suppress(TimeoutError, ConnectionError):
                answer = step.response(asking.recv(65536), COOKIE, address)
                if answer is not None:
                    return answer, attempt + 1
    return None, attempts


def context(**changed: object) -> HostContext:
    """A host at LOCALHOST that may be asked as much as is wanted, for twenty seconds."""
    given: dict[str, object] = {
        "address": LOCALHOST,
        "deadline": time.monotonic() + 20,
        "turn": lambda port, packets: True,
        "cookie": lambda port: COOKIE,
    }
    return HostContext(**(given | changed))  # type: ignore[arg-type]
