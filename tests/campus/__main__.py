"""`python -m tests.campus --seeds 20 --phones 500`: campuses of other seeds and sizes than the tests'.

Prints what is wrong, and one closing line; 1 when something is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.campus.check import score
from tests.campus.truth import drawn


def main(words: list[str]) -> int:
    """Draw, read and compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.campus")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--phones", type=int, default=500)
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args(words)
    begun = time.monotonic()
    devices = rows = found = firmwares = right = faults = 0
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory(prefix="campus-") as folder:
            one = score(drawn(seed, given.phones), Path(folder))
        for line in one.wrong:
            print(f"seed {seed}: {line}", flush=True)
        devices, rows, found = devices + one.devices, rows + one.rows, found + one.found
        firmwares, right, faults = firmwares + one.firmwares, right + one.right, faults + len(one.wrong)
    shares = found / max(rows, 1), found / max(devices, 1), right / max(firmwares, 1)
    precision, recall, firmware = (f"{share:.2%}" for share in shares)
    print(
        f"{given.seeds} seeds of {given.phones} phones: precision {precision}, recall {recall}, firmware {firmware}"
        f" ({found} of {devices} devices, {rows} rows, {right} of {firmwares} firmwares)"
        f" in {time.monotonic() - begun:.0f} s"
    )
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
