"""A scan with progress on standard error, which Ctrl-C ends in part; for `scan` and `demo`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scanner.app.scan import PreparedScan, scan
from scanner.app.session import Session
from scanner.cli.shared import output
from scanner.cli.shared.messages import write_diagnostic
from scanner.cli.shared.progress import bar
from scanner.cli.shared.signals import stopping

if TYPE_CHECKING:
    from scanner.app.request import ScanRequest
    from scanner.engine.sink import Progress
    from scanner.inventory import Inventory, Summary

#: The stages of a scan in words.
STAGES = {
    "presence": "host discovery",
    "sweep": "UDP probes",
    "silent": "TCP probes to unresponsive hosts",
    "talks": "querying responsive hosts",
    "end": "recording the results",
}


def run(
    session: Session,
    inventory: Inventory,
    request: ScanRequest | PreparedScan,
    *,
    keep_all: bool = False,
    progress: str = "auto",
) -> Summary:
    """Scan with the progress of `--progress`; SIGINT ends the scan in part, with everything stored."""
    with stopping("the scan") as stop, _shown(progress) as report:
        knowledge = session.knowledge(inventory, keep_all=keep_all)
        return scan(request, inventory, knowledge, now=session.now, progress=report, stopped=stop.is_set)


@contextmanager
def _shown(how: str) -> Iterator[Callable[[Progress], None] | None]:
    """The function that shows progress: a bar, lines of JSON, or None."""
    if how == "json":
        from msgspec import json

        encode = json.Encoder().encode
        yield lambda progress: write_diagnostic(encode(progress).decode() + "\n")
    elif how == "auto" and output.is_terminal(sys.stderr):
        with bar("scanning") as advance:
            yield lambda progress: advance(_share(progress), 1.0, _words(progress))
    else:
        yield None


def _share(progress: Progress) -> float:
    if progress.left is None:
        return 0.0
    whole = progress.elapsed + progress.left
    return progress.elapsed / whole if whole > 0 else 1.0


def _words(progress: Progress) -> str:
    stage = STAGES.get(progress.stage, progress.stage)
    left = f", {progress.left:.0f} s left" if progress.left is not None else ""
    hosts = f"{progress.found:,} hosts of {progress.addresses:,} addresses"
    return f"{stage}: {progress.phones:,} phones{left}, {hosts}, {progress.rate:,.0f} packets/s"
