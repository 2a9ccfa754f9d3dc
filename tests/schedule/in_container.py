"""Runs units under systemd, as root inside a container: reads cases from a file, writes what became of each.

A path that `schedule systemd` refuses is tried as well, in a unit without the grant, to see that it could not have
worked. `live.py` starts the container; nothing here is for the machine itself.
"""

from __future__ import annotations

import glob
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PROGRAM = "/opt/phonescan/bin/phonescan"
UNITS = Path("/run/systemd/system")


def shell(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", text], capture_output=True, text=True, timeout=120)


def written(case: dict[str, Any]) -> str:
    """Write the units of a case; the reason where they are refused, and then units without what cannot be granted."""
    from scanner.cli.shared.click_command import open_session
    from scanner.core.errors import PhonescanError
    from scanner.schedule import grants, program, sandbox, systemd, unit_files
    from scanner.schedule.timetable import entries

    config, db = Path(case["config"]), Path(case["db"]) if case.get("db_option") else None
    sys.argv[0] = case.get("program", PROGRAM)
    session = open_session(db, config)
    reason = ""
    try:
        texts, _ = unit_files.unit_files(session, case.get("user"))
    except PhonescanError as error:
        reason, texts = str(error), {}
        for entry in entries(session.settings.sections.scan):
            found = grants.granted(session.settings, entry, sandbox.user(case.get("user")), db)
            texts |= systemd.units(entry, found, command=program.path(), config=config, db=db)
    for name, text in texts.items():
        (UNITS / name).write_text(text)
    unit = next(name for name in texts if name.endswith(".service"))
    # what a first run does not read is read before it, as the user of the unit in its sandbox
    reads = "".join(f"ExecStartPre=/usr/bin/test -r {path}\n" for path in case.get("reads", ()))
    (UNITS / f"{unit}.d").mkdir(exist_ok=True)
    # a unit that has ended is forgotten with its status, unless it remains
    (UNITS / f"{unit}.d/reads.conf").write_text(f"[Service]\nRemainAfterExit=yes\n{reads}")
    case["unit"] = unit
    return reason


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Start the unit of a case and wait for its end."""
    unit = case["unit"]
    started = shell(f"systemctl start {unit}").returncode
    status = shell(f"systemctl show -P ExecMainStatus {unit}").stdout.strip()
    devices = shell(f"sqlite3 {case['db']} 'SELECT count(*) FROM devices'").stdout.strip()
    after = shell(case.get("after", ":"))
    return {
        "reason": case["reason"],
        "unit": (UNITS / unit).read_text(),
        "started": started,
        "status": status,
        "devices": int(devices or 0),
        "reports": {path: len(glob.glob(path)) for path in case.get("reports", ())},
        "after": [after.returncode, after.stdout + after.stderr],
        "journal": shell(f"journalctl --no-pager -o cat -u {unit}").stdout[-3000:],
    }


def main() -> None:
    """Prepare all cases, load their units, run them."""
    cases = json.loads(Path("/exchange/cases.json").read_text())
    subnet = Path("/exchange/subnet").read_text()
    farm = subprocess.Popen([PROGRAM, "demo", "farm", subnet], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert farm.stdout is not None
    farm.stdout.readline()
    # a unit does not see the place of libpython in a home folder, and would load that of the machine
    shell("echo /opt/python/lib > /etc/ld.so.conf.d/0-python.conf; ldconfig")
    shell("rm -rf /etc/phonescan /var/lib/phonescan /var/lib/private/phonescan")
    for case in cases.values():
        config = Path(case["config"])
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(case["settings"])
        config.chmod(0o600)
        prepared = shell(f"set -e; {case.get('prepare', ':')}")
        assert prepared.returncode == 0, prepared.stderr
        case["reason"] = written(case)
    shell("systemctl daemon-reload")
    with ThreadPoolExecutor(12) as pool:
        results = dict(zip(cases, pool.map(run, cases.values()), strict=True))
    Path("/exchange/results.json").write_text(json.dumps(results, indent=1))
    farm.terminate()


if __name__ == "__main__":
    try:
        main()
    finally:
        subprocess.run(["systemctl", "exit", "0"], check=False)
