"""The location table of Kamailio and OpenSIPS, in the four forms that their tools print."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect, usrloc
from tests.reading.inventories import NOW, inventoried

CONTEXT = Context("sbc1", NOW)

KAMCMD = """{
\tDomains: {
\t\tDomain: {
\t\t\tDomain: location
\t\t\tAoRs: {
\t\t\t\tInfo: {
\t\t\t\t\tAoR: 201
\t\t\t\t\tHashID: 1840696046
\t\t\t\t\tContacts: {
\t\t\t\t\t\tContact: {
\t\t\t\t\t\t\tAddress: sip:201@198.18.3.11:5060;transport=udp
\t\t\t\t\t\t\tExpires: 47
\t\t\t\t\t\t\tCall-ID: 0_16@198.18.3.11
\t\t\t\t\t\t\tUser-Agent: Aastra 6867i/4.5.0.41
\t\t\t\t\t\t\tReceived: sip:203.0.113.9:59118
\t\t\t\t\t\t\tInstance: <urn:uuid:00000000-0000-1000-8000-00085D738C61>
\t\t\t\t\t\t\tLast-Modified: 1795390000
\t\t\t\t\t\t}
\t\t\t\t\t\tContact: {
\t\t\t\t\t\t\tAddress: sip:201@198.18.3.12:5060
\t\t\t\t\t\t\tExpires: expired
\t\t\t\t\t\t\tUser-Agent: Yealink SIP-T46U 108.86.0.90
\t\t\t\t\t\t}
\t\t\t\t\t}
\t\t\t\t}
\t\t\t}
\t\t}
\t}
}
"""
KAMAILIO_JSON = json.dumps(
    {
        "jsonrpc": "2.0",
        "result": {
            "Domains": [
                {
                    "Domain": {
                        "Domain": "location",
                        "AoRs": [
                            {
                                "Info": {
                                    "AoR": "201",
                                    "Contacts": [
                                        {
                                            "Contact": {
                                                "Address": "sip:201@198.18.3.11:5060",
                                                "Expires": 47,
                                                "User-Agent": "Aastra 6867i/4.5.0.41",
                                                "Received": "sip:203.0.113.9:59118",
                                                "Instance": "<urn:uuid:00000000-0000-1000-8000-00085D738C61>",
                                                "Last-Modified": 1795390000,
                                            }
                                        },
                                        {
                                            "Contact": {
                                                "Address": "sip:201@198.18.3.12:5060",
                                                "Expires": "deleted",
                                                "User-Agent": "Yealink SIP-T46U 108.86.0.90",
                                            }
                                        },
                                    ],
                                }
                            }
                        ],
                        "Stats": {"Records": 1},
                    }
                }
            ]
        },
        "id": 1,
    }
)
UL_SHOW = """Domain:: location table=512 records=1
\tAOR:: 201
\t\tContact:: sip:201@198.18.3.11:5060 Q=
\t\t\tContactID:: 1767885864954038130
\t\t\tExpires:: 163
\t\t\tCallid:: 1_636487152@198.18.3.11
\t\t\tUser-agent:: Aastra 6867i/4.5.0.41
\t\t\tReceived:: sip:203.0.113.9:59118
\t\t\tState:: CS_SYNC
\t\t\tSIP_instance:: "<urn:uuid:00000000-0000-1000-8000-00085D738C61>"
\t\tContact:: sip:201@198.18.3.12:5060 Q=1
\t\t\tExpires:: deleted
\t\t\tUser-agent:: Yealink SIP-T46U 108.86.0.90
\t\t\tMethods:: 7999
"""
UL_DUMP = json.dumps(
    {
        "Domains": [
            {
                "name": "location",
                "hash_size": 512,
                "AORs": [
                    {
                        "AOR": "201",
                        "Contacts": [
                            {
                                "Contact": "sip:201@198.18.3.11:5060",
                                "ContactID": "1767885864954038130",
                                "Expires": 163,
                                "User-agent": "Aastra 6867i/4.5.0.41",
                                "Received": "sip:203.0.113.9:59118",
                                "SIP_instance": '"<urn:uuid:00000000-0000-1000-8000-00085D738C61>"',
                            },
                            {
                                "Contact": "sip:201@198.18.3.12:5060",
                                "Expires": "expired",
                                "User-agent": "Yealink SIP-T46U 108.86.0.90",
                            },
                        ],
                    }
                ],
            }
        ]
    }
)
FORMS = {
    "kamcmd ul.dump": KAMCMD,
    "JSON-RPC ul.dump": KAMAILIO_JSON,
    "JSON-RPC ul.dump, indented": json.dumps(json.loads(KAMAILIO_JSON), indent=2),
    "opensipsctl ul show": UL_SHOW,
    "opensips-cli ul_dump": UL_DUMP,
    "opensips-cli ul_dump, indented": json.dumps(json.loads(UL_DUMP), indent=4),
}


def read(text: str | bytes) -> tuple[list[Observation], list[Problem]]:
    octets = text.encode() if isinstance(text, str) else text
    items = list(detect.read(io.BytesIO(octets), CONTEXT))
    return [i for i in items if not isinstance(i, Problem)], [i for i in items if isinstance(i, Problem)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_form_yields_the_phone_and_not_the_nat_or_what_expired(form: str, end: str) -> None:
    text = FORMS[form].replace("\n", end)
    assert detect.detect(text.encode()) is usrloc.FORMAT
    (phone,), problems = read(text)
    assert (phone.ip, phone.mac) == ("198.18.3.11", "00:08:5d:73:8c:61")
    assert (phone.field, phone.value, phone.source) == ("sip.user-agent", "Aastra 6867i/4.5.0.41", "registrar sbc1")
    assert [(one.what, one.missing) for one in problems] == [(f"1 contact had expired at {NOW}: not current", False)]


def test_contacts_of_earlier_versions_have_their_values_in_one_line() -> None:
    text = (
        "200 OK\nContact:: <sip:201@198.18.3.11:37225;line=0a1b>;q=0.5;expires=3252;flags=0x0;cflags=0x0;"
        "socket=<udp:198.18.3.1:5060>;methods=0xFFFFFFFF;received=<sip:203.0.113.9:37225>;"
        "user_agent=<Yealink SIP-T46U 108.86.0.90>\n"
        "Contact:: <sip:202@198.18.3.12:5060>;q=;expires=expired;flags=0x0;user_agent=<x>\n"
    )
    assert detect.detect(text.encode()) is usrloc.FORMAT
    (phone,), problems = read(text)
    assert (phone.ip, phone.field, phone.value) == ("198.18.3.11", "sip.user-agent", "Yealink SIP-T46U 108.86.0.90")
    assert [one.missing for one in problems] == [False]


def test_the_time_is_that_of_the_last_registration() -> None:
    (phone,), _ = read(KAMCMD)
    assert phone.time == "2026-11-22T23:26:40Z"
    (phone,), _ = read(KAMCMD.replace("1795390000", "9995390000"))
    assert phone.time == NOW, "a clock that is ahead"


@pytest.mark.parametrize("form", ["kamcmd ul.dump", "opensipsctl ul show"])
def test_a_value_that_the_end_of_the_file_cuts_is_not_read(form: str) -> None:
    text = FORMS[form]
    cut = text[: text.index("6867i/4.5.0.41") + len("6867i/4.5")]
    found, problems = read(cut)
    assert found == []
    assert [one.what for one in problems] == ["the file ends within a value of a contact, which is not read"]


@pytest.mark.parametrize("form", ["JSON-RPC ul.dump", "opensips-cli ul_dump"])
def test_a_cut_document_yields_the_contacts_before_the_cut(form: str) -> None:
    text = FORMS[form]
    found, problems = read(text[: text.index("198.18.3.12")])
    assert [one.ip for one in found] == ["198.18.3.11"]
    assert [one.what for one in problems] == ["the JSON document is truncated; the complete objects were read"]


def test_a_long_line_and_a_long_text_cost_no_other_contact() -> None:
    found, _ = read(KAMCMD.replace("HashID: 1840696046", "HashID: " + "x" * 10_000_000))
    assert [one.ip for one in found] == ["198.18.3.11"]
    text = UL_DUMP.replace('"location"', '"' + '\\"{x' * 300_000 + '"')
    (phone, problem) = detect.read(io.BytesIO(text.encode()), CONTEXT, "usrloc")
    assert isinstance(phone, Observation)
    assert phone.ip == "198.18.3.11"
    assert isinstance(problem, Problem)


def test_a_registration_through_a_browser_has_no_address_and_is_not_missed() -> None:
    browser = KAMCMD.replace("201@198.18.3.11:5060;transport=udp", "x@9g6c7ijt6p1e.invalid;transport=ws")
    found, problems = read(browser.replace("Instance", "Other").replace("0_16@198.18.3.11", "0_16"))
    assert found == []
    assert not any(one.missing for one in problems)


@pytest.mark.adds_to("test_every_form_yields_the_phone_and_not_the_nat_or_what_expired")
def test_the_dump_of_a_real_kamailio_is_read(shared: Path, tmp_path: Path) -> None:
    rows = inventoried(shared / "sources" / "kamailio-ul-dump.txt", tmp_path)
    phones = [row for row in rows if row["kind"] == "phone"]
    assert [(row["ip"], row["mac"], row["model"], row["firmware"]) for row in phones] == [
        ("192.168.40.13", "00:08:5d:73:8c:60", "6867i", "4.5.0.41")
    ]
