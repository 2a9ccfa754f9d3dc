"""Access logs of provisioning servers: phones send model and firmware when they fetch their configuration."""

from __future__ import annotations

import gzip
import io
from functools import partial
from pathlib import Path

import pytest

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem, accesslog, detect, logshapes
from tests.cost import cost
from tests.reading.inventories import NOW, inventoried

AGENT = "FileTransport PolycomVVX-VVX_411-UA/5.9.0.9373 Type/Application"
TAIL = f'- - [23/Nov/2026:03:00:00 +0100] "GET /64167f123456.cfg HTTP/1.1" 200 512 "-" "{AGENT}"'
ESCAPED = TAIL.replace('"', '\\"')
PHONE = "64:16:7f:12:34:56"


@pytest.mark.parametrize(
    ("line", "ip"),
    [
        (f"10.1.2.3 {TAIL}", "10.1.2.3"),
        (f"2001:db8::7 {TAIL}", "2001:db8::7"),
        (f"prov.example.org:80 10.1.2.3 {TAIL}", "10.1.2.3"),
        (f'10.1.2.3 {TAIL} "10.9.9.9" 0.001', "10.1.2.3"),
        (f"phone-7.example.org {TAIL}", None),
        (f"10.1.2.3 - john doe {TAIL.removeprefix('- - ')}", "10.1.2.3"),
        (f"10.1.2.3 {TAIL}".replace(" 512 ", " - "), "10.1.2.3"),
    ],
    ids=["combined", "IPv6", "virtual host", "more fields", "host name", "a user with a blank", "no size"],
)
def test_a_line_contains_phone_address_mac_and_time(line: str, ip: str | None) -> None:
    assert detect.detect(line.encode()) is accesslog.FORMAT
    (item,) = read(io.BytesIO(line.encode()), now=NOW)
    assert isinstance(item, Observation)
    assert (item.ip, item.mac, item.field, item.value) == (ip, PHONE, "provisioning.user-agent", AGENT)
    assert item.time == "2026-11-23T02:00:00Z"


@pytest.mark.parametrize(
    ("path", "mac"),
    [
        ("/0004f2c67078-phone.cfg", "00:04:f2:c6:70:78"),
        ("/cfg/00-04-f2-c6-70-78.xml", "00:04:f2:c6:70:78"),
        ("/SEP001795B0F381.cnf.xml", "00:17:95:b0:f3:81"),
        ("/000000000000.cfg", None),
        ("/ffffffffffff.cfg", None),
        ("/y000000000058.cfg", None),
        ("/0123456789abcdef.bin", None),
        # digits other than a mac: dates and times, account numbers, digests
        ("/backup/102030405060.cfg", None),
        ("/phonebook/202411291200.xml", None),
        ("/backup/202611301030.tar.gz", None),
        ("/log-26-11-30-10-30-45.txt", None),
        ("/26-11-30-10-30-45.cfg", None),
        ("/account/100200300400.xml", None),
        ("/static/app.3c2a9c1d4e5f.js", None),
        ("/static/3c2a9c1d4e5f.css", None),
        ("/api/items/3c2a9c1d4e5f", None),
        ("/firmware/3c2a9c1d4e5f.rom", None),
        ("/firmware/2026113010301234.cfg", None),
        ("/0e2a9c1d4e5f.cfg", None),
        # a listed prefix, in any place, also all decimal
        ("/0015650a0b0c", "00:15:65:0a:0b:0c"),
        ("/001565000001.cfg", "00:15:65:00:00:01"),
        ("/backup/202411291200/001565000001.cfg", "00:15:65:00:00:01"),
        ("/001565000001/202411291200.log", "00:15:65:00:00:01"),
        ("/phonebook/202411291200.xml?x=00:15:65:00:00:01", "00:15:65:00:00:01"),
        # a place where phones put theirs, whatever the prefix
        ("/3c2a9c1d4e5f.cfg", "3c:2a:9c:1d:4e:5f"),
        ("/cfg3c2a9c1d4e5f.xml", "3c:2a:9c:1d:4e:5f"),
        ("/ATA3C2A9C1D4E5F.cnf.xml", "3c:2a:9c:1d:4e:5f"),
        ("/spa-3c2a9c1d4e5f-app.log", "3c:2a:9c:1d:4e:5f"),
        ("/prov/3c2a9c1d4e5f/features.cfg", "3c:2a:9c:1d:4e:5f"),
        ("/cfg?d=202411291200&mac=102030405060", "10:20:30:40:50:60"),
        ("/cfg?mac=3c%3A2a%3A9c%3A1d%3A4e%3A5f", "3c:2a:9c:1d:4e:5f"),
        ("/3c2a.9c1d.4e5f.cfg", "3c:2a:9c:1d:4e:5f"),
        ("/3c_2a_9c_1d_4e_5f.cfg", "3c:2a:9c:1d:4e:5f"),
    ],
)
def test_the_mac_in_the_path_is_the_phones_if_it_identifies_one(path: str, mac: str | None) -> None:
    line = f"10.1.2.3 {TAIL}".replace("/64167f123456.cfg", path)
    (item,) = read(io.BytesIO(line.encode()), now=NOW)
    assert isinstance(item, Observation)
    assert item.mac == mac


#: The same request as servers and proxies log it, by their documentation.
SHAPES = {
    "common with the agent alone": "10.1.2.3 - - [23/Nov/2026:03:00:00 +0100] "
    f'"GET /64167f123456.cfg HTTP/1.1" 200 5 "{AGENT}"',
    "behind syslog": f"<190>Nov 23 03:00:00 web1 nginx: 10.1.2.3 {TAIL}",
    "behind kubernetes": f"2026-11-23T03:00:00Z stdout F 10.1.2.3 {TAIL}",
    "an address in quotes": f'"10.1.2.3" {TAIL}',
    "ISO time": f"10.1.2.3 {TAIL}".replace("23/Nov/2026:03:00:00 +0100", "2026-11-23T03:00:00+01:00"),
    "Traefik": f'10.1.2.3 {TAIL} 12 "router@file" "http://10.0.0.9:80" 3ms',
    "the agent before the referrer": "10.1.2.3 [23/Nov/2026:03:00:00 +0100] "
    f'"GET /64167f123456.cfg HTTP/1.1" "{AGENT}" "https://example.org/x"',
    "haproxy": "Nov 23 03:00:00 lb haproxy[14389]: 10.1.2.3:33317 [23/Nov/2026:03:00:00.655] http-in static/srv1 "
    f'10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {{example.org|{AGENT}}} {{}} "GET /64167f123456.cfg HTTP/1.1"',
    "haproxy, one capture": "lb haproxy[14389]: 10.1.2.3:33317 [23/Nov/2026:03:00:00.655] http-in~ static/<NOSRV> "
    f'10/0/30/69/+109 200 +2750 - - ---- 1/1/1/1/+0 0/0 {{{AGENT}}} "GET /64167f123456.cfg HTTP/1.1"',
    "Caddy": '{"level":"info","ts":1795399200.52,"logger":"http.log.access","msg":"handled request","request":'
    '{"remote_ip":"10.1.2.3","remote_port":"41342","proto":"HTTP/1.1","method":"GET","host":"prov",'
    f'"uri":"/64167f123456.cfg","headers":{{"User-Agent":["{AGENT}"]}}}},"status":200}}',
    "nginx, JSON": '{"time_iso8601":"2026-11-23T03:00:00+01:00","remote_addr":"10.1.2.3",'
    f'"request":"GET /64167f123456.cfg HTTP/1.1","status":"200","http_user_agent":"{AGENT}"}}',
    "Traefik, JSON": '{"ClientHost":"10.1.2.3","RequestPath":"/64167f123456.cfg","StartUTC":"2026-11-23T02:00:00Z",'
    f'"request_User-Agent":"{AGENT}"}}',
    "a container's JSON": f'{{"log":"10.1.2.3 {ESCAPED}\\n","stream":"stdout"}}',
    "IIS": "#Software: Microsoft Internet Information Services 10.0\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status\n"
    f"2026-11-23 02:00:00 10.9.9.9 GET /64167f123456.cfg - 80 - 10.1.2.3 {AGENT.replace(' ', '+')} 200",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_request_is_read_in_every_shape_of_a_log(shape: str) -> None:
    octets = SHAPES[shape].encode()
    assert detect.detect(octets) is accesslog.FORMAT
    (item,) = read(io.BytesIO(octets), now=NOW)
    assert isinstance(item, Observation), item
    assert (item.ip, item.mac, item.field, item.value) == ("10.1.2.3", PHONE, "provisioning.user-agent", AGENT)
    assert item.time in ("2026-11-23T02:00:00Z", NOW)


def test_a_log_without_agents_is_reported_once() -> None:
    line = '10.1.2.3 - - [23/Nov/2026:03:00:00 +0100] "GET /64167f123456.cfg HTTP/1.1" 200 5\n'
    items = list(read(io.BytesIO(line.encode() * 3), format="access-log", now=NOW))
    assert items == [
        Problem(0, "no request has a User-Agent: let the server log it, as its combined format does"),
    ]


@pytest.mark.parametrize("part", ["", "a b", '"', "[", "{", "}", "GET /", '"GET / HTTP/1.1" ', "|", "0/", "-"])
def test_a_hostile_line_costs_little_time(part: str) -> None:
    text = (part * accesslog.LINE)[: accesslog.LINE]
    usual = cost(lambda: logshapes.request(f"10.1.2.3 {TAIL}"))
    for line in (text, f"10.1.2.3:1 [{text}", f"10.1.2.3 - - [x] {text}", f'10.1.2.3 - - [{"x" * 20}] "{text}'):
        assert cost(partial(logshapes.request, line[: accesslog.LINE])) < 1000 * usual


def test_a_repeated_request_is_reported_once_and_other_lines_are_problems() -> None:
    text = "\n".join([f"10.1.2.3 {TAIL}"] * 3 + ["", "garbage", f"10.1.2.4 {TAIL}"])
    items = list(read(io.BytesIO(text.encode()), now=NOW))
    assert [(i.number, i.what) for i in items if isinstance(i, Problem)] == [
        (5, "not a request in a log format that is read")
    ]
    assert [i.ip for i in items if isinstance(i, Observation)] == ["10.1.2.3", "10.1.2.4"]


def test_a_rotated_log_is_decompressed_and_only_phones_are_kept(tmp_path: Path) -> None:
    browser = '10.1.2.9 - - [23/Nov/2026:03:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux x86_64)"'
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(gzip.compress(f"10.1.2.3 {TAIL}\n{browser}\n".encode()))
    rows = inventoried(path, tmp_path)
    assert [(row["ip"], row["mac"], row["model"], row["firmware"]) for row in rows if row["kind"] != "unknown"] == [
        ("10.1.2.3", PHONE, "VVX 411", "5.9.0.9373")
    ]


UPLOAD = '10.1.2.3 - - [23/Nov/2026:03:00:00 +0100] "PUT /logs/64167f123456-{}.log HTTP/1.1" 201 0'


@pytest.mark.parametrize("kind", ["app", "boot"])
def test_a_log_that_a_phone_uploads_shows_its_mac_and_address(kind: str) -> None:
    line = UPLOAD.format(kind)
    assert detect.detect(line.encode()) is accesslog.FORMAT
    found = [item for item in read(io.BytesIO(f"{line}\n".encode() * 2), now=NOW) if isinstance(item, Observation)]
    assert [(one.ip, one.mac, one.field, one.value) for one in found] == [("10.1.2.3", PHONE, "arp.mac", PHONE)]
    named = f'{line} "-" "{AGENT}"'
    (one,) = read(io.BytesIO(named.encode()), now=NOW)
    assert isinstance(one, Observation)
    assert (one.mac, one.field, one.value) == (PHONE, "provisioning.user-agent", AGENT)


def test_lines_without_user_agents_are_missed_only_where_they_have_no_mac_either() -> None:
    for line, missing in ((UPLOAD.format("app"), [False]), (UPLOAD.format("app").replace("64167f123456", "x"), [True])):
        items = list(read(io.BytesIO(f"{line}\n".encode()), format="access-log", now=NOW))
        assert [item.missing for item in items if isinstance(item, Problem)] == missing
