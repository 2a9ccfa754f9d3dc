"""`scan --discover registrar`: the registrars of the settings are read into the inventory, alone or after targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.engine.registrar_standins import ADDRESS, SECRET, asterisk, freeswitch, serving, stalling
from tests.loopback import own

pytestmark = pytest.mark.network


def settings(asterisk_port: int, freeswitch_port: int) -> str:
    return f"""
[[site]]
name = "hq"
subnets = ["10.1.2.0/24"]

[[registrar]]
name = "pbx"
kind = "asterisk"
host = "{ADDRESS}"
port = {asterisk_port}
user = "phonescan"
secret = "env:PBX_SECRET"
timeout = 1.5

[[registrar]]
name = "soft"
kind = "freeswitch"
host = "{ADDRESS}"
port = {freeswitch_port}
secret = "file:secret"
site = "branch"

[[scan]]
name = "registrars"
discover = "registrar"
cron = "0 2 * * *"
"""


def written(here: Path, asterisk_port: int, freeswitch_port: int) -> None:
    (here / "phonescan.toml").write_text(settings(asterisk_port, freeswitch_port))
    (here / "secret").write_text(f"{SECRET}\n")


def test_registrars_are_read_without_targets(run: Run, here: Path) -> None:
    with serving(asterisk(flood=True)) as (first, _), serving(freeswitch()) as (second, _):
        written(here, first, second)
        ended = run("scan", "--discover", "registrar", "--format", "none", env={"PBX_SECRET": SECRET})
        again = run("schedule", "run", "--once", "registrars", env={"PBX_SECRET": SECRET})
    assert (ended.status, again.status) == (0, 0), ended.err + again.err
    assert SECRET not in ended.err + ended.out + again.err
    rows = {row["ip"]: row for row in run("report", "inventory", "--format", "json").json()}
    assert set(rows) == {"10.1.2.3", "10.1.2.4", "10.1.2.5"}
    assert (rows["10.1.2.3"]["model"], rows["10.1.2.3"]["firmware"]) == ("T46U", "108.86.0.90")
    assert (rows["10.1.2.5"]["model"], rows["10.1.2.5"]["site"]) == ("CP-8851", "branch")
    assert rows["10.1.2.3"]["site"] == "hq"
    assert rows["10.1.2.3"]["discovered_by"] == "registrar"


def test_registrars_are_read_after_targets(run: Run, here: Path) -> None:
    with serving(asterisk()) as (first, _), serving(freeswitch()) as (second, _):
        written(here, first, second)
        words = ("scan", own("127.0.3.99"), "--discover", "sip,registrar", "--pace", "fast", "--format", "none")
        ended = run(*words, env={"PBX_SECRET": SECRET})
    assert ended.status == 0, ended.err
    assert len(run("report", "inventory", "--format", "json").json()) == 3


def test_a_registrar_that_does_not_respond_is_named_and_the_others_are_read(run: Run, here: Path) -> None:
    with serving(stalling(b"", seconds=2)) as (first, _), serving(freeswitch()) as (second, _):
        written(here, first, second)
        ended = run("scan", "--discover", "registrar", "--format", "none", env={"PBX_SECRET": SECRET})
    assert ended.status == 3
    assert "registrar pbx: it did not respond in time" in ended.err
    assert [row["ip"] for row in run("report", "inventory", "--format", "json").json()] == ["10.1.2.5"]


def test_without_a_registrar_or_its_secret_nothing_is_sent(run: Run, here: Path) -> None:
    ended = run("scan", "--discover", "registrar")
    assert ended.status == 2
    assert "there is none" in ended.err
    written(here, 1, 1)
    ended = run("scan", "--discover", "registrar")
    assert ended.status == 2
    assert "PBX_SECRET is not set" in ended.err


def test_a_dry_run_names_the_registrars_and_sends_nothing(run: Run, here: Path) -> None:
    secret = {"PBX_SECRET": SECRET}
    with serving(asterisk()) as (first, received), serving(freeswitch()) as (second, more):
        written(here, first, second)
        alone = run("scan", "--discover", "registrar", "--dry-run", env=secret)
        after = run("scan", own("127.0.3.99"), "--discover", "sip,registrar", "--dry-run", env=secret)
    assert (alone.status, after.status) == (0, 0), alone.err + after.err
    lines = [
        f"registrar: registrations of pbx are read at {ADDRESS}, TCP {first}",
        f"registrar: registrations of soft are read at {ADDRESS}, TCP {second}",
        "nothing was sent",
    ]
    assert alone.out.splitlines() == lines
    assert after.out.splitlines()[-3:] == lines
    assert received + more == []
    assert not (here / "phonescan.sqlite").exists()
