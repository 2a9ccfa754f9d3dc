"""`make bench`: every benchmark, each in a process of its own, one after the other; 1 when one missed a goal.

`python -m tests.benchmarks read-formats -- 1000 kea-leases`: the words behind `--` are arguments of those named.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.programs import plain_environment

HERE = Path(__file__).resolve().parent


def main(words: list[str]) -> int:
    """Run those named (`identify scan`), or all there are; the scan's last, it takes longest."""
    words, arguments = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    names = sorted(
        (path.stem.removeprefix("bench_").replace("_", "-") for path in HERE.glob("bench_*.py")),
        key=lambda n: (n == "scan", n),
    )
    if unknown := set(words) - set(names):
        print(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    worst = 0
    for name in words or names:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.bench_{name.replace('-', '_')}", *arguments]
        worst = max(worst, int(subprocess.run(command, cwd=HERE.parents[1], check=False).returncode != 0))
    return worst


if __name__ == "__main__":
    plain_environment()
    sys.exit(main(sys.argv[1:]))
