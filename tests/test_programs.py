"""The environment of tests and harnesses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PRINTS = (
    "import json, os, time\nfrom tests.programs import plain_environment\nplain_environment()\n"
    "print(json.dumps([dict(os.environ), time.tzname[0], os.umask(0)]))"
)
OF_A_MACHINE = {
    "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "http_proxy": "http://x",
    "MIBS": "NONE", "PYTHONWARNINGS": "default", "PHONESCAN_DB": "/x", "PHONESCAN_CONFIG": "/y", "PHONESCAN_DEBUG": "1",
}  # fmt: skip


def test_the_variables_time_zone_and_umask_of_the_caller_decide_no_test() -> None:
    kept = {"HOME": "/h", "PIP_INDEX_URL": "u", "PHONESCAN_REQUIRE_ALL": "1"}
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", PRINTS], cwd=root, env=OF_A_MACHINE | kept, umask=0o077, capture_output=True, check=True
    )
    environment, zone, umask = json.loads(done.stdout)
    assert environment.pop("PATH")
    assert environment == kept | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
    assert (zone, umask) == ("UTC", 0o022)


def test_signals_that_the_caller_ignores_end_the_programs_of_tests() -> None:
    shows = "import signal; print(*(signal.getsignal(one) == signal.SIG_IGN for one in (1, 2, 3, 15, 17)))"
    starts = (
        "import subprocess, sys\nfrom tests.programs import plain_environment\nplain_environment()\n"
        f"subprocess.run([sys.executable, '-c', {shows!r}], check=True)"
    )
    root = Path(__file__).resolve().parent.parent
    ignoring = ["sh", "-c", 'trap "" HUP INT QUIT TERM CHLD; exec "$@"', "sh", sys.executable, "-c"]
    assert subprocess.run([*ignoring, shows], capture_output=True, check=True).stdout.split()[:4] == [b"True"] * 4
    done = subprocess.run([*ignoring, starts], cwd=root, capture_output=True, check=True)
    assert done.stdout.split() == [b"False"] * 5
