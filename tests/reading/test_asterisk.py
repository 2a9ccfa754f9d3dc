"""Contacts of Asterisk: rows of the database, events of the manager interface, output of the console."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, asterisk, detect
from tests.reading.inventories import NOW, items, rows
from tests.reading.inventories import record as recorded

YEALINK = "Yealink SIP-T46U 108.86.0.90"
LATER, EARLIER = "1795400000", "1432150792"
_MEMBERS = {
    "via_addr": "10.1.2.3", "qualify_timeout": "3.000000", "call_id": "1_2@10.1.2.3", "reg_server": "", "path": "",
    "endpoint": "201", "via_port": "5060", "expiration_time": LATER, "user_agent": YEALINK,
    "uri": "sip:201@203.0.113.9:4024^3Btransport=TCP^3Bx-ast-orig-host=10.1.2.3:5060", "qualify_frequency": "60",
}  # fmt: skip
ENDED = {**_MEMBERS, "expiration_time": EARLIER, "via_addr": "10.1.2.4", "uri": "sip:202@10.1.2.4:5060"}
KEY = "/registrar/contact/201;@3a5e0f7c1b9d4e2f8a6b"

EVENT = f"""Event: ContactList
ActionID: 7
ObjectType: contact
ObjectName: 201;@3a5e0f7c1b9d4e2f8a6b
Uri: sip:201@203.0.113.9:4024;x-ast-orig-host=10.1.2.3:5060
ViaAddr: 10.1.2.3
ViaPort: 5060
UserAgent: {YEALINK}
ExpirationTime: {LATER}
CallId: 1_2@10.1.2.3
Status: Reachable

Event: ContactList
ObjectName: trunk@@8f1e
Uri: sip:198.18.9.9:5060
UserAgent:
ExpirationTime: 0
Status: NonQualified

Event: ContactListComplete
EventList: Complete
ListItems: 2

"""
DETAIL = f"""Response: Success
ActionID: 8
EventList: start
Message: Following are Events for each object associated with the Endpoint

Event: AorDetail
ObjectName: 201
Contacts: 201/sip:201@203.0.113.9:4024

Event: ContactStatusDetail
AOR: 201
URI: sip:201@203.0.113.9:4024;x-ast-orig-host=10.1.2.3:5060
Status: Reachable
RoundtripUsec: 5123
EndpointName: 201
UserAgent: {YEALINK}
RegExpire: {LATER}
ViaAddress: 10.1.2.3:5060
CallID: 1_2@10.1.2.3

Event: EndpointDetailComplete

"""
PEER = f"""Response: Success
Channeltype: SIP
ObjectName: 201
Dynamic: Y
RegExpire: 820 seconds
Address-IP: 203.0.113.9
Address-Port: 5060
Default-addr-IP: (null)
Status: OK (19 ms)
SIP-Useragent: {YEALINK}
Reg-Contact: sip:201@10.1.2.3:5060

Response: Success
Channeltype: SIP
ObjectName: 202
Address-IP: (null)
Status: UNKNOWN
SIP-Useragent: Grandstream GXP2140 1.0.4.23
Reg-Contact:

"""
CONSOLE = f"""pbx*CLI> sip show peer 201

  * Name       : 201
  Description  :
  Dynamic      : Yes
  Expire       : 279
  Addr->IP     : 203.0.113.9:5060
  Defaddr->IP  : (null)
  Status       : OK (16 ms)
  Useragent    : {YEALINK}
  Reg. Contact : sip:201@10.1.2.3:5060
  Qualify Freq : 60000 ms

"""
OBJECT = f"""  Contact:  201/sip:201@203.0.113.9:4024;x-ast-orig-h 0c5b8b3a5c Avail         5.123

 ParameterName        : ParameterValue
 =====================================================
 authenticate_qualify : false
 call_id              : 1_2@10.1.2.3
 endpoint             : 201
 expiration_time      : {LATER}
 uri                  : sip:201@203.0.113.9:4024;x-ast-orig-host=10.1.2.3:5060
 user_agent           : {YEALINK}
 via_addr             : 10.1.2.3
 via_port             : 5060
"""
FORMS = {
    "database show": f"/DEVICE/201/dial       : PJSIP/201\n{KEY} : {json.dumps(_MEMBERS)}\n4 results found.\n",
    "database query": f"key  : {KEY}\nvalue: {json.dumps(_MEMBERS)}\nkey  : /DEVICE/1\nvalue: {{not JSON}}\n",
    "Command of AMI": f"Response: Success\nOutput: {KEY}: {json.dumps(_MEMBERS)}\nOutput: 1 results found.\n\n",
    "sqlite3": f"{KEY}|{json.dumps(_MEMBERS)}\n",
    "sqlite3 .dump": f"INSERT INTO astdb VALUES('{KEY}','{json.dumps(_MEMBERS)}');\n",
    "PJSIPShowContacts": EVENT,
    "PJSIPShowEndpoint": DETAIL,
    "SIPshowpeer": PEER,
    "sip show peer": CONSOLE,
    "pjsip show contact": OBJECT,
}


def read(text: str, now: str = NOW) -> tuple[list[Observation], list[Problem]]:
    found = list(detect.read(io.BytesIO(text.encode()), Context("pbx", now)))
    return [i for i in found if not isinstance(i, Problem)], [i for i in found if isinstance(i, Problem)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_form_yields_the_phone_at_its_own_address(form: str, end: str) -> None:
    text = FORMS[form].replace("\n", end)
    assert detect.detect(text.encode()) is asterisk.FORMAT
    found, problems = read(text)
    agents = [(one.ip, one.value, one.source, one.time) for one in found if one.field == "sip.user-agent"]
    assert agents == [("10.1.2.3", YEALINK, "registrar pbx", NOW)]
    assert problems == []


def test_the_list_of_contacts_yields_addresses_that_are_not_cut() -> None:
    text = """
  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

  Contact:  201/sip:201@10.1.2.3:5060                     0c5b8b3a5c Avail         5.123
  Contact:  T2_202/sip:202@10.1.2.4:5062;transport=TL     1c5b8b3a5c NonQual         nan
  Contact:  203/sip:203@10.1.2.5                          2c5b8b3a5c Avail         5.123
  Contact:  trunk/sip:trunk@198.18.9.9:5060               3c5b8b3a5c Avail        15.123
  Contact:  provider/sip:198.18.9.8:5060                  4c5b8b3a5c Avail        15.123
  Contact:  204/sip:204@[2001:db8:ffff:ffff:ffff:fff      5c5b8b3a5c Avail         5.123

Objects found: 5
"""
    found, problems = read(text)
    assert [(one.ip, one.field) for one in found] == [
        ("10.1.2.3", "sip.contact"),
        ("10.1.2.4", "sip.contact"),
        ("198.18.9.9", "sip.contact"),
    ]
    assert problems == []


def test_an_expired_contact_is_not_current_and_others_are() -> None:
    both = f"{KEY}: {json.dumps(_MEMBERS)}\n{KEY}2: {json.dumps(ENDED)}\n"
    found, problems = read(both)
    assert [one.ip for one in found] == ["10.1.2.3"]
    assert [one.missing for one in problems] == [False]
    found, problems = read(both, now="2015-05-20T10:00:00Z")
    assert [one.ip for one in found] == ["10.1.2.3", "10.1.2.4"]
    assert problems == []


def test_a_row_that_is_not_json_is_named_and_the_others_are_read() -> None:
    found, problems = read(f"{KEY}: {{not json}}\n{KEY}: {json.dumps(_MEMBERS)}\n{KEY}: {json.dumps(_MEMBERS)[:99]}")
    assert [one.ip for one in found] == ["10.1.2.3"]
    assert [one.number for one in problems] == [1, 3]


def test_the_rest_of_a_database_is_not_held() -> None:
    """Rows are yielded while the file is read, up to those that are held to compare their addresses."""
    rows = b"".join(
        f"{KEY}{n}: ".encode()
        + json.dumps({"uri": f"sip:{n}@10.1.{n >> 8}.{n & 255}", "user_agent": "x"}).encode()
        + b"\n"
        for n in range(30_000)
    )
    stream = io.BytesIO(rows)
    next(asterisk.read(stream, Context("pbx", NOW)))
    assert stream.tell() < len(rows)


@pytest.mark.adds_to("test_an_expired_contact_is_not_current_and_others_are")
def test_the_samples_of_asterisk_read_as_their_truth_states(shared: Path, tmp_path: Path) -> None:
    found, problems = items(shared / "sources" / "asterisk-astdb-query.txt")
    assert found == []
    assert len(problems) == 1
    db = tmp_path / "x.sqlite"
    recorded(db, items(shared / "sources" / "asterisk-registrar-contact.txt")[0])
    assert {(row["model"], row["firmware"]) for row in rows(db)} == {
        ("T33G", "124.86.0.75"), ("T31P", "124.86.0.40"), ("X3S", "2.4.0"), ("W60B", "77.85.0.25"),
    }  # fmt: skip
