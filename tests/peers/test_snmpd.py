"""net-snmp's snmpd as the phone: v2c, v1 alone, v3 with SHA and AES, and vendors' objects."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery import snmp as discovery
from scanner.discovery.declaration import Exchange, UdpSweep
from scanner.discovery.options import Options
from scanner.engine.protocols import snmp_get as engine
from scanner.engine.workers.api import ConversationResult
from tests.peers.daemons import LOCALHOST, context, free_port, running, swept

pytestmark = [pytest.mark.network, pytest.mark.daemon("snmpd")]

V1_ONLY = """
com2sec old default veteran
group old v1 old
view all included .1
access old "" any noauth exact all none none
"""
COMMON = """
agentgroup root
sysDescr Yealink SIP-T46S 66.86.0.15
sysObjectID .1.3.6.1.4.1.37459
sysName SIP-T46S
sysLocation Room 7
override .1.3.6.1.2.1.37459.2.1.5.0 octet_str "66.86.0.15"
override .1.3.6.1.2.1.37459.2.1.7.0 octet_str "SIP-T46S"
override .1.3.6.1.2.1.37459.2.1.8.0 octet_str "00:15:65:aa:bb:cc"
override .1.3.6.1.2.1.47.1.1.1.1.13.1 octet_str "T46S"
override .1.3.6.1.2.1.47.1.1.1.1.11.1 octet_str "3146019050001234"
"""
USERS = "createUser scanner SHA authentic-secret AES private-secret\nrouser scanner authPriv\n"


@contextlib.contextmanager
def snmpd(folder: Path, *lines: str) -> Iterator[int]:
    """The daemon on a free loopback port with this configuration alone."""
    port = free_port(socket.SOCK_DGRAM)
    configuration = folder / "snmpd.conf"
    configuration.write_text(COMMON + "\n".join(lines), encoding="utf-8")
    log = folder / "snmpd.log"
    with running(
        "snmpd", "-f", "-Lo", "-C", "-c", str(configuration), f"udp:{LOCALHOST}:{port}",
        log=log, ready=lambda: "NET-SNMP version" in log.read_text(errors="replace"),
        SNMP_PERSISTENT_DIR=str(folder), MIBS="",
    ):  # fmt: skip
        yield port


def scan(port: int, *credentials: Credential) -> tuple[str, int, dict[str, str], ConversationResult]:
    """Sweep and conversation as a scan has them: the note, datagrams needed, findings, and how it ended."""
    sweep, ask = discovery.declare(Options(credentials=credentials, snmp_port=port)).steps
    assert isinstance(sweep, UdpSweep)
    assert isinstance(ask, Exchange)
    answer, datagrams = swept(sweep, port)
    assert answer is not None
    host = context(findings=list(answer.findings), note=answer.note, credentials=credentials)
    heard = engine.converse(ask, host)
    return answer.note, datagrams, dict([*answer.findings, *(p for told in heard.found for p in told.findings)]), heard


PHONE = {
    "snmp.sysdescr": "Yealink SIP-T46S 66.86.0.15",
    "snmp.sysobjectid": "1.3.6.1.4.1.37459",
    "snmp.sysname": "SIP-T46S",
    "snmp.syslocation": "Room 7",
    "snmp.vendor-model": "SIP-T46S",
    "snmp.vendor-firmware": "66.86.0.15",
    "snmp.entity-model": "T46S",
    "snmp.entity-serial": "3146019050001234",
}


def test_an_agent_with_the_default_community(tmp_path: Path) -> None:
    with snmpd(tmp_path, "rocommunity public 127.0.0.0/8") as port:
        note, datagrams, findings, heard = scan(port)
    assert (note, datagrams) == ("v2c public", 1)
    assert findings == PHONE
    assert [told.mac for told in heard.found] == ["00:15:65:aa:bb:cc"]


def test_an_agent_with_v1_only_responds_to_the_second_credential(tmp_path: Path) -> None:
    other = Credential(name="other", targets=(f"{LOCALHOST}/24",), community="not-this-one")
    veteran = Credential(name="veteran", targets=("127.0.0.0/8",), community="veteran")
    with snmpd(tmp_path, V1_ONLY) as port:
        note, datagrams, findings, _ = scan(port, veteran, other)
    assert (note, datagrams) == ("v1 veteran", 4)
    assert findings == PHONE


@pytest.mark.slow
def test_an_agent_with_v3_sha_and_aes(tmp_path: Path) -> None:
    user = Credential(
        name="v3", user="scanner", auth="sha", auth_key="authentic-secret", priv="aes", priv_key="private-secret"
    )
    with snmpd(tmp_path, USERS) as port:
        note, datagrams, findings, _ = scan(port, user)
    assert (note, datagrams) == ("v3 v3", 1)
    assert findings == PHONE


@pytest.mark.slow
def test_a_wrong_v3_secret_gets_no_response_before_the_deadline(tmp_path: Path) -> None:
    user = Credential(
        name="v3", user="scanner", auth="sha", auth_key="wrong-secret", priv="aes", priv_key="wrong-secret"
    )
    with snmpd(tmp_path, USERS) as port:
        _, _, findings, heard = scan(port, user)
    assert findings == {}
    assert heard.outcome is Outcome.NO_ANSWER


def test_an_agent_of_snom_responds_to_a_get_of_its_object(tmp_path: Path) -> None:
    lines = ("rocommunity public", 'override .1.3.6.1.2.1.7526.2.4 octet_str "snom720-SIP 8.7.5.35"')
    with snmpd(tmp_path, *lines) as port:
        _, ask = discovery.declare(Options(snmp_port=port)).steps
        assert isinstance(ask, Exchange)
        heard = engine.converse(ask, context(findings=[("http.title", "snom 720")]))
    assert heard.found[0].findings == (("snmp.vendor-firmware", "snom720-SIP 8.7.5.35"),)
