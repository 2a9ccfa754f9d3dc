"""Tables of the databases of registrars, as their clients print them: each yields the phones that are registered."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, asterisk, detect, freeswitch, usrloc
from scanner.reading.registrar.blocks import LINE
from tests.reading.inventories import NOW

YEALINK = "Yealink SIP-T46U 108.86.0.90"
POLY = "PolycomVVX-VVX_411-UA/5.9.5.0614"
MAC = "80:5e:c0:12:34:56"
USER = "805ec0123456"
UUID = "<urn:uuid:00000000-0000-1000-8000-805EC0123456>"


def _table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


#: The phones at 10.1.2.3 and 10.1.2.4 are current; what is at 10.1.2.5 had ended.
LOCATION = _table(f"""
id|ruid|username|domain|contact|received|expires|callid|last_modified|user_agent|instance
1|u-1|201|NULL|sip:201@10.1.2.3:5060|sip:203.0.113.9:1|2026-11-23 03:00:00|a|2026-11-23 01:00:00|{YEALINK}|{UUID}
2|u-2|202|NULL|sip:202@10.1.2.4:1024|NULL|2030-05-28 21:32:15|0_2@10.1.2.4|2026-11-23 01:00:00|{POLY}|NULL
3|u-3|203|NULL|sip:203@10.1.2.5:5060|NULL|2026-11-21 03:00:00|0_3|2026-11-21 01:00:00|{YEALINK}|NULL
""")
OPENSIPS = _table(f"""
contact_id|username|domain|contact|received|expires|q|callid|cseq|flags|user_agent|socket|sip_instance
1767885864954038130|201|NULL|sip:201@10.1.2.3:5060|NULL|1795400000|-1.00|0_1|1|0|{YEALINK}|udp:10.0.0.1|{UUID}
2|202|NULL|sip:202@10.1.2.4:1024|NULL|0|-1.00|0_2|1|0|{POLY}|udp:10.0.0.1|NULL
3|203|NULL|sip:203@10.1.2.5:5060|NULL|1432150792|-1.00|0_3|1|0|{YEALINK}|udp:10.0.0.1|NULL
""")
SIP_REGISTRATIONS = _table(f"""
call_id|sip_user|presence_hosts|contact|status|expires|ping_expires|user_agent|network_ip|network_port
0_1@10.1.2.3|{USER}|a,b|"26" <sip:26@10.1.2.3:5070;fs_nat=yes>|Registered(UDP-NAT)|1795400000|0|{YEALINK}|203.0.113.9|1
0_2@10.1.2.4|202|a,b|"27" <sip:27@10.1.2.4:1025>|Registered(UDP)|1795400000|0|{POLY}|203.0.113.9|1025
0_3@10.1.2.5|203|a,b|"28" <sip:28@10.1.2.5:5070>|Registered(UDP)|1432150792|0|{YEALINK}|10.1.2.5|5070
""")
PS_CONTACTS = _table(f"""
id|uri|expiration_time|path|user_agent|via_addr|via_port|call_id|endpoint|prune_on_boot
201^3B@3a5e|sip:{USER}@203.0.113.9^3Bx-ast-orig-host=10.1.2.3:5060|1795400000||{YEALINK}|10.1.2.3|5060|0_1|201|no
202^3B@3a5f|sip:202@203.0.113.9:4025|1795400000||{POLY}|10.1.2.4|5060|0_2|202|no
203^3B@3a60|sip:203@10.1.2.5:5060|1432150792||{YEALINK}|10.1.2.5|5060|0_3|203|no
""")
SIPPEERS = _table(f"""
id|name|ipaddr|port|regseconds|defaultuser|fullcontact|regserver|useragent|lastms|host|type
1|{USER}|203.0.113.9|5060|1795400000|201|sip:201@10.1.2.3:5060|pbx|{YEALINK}|9|dynamic|friend
2|202|10.1.2.4|5060|1795400000|202|sip:202@10.1.2.4:5060|pbx|{POLY}|9|dynamic|friend
3|203|10.1.2.5|5060|1432150792|203|sip:203@10.1.2.5:5060|pbx|{YEALINK}|0|dynamic|friend
4|gateway||0|0|NULL|NULL|NULL|NULL|0|10.1.2.9|peer
""")
TABLES = {
    "location of Kamailio": (LOCATION, usrloc.FORMAT),
    "location of OpenSIPS": (OPENSIPS, usrloc.FORMAT),
    "sip_registrations": (SIP_REGISTRATIONS, freeswitch.FORMAT),
    "ps_contacts": (PS_CONTACTS, asterisk.FORMAT),
    "sippeers": (SIPPEERS, asterisk.FORMAT),
}


def _separated(rows: Sequence[Sequence[str]], delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


def _box(rows: Sequence[Sequence[str]], bar: str = "|") -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    line = "+" + "+".join("-" * (width + 2) for width in widths) + "+\n"
    texts = [
        bar + bar.join(f" {cell:<{width}} " for cell, width in zip(row, widths, strict=True)) + bar for row in rows
    ]
    return (
        line + texts[0] + "\n" + line + "\n".join(texts[1:]) + "\n" + line + f"{len(rows) - 1} rows in set (0.00 sec)\n"
    )


def _psql(rows: Sequence[Sequence[str]]) -> str:
    texts = [" " + " | ".join("" if cell == "NULL" else cell for cell in row) for row in rows]
    return texts[0] + "\n" + "-" * 20 + "+" + "-" * 20 + "\n" + "\n".join(texts[1:]) + f"\n({len(rows) - 1} rows)\n\n"


def _vertical(rows: Sequence[Sequence[str]]) -> str:
    stars = "*" * 27
    return "".join(
        f"{stars} {number}. row {stars}\n"
        + "".join(f"{name:>20}: {cell}\n" for name, cell in zip(rows[0], row, strict=True))
        for number, row in enumerate(rows[1:], 1)
    )


def _expanded(rows: Sequence[Sequence[str]]) -> str:
    return "".join(
        f"-[ RECORD {number} ]---+--------\n"
        + "".join(f"{name:<16} | {cell}".rstrip() + "\n" for name, cell in zip(rows[0], row, strict=True))
        for number, row in enumerate(rows[1:], 1)
    )


def _insert(rows: Sequence[Sequence[str]]) -> str:
    names = ", ".join(f"`{name}`" for name in rows[0])
    values = ["(" + ", ".join(f"'{cell}'" if cell != "NULL" else cell for cell in row) + ")" for row in rows[1:]]
    return f"INSERT INTO `location` ({names}) VALUES\n" + ",\n".join(values) + ";\n"


def _copy(rows: Sequence[Sequence[str]]) -> str:
    values = ["\t".join(row).replace("NULL", "\\N") + "\n" for row in rows[1:]]
    return f"COPY public.location ({', '.join(rows[0])}) FROM stdin;\n" + "".join(values) + "\\.\n"


CLIENTS: dict[str, Callable[[Sequence[Sequence[str]]], str]] = {
    "mysql": lambda rows: "mysql> select * from location;\n" + _box(rows),
    "mysql, without a terminal": lambda rows: "\n".join("\t".join(row) for row in rows) + "\n",
    "mysql \\G": _vertical,
    "phpMyAdmin": _insert,
    "mysqldump -c, one line": lambda rows: _insert(rows).replace("\n", "") + "\n",
    "pg_dump": _copy,
    "psql": _psql,
    "psql \\x": _expanded,
    "sqlite3 list": lambda rows: "\n".join("|".join(row) for row in rows) + "\n",
    "sqlite3 box": lambda rows: _box(rows, "│"),
    "CSV": lambda rows: _separated(rows, ","),
    "CSV with semicolons": lambda rows: _separated(rows, ";"),
    "CSV with every cell quoted": lambda rows: _separated(rows, ",", csv.QUOTE_ALL),
    "TSV with every cell quoted": lambda rows: _separated(rows, "\t", csv.QUOTE_ALL),
    "INTO OUTFILE, with headings": lambda rows: "\n".join("\t".join(row) for row in rows).replace("NULL", "\\N") + "\n",
}


def read(text: str, now: str = NOW) -> tuple[list[Observation], list[Problem]]:
    context = Context("pbx", now, listed_prefix=lambda mac: mac.startswith("80:5e:c0"))
    found = list(detect.read(io.BytesIO(text.encode()), context))
    return [i for i in found if not isinstance(i, Problem)], [i for i in found if isinstance(i, Problem)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_yields_what_is_current_at_its_own_address(table: str, client: str, end: str) -> None:
    rows, expected = TABLES[table]
    text = CLIENTS[client](rows).replace("\n", end)
    assert detect.detect(text.encode()) is expected
    found, problems = read(text)
    assert [(one.ip, one.mac, one.field, one.value) for one in found] == [
        ("10.1.2.3", MAC, "sip.user-agent", YEALINK),
        ("10.1.2.4", None, "sip.user-agent", POLY),
    ]
    assert [(one.what, one.missing) for one in problems] == [(f"1 contact had expired at {NOW}: not current", False)]


@pytest.mark.parametrize("table", ["location of Kamailio", "sip_registrations"])
@pytest.mark.parametrize("indent", [None, 2])
def test_rows_as_json_yield_the_same(table: str, indent: int | None) -> None:
    rows, expected = TABLES[table]
    text = json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]], indent=indent)
    assert detect.detect(text.encode()) is expected
    assert [(one.ip, one.mac, one.value) for one in read(text)[0]] == [
        ("10.1.2.3", MAC, YEALINK),
        ("10.1.2.4", None, POLY),
    ]


def test_a_time_without_a_zone_has_passed_where_it_has_in_all_zones() -> None:
    text = CLIENTS["CSV"](LOCATION)
    assert [one.ip for one in read(text, "2026-11-23T17:00:00Z")[0]] == ["10.1.2.3", "10.1.2.4"]
    assert [one.ip for one in read(text, "2026-11-23T17:06:00Z")[0]] == ["10.1.2.4"]
    assert [one.time for one in read(text, "2026-11-23T17:06:00Z")[0]] == ["2026-11-23T01:00:00Z"]


def test_a_row_that_does_not_fit_its_headings_is_named_and_the_others_are_read() -> None:
    lines = CLIENTS["mysql, without a terminal"](OPENSIPS).splitlines()
    found, problems = read("\n".join([*lines[:2], "4\tsip:204@10.1.2.6", "9" * 2 * LINE, lines[2]]) + "\n")
    assert [one.ip for one in found] == ["10.1.2.3", "10.1.2.4"]
    assert [one.number for one in problems] == [3, 4]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("client", CLIENTS)
def test_no_value_is_read_of_which_the_end_of_the_file_cuts_a_part(table: str, client: str) -> None:
    rows, _ = TABLES[table]
    agent = next(at for at, name in enumerate(rows[0]) if name in ("user_agent", "useragent"))
    last = [[*row[:agent], *row[agent + 1 :], row[agent]] for row in (rows[0], rows[1], rows[2])]
    for each in ([rows[0], rows[1], rows[2]], last):
        text = CLIENTS[client](each)
        whole = {(one.ip, one.field, one.value) for one in read(text)[0]}
        assert {POLY, YEALINK} <= {value for _, _, value in whole}
        for at in range(text.index("10.1.2.4"), len(text)):
            assert {(one.ip, one.field, one.value) for one in read(text[:at])[0]} <= whole, text[:at][-80:]


def test_rows_of_mysqldump_in_one_line_of_a_megabyte_are_read() -> None:
    names = ", ".join(f"`{name}`" for name in OPENSIPS[0])
    count = 4_000
    rest = f"NULL,1795400000,-1,'c',1,0,'{YEALINK}','{'u' * 120}',NULL"
    rows = [f"({at},'{at}',NULL,'sip:{at}@10.2.{at >> 8}.{at & 255}:5060',{rest})" for at in range(1, count + 1)]
    text = f"INSERT INTO `location` ({names}) VALUES {','.join(rows)};\n"
    assert 900_000 < len(text) < LINE
    found, problems = read(text)
    assert (len(found), problems) == (count, [])


def test_a_query_before_its_table_is_not_its_headings() -> None:
    columns = [LOCATION[0].index(name) for name in ("username", "contact", "callid", "user_agent")]
    rows = [[row[at] for at in columns] for row in LOCATION]
    found, _ = read("mysql> select username, contact, callid, user_agent from location;\n" + _box(rows))
    assert [one.ip for one in found] == ["10.1.2.3", "10.1.2.4", "10.1.2.5"]


def test_registrations_as_xml_and_with_another_delimiter_are_those_as_csv() -> None:
    columns = [
        "reg_user",
        "realm",
        "token",
        "url",
        "expires",
        "network_ip",
        "network_port",
        "network_proto",
        "hostname",
    ]
    row = ["26", "example.org", "07@10.1.2.3", "sofia/internal/sip:26@10.1.2.3:5070;ob", "1795400000", "203.0.113.9"]
    cells = dict(zip(columns, [*row, "1024", "udp", "pbx"], strict=True))
    members = "".join(f"    <{name}>{value}</{name}>\n" for name, value in cells.items())
    xml = f'<result row_count="1">\n  <row row_id="1">\n{members}  </row>\n</result>\n'
    for text in (xml, "|".join(columns) + "\n" + "|".join(cells.values()) + "\n\n1 total.\n"):
        assert detect.detect(text.encode()) is freeswitch.FORMAT
        assert [(one.ip, one.field) for one in read(text)[0]] == [("10.1.2.3", "sip.contact")]
    assert [one.missing for one in read(xml[: xml.index("<network_ip>")])[1]] == [True]


TREE = {
    "Domain": [
        {
            "value": "location",
            "attributes": {"table": "512", "records": "1"},
            "children": {
                "AOR": [
                    {
                        "value": "201",
                        "children": {
                            "Contact": [
                                {
                                    "value": f"sip:20{number}@10.1.2.{number}:5060",
                                    "attributes": {"Q": ""},
                                    "children": {
                                        "ContactID": str(number), "Expires": expires, "Callid": "a",
                                        "Cseq": "2", "User-agent": YEALINK, "Received": "sip:203.0.113.9:1024",
                                        "State": "CS_SYNC", "Socket": "udp:10.0.0.1:5060", "Methods": "7999",
                                    },
                                }
                                for number, expires in ((3, "47"), (5, "deleted"))
                            ]
                        },
                    }
                ]
            },
        }
    ]
}  # fmt: skip


@pytest.mark.parametrize("tree", [TREE, TREE["Domain"][0]["children"]], ids=["ul_dump", "ul_show_contact"])
@pytest.mark.parametrize("indent", [None, 1])
def test_the_trees_of_opensips_2_are_read(tree: object, indent: int | None) -> None:
    text = json.dumps(tree, indent=indent)
    assert detect.detect(text.encode()) is usrloc.FORMAT
    found, problems = read(text)
    assert [(one.ip, one.value) for one in found] == [("10.1.2.3", YEALINK)]
    assert [one.missing for one in problems] == [False]
