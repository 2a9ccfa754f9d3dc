"""Registrations of FreeSWITCH in the forms of its console."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect, freeswitch
from tests.reading.inventories import NOW, inventoried

CISCO = "Cisco-CP-8851-3PCC/12.0.7"
TEXT = f"""freeswitch@pbx> sofia status profile internal reg

Registrations:
=================================================================================================
Call-ID:    \t5ea7a1dd@10.1.2.3
User:       \t260000@example.invalid
Contact:    \t"260000" <sip:260000@10.1.2.3:5070;transport=tls;fs_nat=yes;fs_path=sip%3A26%40203.0.113.9%3A1024>
Agent:      \t{CISCO}
Status:     \tRegistered(TLS-NAT)(unknown) EXP(2026-06-25 19:01:21) EXPSECS(202)
Ping-Status:\tReachable
Host:       \texample.invalid
IP:         \t203.0.113.9
Port:       \t1024
Auth-User:  \t260000

Call-ID:    \t77@10.1.2.4
User:       \t260001@example.invalid
Contact:    \t"260001" <sip:260001@10.1.2.4:5060>
Agent:      \tYealink SIP-T46U 108.86.0.90
Status:     \tRegistered(UDP)(unknown) EXP(2026-06-25 18:50:00) EXPSECS(-479)
IP:         \t10.1.2.4

Total items returned: 2
"""
_ELEMENT = """    <registration>
        <call-id>5ea7a1dd@10.1.2.3</call-id>
        <user>260000@example.invalid</user>
        <contact>{contact}</contact>
        <agent>Cisco-CP-8851-3PCC/12.0.7</agent>
        <status>Registered(TLS)(unknown) exp(2026-06-25 19:01:21) expsecs(202)</status>
        <network-ip>203.0.113.9</network-ip>
    </registration>
"""
_HEAD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<profile>\n  <registrations>\n'
ESCAPED = (
    _HEAD + _ELEMENT.format(contact="&quot;26&quot; &lt;sip:26@10.1.2.3:5070&gt;") + "  </registrations>\n</profile>\n"
)
UNESCAPED = _HEAD + _ELEMENT.format(contact='"26" <sip:26@10.1.2.3:5070>') + "  </registrations>\n</profile>\n"
JSON = json.dumps(
    {
        "profiles": {
            "internal": {
                "registrations": [
                    {
                        "call-id": "5ea7a1dd@10.1.2.3", "user": "26@example.invalid", "agent": CISCO,
                        "contact": '"26" <sip:26@10.1.2.3:5070>', "network-ip": "203.0.113.9",
                        "status": "Registered(TLS)(unknown) EXP(2026-06-25 19:01:21) EXPSECS(202)",
                    }
                ]
            }
        }
    }
)  # fmt: skip
FORMS = {
    "text": TEXT, "XML": ESCAPED, "XML that is not escaped": UNESCAPED, "XML in one line": ESCAPED.replace("\n", ""),
    "JSON": JSON, "indented JSON": json.dumps(json.loads(JSON), indent=1),
}  # fmt: skip
ROWS = """reg_user,realm,token,url,expires,network_ip,network_port,network_proto,hostname,metadata
26,example.invalid,072332d7@10.1.2.3,sofia/internal/sip:26@10.1.2.3:5070;ob,1795400000,203.0.113.9,1024,udp,pbx,
27,example.invalid,08103ee3,sofia/internal/sip:27@10.1.2.4:5060,1686662067,10.1.2.4,5060,udp,pbx,

2 total.
"""


def read(text: str, now: str = NOW) -> tuple[list[Observation], list[Problem]]:
    found = list(detect.read(io.BytesIO(text.encode()), Context("pbx", now)))
    return [i for i in found if not isinstance(i, Problem)], [i for i in found if isinstance(i, Problem)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_form_yields_the_phone_at_its_own_address_when_it_was_printed(form: str, end: str) -> None:
    text = FORMS[form].replace("\n", end)
    assert detect.detect(text.encode()) is freeswitch.FORMAT
    (phone,), problems = read(text)
    assert (phone.ip, phone.value, phone.source) == ("10.1.2.3", CISCO, "registrar pbx")
    assert phone.time == "2026-06-25T18:57:59Z"
    assert not any(one.missing for one in problems)
    assert len(problems) == (form == "text"), "the one that expired"


def test_the_time_of_an_output_of_today_is_that_of_reading_in_any_zone() -> None:
    for now in ("2026-06-25T09:00:00Z", "2026-06-26T08:00:00Z"):
        assert [one.time for one in read(ESCAPED, now)[0]] == [now]


@pytest.mark.parametrize("text", [ROWS, ROWS.replace("\n", "\r\n")], ids=["LF", "CRLF"])
def test_the_table_of_registrations_yields_addresses_that_are_current(text: str) -> None:
    found, problems = read(text)
    assert [(one.ip, one.field, one.value) for one in found] == [("10.1.2.3", "sip.contact", "<sip:10.1.2.3>")]
    assert [one.missing for one in problems] == [False]


def test_the_table_as_json_yields_the_same() -> None:
    header, *lines = ROWS.splitlines()
    table = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines[:2]]
    found, _ = read(json.dumps({"row_count": 2, "rows": table}))
    assert [(one.ip, one.field) for one in found] == [("10.1.2.3", "sip.contact")]


def test_a_value_that_the_end_of_the_file_cuts_is_not_read() -> None:
    found, problems = read(TEXT[: TEXT.index("3PCC/12.0")] + "3PCC/12.0")
    assert found == []
    assert problems[0].missing
    found, problems = read(ESCAPED[: ESCAPED.index("</registration>")])
    assert found == []
    assert problems == [Problem(4, "the file ends within a registration")]


@pytest.mark.adds_to("test_every_form_yields_the_phone_at_its_own_address_when_it_was_printed")
def test_the_sample_of_freeswitch_reads_as_its_truth_states(shared: Path, tmp_path: Path) -> None:
    rows = inventoried(shared / "sources" / "freeswitch-sofia-reg.txt", tmp_path)
    phones = [row for row in rows if row["kind"] == "phone"]
    assert [(row["ip"], row["model"], row["firmware"]) for row in phones] == [("192.0.2.17", "CP-8851", "12.0.7")]
