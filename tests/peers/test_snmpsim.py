"""Recorded PBXs, gateways and adapters, served by snmpsim: each field as it was recorded."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.core.model import Credential
from scanner.core.text import bounded
from scanner.discovery import snmp as discovery
from scanner.discovery import snmp_objects as objects
from scanner.discovery.declaration import Exchange, UdpSweep
from scanner.discovery.options import Options
from scanner.engine.protocols import snmp_get as engine
from tests.peers.daemons import LOCALHOST, context, free_port, running, swept
from tests.reading.inventories import inventoried, rows

pytestmark = [pytest.mark.network, pytest.mark.slow]
RESPONDER = Path(sys.executable).with_name("snmpsim-command-responder")


@contextlib.contextmanager
def snmpsim(recordings: Path, folder: Path) -> Iterator[int]:
    """The responder with a folder of recordings; a file's name is its community."""
    port = free_port(socket.SOCK_DGRAM)
    log = folder / "snmpsim.log"
    words = [
        str(RESPONDER),
        f"--data-dir={recordings}",
        f"--cache-dir={folder}",
        f"--agent-udpv4-endpoint={LOCALHOST}:{port}",
    ]
    if os.geteuid() == 0:  # it insists on being told; another user may not read this Python
        words += ["--process-user=root", "--process-group=root"]
    with running(*words, log=log, ready=lambda: "Listening at UDP/IPv4" in log.read_text(errors="replace")):
        yield port


def recorded(file: Path) -> dict[str, str]:
    """OID → value of an snmprec's text rows."""
    rows = (line.split("|", 2) for line in file.read_text(encoding="utf-8").splitlines() if line.count("|") >= 2)
    return {oid: value for oid, kind, value in rows if kind in ("4", "6")}


def test_each_recorded_device_says_over_the_network_what_was_recorded(shared: Path, tmp_path: Path) -> None:
    asked, recordings = 0, shared / "recordings" / "others"
    with snmpsim(recordings, tmp_path) as port:
        for file in sorted(recordings.glob("*.snmprec")):
            credential = Credential(name=file.stem, community=file.stem)
            sweep, ask = discovery.declare(Options(credentials=(credential,), snmp_port=port)).steps
            assert isinstance(sweep, UdpSweep)
            assert isinstance(ask, Exchange)
            answer, _ = swept(sweep, port)
            assert answer is not None, file.name
            host = context(findings=list(answer.findings), note=answer.note, credentials=(credential,))
            heard = engine.converse(ask, host)
            found = dict([*(pair for told in heard.found for pair in told.findings), *answer.findings])
            values = recorded(file)
            for oid, field in zip(objects.SYSTEM, ("sysdescr", "sysobjectid", "sysname", "syslocation"), strict=True):
                expected = bounded(values.get(oid, ""))
                if expected:
                    assert found.get(f"snmp.{field}") == expected, f"{file.name} {field}"
            asked += 1
    assert asked >= 5


def test_switches_asked_tell_what_their_recordings_tell_when_read(shared: Path, tmp_path: Path) -> None:
    recordings = shared / "recordings" / "switches"
    columns = ("mac", "ip", "manufacturer", "model", "firmware", "switch_port", "vlan")
    read_into = tmp_path / "read"
    read_into.mkdir()
    found_in_all = 0
    with snmpsim(recordings, tmp_path) as port:
        for name in ("aos", "eltex-mes23xx_mes2324p", "procurve", "routeros_crs317", "zynos_mgs3712"):
            db = tmp_path / f"{name}.sqlite"
            words = ("switches", LOCALHOST, "--port", str(port), "--community", name, "--db", str(db))
            done = subprocess.run(
                [sys.executable, "-m", "scanner", *words], capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
            asked, read = (
                {tuple(row[column] for column in columns) for row in found if row["kind"] != "unknown"}
                for found in (rows(db), inventoried(recordings / f"{name}.snmprec", read_into))
            )
            assert asked == read, name
            found_in_all += len(asked)
    assert found_in_all >= 14
