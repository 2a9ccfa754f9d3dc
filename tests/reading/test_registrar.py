"""What contacts of a registrar show of phones: their own address and mac, and never those of NAT or an SBC."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from scanner.core.model import Observation
from scanner.reading import Context, Problem
from scanner.reading.registrar import attribution
from scanner.reading.registrar.contact import RegisteredContact
from scanner.reading.registrar.location import place

NOW = "2026-11-23T02:00:00Z"
CONTEXT = Context("pbx", NOW, listed_prefix=lambda mac: mac.startswith("80:5e:c0"))
YEALINK = "Yealink SIP-T46U 108.86.0.90"
POLY = "PolycomVVX-VVX_411-UA/5.9.5.0614"


def contact(uri: str = "sip:201@10.1.2.3:5060", **more: str) -> RegisteredContact:
    values = {"agent": YEALINK, "aor": "201", **more}
    return RegisteredContact(1, uri, **values)  # type: ignore[arg-type]


def observed(*contacts: RegisteredContact) -> tuple[list[Observation], list[Problem]]:
    items = list(attribution.observations(contacts, CONTEXT))
    return [i for i in items if not isinstance(i, Problem)], [i for i in items if isinstance(i, Problem)]


ADDRESSES = {
    "a contact": (contact(), "10.1.2.3"),
    "a contact with its name": (contact('"Ann" <sip:201@10.1.2.3:5060;transport=tcp>;expires=60'), "10.1.2.3"),
    "a contact without a user": (contact("<sip:10.1.2.3>"), "10.1.2.3"),
    "IPv6": (contact("sip:201@[fd00::12]:5060"), "fd00::12"),
    "the source is that of a router": (contact(received="sip:203.0.113.9:4024"), "10.1.2.3"),
    "Asterisk keeps the original": (
        contact("sip:201@203.0.113.9:4024;x-ast-orig-host=10.1.2.3:5060"),
        "10.1.2.3",
    ),
    "the phone's own Via": (contact("sip:201@203.0.113.9:4024", via="10.1.2.3:5060"), "10.1.2.3"),
    "a host name, and a Call-ID": (contact("sip:201@phone.example.org", call_id="2@10.1.2.3"), "10.1.2.3"),
    "a host name, and the source": (contact("sip:201@phone.example.org", received="10.1.2.3"), "10.1.2.3"),
    "a contact before a Call-ID": (contact(call_id="2@10.9.9.9"), "10.1.2.3"),
    "loopback": (contact("sip:201@127.0.0.1", call_id="2@10.1.2.3"), "10.1.2.3"),
    "the address of a router alone": (contact("sip:201@phone.example.org", received="203.0.113.9"), None),
    "the original is a name": (contact("sip:201@203.0.113.9:4024;x-ast-orig-host=a.invalid:0"), None),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_the_address_is_the_phones_own(case: str) -> None:
    given, expected = ADDRESSES[case]
    found = place(given, CONTEXT).addresses
    assert (found[0] if found else None) == expected


MACS = {
    "an instance made of the mac": (contact(instance="<urn:uuid:00000000-0000-1000-8000-805EC0123456>"), True),
    "an instance that ends in a listed mac": (
        contact(instance="<urn:uuid:2a6f2c3d-0d1c-4b51-9a7e-805ec0123456>"),
        True,
    ),
    "an instance of another mac": (contact(instance="<urn:uuid:2a6f2c3d-0d1c-4b51-9a7e-001122334455>"), False),
    "a parameter of the contact": (
        contact('<sip:1@10.1.2.3>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-805EC0123456>"'),
        True,
    ),
    "a device name": (contact('<sip:1@10.1.2.3>;+u.sip!devicename.ccm.cisco.com="SEP805EC0123456"'), True),
    "the end of the agent": (contact(agent=f"{YEALINK} 80:5e:c0:12:34:56"), True),
    "the end of the agent, bare": (contact(agent=f"{YEALINK} 805ec0123456"), True),
    "a number in the agent": (contact(agent="Phone 001122334455"), False),
    "the user": (contact("sip:805ec0123456@10.1.2.3"), True),
    "the user behind mac": (contact("sip:mac805ec0123456@10.1.2.3"), True),
    "the address of record": (contact(aor="805EC0123456@example.org"), True),
    "a telephone number": (contact("sip:495112345678@10.1.2.3"), False),
    "null": (contact(instance="<urn:uuid:00000000-0000-1000-8000-000000000000>"), False),
}


@pytest.mark.parametrize("case", MACS)
def test_the_mac_is_read_where_the_message_contains_it(case: str) -> None:
    given, there = MACS[case]
    assert place(given, CONTEXT).mac == ("80:5e:c0:12:34:56" if there else None)


def test_a_mac_of_another_maker_than_the_agents_is_not_the_phones() -> None:
    context = CONTEXT._replace(same_maker=lambda field, value, mac: "Yealink" in value)
    given = contact(instance="<urn:uuid:00000000-0000-1000-8000-805EC0123456>")
    assert place(given, context).mac == "80:5e:c0:12:34:56"
    assert place(replace(given, agent=POLY), context).mac is None


def test_lines_of_a_phone_are_one() -> None:
    found, problems = observed(contact(), contact("sip:202@10.1.2.3:5060", aor="202"))
    assert [(one.ip, one.value) for one in found] == [("10.1.2.3", YEALINK)]
    assert problems == []


SHARED = {
    "User-Agents": (contact(), contact("sip:202@10.1.2.3:5062", aor="202", agent=POLY)),
    "sources": (contact(received="203.0.113.9"), contact(aor="202", received="203.0.113.77")),
    "Call-IDs": (
        contact("sip:201@198.51.100.7:1", call_id="a@10.1.2.3"),
        contact("sip:202@198.51.100.7:2", aor="202", call_id="a@10.1.2.4"),
    ),
}


@pytest.mark.parametrize("case", ["User-Agents", "sources"])
def test_an_address_of_two_phones_is_neither_ones(case: str) -> None:
    found, problems = observed(*SHARED[case])
    assert found == []
    assert [one.missing for one in problems] == [True]
    assert problems[0].what.startswith("2 contacts without a mac or an address of one phone alone")


def test_phones_behind_one_address_are_those_of_their_call_ids() -> None:
    found, problems = observed(*SHARED["Call-IDs"])
    assert [one.ip for one in found] == ["10.1.2.3", "10.1.2.4"]
    assert problems == []


def test_a_list_without_user_agents_before_them_hides_no_second_phone() -> None:
    listed = contact(agent="", aor="200")
    found, problems = observed(listed, *SHARED["User-Agents"])
    assert found == []
    assert problems[0].what.startswith("3 contacts")


def test_phones_behind_an_sbc_are_known_by_their_macs() -> None:
    macs = [f"80:5e:c0:12:34:{number:02x}" for number in range(3)]
    contacts = [contact(f"sip:{n}@10.0.0.5:5060", aor=str(n), agent=f"{YEALINK} {mac}") for n, mac in enumerate(macs)]
    found, problems = observed(*contacts)
    assert [(one.ip, one.mac) for one in found] == [(None, mac) for mac in macs]
    assert problems == []


def test_an_address_with_more_lines_than_a_phone_has_is_an_sbcs() -> None:
    found, problems = observed(*(contact(f"sip:{n}@10.0.0.5:5060", aor=str(n)) for n in range(60)))
    assert found == []
    assert problems[0].what.startswith("60 contacts")


def test_an_upgrade_of_one_address_of_record_is_one_phone() -> None:
    newer = contact(agent="Yealink SIP-T46U 108.87.0.20", time="2026-11-23T01:00:00Z")
    found, _ = observed(contact(time="2026-11-22T01:00:00Z"), newer)
    assert [(one.ip, one.time, one.value[-12:]) for one in found] == [
        ("10.1.2.3", "2026-11-22T01:00:00Z", " 108.86.0.90"),
        ("10.1.2.3", "2026-11-23T01:00:00Z", " 108.87.0.20"),
    ]


def test_a_contact_without_a_user_agent_is_an_endpoint_at_its_address_and_nothing_of_its_user() -> None:
    ((one,), _) = observed(contact('"Ann" <sip:ann@10.1.2.3:5060>', agent=""))
    assert (one.ip, one.field, one.value) == ("10.1.2.3", "sip.contact", "<sip:10.1.2.3>")


def test_what_expired_is_counted_and_something_is_missing_where_nothing_is_current() -> None:
    ended = replace(contact(), ended=True)
    found, (problem,) = observed(ended, ended)
    assert (found, problem.missing) == ([], True)
    what = f"2 contacts had expired at {NOW}: not current; if the file is of an earlier time, state it with --at"
    assert problem.what == what
    assert [one.missing for one in observed(contact(), ended)[1]] == [False]


def test_contacts_beyond_those_that_are_held_are_yielded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "HELD", 10)
    contacts = [contact(f"sip:{n}@10.1.{n // 250}.{n % 250 + 1}", aor=str(n)) for n in range(1_000)]
    held = attribution.Attribution(CONTEXT)
    early = [one for each in contacts for one in held.add(each)]
    assert len(early) == 990
    assert len(list(held.rest())) == 10
