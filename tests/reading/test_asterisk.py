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
CHANGE = f"""Event: ContactStatus
Privilege: system,all
URI: sip:201@203.0.113.9:4024;x-ast-orig-host=10.1.2.3:5060
ContactStatus: Reachable
AOR: 201
UserAgent: {YEALINK}
RegExpire: {LATER}
ViaAddress: 10.1.2.3:5060

"""
FORMS = {
    "ContactStatus": CHANGE,
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


PEERS = """pbx*CLI> sip show peers
Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status
201/201                   10.1.2.3                                 D  Yes        Yes         A  5060     OK (9 ms)
202                       (Unspecified)                            D  No         No             0        UNKNOWN
gateway/trunk             10.1.2.9                                    Yes        Yes            5060     OK (4 ms)
203/203                   fd00::12                                 D  Auto (No)  No             5060     Unmonitored
4 sip peers [Monitored: 2 online, 1 offline Unmonitored: 1 online, 0 offline]
"""
EARLIER_PEERS = """Name/username              Host            Dyn Nat ACL Port     Status
201/201                    10.1.2.3         D   N   A  5061     OK (192 ms)
202/202                    (Unspecified)    D   N      0        UNKNOWN
gateway                    10.1.2.9             N      5060     OK (4 ms)
203/203                    fd00::12         D          5060     LAGGED (2310 ms)
"""
PEER_ENTRIES = "Response: Success\nEventList: start\nMessage: Peer status list will follow\n\n" + "".join(
    f"Event: PeerEntry\nChanneltype: {channel}\nObjectName: {name}\nChanObjectType: peer\nIPaddress: {ip}\n"
    f"IPport: 5060\nDynamic: {dynamic}\nForcerport: yes\nStatus: OK (12 ms)\n\n"
    for channel, name, ip, dynamic in (
        ("SIP", "201", "10.1.2.3", "yes"), ("SIP", "202", "-none-", "yes"), ("SIP", "gateway", "10.1.2.9", "no"),
        ("SIP", "203", "fd00::12", "yes"), ("IAX", "far", "10.1.2.8", "yes"),
    )
)  # fmt: skip
_URIS = (
    "201/sip:201@203.0.113.9:4024;x-ast-orig-host=10.1.2.3:5060,201/sip:201@[fd00::12]:5060,201/sip:gateway@10.1.2.9,"
)
ENDPOINTS = f"""Event: EndpointList
ObjectType: endpoint
ObjectName: 201
Aor: 201
Contacts: {_URIS}
DeviceState: Not in use

Event: EndpointListComplete
ListItems: 1

"""
_SHOWN = """
 Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>
        Aor:  <Aor............................................>  <MaxContact>
      Contact:  <Aor/ContactUri..........................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

 Endpoint:  201/201                                              Not in use    0 of inf
        Aor:  201                                                1
      Contact:  201/sip:201@10.1.2.3:5060                  0c5b8b3a5c Avail         5.123

 Endpoint:  gateway                                              Not in use    0 of inf
        Aor:  gateway                                            0
      Contact:  gateway/sip:10.1.2.9:5060                  1c5b8b3a5c Avail         5.123
   Identify:  gateway/gateway
        Match: 10.1.2.9/32

"""
ADDRESSES = {
    "sip show peers": PEERS,
    "sip show peers, Asterisk 1.8": EARLIER_PEERS,
    "sip show peers as a Command of AMI": "Response: Success\n" + "".join(
        f"Output: {line}\n" for line in PEERS.splitlines()[1:]
    ),
    "PeerEntry": PEER_ENTRIES,
    "PeerStatus": "".join(
        f"Event: PeerStatus\nPrivilege: system,all\nChannelType: {kind}\nPeer: {kind}/{name}\nPeerStatus: {status}\n"
        f"Address: {at}:5060\n\n"
        for kind, name, status, at in (
            ("SIP", "201", "Registered", "10.1.2.3"), ("SIP", "202", "Unregistered", "10.1.2.4"),
            ("SIP", "203", "Registered", "[fd00::12]"), ("IAX2", "far", "Registered", "10.1.2.8"),
        )
    ),
    "ContactStatus, Asterisk 13": "".join(
        f"Event: ContactStatus\nURI: sip:{user}{at}:5060\nContactStatus: Reachable\nAOR: {aor}\nEndpointName: {aor}\n\n"
        for aor, user, at in (("201", "201@", "10.1.2.3"), ("trunk", "", "10.1.2.9"), ("203", "203@", "[fd00::12]"))
    ),
    "SIP/Registry": "/IAX/Registry/far                : 10.1.2.8:4569:60\n"
    "/SIP/Registry/201                : 10.1.2.3:5060:3600:201:sip:201@10.1.2.3:5060;line=1\n"
    "/SIP/Registry/203                : [fd00::12]:5060:3600:203:sip:203@[fd00::12]:5060\n3 results found.\n",
    "EndpointList": ENDPOINTS,
    "AorList": ENDPOINTS.replace("EndpointList", "AorList"),
    "InboundRegistrationDetail": ENDPOINTS.replace("EndpointList", "InboundRegistrationDetail"),
}  # fmt: skip


@pytest.mark.parametrize("form", ADDRESSES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_registered_is_listed_with_its_address_and_what_is_configured_is_not(form: str, end: str) -> None:
    text = ADDRESSES[form].replace("\n", end)
    assert detect.detect(text.encode()) is asterisk.FORMAT
    found, problems = read(text)
    assert [(one.ip, one.field) for one in found] == [("10.1.2.3", "sip.contact"), ("fd00::12", "sip.contact")]
    assert problems == []


@pytest.mark.parametrize("text", [_SHOWN, _SHOWN[_SHOWN.index("        Aor:  <") :].replace(" Endpoint:", " Aor:")])
def test_endpoints_and_aors_of_the_console_yield_their_contacts(text: str) -> None:
    assert [(one.ip, one.field) for one in read(text)[0]] == [("10.1.2.3", "sip.contact")]


OUTBOUND = {
    "pjsip show registrations": """
 <Registration/ServerURI..............................>  <Auth....................>  <Status.......>
==========================================================================================

 provider/sip:10.1.2.9:5060                              provider                    Registered        (exp. 3584s)
""",
    "sip show registry": """Host                  dnsmgr Username       Refresh State                Reg.Time
10.1.2.9:5060         N      user               105 Registered           Tue, 24 Nov 2026 13:00:00
""",
}


@pytest.mark.parametrize("form", OUTBOUND)
def test_where_asterisk_itself_is_registered_is_read_and_is_no_phone(form: str) -> None:
    assert detect.detect(OUTBOUND[form].encode()) is asterisk.FORMAT
    assert read(OUTBOUND[form]) == ([], [])


def test_lines_of_a_phone_in_a_list_and_in_detail_are_one_phone() -> None:
    """The list has no User-Agent, which is not that of another phone."""
    listed = PEERS.replace("fd00::12", "10.1.2.3")
    found, problems = read(listed + CONSOLE)
    assert [(one.ip, one.field) for one in found] == [("10.1.2.3", "sip.contact"), ("10.1.2.3", "sip.user-agent")]
    assert problems == []


def test_a_contact_that_was_removed_is_not_current() -> None:
    found, problems = read(CHANGE.replace("Reachable", "Removed"))
    assert found == []
    assert [one.missing for one in problems] == [True]


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


@pytest.mark.parametrize("parameters", [";ob", ";line=k2j3", ";rinstance=3a5e", ";transport=ws;ob", ";transport=WS"])
def test_a_phone_with_a_user_of_its_own_is_told_from_a_trunk_by_the_parameters_of_its_contact(parameters: str) -> None:
    listed = f"  Contact:  201/sip:q8fk2@10.1.2.3:5060{parameters}     0c5b8b3a5c Avail         5.123\n"
    of_event = f"Event: AorList\nObjectName: 201\nContacts: 201/sip:q8fk2@10.1.2.3:5060{parameters},\n\n"
    trunk = "trunk/sip:account@198.18.9.9:5060"
    begin = "  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>\n"
    for text in (
        f"{begin}{listed}  Contact:  {trunk};transport=tls;lr    3c5b8b3a5c Avail   5.1\n",
        f"{of_event}Event: AorList\nObjectName: trunk\nContacts: {trunk};obey=1,{trunk};transport=tcp\n\n",
    ):
        assert [one.ip for one in read(text)[0]] == ["10.1.2.3"]
