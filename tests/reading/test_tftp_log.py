"""Logs of TFTP servers: which address asks for the file of which mac, in the words of each server."""

from __future__ import annotations

import io

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect, tftplog
from tests.reading.inventories import NOW

MAC = "00:1d:a2:12:34:56"
FILE = "SEP001DA2123456.cnf.xml"


def read(text: str | bytes, time: str = NOW) -> tuple[list[Observation], list[Problem]]:
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    items = list(detect.read(stream, Context("messages", time)))
    return [i for i in items if isinstance(i, Observation)], [i for i in items if isinstance(i, Problem)]


@pytest.mark.parametrize(
    "line",
    [
        f"Nov 22 03:00:00 pbx dnsmasq-tftp[16]: sent /srv/tftp/{FILE} to 10.1.2.3",
        f"Nov 22 03:00:00 pbx dnsmasq-tftp[16]: file /srv/tftp/{FILE} not found for 10.1.2.3",
        f"Nov 22 03:00:00 pbx dnsmasq-tftp[16]: /srv/tftp/{FILE} an 10.1.2.3 verschickt",
        f"Nov 22 03:00:00 pbx dnsmasq-tftp[16]: {FILE} envoyé à 10.1.2.3",
        f"Nov 22 03:00:00 pbx in.tftpd[2345]: RRQ from 10.1.2.3 filename {FILE}",
        f"Nov 22 03:00:00 pbx in.tftpd[2345]: RRQ from ::ffff:10.1.2.3 filename /{FILE}",
        f"<30>Nov 22 03:00:00 tftpd-hpa: WRQ from 10.1.2.3 filename {FILE}",
        f"2026-11-22T04:00:00.123+01:00 pbx atftpd[7]: Serving {FILE} to 10.1.2.3:1024",
        f"Nov 22 03:00:00 pbx tftpd[9]: 10.1.2.3: read request for //{FILE}: success",
        "Nov 22 03:00:00 pbx dnsmasq-tftp[16]: sent /srv/tftp/001da2123456.cfg to 10.1.2.3",
        "Nov 22 03:00:00 pbx in.tftpd[2]: WRQ from 10.1.2.3 filename logs/001da2123456-app.log",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_request_shows_which_address_the_mac_has(line: str, end: str) -> None:
    text = line + end
    assert detect.detect(text.encode()) is tftplog.FORMAT
    (one,), problems = read(text)
    assert (one.mac, one.ip, one.field, one.value) == (MAC, "10.1.2.3", "arp.mac", MAC)
    assert (one.time, one.source) == ("2026-11-22T03:00:00Z", "provisioning messages")
    assert problems == []


def test_the_address_of_tftpd64_is_in_the_line_before() -> None:
    text = (
        "Connection received from 10.1.2.3 on port 1024 [22/11 03:00:00.000]\n"
        f"Read request for file <\\phones\\{FILE}>. Mode octet [22/11 03:00:00.000]\n"
        "Connection received from 10.1.2.4 on port 1025 [22/11 03:00:00.000]\n"
        "Read request for file <001da2123457.cfg>. Mode octet [22/11 03:00:00.000]\n"
    )
    assert detect.detect(text.encode()) is tftplog.FORMAT
    assert {(one.mac, one.ip) for one in read(text)[0]} == {(MAC, "10.1.2.3"), (MAC[:-1] + "7", "10.1.2.4")}


def test_files_without_a_mac_and_lines_of_other_programs_yield_nothing() -> None:
    text = (
        "Nov 22 03:00:00 pbx dnsmasq-tftp[16]: sent /srv/tftp/2345-12600-001.sip.ld to 10.1.2.3\n"
        "Nov 22 03:00:00 pbx dnsmasq-tftp[16]: TFTP root is /srv/tftp\n"
        f"Nov 22 03:00:00 pbx cron[16]: {FILE} 10.1.2.3\n"
        f"Nov 22 03:00:00 pbx in.tftpd[2345]: {FILE} 0.0.0.0\n"
        "Nov 22 03:00:00 pbx in.tftpd[2345]: RRQ from 10.1.2.3 filename y000000000058.cfg\n"
    )
    assert read(text) == ([], [])


def test_the_time_is_that_of_the_last_request_and_of_the_year_before_where_it_would_be_in_the_future() -> None:
    line = f"Nov 20 03:00:00 pbx in.tftpd[2]: RRQ from 10.1.2.3 filename {FILE}\n"
    assert [one.time for one in read(line + line.replace("20 03", "22 04"))[0]] == ["2026-11-22T04:00:00Z"]
    assert [one.time for one in read(line.replace("Nov", "Dec"))[0]] == ["2025-12-20T03:00:00Z"]
    assert [one.time for one in read(line.replace("Nov 20", "Feb 29"), "2025-03-01T00:00:00Z")[0]] == [
        "2024-02-29T03:00:00Z"
    ]
    assert [one.time for one in read(line.replace("Nov", "Nop"))[0]] == [NOW]


def test_a_long_line_costs_itself_alone_and_pairs_beyond_the_bound_are_yielded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tftplog, "PAIRS", 2)
    lines = "".join(f"x dnsmasq-tftp[1]: sent /SEP001DA212340{n}.cnf.xml to 10.1.2.{n + 1}\n" for n in range(6))
    found, problems = read(lines + "x" * 10_000_000 + "\n" + lines)
    assert {one.mac for one in found} == {f"00:1d:a2:12:34:0{n}" for n in range(6)}
    assert [(one.number, one.missing) for one in problems] == [(7, False)]
