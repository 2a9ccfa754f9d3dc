"""RADIUS accounting in other forms: what `radiusd -X` prints, radacct as CSV, logs of Windows NPS."""

from __future__ import annotations

import pytest

from scanner.reading import detect, freeradius, radius_lists
from tests.reading.leases import check_detected_alone, check_every_cut, items
from tests.reading.test_radius import EXPECTED, record

PHONE = "64:16:7f:12:34:56"
DASHES = "64-16-7F-12-34-56"
PLACE = {
    ("198.18.0.5", PHONE, "arp.mac", PHONE), ("198.18.0.5", PHONE, "switch.port", "Gi1/0/7"),
    ("198.18.0.5", PHONE, "switch.port-method", "radius"),
}  # fmt: skip
ATTRIBUTES = record().splitlines()[1:-1]


def debugged(first: str, start: str, rest: str) -> str:
    """A request as the server prints it, with what follows it."""
    return "".join(f"{line}\n" for line in ("Ready to process requests", first, *(start + a for a in ATTRIBUTES), rest))


TIME = "Tue Nov 24 09:00:00 2026 : Debug: "
DEBUGGED = {
    "version 3": debugged(
        "(0) Received Accounting-Request Id 5 from 198.18.0.9:1646 to 10.1.0.9:1813 length 210", "(0) ",
        "(0) # Executing section preacct from file /etc/raddb/sites-enabled/default\n(0)   preacct {\n"
        "(0)     [preprocess] = ok\n(0)   } # preacct = ok\n(0) Sent Accounting-Response Id 5 from 10.1.0.9:1813\n"
        '(0)   Calling-Station-Id = "64-16-7F-12-34-99"\n(0) Finished request',
    ),
    "version 3, -Xx": debugged(
        f"{TIME}(12) Received Access-Request Id 5 from 198.18.0.9:1646 to 10.1.0.9:1812 length 210", f"{TIME}(12) ",
        f"{TIME}(12) session-state: No State attribute",
    ),
    "version 2": debugged(
        "rad_recv: Accounting-Request packet from host 198.18.0.9 port 1646, id=5, length=210", "",
        "# Executing section preacct from file /etc/raddb/sites-enabled/default\n+group preacct {\n++[a] = ok\n"
        "Sending Accounting-Response of id 5 to 198.18.0.9 port 1646",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEBUGGED)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_request_that_the_server_prints_is_a_record(name: str, end: str) -> None:
    text = DEBUGGED[name].replace("\n", end)
    observations, problems = items(text)
    assert {one.field: one.value for one in observations} == EXPECTED
    assert {(one.mac, one.ip, one.time) for one in observations} == {(PHONE, "198.18.0.5", "2026-11-24T09:00:00Z")}
    assert problems == []
    assert detect.detect(text.encode()) is freeradius.FORMAT
    check_detected_alone(text, "freeradius")


def test_a_request_without_a_time_of_its_own_is_of_the_time_of_the_line() -> None:
    text = "".join(line for line in DEBUGGED["version 3, -Xx"].splitlines(keepends=True) if "Timestamp" not in line)
    assert {one.time for one in items(text)[0]} == {"2026-11-24T09:00:00Z"}


def test_the_output_of_the_server_that_is_cut_keeps_what_is_before_the_cut() -> None:
    short = [line for line in DEBUGGED["version 3"].splitlines(keepends=True) if "AVPair" not in line]
    check_every_cut("".join(short).encode(), "freeradius")


RADACCT = (
    "radacctid,acctsessionid,acctuniqueid,username,realm,nasipaddress,nasportid,nasporttype,acctstarttime,acctupdatetime,"
    "acctstoptime,calledstationid,callingstationid,acctterminatecause,framedipaddress,framedipv6address,class\n"
)


def session(
    stop: str = "", mac: str = DASHES, port: str = "GigabitEthernet1/0/7", update: str = "2026-11-22 04:00:00"
) -> str:
    return (
        f"7,0000002A,abc,64167f123456,,198.18.0.9,{port},Ethernet,2026-11-22 03:00:00,{update},{stop},"
        f"00-11-22-33-44-55,{mac},,198.18.0.5,,\n"
    )


def dts(kind: str = "4", status: str = "1", mac: str = DASHES) -> str:
    """A packet as NPS writes it in DTS."""
    values = (
        ("Timestamp", 4, "11/22/2026 04:00:00.123"), ("Computer-Name", 1, "NPS01"), ("Event-Source", 1, "IAS"),
        ("User-Name", 1, "a &amp; b"), ("Calling-Station-Id", 1, mac), ("NAS-IP-Address", 3, "198.18.0.9"),
        ("NAS-Port-Id", 1, "GigabitEthernet1/0/7"), ("NAS-Port-Type", 0, "15"), ("Acct-Status-Type", 0, status),
        ("Acct-Session-Id", 1, "0000002A"), ("Framed-IP-Address", 3, "198.18.0.5"), ("Packet-Type", 0, kind),
    )  # fmt: skip
    return (
        "<Event>" + "".join(f'<{name} data_type="{kind}">{text}</{name}>' for name, kind, text in values) + "</Event>\n"
    )


def ias(kind: str = "4", status: str = "1") -> str:
    """A packet in the IAS format."""
    return (
        f"198.18.0.9,user,11/22/2026,04:00:00,IAS,NPS01,4,198.18.0.9,31,{DASHES},87,GigabitEthernet1/0/7,61,15,40,{status},"
        f"44,0000002A,8,198.18.0.5,4108,198.18.0.9,4116,9,4136,{kind},4142,0\n"
    )


def database(kind: str = "4", status: str = "1") -> str:
    """A packet in the format of databases, in which a port has its number alone."""
    cells = [""] * 45
    cells[:9] = ['"NPS01"', '"IAS"', "11/22/2026", "04:00:00", kind, '"user"', "", "", f'"{DASHES}"']
    cells[10], cells[12], cells[13], cells[19], cells[31], cells[35] = (
        "198.18.0.5", "198.18.0.9", "50107", "15", status, '"0000002A"',
    )  # fmt: skip
    return ",".join(cells) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        RADACCT + session(), (RADACCT + session()).replace(",", "\t"), (RADACCT + session()).replace(",", ";"),
        RADACCT + session(update="2026-11-22 05:00:00+01"), RADACCT + session(stop="NULL"),
        RADACCT + session(stop="0000-00-00 00:00:00"), (RADACCT + session()).replace("\n", "\r\n"),
        dts(), dts("1", ""), dts("2", "") + dts(), ias(), ias("1", ""), ias("3", "") + ias(),
    ],
)  # fmt: skip
def test_a_session_shows_address_switch_and_port_of_its_device(text: str) -> None:
    observations, problems = items(text)
    assert {(one.ip, one.mac, one.field, one.value) for one in observations} == PLACE | {
        ("198.18.0.5", PHONE, "switch.name", "198.18.0.9")
    }
    assert {one.time for one in observations} == {"2026-11-22T04:00:00Z"}
    assert problems == []
    assert detect.detect(text.encode()) is radius_lists.FORMAT
    check_detected_alone(text, "radius-list")


def test_a_port_that_is_a_number_of_the_server_is_not_a_port_of_the_switch() -> None:
    for text in (database(), RADACCT + session(port="50107")):
        assert [(one.ip, one.field) for one in items(text)[0]] == [("198.18.0.5", "arp.mac")]
        check_detected_alone(text, "radius-list")


@pytest.mark.parametrize("text", [RADACCT + session(stop="2026-11-22 06:00:00"), dts(status="2"), ias(status="2")])
def test_a_session_that_ended_leaves_no_address_and_no_port(text: str) -> None:
    assert items(text) == ([], [])


def test_the_friendly_name_of_a_client_of_nps_is_the_name_of_its_switch() -> None:
    text = ias().replace("4116,9,", "4116,9,4128,sw-1,")
    assert [one.value for one in items(text)[0] if one.field == "switch.name"] == ["sw-1"]


@pytest.mark.parametrize("more", [session()[:40] + "\n", "x\n"])
def test_a_row_that_is_cut_is_named_and_costs_no_other(more: str) -> None:
    observations, problems = items(RADACCT + more + session())
    assert {(one.ip, one.field) for one in observations} >= {("198.18.0.5", "arp.mac")}
    assert [one.number for one in problems] == [2]


def test_rows_that_are_not_read_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radius_lists, "PROBLEMS", 1)
    _, problems = items(RADACCT + session() + "x\n" * 3)
    assert [one.what for one in problems] == [
        "not a row of radacct or of a log of NPS; it may be truncated",
        "2 more rows are not of radacct or a log of NPS",
    ]


@pytest.mark.parametrize("text", [RADACCT + session() + session(), dts() + dts()])
def test_a_list_that_is_cut_keeps_what_is_before_the_cut(text: str) -> None:
    check_every_cut(text.encode(), "radius-list")
