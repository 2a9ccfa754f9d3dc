"""Names of switches and ports that differ in spelling alone."""

from __future__ import annotations

import pytest

from scanner.identity.place_names import same_port, same_switch


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Gi1/0/3", "GigabitEthernet1/0/3", True),
        ("Gi1/0/3", "gi3", True),
        ("Eth1/3", "Ethernet1/3", True),
        ("Slot: 0 Port: 3", "0/3", True),
        ("ge-0/0/3", "ge-0/0/3.0", True),
        ("Gi1/0/3", "Gi2/0/3", False),
        ("Gi1/0/3", "Gi1/0/13", False),
        ("Gi1/0/3", "Te1/0/3", False),
        ("A3", "B3", False),
        ("uplink", "trunk", False),
    ],
)
def test_a_port_named_shorter_or_longer_is_one(one: str, other: str, same: bool) -> None:
    assert same_port(one, other) is same
    assert same_port(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sw-a", "sw-a.example.net", True),
        ("SW-A", "sw-a", True),
        ("sw-a", "sw-ab", False),
        ("sw-a.x.net", "sw-a.y.net", False),
        ("10.1", "10.1.2.3", False),
    ],
)
def test_a_switch_named_with_or_without_its_domain_is_one(one: str, other: str, same: bool) -> None:
    assert same_switch(one, other) is same
    assert same_switch(other, one) is same
