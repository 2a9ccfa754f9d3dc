"""SIPp, baresip and linphonec register at Kamailio in namespaces: its dump as a file, and its JSON-RPC live."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.namespaces import Host, address, hosts, join, wait_until
from tests.peers.kamailio import command, dump
from tests.peers.sip_phones import PHONES, of_sipp

pytestmark = [
    pytest.mark.root,
    pytest.mark.slow,
    *map(pytest.mark.daemon, ("ip", "kamailio", "kamcmd", "sipp", "baresip", "linphonec")),
]
SERVER = "10.84.0.1"
SETTINGS = f"""
[[registrar]]
name = "edge"
kind = "kamailio"
host = "{SERVER}"
port = 8080
"""
#: What the messages of a phone show of it: kind, maker, model, firmware.
IDENTIFIED = {
    "201": ("phone", "Yealink", "T46U", "108.86.0.90"),
    "202": ("phone", "Polycom", "VVX 411", "5.9.0.9373"),
    "203": ("phone", "Fanvil", "X4", "2.10.2"),
    "204": ("softphone", None, None, "1.0.0"),
    "205": ("softphone", "Linphone", None, "5.1.65"),
}
DESK = frozenset(phone.ip for phone in PHONES if phone.register is of_sipp)


class RegistrarOnLink(NamedTuple):
    """The host that reads, and what `kamcmd ul.dump` printed when all phones had registered."""

    reader: Host
    dump: Path


@pytest.fixture(scope="module")
def registrar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistrarOnLink]:
    folder = tmp_path_factory.mktemp("kamailio")
    with hosts("registrar", "reader", *(phone.user for phone in PHONES)) as made:
        server = made["registrar"]
        server.run("ip", "link", "add", "lan", "type", "bridge")
        server.run("ip", "link", "set", "lan", "up")
        address(server, "lan", f"{SERVER}/24")
        for name, ip in (("reader", "10.84.0.2"), *((phone.user, phone.ip) for phone in PHONES)):
            join(server, f"to-{name}", made[name], "eth0")
            server.run("ip", "link", "set", f"to-{name}", "master", "lan")
            address(made[name], "eth0", f"{ip}/24")
        server.start(*command(folder, SERVER, 5060, 8080), log=folder / "kamailio.log")
        wait_until("Kamailio listens", lambda: f"{SERVER}:8080" in server.run("ss", "-Hltn").stdout)
        for phone in PHONES:
            phone.register(phone, made[phone.user], SERVER, folder)

        def table() -> str:
            return server.run(*dump(folder)).stdout

        wait_until("all phones have registered", lambda: table().count("User-Agent:") == len(PHONES))
        (folder / "ul.txt").write_text(table())
        yield RegistrarOnLink(made["reader"], folder / "ul.txt")


@pytest.fixture(params=["file", "live"])
def words(request: pytest.FixtureRequest, registrar: RegistrarOnLink, tmp_path: Path) -> tuple[str, ...]:
    """The command that reads the registrar."""
    if request.param == "file":
        return ("read", str(registrar.dump))
    (tmp_path / "phonescan.toml").write_text(SETTINGS)
    return ("scan", "--discover", "registrar", "--config", str(tmp_path / "phonescan.toml"))


def test_phones_are_in_the_inventory_as_their_messages_show_them(
    registrar: RegistrarOnLink, words: tuple[str, ...], tmp_path: Path
) -> None:
    db = tmp_path / "x.sqlite"
    run = (sys.executable, "-m", "scanner", *words, "--db", str(db), "--format", "json", "--keep-all")
    found = {one["ip"]: one for one in json.loads(registrar.reader.run(*run).stdout)}
    assert {ip: (one["kind"], one["manufacturer"], one["model"], one["firmware"]) for ip, one in found.items()} == {
        phone.ip: IDENTIFIED[phone.user] for phone in PHONES
    }
    assert {ip: one["mac"] for ip, one in found.items()} == {phone.ip: phone.mac for phone in PHONES}
    assert {one["status"] for one in found.values() if one["kind"] == "softphone"} == {"not-a-phone"}
    with closing(sqlite3.connect(db)) as file:
        seen = set(file.execute("SELECT ip, value FROM observations WHERE field = 'sip.user-agent'"))
        sources = {source for (source,) in file.execute("SELECT source FROM observations")}
    assert seen == {(phone.ip, phone.agent) for phone in PHONES}
    assert len(sources) == 1
    assert sources.pop().startswith("registrar ")


def test_softphones_are_left_out_without_keep_all(
    registrar: RegistrarOnLink, words: tuple[str, ...], tmp_path: Path
) -> None:
    db = str(tmp_path / "x.sqlite")
    registrar.reader.run(sys.executable, "-m", "scanner", *words, "--db", db)
    run = (sys.executable, "-m", "scanner", "report", "inventory", "--db", db, "--format", "json")
    report = json.loads(registrar.reader.run(*run).stdout)
    rows = report["rows"] if isinstance(report, dict) else report
    assert {row["ip"] for row in rows} == DESK
