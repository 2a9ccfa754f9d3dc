"""The schedule of a soak, in a process of its own: for each line of standard input the runs of one simulated day.

`python -m tests.soak.nights SETTINGS FIRST_DAY` prints a line of JSON for each day: its runs and what the process uses.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner import settings
from scanner.app.session import Session
from scanner.schedule.job import run_entry
from scanner.schedule.timetable import entries
from tests.soak import usage


def main(words: list[str]) -> None:
    path, first = Path(words[0]), datetime.fromisoformat(words[1]).astimezone(UTC)
    found = settings.load(path)
    assert found.db is not None
    for day, _ in enumerate(sys.stdin):
        now = first + timedelta(days=day)
        session = Session(found, found.db, lambda now=now: now)  # type: ignore[misc]  # a default is no argument
        runs = [run_entry(session, entry, now) for entry in entries(found.sections.scan)]
        results = [[run.name, run.outcome, list(run.failures)] for run in runs]
        print(json.dumps({"runs": results, **usage.of(os.getpid())}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
