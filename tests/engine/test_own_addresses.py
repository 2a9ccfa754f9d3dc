"""Our own address for requests to a link: one for each link with targets that may be used."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from scanner.core.spans import Span, of_network
from scanner.engine.liveness.plan import plan
from scanner.engine.os.rtnetlink import Link, Network, Reachability, Region
from scanner.engine.protocols.link_steps import own_addresses
from scanner.engine.rate.limits import PACES
from tests.nonempty import some


def address(link: int, text: str, length: int = 24) -> tuple[int, Span, int]:
    return link, of_network(ip_network(text)), length


LINKS = {
    number: Link(number, f"eth{number}", b"\2" * 6, True, False, True, running=number != 3) for number in (1, 2, 3)
}
NETWORK = Network(
    LINKS,
    (
        address(1, "10.0.0.1"), address(1, "10.0.1.1"), address(1, "2001:db8::1", 64), address(2, "10.0.2.1"),
        address(2, "10.0.2.9"), address(3, "10.0.3.1"),
    ),
    tuple(
        Region(of_network(ip_network(text)), where, link, 0)
        for text, where, link in (
            ("10.0.1.64/26", Reachability.LINK, 1), ("10.0.2.0/24", Reachability.LINK, 2),
            ("10.0.3.0/24", Reachability.LINK, 3), ("10.9.0.0/24", Reachability.ROUTED, 2),
        )
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("interfaces", "expected"),
    [((), ("10.0.1.1", "10.0.2.1")), (("eth1",), ("10.0.1.1",)), (("eth3",), ())],
    ids=["all", "one", "one without a carrier"],
)
def test_each_link_that_may_be_used_has_one_address_in_the_prefix_of_the_targets(
    interfaces: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    groups = plan(NETWORK.regions, NETWORK.links, interfaces, PACES["normal"]).groups
    assert own_addresses(NETWORK, groups) == expected


def test_a_link_with_targets_of_another_prefix_has_its_first_address() -> None:
    for text, expected in some((("10.0.7.0/24", "10.0.0.1"), ("2001:db8::/120", "10.0.0.1"))):
        region = Region(of_network(ip_network(text)), Reachability.LINK, 1, 0)
        groups = plan((region,), NETWORK.links, (), PACES["normal"]).groups
        assert own_addresses(NETWORK, groups) == (expected,)
