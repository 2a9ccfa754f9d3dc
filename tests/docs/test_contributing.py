"""The first change that CONTRIBUTING.md describes: its rule is reported as wrong, then as right, as described."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import material

PAGE = material.ROOT / "CONTRIBUTING.md"
IDENTIFY = "sip.user-agent=Htek VoIP Phone UC970E, fw 2.0.4.2"


def phonescan(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scanner", *words], cwd=tree, capture_output=True, text=True, timeout=60
    )


@pytest.mark.slow
def test_the_first_change_is_found_wrong_then_right_as_described(tmp_path: Path) -> None:
    for folder in ("scanner", "fingerprints"):
        shutil.copytree(material.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    vendor = tmp_path / "fingerprints" / "vendors" / "htek.toml"
    (rule,) = (block.text for block in material.blocks("toml", page=PAGE))
    (before, mistake) = (block.text for block in material.blocks("text", page=PAGE))
    assert before in phonescan(tmp_path, "identify", IDENTIFY).stdout

    vendor.write_text(f"{vendor.read_text(encoding='utf-8')}\n{rule}", encoding="utf-8")
    wrong = phonescan(tmp_path, "fingerprints", "check")
    assert wrong.returncode == 2
    assert re.sub(r"line \d+", "line N", mistake.strip()) in re.sub(r"line \d+", "line N", wrong.stdout)

    vendor.write_text(
        vendor.read_text(encoding="utf-8").replace('2", model = "UC970",', '2", model = "UC970E",'), encoding="utf-8"
    )
    right = phonescan(tmp_path, "fingerprints", "check")
    assert (right.returncode, right.stdout + right.stderr) == (0, "no mistakes in the fingerprints\n")
    found = phonescan(tmp_path, "identify", IDENTIFY).stdout
    assert '"model": "UC970E"' in found
    assert '"firmware": "2.0.4.2"' in found
