"""The score in README.md: `python -m tools.docs.score README.md` writes the figures that `make score` prints.

A test compares README.md with it.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path

from scanner.cli.group import phonescan

_ROOT = Path(__file__).resolve().parents[2]
_CORPORA = sorted((_ROOT / "tests" / "corpus").glob("*.jsonl"))
_BLOCK = re.compile(r"(?<=^\$ make score\n).*?(?=^```$)", re.M | re.S)


def figures() -> str:
    """The head of the score of the committed corpora: the summary and the counts of each part."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out):
        phonescan.main(["fingerprints", "score", *map(str, _CORPORA)], standalone_mode=False)
    out.seek(0)
    return out.read().partition("\n\nManufacturers\n")[0].rstrip() + "\n"


def updated(page: str) -> str:
    """A page with the figures in its block of `make score`."""
    return _BLOCK.sub(lambda _: figures() + "…\n", page)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(updated(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
