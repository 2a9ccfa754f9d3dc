"""Real daemons on loopback, each ended by its own handle; and the sweep's questions, asked one after the other."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scanner.discovery.declaration import Answer, UdpSweep
from scanner.engine.workers.api import HostContext
from tests import programs
from tests.namespaces import wait_until

COOKIE = 0x0123_4567_89AB_CDEF


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port on loopback that nothing uses just now."""
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextlib.contextmanager
def running(*words: str, log: Path, ready: Callable[[], object], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A daemon in the foreground, from when `ready` holds; what it printed is in `log`."""
    command = [shutil.which(words[0], path=programs.SYSTEM_PATH) or words[0], *words[1:]]
    streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    with (
        log.open("wb") as out,
        programs.running(command, stdout=out, env={**os.environ, **environment}, **streams) as process,
    ):
        wait_until(f"{words[0]} is ready or has ended", lambda: ready() or process.poll() is not None)
        assert process.poll() is None, f"{words[0]} ended: {log.read_text(errors='replace')[-2000:]}"
        yield process


def accepts(port: int) -> bool:
    """Whether something accepts TCP connections there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def swept(step: UdpSweep, port: int, attempts: int = 6, address: str = "127.0.0.1") -> tuple[Answer | None, int]:
    """The first answer to the step's questions, asked one after the other, and how many were needed."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("::1" if ":" in address else "127.0.0.1", 0))
        here = f"127.0.0.1:{asking.getsockname()[1]}"
        for attempt in range(attempts):
            data = step.request(address, port, COOKIE, attempt, here)
            if data is None:
                break
            asking.settimeout(0.7)
            asking.sendto(data, (address, port))
            with contextlib.suppress(TimeoutError, ConnectionError):
                answer = step.answer(asking.recv(65536), COOKIE, address)
                if answer is not None:
                    return answer, attempt + 1
    return None, attempts


def context(**changed: object) -> HostContext:
    """A host at 127.0.0.1 that may be asked as much as is wanted, for twenty seconds."""
    given: dict[str, object] = {
        "address": "127.0.0.1",
        "deadline": time.monotonic() + 20,
        "turn": lambda port, packets: True,
        "cookie": lambda port: COOKIE,
    }
    return HostContext(**(given | changed))  # type: ignore[arg-type]
