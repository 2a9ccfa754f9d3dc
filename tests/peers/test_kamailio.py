"""Kamailio as the registrar, with phones that register through UDP: its dumps as files, and its JSON-RPC live."""

from __future__ import annotations

import contextlib
import io
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from scanner.core.model import Observation
from scanner.engine.services.registrar import RegistrarAccess, registrations
from scanner.reading import Context, detect
from tests.loopback import own
from tests.peers.daemons import LOCALHOST, accepts, free_port, running
from tests.peers.kamailio import command, dump

pytestmark = [pytest.mark.network, pytest.mark.daemon("kamailio"), pytest.mark.daemon("kamcmd")]

REGISTER = """REGISTER sip:{server} SIP/2.0
Via: SIP/2.0/UDP {here}:{port};branch=z9hG4bK{number}-{expires};rport
From: <sip:20{number}@{server}>;tag=1
To: <sip:20{number}@{server}>
Call-ID: {number}@192.168.7.{number}
CSeq: {cseq} REGISTER
Contact: <sip:20{number}@192.168.7.{number}:5060>{instance}
User-Agent: {agent}
Max-Forwards: 70
Expires: {expires}
Content-Length: 0

"""
AGENTS = ("Yealink SIP-T46U 108.86.0.90", "PolycomVVX-VVX_411-UA/5.9.5.0614", "Zoiper rv2.10.3", "Fanvil X4 2.10.2")
INSTANCE = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-805EC0123456>"'


class Kamailio(NamedTuple):
    """A registrar that runs: its ports, and the folder with its control socket."""

    sip: int
    http: int
    folder: Path


def register(server: Kamailio, number: int, expires: int = 600, cseq: int = 1) -> None:
    """Register phone `number` from behind NAT: the source is on loopback, the Contact is not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((own("127.0.0.9"), 0))
        phone.settimeout(5)
        here, port = phone.getsockname()
        text = REGISTER.format(
            server=LOCALHOST, here=here, port=port, number=number, expires=expires, cseq=cseq,
            instance=INSTANCE if number == 1 else "", agent=AGENTS[number - 1],
        )  # fmt: skip
        phone.sendto(text.replace("\n", "\r\n").encode(), (LOCALHOST, server.sip))
        assert phone.recv(4096).startswith(b"SIP/2.0 200")


@contextlib.contextmanager
def kamailio(folder: Path) -> Iterator[Kamailio]:
    """Kamailio with four phones, the last of which has unregistered."""
    found = Kamailio(free_port(socket.SOCK_DGRAM), free_port(), folder)
    words = command(folder, LOCALHOST, found.sip, found.http)
    with running(*words, log=folder / "kamailio.log", ready=lambda: accepts(found.http)):
        for number in (1, 2, 3, 4):
            register(found, number)
        register(found, 4, expires=0, cseq=2)
        yield found


def observed(document: bytes) -> dict[str | None, Observation]:
    items = detect.read(io.BytesIO(document), Context("kamailio", "2099-01-01T00:00:00Z"))
    return {item.ip: item for item in items if isinstance(item, Observation)}


def test_the_dump_and_the_live_response_yield_the_phones_behind_nat(tmp_path: Path) -> None:
    with kamailio(tmp_path) as server:
        text = subprocess.run(dump(tmp_path), capture_output=True, check=True).stdout
        access = RegistrarAccess(name="kamailio", kind="kamailio", host=LOCALHOST, port=server.http)
        (live,) = registrations(access)
    for document in (text, live):
        found = observed(document)
        assert {ip: one.value for ip, one in found.items()} == {
            f"192.168.7.{number}": AGENTS[number - 1] for number in (1, 2, 3)
        }
        assert found["192.168.7.1"].mac == "80:5e:c0:12:34:56"
        assert found["192.168.7.1"].source == "registrar kamailio"
        assert found["192.168.7.1"].time < "2099", "the time of the registration"
