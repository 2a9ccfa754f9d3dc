"""The address of a device, where several sources claim one: who may claim it, and for how long (`identity.authority`).

Each case is read in the order given, turned round, as one file and one observation at a time: the address is the same.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.inventory.rules.placement import Spot, address, spots

Row = dict[str, Any]

A, B, C, D = (f"64:16:7f:00:00:0{n}" for n in range(1, 5))
PC = "d4:be:d9:a6:00:01"
X, Y, Z, NAT, PUBLIC = "198.18.10.11", "198.18.10.12", "198.18.10.13", "198.19.255.1", "203.0.113.9"
V411 = "PolycomVVX-VVX_411-UA/5.9.0.9373"


def at(night: int, clock: str = "02:00:00") -> str:
    return f"2026-11-{night:02d}T{clock}Z"


def responds(ip: str, time: str, mac: str | None = None) -> Row:
    """The phone responds at the address; with `mac` its link layer is seen as well."""
    return {"field": "sip.user-agent", "value": V411, "ip": ip, "mac": mac, "time": time, "source": f"sip {ip}:5060"}


def arp(ip: str, time: str, mac: str = A) -> Row:
    """A router lists the address with the mac."""
    return {"field": "arp.mac", "value": mac, "ip": ip, "mac": mac, "time": time, "source": "switches 10.0.0.1 arp"}


def log(ip: str, time: str, mac: str = A) -> Row:
    """A provisioning server was called from the address; the request contains the mac."""
    value = f"FileTransport PolycomVVX-VVX_411-UA/5.9.0.9373 ({mac}) Type/Application"
    source = "provisioning access.log"
    return {"field": "provisioning.user-agent", "value": value, "ip": ip, "mac": mac, "time": time, "source": source}


def contact(ip: str, time: str, mac: str = A) -> Row:
    """A registrar's export lists the address from which the mac registered."""
    value = "<sip:100@10.9.9.9:5060>"
    return {"field": "sip.contact", "value": value, "ip": ip, "mac": mac, "time": time, "source": "registrar pbx"}


def lldp(ip: str, time: str, mac: str = A) -> Row:
    """A frame of the mac contains the address."""
    source = "switches 10.0.0.1 lldp 0.1.1"
    return {"field": "lldp.management-address", "value": ip, "mac": mac, "time": time, "source": source}


def lease(ip: str, time: str, mac: str = A) -> Row:
    value = "Polycom-VVX411"
    return {"field": "dhcp.vendor-class", "value": value, "ip": ip, "mac": mac, "time": time, "source": "dhcp eth0"}


HOME = [responds(X, at(9), A), arp(X, at(9, "02:01:00"))]

#: What is read, and the address of each mac in the end.
CASES: dict[str, tuple[list[Row], dict[str, str | None]]] = {
    "it moved": ([*HOME, responds(Y, at(10), A)], {A: Y}),
    "it moved back": ([*HOME, responds(Y, at(10), A), responds(X, at(11), A)], {A: X}),
    "it moved within the hour": ([*HOME, responds(X, at(10), A), responds(Y, at(10, "03:00:00"), A)], {A: Y}),
    "at home over VPN": ([*HOME, responds("10.99.0.5", at(9, "20:00:00"), A)], {A: "10.99.0.5"}),
    "a stale ARP entry beside the new one": (
        [*HOME, responds(Y, at(10), A), arp(X, at(10, "02:01:00")), arp(Y, at(10, "02:01:00"))],
        {A: Y},
    ),
    "a stale ARP entry alone, of hours": ([*HOME, responds(Y, at(10), A), arp(X, at(10, "09:30:00"))], {A: Y}),
    "a stale ARP entry alone, of days": (
        [*HOME, responds(Y, at(10), A), *(arp(X, at(day)) for day in range(11, 20))],
        {A: Y},
    ),
    "a stale ARP entry of an address that was not known": (
        [responds(Y, at(10), A), arp(X, at(10, "02:01:00")), arp(X, at(11))],
        {A: Y},
    ),
    "ARP alone moves it when the old address has left": ([*HOME, arp(Y, at(10))], {A: Y}),
    "ARP alone with both moves it when the old address has left": (
        [*HOME, arp(X, at(10)), arp(Y, at(10)), arp(Y, at(11))],
        {A: Y},
    ),
    "ARP alone with both does not move it": ([*HOME, arp(X, at(10)), arp(Y, at(10))], {A: X}),
    "ARP alone moves it twice": ([*HOME, arp(Y, at(10)), arp(Z, at(11))], {A: Z}),
    "only ARP ever shows it": ([arp(X, at(9)), arp(Y, at(10))], {A: Y}),
    "a stale ARP entry after two weeks without a response": (
        [responds(X, at(1), A), responds(Y, at(2), A), *(arp(X, at(day)) for day in range(3, 20))],
        {A: X},
    ),
    "LLDP names the new address before SIP responds there": (
        [*HOME, lldp(X, at(9)), responds(X, at(10), A), lldp(Y, at(10, "03:00:00")), responds(Y, at(11), A)],
        {A: Y},
    ),
    "LLDP names another address than the one that responds": ([*HOME, lldp(Y, at(9)), lldp(Y, at(10))], {A: X}),
    "LLDP names a new address, and the old one is without a response": (
        [*HOME, lldp(X, at(9)), lldp(Y, at(10))],
        {A: Y},
    ),
    "ARP lists the old address, LLDP the new one": ([arp(X, at(9)), lldp(Y, at(10)), arp(X, at(10))], {A: Y}),
    "the lease of tomorrow": ([*HOME, lease(Y, at(10))], {A: Y}),
    "the lease of the same night": ([*HOME, lease(Y, at(9, "01:00:00"))], {A: X}),
    "a provisioning log of another address": ([*HOME, log(NAT, at(9, "02:31:00"))], {A: X}),
    "a provisioning log of days": ([*HOME, *(log(NAT, at(day)) for day in range(10, 29))], {A: X}),
    "a provisioning log before it responds": ([log(NAT, at(8)), *HOME], {A: X}),
    "a provisioning log, ARP alone": ([arp(X, at(9)), log(NAT, at(10))], {A: X}),
    "a provisioning log alone": ([log(X, at(9)), log(Y, at(10))], {A: Y}),
    "a provisioning log of four phones at a NAT address": (
        [log(NAT, at(9, f"02:3{n}:00"), mac) for n, mac in enumerate((A, B, C, D))],
        {A: None, B: None, C: None, D: None},
    ),
    "a provisioning log of two phones, one known inside": (
        [*HOME, log(NAT, at(9, "02:31:00")), log(NAT, at(9, "02:32:00"), B)],
        {A: X, B: None},
    ),
    "a provisioning log of one address and two phones, days apart": (
        [log(X, at(5)), log(X, at(9), B)],
        {A: None, B: X},
    ),
    "a provisioning log does not take the address of a phone": ([*HOME, log(X, at(10), B)], {A: X, B: None}),
    "a registrar behind NAT": ([*HOME, contact(PUBLIC, at(10)), contact(PUBLIC, at(11))], {A: X}),
    "a registrar behind NAT, several phones": (
        [*HOME, responds(Y, at(9), B), contact(PUBLIC, at(9)), contact(PUBLIC, at(9), B), contact(PUBLIC, at(9), C)],
        {A: X, B: Y, C: None},
    ),
    "voice VLAN and PC VLAN, hours apart each night": (
        [responds(ip, at(day, clock), A) for day in (9, 10, 11) for ip, clock in ((X, "02:00:00"), (Y, "05:00:00"))],
        {A: X},
    ),
    "IPv4 listed, IPv6 responds": ([arp(X, at(9)), responds("2001:db8::5", at(9), A)], {A: X}),
    "IPv6 responds, IPv4 of a log": ([responds("2001:db8::5", at(9), A), log(NAT, at(9))], {A: "2001:db8::5"}),
    "link-local responds, IPv4 listed": ([responds("169.254.7.7", at(10), A), arp(X, at(9))], {A: X}),
    "link-local alone": ([responds("169.254.7.7", at(10), A)], {A: "169.254.7.7"}),
    "another host takes the address": ([*HOME, arp(X, at(10), B)], {A: None, B: X}),
    "a phone takes the address, the router lists the old one an hour later": (
        [*HOME, responds(X, at(10), B), responds(Y, at(10), A), arp(X, at(10, "03:00:00"))],
        {A: Y, B: X},
    ),
    "a phone takes the address, its owner is without a response, the router lists it": (
        [*HOME, responds(X, at(10), B), arp(X, at(10, "03:00:00"))],
        {B: X},
    ),
    "a row of ARP for another host within the hour takes nothing": (
        [*HOME, arp(X, at(9, "02:50:00"), B)],
        {A: X, B: X},
    ),
}


def _orders(rows: list[Row]) -> dict[str, list[list[Row]]]:
    """The rows in other orders and other files."""
    in_time = sorted(rows, key=lambda row: row["time"])
    return {
        "in one file": [rows],
        "in one file, turned round": [rows[::-1]],
        "in a file for each night": [list(g) for _, g in itertools.groupby(in_time, key=lambda row: row["time"][:10])],
        "in a file for each, newest first": [[row] for row in in_time[::-1]],
        "twice": [rows, rows],
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_address_of_a_device(store: Any, name: str, tmp_path: Path) -> None:
    rows, expected = CASES[name]
    found: dict[str, dict[str, str | None]] = {}
    for order, files in _orders(rows).items():
        one = type(store)(tmp_path / f"{order}.sqlite")
        for file in files:
            one.feed(file, at(28))
        found[order] = {mac: ip for mac, ip in one.brief("mac", "ip") if mac in expected}
    assert found == dict.fromkeys(_orders(rows), expected)


NEVER_MOVE = {
    "a provisioning log": [log(NAT, at(day, "04:00:00")) for day in range(9, 13)],
    "a registrar's export": [contact(PUBLIC, at(day, "04:00:00")) for day in range(9, 13)],
    "a stale ARP entry": [arp(Z, at(day, "04:00:00")) for day in range(8, 13)],
    "the management address": [lldp(Z, at(day, "04:00:00")) for day in range(9, 13)],
}


@pytest.mark.parametrize("name", NEVER_MOVE)
def test_what_others_saw_moves_no_phone_that_responds(store: Any, name: str) -> None:
    for night in range(9, 13):
        of_night = [row for row in NEVER_MOVE[name] if row["time"] <= at(night, "23:59:59")][-1:]
        store.feed([responds(X, at(night), A), *of_night], at(night, "05:00:00"))
    assert store.brief("mac", "ip") == [(A, X)]
    assert store.events("moved") == []


def test_a_phone_that_moves_once_has_one_event_whatever_the_router_lists(store: Any) -> None:
    store.feed(HOME, at(9))
    for night in range(10, 14):
        store.feed([arp(X, at(night, "01:59:00")), responds(Y, at(night), A), arp(X, at(night, "02:01:00"))], at(night))
    assert store.events() == [("moved", X, Y)]


def test_the_address_does_not_depend_on_how_the_claims_are_split_or_ordered() -> None:
    claims = [
        Spot("hq", X, 1, at(9), at(10)),
        Spot("hq", X, 3, at(9), at(12)),
        Spot("hq", Y, 2, at(12), at(12)),
        Spot("hq", NAT, 5, at(13), at(13)),
    ]
    assert {address(order) for order in itertools.permutations(claims)} == {claims[0]}


@st.composite
def claim(draw: st.DrawFn) -> Spot:
    first, last = sorted((draw(st.integers(0, 480)), draw(st.integers(0, 480))))
    ip = draw(st.sampled_from((X, Y, Z, NAT, "2001:db8::5", "169.254.7.7")))
    times = [f"2026-11-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z" for hour in (first, last)]
    return Spot("hq", ip, draw(st.integers(1, 5)), *times)


@given(claims=st.lists(claim(), min_size=1, max_size=8), data=st.data())
def test_the_address_is_one_of_the_best_claims_in_any_order(claims: list[Spot], data: st.DataObject) -> None:
    found = address(spots(1, (), claims, {}))
    assert found is not None
    assert address(spots(1, (), data.draw(st.permutations(claims)), {})) == found
    assert address(spots(1, (), claims + claims[:2], {})) == found
    if any(one.rank < 5 for one in claims):
        assert found.rank < 5, "what a server reports counts only where there is nothing else"


SEEN = st.builds(
    lambda make, ip, mac, night, clock: make(ip, at(night, f"{clock:02d}:00:00"), mac),
    st.sampled_from((responds, arp, log, contact, lldp, lease)),
    st.sampled_from((X, Y, NAT)),
    st.sampled_from((A, B)),
    st.integers(8, 12),
    st.integers(0, 5),
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(SEEN, min_size=2, max_size=10), data=st.data())
def test_the_addresses_do_not_depend_on_the_order_and_the_files(
    store: Any, rows: list[Row], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    with tempfile.TemporaryDirectory() as folder:
        one, two = (type(store)(Path(folder) / name) for name in ("one", "two"))
        one.feed(rows, at(28))
        two.feed(shuffled[:cut], at(28))
        two.feed(shuffled[cut:], at(28))
        assert one.brief("mac", "ip", "site") == two.brief("mac", "ip", "site")
