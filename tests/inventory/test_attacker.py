"""One host on the LAN of honest phones sends whatever it likes: no phone changes, merges or vanishes because of it.

The attacker has an address and a mac of its own, and sends any content in any field of its responses and frames: the
banner, mac, serial number or address of a phone or of the gateway, macs of no device, in any number and order, before,
beside and after what the phones send. Whom a frame is of is tested in `tests/discovery/test_forged_frames.py`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.fields import FIELDS
from scanner.identity.authority import Part, rank
from tests.inventory.conftest import Row, Store, arp, day, sip

COLUMNS = ("ip", "mac", "model", "firmware", "status", "compliance")


class Phone(NamedTuple):
    """An honest phone, and a banner that contains its mac."""

    ip: str
    mac: str
    banner: str

    @property
    def bare(self) -> str:
        return self.mac.replace(":", "")

    def sent(self, night: int) -> list[Row]:
        """What the phone sends in a night, and the row of the scanner's neighbour table."""
        return [
            sip(self.ip, self.banner, time=day(night, "02:00:00")),
            arp(self.ip, self.mac, time=day(night, "02:01:00")),
        ]


PHONES = (
    Phone("198.18.10.11", "64:16:7f:a1:00:01", "PolycomVVX-VVX_411-UA/5.9.0.9373"),
    Phone("198.18.10.12", "80:5e:c0:a2:00:02", "Yealink SIP-T58A 58.15.0.20"),
    Phone("198.18.10.13", "64:16:7f:a1:00:03", "PolycomVVX-VVX_601-UA/5.8.0.12848"),
)
GATEWAY, GATEWAY_MAC = "198.18.10.1", "cc:2d:e0:a7:00:01"
OWN, OWN_MAC = "198.18.10.66", "d4:be:d9:a6:00:66"
#: Fields of frames, which carry a mac and may name any address, and of responses, which have one.
FRAMES = sorted(name for name in FIELDS if name.startswith(("lldp", "cdp", "dhcp")))
#: Fields of messages that any host sends of another mac, as a DHCP relay does.
RELAYED = [f"relay {name}" for name in FRAMES if name.startswith("dhcp.")]
RESPONSES = sorted(name for name in FIELDS if name.startswith(("sip.", "http", "mdns", "ssdp", "provisioning")))
RESPONSES += [f"mdns.txt.{key}" for key in ("mac", "model", "serial", "fw")]


def contents(phone: Phone) -> tuple[str, ...]:
    """What the attacker sends of a phone, of the gateway and of no device."""
    return (
        phone.banner, f"{phone.banner}_{phone.bare}", f"Polycom VVX 411 ({phone.bare})", f"SEP{phone.bare.upper()}",
        f"Yealink SIP-T58A 58.15.0.20 {phone.bare}", f"CN={phone.bare},O=Polycom Inc.", f"Polycom_{phone.bare}",
        phone.mac, phone.bare, phone.ip, f"sip:100@{phone.ip}", "Cisco IOS Software, C2960", "bridge,router",
        "telephone", "Linux ubuntu x86_64", "58.15.0.20", "VVX 411", GATEWAY, GATEWAY_MAC, "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "",
    )  # fmt: skip


def honest(night: int) -> list[Row]:
    sent = [row for phone in PHONES for row in phone.sent(night)]
    return [*sent, arp(GATEWAY, GATEWAY_MAC, time=day(night, "02:01:00"))]


def forged(phone: Phone, field: str, content: str, address: str | None) -> Row:
    """One value of the attacker; a response is from its own address."""
    if field in RELAYED:
        return {"mac": phone.mac, "field": field.split()[1], "value": content, "source": "dhcp relay eth0"}
    frame = field in FRAMES
    return {
        "ip": address if frame else OWN,
        "mac": OWN_MAC if frame else None,
        "field": field,
        "value": content,
        "source": f"{field.partition('.')[0].removesuffix('-med')} {'eth0' if frame else f'{OWN}:1'}",
    }


def inventory(nights: Iterable[tuple[int, Sequence[Row]]]) -> tuple[list[Row], list[tuple[Any, ...]]]:
    """The rows and the conflicts after nights of observations."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "phonescan.sqlite")
        for night, rows in nights:
            store.feed(rows, day(night, "03:00:00"))
        return store.rows(), store.sql("SELECT note FROM events WHERE kind = 'conflict'")


def look(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in COLUMNS)


def lost(rows: Sequence[Row], strict: bool) -> list[str]:
    """The phones whose row is not the honest one; unless `strict`, a verdict may be in review."""
    found = []
    for phone, wanted in zip(PHONES, EXPECTED, strict=True):
        here = [look(row) for row in rows if row["mac"] == phone.mac]
        if here != [wanted] and (strict or len(here) != 1 or (*here[0][:5], "review") != (*wanted[:5], "review")):
            found.append(f"{wanted} is {here}")
    return found


EXPECTED = (
    ("198.18.10.11", "64:16:7f:a1:00:01", "VVX 411", "5.9.0.9373", "certified", "compliant"),
    ("198.18.10.12", "80:5e:c0:a2:00:02", "T58A", "58.15.0.20", "certified", "compliant"),
    ("198.18.10.13", "64:16:7f:a1:00:03", "VVX 601", "5.8.0.12848", "outdated", "noncompliant"),
)
VALUES = st.builds(
    lambda phone, field, number, address, minute: {
        **forged(phone, field, contents(phone)[number], address),
        "time": f"02:0{minute}:30",
    },
    st.sampled_from(PHONES),
    st.sampled_from([*FRAMES, *RELAYED, *RESPONSES]),
    st.integers(0, len(contents(PHONES[0])) - 1),
    st.sampled_from([None, OWN, PHONES[0].ip, PHONES[1].ip, GATEWAY]),
    st.integers(0, 3),
)


def of_night(rows: Iterable[Row], night: int) -> list[Row]:
    return [{**row, "time": day(night, row["time"])} for row in rows]


@given(st.lists(VALUES, min_size=1, max_size=6), st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_an_attacker_changes_no_phone_whatever_it_sends_in_whatever_order(
    sent: list[Row], known: bool, order: Any
) -> None:
    rows = [*honest(10), *of_night(sent, 10), *([arp(OWN, OWN_MAC, time=day(10, "02:01:00"))] if known else [])]
    found, _ = inventory([(10, order.sample(rows, len(rows)))])
    assert lost(found, strict=False) == []
    again, _ = inventory([(10, rows)])
    assert sorted(map(look, again), key=str) == sorted(map(look, found), key=str)


@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(VALUES, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_forged_claim_ends_when_it_is_contradicted(before: list[Row], between: list[Row]) -> None:
    nights = [(8, of_night(before, 8)), (9, honest(9)), (10, of_night(between, 10)), (11, honest(11))]
    assert lost(inventory(nights)[0], strict=True) == []


@pytest.mark.parametrize("field", ["sip.user-agent", "http.title", "mdns.instance"])
@pytest.mark.parametrize(("victim", "content"), [(PHONES[0], 1), (PHONES[1], 1), (PHONES[1], 4)])
def test_the_attacker_is_not_compliant_by_what_names_the_mac_of_a_phone(
    victim: Phone, content: int, field: str
) -> None:
    rows = [*honest(10), arp(OWN, OWN_MAC, time=day(10, "02:01:00"))]
    rows.append({**forged(victim, field, contents(victim)[content], None), "time": day(10, "02:02:00")})
    found, conflicts = inventory([(10, rows)])
    assert lost(found, strict=False) == []
    assert [row["compliance"] for row in found if OWN in (row["ip"], row["mac"])] in ([], ["review"])
    assert all(OWN in note for (note,) in conflicts)


def _same_mac(first: Row, second: Row) -> list[Row]:
    return [row for one in (first, second) for row in (one, arp(one["ip"], PHONES[0].mac, time=one["time"]))]


@pytest.mark.parametrize("minutes", [0, 1, 9, 20, 59, 120, 300])
@pytest.mark.parametrize("other", ["PolycomVVX-VVX_411-UA/5.8.0.12848", "PolycomVVX-VVX_601-UA/5.8.0.12848"])
def test_two_addresses_with_one_mac_hide_no_firmware_without_a_conflict(other: str, minutes: int) -> None:
    later = day(10, f"{2 + minutes // 60:02d}:{minutes % 60:02d}:00")
    rows = _same_mac(sip("198.18.10.11", PHONES[0].banner, time=day(10)), sip("198.18.10.21", other, time=later))
    found, conflicts = inventory([(10, rows)])
    assert len(found) + len(conflicts) >= 2


#: What a host sends as a relay of the mac of another: a model, a firmware, another kind of host.
OF_OTHERS = (
    "PolycomVVX-VVX_601-UA/5.8.0.12848",
    "yealink SIP-T46S",
    "MSFT 5.0",
    "Cisco Systems, Inc. IP Phone CP-7821",
)


@pytest.mark.parametrize("unresponsive", [False, True])
@pytest.mark.parametrize("content", OF_OTHERS)
def test_a_relayed_message_changes_no_device_that_another_source_shows(content: str, unresponsive: bool) -> None:
    """A phone of which ARP alone shows the mac, too: it is on our link, where no relay is."""
    forged = [
        {"mac": phone.mac, "field": name, "value": value, "source": "dhcp relay eth0"}
        for phone in PHONES
        for name, value in (("dhcp.vendor-class", content), ("dhcp.hostname", "DESKTOP-AB12"))
    ]
    known = [row for row in honest(10) if not unresponsive or row["field"] == "arp.mac"]
    wanted, _ = inventory([(10, known)])
    for nights in (
        [(10, [*known, *forged])],
        [(9, forged), (10, known)],
        [(9, known), (10, known), (11, forged), (12, known)],
    ):
        found, conflicts = inventory(nights)
        assert list(map(look, found)) == list(map(look, wanted))
        assert conflicts == []


@pytest.mark.parametrize("part", ["mac", "kind", "firmware"])
def test_a_relayed_message_counts_as_the_record_of_a_server_does(part: Part) -> None:
    own, relayed, recorded = (
        rank(part, "dhcp.vendor-class", f"{sent} x") for sent in ("dhcp", "dhcp relay", "provisioning")
    )
    assert own < relayed == recorded


def test_a_relayed_message_adds_a_phone_that_no_other_source_shows() -> None:
    row = {"mac": PHONES[0].mac, "field": "dhcp.vendor-class", "value": OF_OTHERS[0], "source": "dhcp relay eth0"}
    found, _ = inventory([(10, [row])])
    assert [(one["mac"], one["ip"], one["model"]) for one in found] == [(PHONES[0].mac, None, "VVX 601")]


@pytest.mark.parametrize("unresponsive", [False, True])
@pytest.mark.parametrize("address", [None, OWN, "victim"])
@pytest.mark.parametrize("source", ["provisioning access.log", "registrar pbx"])
def test_the_record_of_a_server_changes_no_phone_of_another_product(
    source: str, address: str | None, unresponsive: bool
) -> None:
    """Any host can send a request that names the mac of a phone, or by X-Forwarded-For its address."""
    field = "sip.user-agent" if source.startswith("registrar") else "provisioning.user-agent"
    forged = [
        {"ip": phone.ip if address == "victim" else address, "mac": phone.mac, "field": field, "value": OF_OTHERS[1],
         "source": source}
        for phone in PHONES
        if "Yealink" not in phone.banner
    ]  # fmt: skip
    wanted, _ = inventory([(9, honest(9)), (10, honest(10))])
    own = [arp(GATEWAY, GATEWAY_MAC, time=day(10, "02:01:00"))] if unresponsive else honest(10)
    for nights in (
        [(8, of_night([{**row, "time": "01:50:00"} for row in forged], 8)), (9, honest(9)), (10, honest(10))],
        [(9, honest(9)), (10, [*own, *of_night([{**row, "time": "02:20:00"} for row in forged], 10)])],
    ):
        found, conflicts = inventory(nights)
        assert [look(row) for row in found] == [look(row) for row in wanted]
        assert conflicts == []
