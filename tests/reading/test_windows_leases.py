"""Leases of Windows DHCP Server as CSV, in each culture, and the list of its console."""

from __future__ import annotations

import io

import pytest

from scanner.api import read
from scanner.reading import Problem, windows_leases
from tests.reading.leases import NOW, check_detected_alone, check_every_cut, facts, items

PHONE, OTHER = "64:16:7f:12:34:56", "c8:9c:1d:12:34:56"
TYPE = "#TYPE Microsoft.Management.Infrastructure.CimInstance#root/Microsoft/Windows/DHCP/DhcpServerv4Lease\n"
HEADER = (
    '"IPAddress","ScopeId","AddressState","ClientId","ClientType","Description","DnsRegistration","DnsRR","HostName",'
    '"LeaseExpiryTime","NapCapable","PSComputerName","CimClass"\n'
)


def row(
    ip: str = "10.1.2.3", mac: str = PHONE, host: str = "SIP-T46S", state: str = "Active",
    end: str = "9/21/2026 3:13:20 PM", what: str = "",
) -> str:  # fmt: skip
    client = mac.replace(":", "-")
    return f'"{ip}","10.1.2.0","{state}","{client}","Dhcp","{what}","Complete","A","{host}","{end}","False",,"x:y"\n'


FILE = TYPE + HEADER + row() + row(ip="10.1.2.4", mac=OTHER, host="SEPC89C1D123456", state="ActiveReservation", end="")
FACTS = {
    ("10.1.2.3", PHONE, "arp.mac", PHONE), ("10.1.2.3", PHONE, "dhcp.hostname", "SIP-T46S"),
    ("10.1.2.4", OTHER, "arp.mac", OTHER), ("10.1.2.4", OTHER, "dhcp.hostname", "SEPC89C1D123456"),
}  # fmt: skip
CONSOLE = (
    "Client IP Address\tName\tLease Expiration\tType\tUnique ID\tDescription\n"
    "10.1.2.3\tSIP-T46S\t9/21/2026 3:13:20 PM\tDHCP\t64167f123456\t\n"
    "10.1.2.4\tSEPC89C1D123456\tReservation (active)\tDHCP\tc89c1d123456\t\n"
    "10.1.2.5\tx\tReservation (inactive)\tNone\tc89c1d123457\t\n"
)


@pytest.mark.parametrize(
    "data",
    [FILE, FILE.replace("\n", "\r\n"), FILE.encode("utf-16"), "\ufeff" + FILE, FILE.removeprefix(TYPE), FILE + HEADER,
     FILE.replace(",", ";"), FILE.replace('"', ""), CONSOLE, FILE.replace('"Dhcp",""', '"Dhcp","a ""b"", c\nd"')],
    ids=["as written", "CRLF", "UTF-16", "byte order mark", "-NoTypeInformation", "joined", "-UseCulture",
         "no quotation marks", "console", "a description of two lines"],
)  # fmt: skip
def test_leases_in_use_are_read(data: str | bytes) -> None:
    assert facts(data) == FACTS
    assert {(one.ip, one.time) for one in items(data)[0]} == {("10.1.2.3", "2026-09-21T15:13:20Z"), ("10.1.2.4", NOW)}


@pytest.mark.parametrize("state", ["InactiveReservation", "Declined", "Expired", "Offered", ""])
def test_a_lease_that_is_not_in_use_shows_nothing(state: str) -> None:
    assert facts(TYPE + HEADER + row(state=state)) == set()


@pytest.mark.parametrize(
    ("end", "time"),
    [
        ("21.09.2026 15:13:20", "2026-09-21T15:13:20Z"), ("21/09/2026 15:13:20", "2026-09-21T15:13:20Z"),
        ("05/09/2026 15:13", "2026-09-05T15:13:00Z"), ("9/5/2026 12:13:20 AM", "2026-09-05T00:13:20Z"),
        ("9/21/2026", "2026-09-21T00:00:00Z"), ("2026-09-21T15:13:20.0000000+02:00", "2026-09-21T15:13:20Z"),
        ("21-9-2026 15:13:20", "2026-09-21T15:13:20Z"), ("31/02/2026 15:13:20", NOW), ("soon", NOW),
        ("1/1/2030 1:00:00 AM", NOW),
    ],
)  # fmt: skip
def test_the_time_is_not_after_the_end_in_each_culture(end: str, time: str) -> None:
    assert {one.time for one in items(TYPE + HEADER + row(end=end))[0]} == {time}


def test_an_address_in_use_by_another_host_has_no_name_and_other_identifiers_are_not_macs() -> None:
    assert facts(TYPE + HEADER + row(host="BAD_ADDRESS")) == {("10.1.2.3", PHONE, "arp.mac", PHONE)}
    assert facts(TYPE + HEADER + row(mac="01:" + PHONE)) >= {("10.1.2.3", PHONE, "arp.mac", PHONE)}
    duid = row(mac="ff:00:00:00:00:01:00:01:2c:aa:bb:cc:aa:bb:cc:11:22:33")
    assert facts(TYPE + HEADER + duid) == {("10.1.2.3", None, "dhcp.hostname", "SIP-T46S")}


def test_damaged_rows_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_leases, "PROBLEMS", 1)
    damaged = '"10.1.2.9","x"\n"10.1.2.8","x"\n' + "x" * 40_000 + '\n"10.1.2.7,x\n'
    found, problems = items(FILE + damaged + row(ip="10.1.2.4", mac=OTHER))
    assert {one.ip for one in found} == {"10.1.2.3", "10.1.2.4"}
    assert [(one.number, one.what) for one in problems] == [
        (7, "longer than a row of the list"),
        (8, "a quotation mark without its end"),
        (5, "not a row of as many cells as there are headings"),
        (0, "1 more rows have not as many cells as there are headings"),
    ]
    _, problems = items(FILE + '"10.1.2.9,x')
    assert [one.what for one in problems] == ["a quotation mark without its end"]


def test_a_file_without_headings_is_a_problem() -> None:
    (problem,) = read(io.BytesIO(b"a,b\n" * 20), now=NOW, format="windows-leases")
    assert isinstance(problem, Problem)
    assert problem.what == "no line of headings with address, client id and state"


def test_a_cut_file_keeps_what_is_before() -> None:
    check_every_cut(FILE.encode(), "windows-leases")


PRINTED = """
PS C:\\> Get-DhcpServerv4Lease -ScopeId 10.1.2.0

IPAddress       ScopeId         ClientId             HostName             AddressState         LeaseExpiryTime
---------       -------         --------             --------             ------------         ---------------
10.1.2.3        10.1.2.0        64-16-7f-12-34-56    SIP-T46S             Active               9/21/2026 3:13:20 PM
10.1.2.4        10.1.2.0        c8-9c-1d-12-34-56    SEPC89C1D123456      ActiveReservation
10.1.2.5        10.1.2.0        c8-9c-1d-12-34-57    SEPC89C1D123457      InactiveReservation
10.1.2.6        10.1.2.0        c8-9c-1d-12-34-58    phone.voice.exam...  Active               9/21/2026 3:13:20 PM

"""


@pytest.mark.parametrize("data", [PRINTED, PRINTED.replace("\n", "\r\n").encode("utf-16"), "\ufeff" + PRINTED])
def test_the_printed_table_is_read_and_a_name_that_is_cut_is_not(data: str | bytes) -> None:
    assert facts(data) == FACTS | {("10.1.2.6", "c8:9c:1d:12:34:58", "arp.mac", "c8:9c:1d:12:34:58")}
    assert {one.time for one in items(data)[0] if one.ip == "10.1.2.3"} == {"2026-09-21T15:13:20Z"}


@pytest.mark.parametrize("sample", [FILE, CONSOLE, PRINTED, FILE.replace(",", ";")])
def test_no_other_format_has_its_signature(sample: str) -> None:
    check_detected_alone(sample, "windows-leases")


NETSH = """
Changed the current scope context to 10.1.2.0 scope.

Type : N - NONE, D - DHCP B - BOOTP, U - UNSPECIFIED, R - RESERVATION IP
==============================================================================================
IP Address      - Subnet Mask    - Unique ID           - Lease Expires        -Type -Name
==============================================================================================

10.1.2.3        - 255.255.255.0  - 64-16-7f-12-34-56   -9/21/2026 3:13:20 PM    -D-  SIP-T46S
10.1.2.4        - 255.255.255.0  - c8-9c-1d-12-34-56   - NEVER EXPIRES        -D-  SEPC89C1D123456
10.1.2.5        - 255.255.255.0  - c8-9c-1d-12-34-57   - INACTIVE             -D-  x
10.1.2.6        - 255.255.255.0  - 52-41-53-20-11-22-33-44-55-66-77-88-00-00-00-00-9/21/2026 3:13:20 PM -D-

No of Clients(version 4): 4 in the Scope : 10.1.2.0.

Command completed successfully.
"""


@pytest.mark.parametrize(
    "text",
    [
        NETSH, NETSH.replace("\n", "\r\n"),
        NETSH.replace("INACTIVE", "INAKTIV").replace("NEVER EXPIRES", "UNBEGRENZT")
        .replace("9/21/2026 3:13:20 PM", "21.09.2026 15:13:20").replace("IP Address ", "IP-Adresse ")
        .replace("Unique ID", "Eindeutige ID"),
        NETSH.replace("INACTIVE", "INACTIF").replace("9/21/2026 3:13:20 PM", "21/09/2026 15:13:20"),
    ],
    ids=["English", "CRLF", "German", "French"],
)  # fmt: skip
def test_what_netsh_shows_is_read_in_each_language(text: str) -> None:
    assert facts(text) == FACTS
    check_detected_alone(text, "windows-leases")
    assert {one.time for one in items(text)[0] if one.ip == "10.1.2.3"} == {"2026-09-21T15:13:20Z"}


def test_the_clients_that_netsh_shows_without_names_are_read() -> None:
    text = "10.1.2.3 - 255.255.255.0 - 64-16-7f-12-34-56 -9/21/2026 3:13:20 PM -D\n"
    assert facts(text) == {("10.1.2.3", PHONE, "arp.mac", PHONE)}


LISTED = "\n\n" + "".join(
    f"IPAddress        : {ip}\nScopeId          : 10.1.2.0\nDescription      : a : b\nHostName         : {host}\n"
    f"ClientId         : {mac.replace(':', '-')}\nClientType       : Dhcp\nAddressState     : {state}\n"
    f"LeaseExpiryTime  : {end}\nServerIP         : 10.1.2.1\nPSComputerName   : \n\n"
    for ip, host, mac, state, end in (
        ("10.1.2.3", "SIP-T46S", PHONE, "Active", "9/21/2026 3:13:20 PM"),
        ("10.1.2.4", "SEPC89C1D123456", OTHER, "ActiveReservation", ""),
        ("10.1.2.5", "x", OTHER, "InactiveReservation", ""),
    )
)


@pytest.mark.parametrize("text", [LISTED, LISTED.replace("\n", "\r\n"), LISTED.replace("PSComputerName   : \n\n", "")])
def test_what_format_list_shows_is_read(text: str) -> None:
    assert facts(text) == FACTS
    check_detected_alone(text, "windows-leases")


@pytest.mark.parametrize(
    "headings",
    [
        "Client-IP-Adresse\tName\tLeaseablauf\tTyp\tEindeutige ID\tBeschreibung",
        "Adresse IP du client\tNom\tExpiration du bail\tType\tID unique\tDescription",
    ],
)
def test_the_list_of_a_console_in_german_or_french_is_read(headings: str) -> None:
    text = headings + "\n" + CONSOLE.partition("\n")[2].replace("inactive", "inaktiv")
    assert facts(text) == FACTS
    check_detected_alone(text, "windows-leases")


@pytest.mark.parametrize("text", [NETSH, LISTED])
def test_a_printed_list_that_is_cut_keeps_what_is_before(text: str) -> None:
    check_every_cut(text.encode(), "windows-leases")
