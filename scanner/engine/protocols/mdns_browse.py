"""mDNS browsing on our links while the rest of the scan goes on, on a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Thread

from scanner.core.errors import EngineError
from scanner.discovery.declaration import Discovery, ServiceBrowse
from scanner.engine.rate.limits import Pace
from scanner.engine.workers.api import Told

_log = logging.getLogger(__name__)

#: Seconds that a browse lasts by pace, and where nobody answers. Questions go out at once and after a second, answers
#: come within half a second (RFC 6762 5.2, 6); at pace `fast` the second question is for links where the first was
#: answered: every address is asked by unicast as well.
SECONDS = {"gentle": (6.0, 3.3), "normal": (4.0, 2.2), "fast": (2.5, 0.7)}
#: Seconds that all that was found gets to be resolved, and the library to end.
GRACE = 30.0


class Browsing:
    """All browses of a scan. `told` and `lack` may be read once `over`."""

    def __init__(
        self,
        discoveries: Sequence[Discovery],
        addresses: Sequence[str],
        pace: Pace,
        wait: Callable[[float], object],
    ) -> None:
        self.steps = [(one.name, step) for one in discoveries for step in one.steps if isinstance(step, ServiceBrowse)]
        self.told: list[tuple[str, Told]] = []
        self._lack = ""
        self._addresses, self._wait = tuple(addresses), wait
        self._seconds = SECONDS.get(pace.name, SECONDS["normal"])
        self._until = time.monotonic() + len(self.steps) * (self._seconds[0] + GRACE)
        self._thread: Thread | None = None
        if self.steps and self._addresses:
            self._thread = Thread(target=self._run, name="browse", daemon=True)
            self._thread.start()

    @property
    def over(self) -> bool:
        """Whether nothing more will be told, or waited for."""
        return self._thread is None or not self._thread.is_alive() or time.monotonic() >= self._until

    @property
    def lack(self) -> str:
        """What stood in the way, else empty."""
        late = self._thread is not None and self._thread.is_alive() and time.monotonic() >= self._until
        return "mDNS browsing did not end in time; what it found is lost" if late else self._lack

    def collect(self) -> list[tuple[str, Told]]:
        """What was told, once."""
        told, self.told = self.told, []
        return told

    def close(self, patience: float) -> None:
        """Wait for the end, which comes soon once the scan is stopped."""
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        from scanner.engine.protocols import mdns

        for name, step in self.steps:
            try:
                told = mdns.browse(step, self._addresses, *self._seconds, self._wait)
            except EngineError as lack:
                self._lack = str(lack)
            except Exception as fault:  # the library's fault costs the browse, not the scan
                _log.warning("%s: browsing failed: %r", name, fault)
                self._lack = f"{name}: browsing failed ({type(fault).__name__})"
            else:
                self.told += [(name, one) for one in told]
