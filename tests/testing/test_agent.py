"""Simulated agents: the tools of net-snmp read them, and each fault has its effect."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.testing import (
    AgentFaults,
    Farm,
    SimulatedPhone,
    SimulatedSwitch,
    SnmpRow,
    SnmpSurface,
    Surfaces,
    Truth,
    _ber,
    access_switch,
    integer,
    object_id,
    octets,
    snmprec_rows,
)
from scanner.testing.agent import SimulatedAgent, SnmpTable, out_of_order, read_request
from scanner.testing.farm import wait_until
from scanner.testing.phones import COUNTER64, IP_ADDRESS, TIME_TICKS
from scanner.testing.ports import UNPRIVILEGED
from tests.loopback import own

IP = own("127.29.3.1")
PORT = UNPRIVILEGED[161]
COLUMN = "1.3.6.1.2.1.31.1.1.1.18"
ROWS = (
    octets("1.3.6.1.2.1.1.1.0", "A switch"),
    object_id("1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.37459"),
    SnmpRow("1.3.6.1.2.1.1.3.0", TIME_TICKS, 4_000_000_000),
    integer("1.3.6.1.2.1.2.1.0", -5),
    SnmpRow("1.3.6.1.2.1.31.1.1.1.6.1", COUNTER64, 2**64 - 1),
    *(octets(f"{COLUMN}.{n}", f"port {n}") for n in range(1, 21)),
    SnmpRow("1.3.6.1.2.1.4.20.1.1.10.0.0.1", IP_ADDRESS, b"\x0a\x00\x00\x01"),
)


def run(*words: str) -> list[str]:
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "MIBS": ""}, timeout=60)
    # net-snmp prints that the first time that it runs on a machine
    return [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("Created directory:")]


def snmp(tool: str, *words: str, version: str = "2c", community: str = "public") -> list[str]:
    return run(
        tool, f"-v{version}", "-c", community, "-On", "-t", "0.5", "-r", "0", *words[:-1], f"{IP}:{PORT}", words[-1]
    )


def pdu(kind: int, oids: list[str], first: int = 0, second: int = 0, version: int = 2) -> bytes:
    binds = b"".join(_ber.tlv(0x30, _ber.tlv(6, _ber.oid_content(oid)) + b"\x05\x00") for oid in oids)
    body = b"\x02\x01\x2a" + _ber.tlv(2, bytes((first,))) + _ber.tlv(2, bytes((second,))) + _ber.tlv(0x30, binds)
    return _ber.tlv(0x30, bytes((2, 1, version - 1)) + _ber.tlv(4, b"public") + _ber.tlv(kind, body))


def names(reply: bytes | None) -> list[str]:
    assert reply is not None
    return [".".join(map(str, _ber.oid_arcs(oid))) for oid in read_request(reply).oids]


def agent(faults: AgentFaults | None = None, **more: object) -> SimulatedAgent:
    return SimulatedAgent({"public": SnmpTable(ROWS)}, faults=faults, **more)  # type: ignore[arg-type]


def column_walk(speaker: SimulatedAgent, limit: int = 60) -> list[str]:
    """What a trusting GETNEXT walk of the column sees."""
    at, seen = COLUMN, []
    for _ in range(limit):
        reply = speaker.respond(read_request(pdu(0xA1, [at])))
        if reply is None:
            break
        at = names(reply)[0]
        if not at.startswith(COLUMN) or b"\x82\x00" in reply[-3:]:
            break
        seen.append(at.removeprefix(COLUMN + "."))
    return seen


@pytest.mark.network
@pytest.mark.daemon("snmpget", "snmpwalk", "snmpbulkwalk")
def test_net_snmp_reads_every_type_and_walks_to_the_end() -> None:
    with Farm([], [SimulatedSwitch(ip=IP, port=PORT, tables={"public": ROWS, "public@10": ROWS[:1]})]) as farm:
        assert snmp("snmpget", "1.3.6.1.2.1.1.2.0") == [".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.37459"]
        assert snmp("snmpget", "1.3.6.1.2.1.1.9.0")[0].endswith("No Such Instance currently exists at this OID")
        walked = snmp("snmpwalk", ".1")
        assert ".1.3.6.1.2.1.1.3.0 = Timeticks: (4000000000) 462 days, 23:06:40.00" in walked
        assert ".1.3.6.1.2.1.2.1.0 = INTEGER: -5" in walked
        assert ".1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615" in walked
        assert ".1.3.6.1.2.1.4.20.1.1.10.0.0.1 = IpAddress: 10.0.0.1" in walked
        assert len([line for line in walked if " = " in line]) == len(ROWS) + 1  # and the end of the view
        assert snmp("snmpbulkwalk", COLUMN) == snmp("snmpwalk", COLUMN)
        first_version = snmp("snmpwalk", ".1", version="1")
        assert len([line for line in first_version if " = " in line]) == len(ROWS) - 1  # no Counter64 in version 1
        assert len(snmp("snmpwalk", ".1", community="public@10")) == 2
        assert snmp("snmpget", "1.3.6.1.2.1.1.1.0", community="private")[0].startswith("Timeout")
    assert farm.tallies[IP].asked["snmp", "getbulk"] >= 1
    assert set(farm.tallies[IP].communities) == {"public", "public@10", "private"}


@pytest.mark.network
@pytest.mark.daemon("snmpget", "snmpgetnext")
def test_an_agent_ignores_other_versions_and_operations() -> None:
    oid = "1.3.6.1.2.1.7526.2.4"
    surface = SnmpSurface(rows=(octets(oid, "snom710-SIP 8.7.5.35"),), versions=(1,), get_only=True, port=PORT)
    phone = SimulatedPhone(
        ip=IP, truth=Truth(status="not-listed", compliance="noncompliant"), surfaces=Surfaces(snmp=surface)
    )
    with Farm([phone]):
        assert snmp("snmpget", oid, version="1") == [f'.{oid} = STRING: "snom710-SIP 8.7.5.35"']
        assert snmp("snmpget", oid, version="2c")[0].startswith("Timeout")
        assert snmp("snmpgetnext", "1.3.6.1.2.1", version="1")[0].startswith("Timeout")


def test_a_sound_agent_walks_a_column_in_order() -> None:
    assert column_walk(agent()) == [str(n) for n in range(1, 21)]


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (AgentFaults(next_of={f"{COLUMN}.3": f"{COLUMN}.1"}), ["1", "2", "3", "1", "2", "3", "1"]),
        (AgentFaults(next_of=out_of_order(ROWS, COLUMN)), ["1", "3", "2", "4", "5"]),
        (AgentFaults(silent_after=4), ["1", "2", "3", "4"]),
    ],
)
def test_each_fault_changes_the_walk(faults: AgentFaults, expected: list[str]) -> None:
    seen = column_walk(agent(faults))
    assert seen[: len(expected)] == expected
    if faults.silent_after is not None:
        assert len(seen) == faults.silent_after


def test_an_endless_column_never_ends() -> None:
    seen = column_walk(agent(AgentFaults(endless=(COLUMN,))), limit=60)
    assert seen == [str(n) for n in range(1, 61)]


def test_too_many_repetitions_get_toobig() -> None:
    speaker = agent(AgentFaults(too_big_above=10))
    refused = speaker.respond(read_request(pdu(0xA5, [COLUMN], 0, 20)))
    assert refused is not None
    assert read_request(refused).first == 1  # error-status tooBig
    assert len(names(speaker.respond(read_request(pdu(0xA5, [COLUMN], 0, 10))))) == 10
    assert agent(AgentFaults(no_bulk=True)).respond(read_request(pdu(0xA5, [COLUMN], 0, 10))) is None


def test_bulk_interleaves_columns_after_the_plain_ones() -> None:
    reply = agent().respond(read_request(pdu(0xA5, ["1.3.6.1.2.1.1.1", COLUMN, "1.3.6.1.2.1.1.1.0"], 1, 2)))
    assert names(reply) == ["1.3.6.1.2.1.1.1.0", f"{COLUMN}.1", "1.3.6.1.2.1.1.2.0", f"{COLUMN}.2", "1.3.6.1.2.1.1.3.0"]


def test_a_response_never_exceeds_the_message_size() -> None:
    rows = [octets(f"{COLUMN}.{n}", "x" * 200) for n in range(1, 100)]
    speaker = SimulatedAgent({"public": SnmpTable(rows)}, max_message=1472)
    reply = speaker.respond(read_request(pdu(0xA5, [COLUMN], 0, 100)))
    assert reply is not None
    assert 1000 < len(reply) <= 1472


@pytest.mark.network
def test_late_responses_arrive_and_lost_ones_do_not() -> None:
    faults = AgentFaults(late=0.3, late_every=2)
    switch = SimulatedSwitch(ip=IP, port=PORT, tables={"public": ROWS}, faults=faults)
    with Farm([], [switch]), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.settimeout(30)
        sock.sendto(pdu(0xA0, ["1.3.6.1.2.1.1.1.0"]), (IP, PORT))
        assert sock.recv(2000)
        sent = time.monotonic()
        sock.sendto(pdu(0xA0, ["1.3.6.1.2.1.1.1.0"]), (IP, PORT))
        assert sock.recv(2000)
        assert time.monotonic() - sent >= 0.3


@pytest.mark.network
def test_a_malformed_request_is_counted_and_gets_no_response() -> None:
    with (
        Farm([], [SimulatedSwitch(ip=IP, port=PORT, tables={"public": ROWS})]) as farm,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock,
    ):
        for junk in (
            b"",
            b"\x30",
            b"\x30\x84\xff\xff\xff\xff",
            pdu(0xA0, ["1.3"]).replace(b"\x02\x01\x01", b"\x02\x01\x03", 1),
        ):
            sock.sendto(junk, (IP, PORT))
        assert wait_until(lambda: len(farm.tallies[IP].faults) == 4)
        farm.stop()
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(2000)


@given(st.binary(max_size=200))
def test_no_datagram_causes_an_exception(junk: bytes) -> None:
    for message in (junk, pdu(0xA5, [COLUMN], 0, 5)[: len(junk)] + junk):
        try:
            request = read_request(message)
        except ValueError:
            continue
        response = agent().respond(request)
        assert (b"\x30" if response is None else response[:1]) == b"\x30"


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**32 - 1), max_size=12))
def test_an_oid_is_decoded_as_encoded(first: int, second: int, rest: list[int]) -> None:
    arcs = (first, second, *rest)
    assert _ber.oid_arcs(_ber.oid_content(".".join(map(str, arcs)))) == arcs


def test_recordings_become_rows() -> None:
    text = [
        "1.3.6.1.2.1.1.1.0|4|Linux x\n",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9\n",
        "1.3.6.1.2.1.1.3.0|67|12\n",
        "1.0.8802.1.1.2.1.4.1.1.5.0.1.1|4x|0a0B\r\n",
        "1.3.6.1.2.1.4.20.1.1.1|64|10.0.0.1\n",
        "1.3|5|\n",
        "no row\n",
        "1.3.6.1|2:numeric|min=1\n",
        "1.3.6.2|4x|zz\n",
    ]
    assert list(snmprec_rows(text)) == [
        octets("1.3.6.1.2.1.1.1.0", "Linux x"),
        object_id("1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.9"),
        SnmpRow("1.3.6.1.2.1.1.3.0", 67, 12),
        octets("1.0.8802.1.1.2.1.4.1.1.5.0.1.1", b"\x0a\x0b"),
        SnmpRow("1.3.6.1.2.1.4.20.1.1.1", 64, b"\x0a\x00\x00\x01"),
    ]


@pytest.mark.network
@pytest.mark.daemon("snmpbulkwalk")
def test_an_access_switch_has_its_phones_as_neighbours() -> None:
    switch, phones = access_switch(IP, 7)
    switch = replace(switch, port=PORT)
    assert len(phones) == 47
    assert len({phone.mac for phone in phones}) == 47
    with Farm([], [switch]):
        names_read = snmp("snmpbulkwalk", "1.0.8802.1.1.2.1.4.1.1.9")
        models = snmp("snmpbulkwalk", "1.0.8802.1.1.2.1.5.4795.1.3.3.1.6")
        devices = snmp("snmpbulkwalk", "1.3.6.1.4.1.9.9.23.1.2.1.1.6")
    assert len(names_read) == 48  # and the core switch on the uplink
    assert len(models) == 47
    assert {line.split()[-1] for line in models} == {'"SIP-T58A"', '"VVX-VVX_411"', '"440HD"', '"CP-8841"'}
    assert all(line.split('"')[1].startswith("SEP") for line in devices)
