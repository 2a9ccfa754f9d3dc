"""Prefixes of NetBox as targets, read by pynetbox from the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.core.errors import NetBoxError, UsageError
from scanner.netbox.client import Client
from scanner.netbox.targets import FILTERS, filters, prefixes
from tests.reports.netbox_standin import TOKEN, StandIn, schema

pytestmark = pytest.mark.network


@pytest.fixture(params=["4.2", "4.6"])
def netbox(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    server = StandIn(request.param)
    for name in ("hq", "branch"):
        server.add("dcim/sites", name=name.upper(), slug=name)
    about: dict[str, Any] = {"scope_type": "dcim.site", "scope_id": 1}
    server.add("ipam/prefixes", prefix="10.1.0.0/16", status="container", **about)
    server.add("ipam/prefixes", prefix="10.1.20.0/24", status="active", **about)
    server.add("ipam/prefixes", prefix="10.1.21.0/24", status="reserved", **about)
    server.add("ipam/prefixes", prefix="2001:db8::/64", status="active", **about)
    server.add("ipam/prefixes", prefix="10.2.20.0/24", status="active", scope_type="dcim.site", scope_id=2)
    for number in range(300):
        server.add("ipam/prefixes", prefix=f"10.{3 + number // 250}.{number % 250}.0/24", status="deprecated")
    yield server
    server.close()


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("netbox:site=hq", ["10.1.20.0/24", "10.1.21.0/24"]),
        ("netbox:site=hq, status=active", ["10.1.20.0/24"]),
        ("netbox:site=hq,site=branch,status=active", ["10.1.20.0/24", "10.2.20.0/24"]),
        ("netbox:site=hq,status=container", ["10.1.0.0/16"]),
        ("netbox:within_include=10.1.0.0/16", ["10.1.20.0/24", "10.1.21.0/24"]),
    ],
)
def test_a_word_names_the_prefixes_that_its_filters_match(netbox: StandIn, word: str, found: list[str]) -> None:
    assert prefixes(Client(netbox.url, TOKEN, 5), word) == found


def test_all_pages_are_read(netbox: StandIn) -> None:
    assert len(prefixes(Client(netbox.url, TOKEN, 5), "netbox:status=deprecated")) == 300


def test_each_filter_is_one_of_the_schema() -> None:
    for release in ("4.2", "4.6"):
        assert set(FILTERS) <= set(schema(release)["lists"]["ipam/prefixes"]["filters"])


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("netbox:", "where a filter belongs"), ("netbox:site", "where a filter belongs"),
        ("netbox:site=", "where a filter belongs"), ("netbox:sites=hq", "did you mean 'site'"),
        ("netbox:10.0.0.0/8", "write netbox:site=hq,role=voice"),
    ],
)  # fmt: skip
def test_a_filter_that_netbox_would_ignore_is_refused(word: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as error:
        filters(word)
    assert "\n" not in str(error.value)


def test_no_prefix_and_what_is_not_netbox_are_one_sentence(netbox: StandIn) -> None:
    with pytest.raises(UsageError, match=r"no prefix in NetBox at .* matches 'netbox:status=available'"):
        prefixes(Client(netbox.url, TOKEN, 5), "netbox:status=available")
    with pytest.raises(NetBoxError, match="refuses the token"):
        prefixes(Client(netbox.url, "wrong", 5), "netbox:site=hq")
    netbox.fail_after, netbox.mode = 1, "html"
    with pytest.raises(NetBoxError, match="is not NetBox's API"):
        prefixes(Client(netbox.url, TOKEN, 5), "netbox:site=hq")
    netbox.fail_after, netbox.mode = 1, "hang"
    with pytest.raises(NetBoxError, match="does not respond within"):
        prefixes(Client(netbox.url, TOKEN, 0.3), "netbox:site=hq")


def test_the_token_is_sent_to_the_address_of_the_settings_alone(netbox: StandIn) -> None:
    other = StandIn("4.6")
    listed = netbox.listed

    def paged(name: str, query: list[tuple[str, str]]) -> dict[str, Any]:
        sought = [(key, "100" if key == "limit" else value) for key, value in query]
        found, offset = listed(name, sought), int(dict(query).get("offset", 0)) + 100
        following = f"{other.url}/api/ipam/prefixes/?limit=100&offset={offset}&status=deprecated"
        return found | {"next": following if offset < found["count"] else None}

    netbox.listed = paged  # type: ignore[method-assign]
    try:
        assert len(prefixes(Client(netbox.url, TOKEN, 5), "netbox:status=deprecated")) == 300
        assert other.calls == []
    finally:
        other.close()


@pytest.mark.parametrize("value", [None, "x", 5, {"a": 1}, "@/etc/passwd"])
def test_a_prefix_that_is_not_one_is_one_sentence(netbox: StandIn, value: Any) -> None:
    shown = netbox.shown
    netbox.shown = lambda name, one: shown(name, one) | {"prefix": value}  # type: ignore[method-assign]
    with pytest.raises(NetBoxError, match="is not NetBox's API"):
        prefixes(Client(netbox.url, TOKEN, 5), "netbox:site=hq")


def test_a_list_that_ends_before_its_count_is_not_taken_for_all(netbox: StandIn) -> None:
    """A page may be empty or cut because objects are deleted, or a proxy is at fault."""
    listed = netbox.listed

    def cut(name: str, query: list[tuple[str, str]]) -> dict[str, Any]:
        found = listed(name, query)
        return found | {"results": found["results"][:1] if not int(dict(query).get("offset", 0)) else []}

    netbox.listed = cut  # type: ignore[method-assign]
    with pytest.raises(NetBoxError, match="returns 1 of 300 prefixes"):
        prefixes(Client(netbox.url, TOKEN, 5), "netbox:status=deprecated")
    with pytest.raises(NetBoxError, match="a list that ends after 1 of 300 objects"):
        list(Client(netbox.url, TOKEN, 5).all("ipam/prefixes", status="deprecated"))


def test_a_list_without_its_count_is_not_taken_for_all(netbox: StandIn) -> None:
    listed = netbox.listed
    netbox.listed = lambda name, query: listed(name, query) | {"count": None}  # type: ignore[method-assign]
    with pytest.raises(NetBoxError, match="a list without the number of its objects"):
        list(Client(netbox.url, TOKEN, 5).all("ipam/prefixes", status="deprecated"))
