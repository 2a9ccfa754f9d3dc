"""The inventory equals a drawn world, as far as any source could know it; the way of reading does not matter.

Each check has a process of its own: what hypothesis draws depends on the modules that are loaded, and a failure is to
be repeated by the command that it prints. Of a failing world the smallest that still fails is printed: its truth, and
its observations as a scenario.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.docs.material import ROOT
from tests.worlds.checks import CHECKS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
#: Worlds that all checks draw together, and their seed.
WORLDS = int(os.environ.get("PHONESCAN_WORLDS", "2000"))
SEED = 1


@pytest.mark.parametrize("check", [one.check.__name__ for one in CHECKS])
def test_every_drawn_world_holds(check: str) -> None:
    command = [sys.executable, "-m", "tests.worlds.drawn", check, str(WORLDS), str(SEED)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    share = next(one for one in CHECKS if one.check.__name__ == check)
    assert done.returncode == 0, f"{' '.join(command[1:])}\n{done.stdout}{done.stderr}"
    assert done.stdout == f"{check}: {max(1, WORLDS * share.percent // 100)} worlds hold\n"
