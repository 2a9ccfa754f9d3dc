"""The memory of a process and its descendants counts what a fork shares once."""

from __future__ import annotations

import subprocess
import sys

from tests.hostile.process_memory import resident, tree
from tests.programs import running

FORKS = """
import os, subprocess, sys, time
if os.fork():
    subprocess.Popen([sys.executable, "-c", "import time; print('executed', flush=True); time.sleep(600)"])
time.sleep(600)
"""


def test_a_child_that_has_not_executed_a_program_is_not_counted_beside_its_parent() -> None:
    with running([sys.executable, "-c", FORKS], stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "executed\n"
            (parent, executed) = tree(process.pid)
            assert parent == process.pid
            assert resident(executed) > 0
        finally:
            subprocess.run(["kill", "--", f"-{process.pid}"], check=True)
