"""A farm in a separate process: for benchmarks, network namespaces, and scans that must not share an interpreter.

    with FarmProcess(catalogue("127.20.0.0/24"), prefix=("ip", "netns", "exec", "lan")) as farm:
        ...
        farm.tallies()

Parent and child exchange pickles over the standard streams of the child; both are the same installation.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from scanner.core import shortage
from scanner.core.errors import EngineError, PhonescanError
from scanner.testing.farm import Farm
from scanner.testing.hostile import kind_named
from scanner.testing.hostile_kind import HostileHost
from scanner.testing.phones import SimulatedPhone
from scanner.testing.switches import SimulatedSwitch
from scanner.testing.tally import HostTally

#: The program of the child; a shortage while it is imported is a result as well.
_START = """
import pickle, sys
from scanner.core import shortage
from scanner.core.errors import EngineError
try:
    from scanner.testing import process
except Exception as error:
    if (short := shortage.sentence(error)) == "":
        raise
    pickle.dump(EngineError(f"the farm cannot start: {short}"), sys.stdout.buffer)
else:
    process.main()
"""


class FarmProcess:
    """`Farm` in a child process, with the same options; hostile hosts are of `HOSTILE_KINDS`.

    `prefix` is put before the command of the child. The child ends with the context, or with its parent.
    Raises what `Farm` raises.
    """

    def __init__(
        self,
        phones: Iterable[SimulatedPhone],
        switches: Iterable[SimulatedSwitch] = (),
        *,
        hostile: Iterable[HostileHost] = (),
        prefix: Sequence[str] = (),
        loss: float = 0.0,
        delay: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.phones, self.switches, self.hostile = tuple(phones), tuple(switches), tuple(hostile)
        self.left_out: tuple[str, ...] = ()
        self._prefix, self._options = tuple(prefix), {"loss": loss, "delay": delay, "seed": seed}
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> FarmProcess:
        if self._child is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The child's process id, 0 while it does not run."""
        return self._child.pid if self._child else 0

    @property
    def runs(self) -> bool:
        """Whether the child runs; one that had too little memory has ended."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the child; returns when every port is open."""
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        self._child = subprocess.Popen(
            [*self._prefix, sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        stdin, stdout = self._streams()
        try:
            hostile = [(host.kind.name, host.place) for host in self.hostile]
            with suppress(BrokenPipeError):  # what it could not start for is on its output
                pickle.dump((self.phones, self.switches, hostile, self._options), stdin)
                stdin.flush()
            received = pickle.load(stdout)  # from our child  # nosec B301
        except (OSError, EOFError) as error:
            self.stop()
            raise EngineError("the process of the farm ended before it was ready; its message is above") from error
        if isinstance(received, PhonescanError):
            self.stop()
            raise received
        self.left_out = received

    def tallies(self) -> dict[str, HostTally]:
        """The counts of each device up to now."""
        stdin, stdout = self._streams()
        stdin.write(b"t")
        stdin.flush()
        counts: dict[str, HostTally] = pickle.load(stdout)  # from our child  # nosec B301
        return counts

    def stop(self) -> None:
        """Terminate the child and wait for it; no effect if it does not run."""
        child, self._child = self._child, None
        if child is None:
            return
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _streams(self) -> tuple[BinaryIO, BinaryIO]:
        if self._child is None or self._child.stdin is None or self._child.stdout is None:
            raise EngineError("the process of the farm does not run; start it first")
        return self._child.stdin, self._child.stdout  # type: ignore[return-value]


def main() -> None:
    """The child: reads devices from standard input, then writes the tallies for each `t`, until the stream ends."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def dump(what: object) -> None:
        pickle.dump(what, stdout)
        stdout.flush()

    try:
        phones, switches, places, options = pickle.load(stdin)  # from our parent  # nosec B301
        hostile = [HostileHost(kind=kind_named(name), place=place) for name, place in places]
        farm = Farm(phones, switches, hostile=hostile, **options)
        farm.start()
    except PhonescanError as error:
        dump(error)
        return
    except Exception as error:
        if (short := shortage.sentence(error)) == "":
            raise
        dump(EngineError(f"the farm cannot start: {short}"))
        return
    try:
        dump(farm.left_out)
        while stdin.read(1):
            dump(dict(farm.tallies))
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        farm.stop()
