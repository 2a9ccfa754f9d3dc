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
from tests.captures.expected import HERE
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
    if os.geteuid() == 0:  # it requires a user name; another user may not read this Python
        words += ["--process-user=root", "--process-group=root"]
    with running(*words, log=log, ready=lambda: "Listening at UDP/IPv4" in log.read_text(errors="replace")):
        yield port


def recorded(file: Path) -> dict[str, str]:
    """OID → value of an snmprec's text rows."""
    rows = (line.split("|", 2) for line in file.read_text(encoding="utf-8").splitlines() if line.count("|") >= 2)
    return {oid: value for oid, kind, value in rows if kind in ("4", "6")}


def check_device(file: Path, port: int) -> None:
    """The system group of the device over the network is that of its recording."""
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


def check_switch(file: Path, port: int, folder: Path) -> int:
    """`phonescan switches` finds the devices that `phonescan read` finds in the recording; their number."""
    columns = ("mac", "ip", "manufacturer", "model", "firmware", "switch_port", "vlan")
    db = folder / f"{file.stem}.sqlite"
    words = ("switches", LOCALHOST, "--port", str(port), "--community", file.stem, "--db", str(db))
    done = subprocess.run(
        [sys.executable, "-m", "scanner", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (read_into := folder / "read").mkdir(exist_ok=True)
    asked, read = (
        {tuple(row[column] for column in columns) for row in found if row["kind"] != "unknown"}
        for found in (rows(db), inventoried(file, read_into))
    )
    assert asked == read, file.stem
    return len(asked)


@pytest.mark.parametrize("name", ["gateway-is-not-a-phone", "yealink-mp58"])
def test_a_committed_device_sends_what_was_recorded(name: str, tmp_path: Path) -> None:
    with snmpsim(HERE / "snmp", tmp_path) as port:
        check_device(HERE / "snmp" / f"{name}.snmprec", port)


def test_a_committed_switch_is_queried_as_its_recording_is_read(tmp_path: Path) -> None:
    with snmpsim(HERE / "snmp", tmp_path) as port:
        assert check_switch(HERE / "snmp" / "access-switch.snmprec", port, tmp_path) == 2


@pytest.mark.adds_to("test_a_committed_device_sends_what_was_recorded")
def test_each_recorded_device_gives_its_recorded_observations(shared: Path, tmp_path: Path) -> None:
    recordings = shared / "recordings" / "others"
    files = sorted(recordings.glob("*.snmprec"))
    assert len(files) >= 5
    with snmpsim(recordings, tmp_path) as port:
        for file in files:
            check_device(file, port)


@pytest.mark.adds_to("test_a_committed_switch_is_queried_as_its_recording_is_read")
def test_a_query_of_a_switch_gives_the_observations_of_its_recording(shared: Path, tmp_path: Path) -> None:
    recordings = shared / "recordings" / "switches"
    names = ("aos", "eltex-mes23xx_mes2324p", "procurve", "routeros_crs317", "zynos_mgs3712")
    with snmpsim(recordings, tmp_path) as port:
        assert sum(check_switch(recordings / f"{name}.snmprec", port, tmp_path) for name in names) >= 14
