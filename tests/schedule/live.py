"""A systemd of its own for tests: this machine's files under an overlay, booted by systemd-nspawn without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

#: The command in the container: this checkout and its packages, outside of the folders that a unit does not see.
LAUNCHER = """#!{python}
import sys
sys.path[:0] = ["/opt/phonescan/code", "/opt/phonescan/packages"]
from scanner.cli.main import main
main()
"""
DRIVER = """[Unit]
Description=driver
After=basic.target
[Service]
Type=oneshot
Environment=PYTHONPATH=/opt/phonescan/code:/opt/phonescan/packages PYTHONDONTWRITEBYTECODE=1
ExecStart={python} /opt/phonescan/code/tests/schedule/in_container.py
StandardOutput=append:/exchange/log
StandardError=append:/exchange/log
"""


def run(folder: Path, cases: dict[str, dict[str, Any]], subnet: str) -> dict[str, dict[str, Any]]:
    """Boot systemd in a container, run the cases there while phones respond on `subnet`, and return their results.

    Nothing that happens in the container outlives it: only `folder` is shared.
    """
    base = Path(sys.base_prefix)
    python = "/opt/python/bin/python3" if base != Path("/usr") else "/usr/bin/python3"
    place, exchange, programs = folder / "root", folder / "exchange", folder / "bin"
    for one in (place, exchange, programs):
        one.mkdir()
    (exchange / "cases.json").write_text(json.dumps(cases))
    (exchange / "subnet").write_text(subnet)
    launcher = programs / "phonescan"
    launcher.write_text(LAUNCHER.format(python=python))
    launcher.chmod(0o755)
    (folder / "driver.service").write_text(DRIVER.format(python=python))
    shown = {
        ROOT: "/opt/phonescan/code",
        sysconfig.get_path("purelib"): "/opt/phonescan/packages",
        programs: "/opt/phonescan/bin",
        folder / "driver.service": "/etc/systemd/system/driver.service",
    }
    if base != Path("/usr"):
        shown[base] = "/opt/python"
    nspawn = [
        "systemd-nspawn", "--quiet", f"--directory={place}", "--volatile=overlay", "--private-network", "--boot",
        "--register=no", "--keep-unit", f"--machine=phonescan-tests-{os.getpid()}", "--console=pipe",
        f"--bind={exchange}:/exchange", *(f"--bind-ro={source}:{target}" for source, target in shown.items()),
        "systemd.unit=driver.service", "systemd.show_status=no",
    ]  # fmt: skip
    # the mount of the machine's files ends with its namespace
    command = ["unshare", "--mount", "sh", "-c", f'mount --bind / {place} && exec "$@"', "sh", *nspawn]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL)
    results = exchange / "results.json"
    log = exchange / "log"
    assert results.exists(), (done.returncode, done.stdout, done.stderr, log.read_text() if log.exists() else "no log")
    return dict(json.loads(results.read_text()))
