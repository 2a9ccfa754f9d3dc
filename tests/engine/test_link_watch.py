"""Changes of the network before and after it is watched."""

from __future__ import annotations

import pytest

from scanner.core.spans import Span
from scanner.engine.os.link_watch import LinkWatch
from scanner.engine.os.rtnetlink import Link, Network, Reachability, Region

SPAN = Span(4, 0xC6336401, 0xC6336410)
ETH0 = Link(2, "eth0", b"\2" * 6, True, False, True)


def network(link: Link) -> Network:
    return Network(links={2: link}, regions=(Region(SPAN, Reachability.LINK, 2, 0),), addresses=())


@pytest.mark.network
def test_what_changed_between_the_reading_of_the_network_and_the_first_look_is_a_change() -> None:
    watch = LinkWatch(network(ETH0), lambda: network(ETH0._replace(running=False)))
    assert watch.look(0.0, lambda: 0.0).lost == (SPAN,)
    watch.close()


@pytest.mark.network
def test_a_network_that_is_as_it_was_read_is_no_change() -> None:
    watch = LinkWatch(network(ETH0), lambda: network(ETH0))
    assert not watch.look(0.0, lambda: 0.0)
    watch.close()
