"""A part of a file that is not read is a problem that makes the reading partial: kinds of damage, for each format."""

from __future__ import annotations

import gzip
import io
import json
import struct

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Item, Problem, detect, logshapes
from tests.nonempty import some
from tests.reading.captures import (
    block,
    enhanced,
    erf_record,
    ethernet,
    interface,
    netmon,
    pcap,
    section,
    sip,
    snoop,
    udp,
)
from tests.reading.test_fuzz import SAMPLES

OBSERVED = b'{"ip": "198.18.0.9", "field": "sip.user-agent", "value": "Yealink SIP-T58A 58.15.0.20"}\n'
REQUEST = b'10.1.2.9 - - [23/Nov/2026:03:00:00 +0100] "GET /64167f123457.cfg HTTP/1.1" 200 5 "-" '


def items(content: bytes, format: str | None = None) -> list[Item]:
    return list(detect.read(io.BytesIO(content), Context("file", "2026-11-23T02:00:00Z"), format))


def missing(found: list[Item]) -> list[str]:
    return [item.what for item in found if isinstance(item, Problem) and item.missing]


def observed(found: list[Item]) -> list[Observation]:
    return [item for item in found if isinstance(item, Observation)]


def record(frame: bytes, kept: int) -> bytes:
    return struct.pack("<IIII", 1, 1, kept, len(frame)) + frame[:kept]


def lengths(form: str) -> bytes:
    """The lengths of a whole frame of as many octets as `CUT`."""
    return struct.pack(form, KEPT, KEPT)


def neighbours(*entries: object) -> bytes:
    return json.dumps({"lldp": {"interface": list(entries)}}).encode()


SIP = ethernet("80:5e:c0:12:34:56", 0x800, udp("10.1.2.3", "10.1.2.4", 5060, 5060, sip("Yealink SIP-T58A 58.15.0.20")))
#: The first octets of it, their number, and that of all of them.
CUT, KEPT, SENT = SIP[:96], 96, len(SIP)
AGENT = b".1.3.6.1.2.1.4.20.1.1.10.1.2.3 = IpAddress: 10.1.2.3\n"
NAMELESS = {"via": "LLDP", "chassis": {"VVX": {"descr": "Polycom VVX 411"}}, "port": {}}
BAD_ADDRESS = b'<nmaprun><host><address addr="10.1.2.999" addrtype="ipv4"/><ports><port/></ports></host></nmaprun>'
#: What is not read → the file.
DROPPED: dict[str, bytes] = {
    "lines of observations behind a document of nmap": SAMPLES["nmap"] + OBSERVED,
    "lines of observations behind an instruction": SAMPLES["nmap"] + b"<?xml-stylesheet a?>\n" + OBSERVED,
    "lines of observations in front of a walk": SAMPLES["jsonl"] + SAMPLES["snmpwalk"],
    "lines of observations behind a walk": SAMPLES["snmpwalk"] + OBSERVED,
    "lines of observations behind a text of a walk": AGENT + b".1.3.6.1.2.1.1.1.0 = STRING: Yealink\n" + OBSERVED,
    "a document of nmap behind a walk": SAMPLES["snmpwalk"] + SAMPLES["nmap"],
    "requests in front of a walk": SAMPLES["access-log"] + SAMPLES["snmpwalk"],
    "a document of lldpctl in front of a walk": SAMPLES["lldpctl"] + b"\n" + SAMPLES["snmpwalk"],
    "a document of nmap behind one of lldpctl": SAMPLES["lldpctl"] + b"\n" + SAMPLES["nmap"],
    "the octets of a message beyond the snapshot length": pcap([]) + record(SIP, 96),
    "the whole message beyond the snapshot length": pcap([]) + record(SIP, 60),
    "the same in pcapng": section()
    + interface()
    + enhanced(CUT).replace(lengths("<II"), struct.pack("<II", KEPT, SENT)),
    "the same in a packet block": section()
    + interface()
    + block(2, struct.pack("<HHIIII", 0, 0, 0, 1, KEPT, SENT) + CUT),
    "the same in a simple packet block": section() + interface(snap=KEPT) + block(3, struct.pack("<I", SENT) + CUT),
    "the same in snoop": snoop([CUT]).replace(lengths(">II"), struct.pack(">II", SENT, KEPT)),
    "the same in ERF": erf_record(CUT)[:14] + struct.pack(">H", SENT) + erf_record(CUT)[16:],
    "the same in Network Monitor 1": netmon([CUT], version=1).replace(lengths("<HH"), struct.pack("<HH", SENT, KEPT)),
    "the same in Network Monitor 2": netmon([CUT]).replace(lengths("<II"), struct.pack("<II", SENT, KEPT)),
    "one of two values of a key": b'{"ip": "198.18.0.9", "field": "sip.user-agent", "value": "a", "value" : "b"}\n',
    "the rest of a text without a closing quotation mark": AGENT + b'.1.3.6.1.2.1.1.1.0 = STRING: "Yealink SIP\n',
    "a host that nmap did not finish": SAMPLES["nmap"].replace(b"<host>", b'<host timedout="true">'),
    "a host without an address that can be read": BAD_ADDRESS,
    "the agent of a request that is cut": SAMPLES["access-log"] + REQUEST + b'"VVX 4',
    "a request that is cut": SAMPLES["access-log"] + REQUEST[:60],
    "a request of more octets than are read": SAMPLES["access-log"] + REQUEST[:60] + b"a" * 20_000 + b"\n",
    "times of phones": SAMPLES["phone-report"].replace(b"11/22/2026 3:04:05 PM", b"22. Nov 2026"),
    "a neighbour with neither mac nor address": neighbours({"eth0": NAMELESS}),
    "a neighbour that is a number": neighbours({"eth0": 5}),
    "a list of neighbours that has a number": neighbours(5),
}


@pytest.mark.parametrize("what", DROPPED)
def test_what_is_dropped_makes_the_reading_partial(what: str) -> None:
    found = missing(items(DROPPED[what]))
    assert found
    assert all("\n" not in sentence for sentence in some(found))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_whole_file_is_read_whole(name: str) -> None:
    assert not missing(items(SAMPLES[name]))
    assert observed(items(SAMPLES[name]))


def test_documents_behind_each_other_are_read_whole() -> None:
    """As nmap's --append-output and `lldpcli watch` write them."""
    twice = (
        b'<?xml version="1.0"?>\n<?xml-stylesheet href="a"?>\n<!-- again -->\n' + SAMPLES["nmap"].partition(b"?>")[2]
    )
    assert not missing(items(SAMPLES["nmap"] + b"\n" + twice))
    assert not missing(items(SAMPLES["lldpctl"] + b"\n" + SAMPLES["lldpctl"]))


def test_neighbours_with_one_name_in_an_object_are_all_read() -> None:
    """JSON permits a name twice, and parsers keep the last value."""
    one = b'{"port": {"id": {"type": "mac", "value": "64:16:7f:12:34:56"}, "descr": "x"}}'
    both = b'"eth0": ' + one + b', "eth0": ' + one.replace(b":56", b":57")
    found = items(b'{"lldp": {"interface": {' + both + b"}}}")
    assert {each.mac for each in observed(found)} == {"64:16:7f:12:34:56", "64:16:7f:12:34:57"}
    assert not missing(found)


@pytest.mark.parametrize("lines", [50, 3_000, 30_000])
def test_gzip_is_read_up_to_its_damage(lines: int) -> None:
    """Also where the damage is within the part that shows the format."""
    rows = [b'{"ip": "10.0.%d.%d", "field": "sip.user-agent", "value": "x"}\n' % divmod(n, 250) for n in range(lines)]
    packed = gzip.compress(b"".join(rows))
    cut, behind = items(packed[:-30]), items(packed + b"garbage")
    assert len(observed(cut)) > lines * 0.8
    assert any("truncated" in sentence for sentence in missing(cut))
    assert len(observed(behind)) == lines
    assert any("truncated" in sentence for sentence in missing(behind))


def test_each_character_of_a_line_is_passed_over_once_for_its_texts() -> None:
    """Of 8,000 escaped quotation marks each began a search of the rest of its line: a second for 16 KB."""
    line = '\\"' * 8_000
    assert [found.span() for found in logshapes._QUOTED.finditer(line)] == [(1, len(line))]
    assert logshapes.request(line) is None


def test_a_text_without_its_end_is_no_agent() -> None:
    line = '10.1.2.9 x "GET /64167f123457.cfg HTTP/1.1" "Yealink SIP-T58A 58.15.0.20"'
    found = [logshapes.request(line[:length]) for length in (None, -1)]
    assert [one.agent for one in found if one] == ["Yealink SIP-T58A 58.15.0.20", ""]


def test_what_is_behind_a_place_of_haproxy_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    class Counting:
        def match(self, line: str, at: int) -> None:
            tried.append(at)

    monkeypatch.setattr(logshapes, "_CAPTURED", Counting())
    line = "h:1 [23/Nov/2026:03:00:00] a b 1/2/3/4/5 200 1 {" * 300
    assert logshapes.request(line) is None
    assert len(tried) == 1
