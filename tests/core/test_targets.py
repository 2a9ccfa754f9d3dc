"""Targets: their syntax, what is refused, operations on spans, and the order in which addresses are visited."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections import Counter
from ipaddress import ip_address, ip_network
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.permutation import Permutation
from scanner.core.spans import Span, merge
from scanner.core.target_syntax import MOST_ADDRESSES, parse
from scanner.core.targets import Targets


@pytest.mark.parametrize(
    ("texts", "ranges", "count"),
    [
        (["10.0.0.0/24"], ("10.0.0.1-10.0.0.254",), 254),
        (["10.0.0.0/30"], ("10.0.0.1-10.0.0.2",), 2),
        (["10.0.0.0/31"], ("10.0.0.0-10.0.0.1",), 2),
        (["10.0.0.7/32"], ("10.0.0.7",), 1),
        (["10.1.2.3/24"], ("10.1.2.1-10.1.2.254",), 254),
        (["10.0.0.0/255.255.255.0"], ("10.0.0.1-10.0.0.254",), 254),
        (["10.0.0.10-50"], ("10.0.0.10-10.0.0.50",), 41),
        (["10.0.0.250-10.0.1.5"], ("10.0.0.250-10.0.1.5",), 12),
        (["10.0.0.7"], ("10.0.0.7",), 1),
        (["127.20.0.0/24"], ("127.20.0.1-127.20.0.254",), 254),
        (["198.18.0.0/15"], ("198.18.0.1-198.19.255.254",), 131070),
        (["2001:db8::1"], ("2001:db8::1",), 1),
        (["[fd00::1]"], ("fd00::1",), 1),
        (["fd00::10-1f"], ("fd00::10-fd00::1f",), 16),
        (["fd00::/126"], ("fd00::-fd00::3",), 4),
        (["::ffff:10.0.0.1"], ("10.0.0.1",), 1),
        (["::ffff:10.0.0.0/120"], ("10.0.0.1-10.0.0.254",), 254),
        (["::ffff:10.0.0.4/126"], ("10.0.0.5-10.0.0.6",), 2),
        (["::ffff:10.0.0.1-::ffff:10.0.0.9"], ("10.0.0.1-10.0.0.9",), 9),
        (["10.0.0.0/24", "10.0.0.128/25", "10.0.0.5"], ("10.0.0.1-10.0.0.254",), 254),
        (["10.0.0.1-10", "10.0.0.11-20"], ("10.0.0.1-10.0.0.20",), 20),
        (["fd00::1", "10.0.0.1"], ("10.0.0.1", "fd00::1"), 2),
        ([" 10.0.0.1 "], ("10.0.0.1",), 1),
    ],
)
def test_the_texts_of_targets_become_ranges(texts: list[str], ranges: tuple[str, ...], count: int) -> None:
    found = parse(texts)
    assert found.ranges() == ranges
    assert found.count() == count
    assert len(list(found.interleaved())) == count


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/33", "10.0.0", "10.0.0.256", "10.0.0.50-10", "10.0.0.10-300", "10.0.0.1-fd00::1", "fd00::g", "",
        "10.0.0.0/24/3", "name.example", "fe80::1%eth0", "fe80::1", "fe80::/120", "::ffff:224.0.0.1",
        "::ffff:0:0/96", "224.0.0.1", "255.255.255.255", "0.0.0.0", "::", "ff02::1",
        "0.0.0.0/0", "::/0", "fd00::/64", "10.0.0.0/7", "1.2.3.4-", "-", "/",
    ],
)  # fmt: skip
def test_a_text_that_is_not_a_target_is_an_error_of_one_sentence(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse([text], allow_public=True)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) > 20


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "::ffff:8.8.8.8", "::ffff:8.8.8.0/120", "64:ff9b::a00:1", "2002:a00:1::1", "9.255.255.255-10.0.0.1",
     "192.169.0.0/24", "2a00::1", "198.17.0.0/16", "172.32.0.1"],
)  # fmt: skip
def test_public_addresses_need_allow_public(text: str) -> None:
    with pytest.raises(UsageError, match="--allow-public"):
        parse([text])
    assert parse([text], allow_public=True).count() > 0


@pytest.mark.parametrize(
    "text",
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.1.0/24", "127.0.0.0/8", "198.18.0.0/15",
     "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "fd12::1", "::1", "2001:db8::5", "::ffff:10.0.0.1"],
)  # fmt: skip
def test_other_addresses_do_not(text: str) -> None:
    assert parse([text]).count() > 0


def test_the_whole_address_space_has_its_own_message() -> None:
    for text in ("0.0.0.0/0", "::/0"):
        with pytest.raises(UsageError, match="the whole address space"):
            parse([text], allow_public=True)


def test_the_error_about_a_scan_that_is_too_large_contains_its_size() -> None:
    with pytest.raises(UsageError, match="33,554,430 addresses are too many"):
        parse(["10.0.0.0/7"], allow_public=True)
    assert parse(["10.0.0.0/8"]).count() == MOST_ADDRESSES - 2


def test_exclusions_are_subtracted_and_counted() -> None:
    found = parse(["10.0.0.0/24", "10.0.2.0/24"], exclude=["10.0.0.128/25", "10.0.2.7", "10.9.0.0/16"])
    assert found.ranges() == ("10.0.0.1-10.0.0.127", "10.0.2.1-10.0.2.6", "10.0.2.8-10.0.2.254")
    assert not found.contains("10.0.2.7")
    assert found.excluded_count() == 127 + 1
    for all_of_it in ("0.0.0.0/0", "::ffff:10.0.0.0/120", "10.0.0.0/24"):
        with pytest.raises(UsageError, match="nothing remains"):
            parse(["10.0.0.0/24"], exclude=[all_of_it])


def test_host_names_are_looked_up_by_the_given_function() -> None:
    found = parse(["phone.example"], resolve=lambda name: ["10.0.0.9", "fd00::9"] if name == "phone.example" else [])
    assert found.ranges() == ("10.0.0.9", "fd00::9")
    with pytest.raises(UsageError, match="has no address"):
        parse(["unknown.example"], resolve=lambda name: [])
    with pytest.raises(UsageError, match="--allow-public"):
        parse(["phone.example"], resolve=lambda name: ["8.8.8.8"])


def test_no_target_at_all_is_an_error() -> None:
    with pytest.raises(UsageError, match="no target"):
        parse([])


def test_any_short_run_of_probes_is_spread_over_all_subnets() -> None:
    found = parse(["10.0.0.0/16", "172.16.0.0/24"])
    visited = list(found.interleaved(seed=7))
    assert len(set(visited)) == found.count()
    for start in range(0, len(visited) - 512, 4096):
        per_subnet = Counter(address.rsplit(".", 1)[0] for address in visited[start : start + 512])
        assert max(per_subnet.values()) <= 6
        assert len(per_subnet) > 200


def test_a_scan_resumes_from_a_position_alone() -> None:
    found = parse(["10.0.0.0/22", "fd00::1-ff"])
    whole = list(found.interleaved(seed=99))
    assert list(found.interleaved(seed=99, start=700)) == whole[700:]
    assert whole != list(found.interleaved(seed=100))


def test_a_slash_eight_is_not_stored_as_a_list() -> None:
    tracemalloc.start()
    found = parse(["10.0.0.0/8"])
    list(islice(found.interleaved(), 1000))
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


@given(count=st.integers(1, 1 << 24), seed=st.integers(0, 1 << 62), position=st.integers(0, 1 << 24))
def test_index_and_position_are_inverse(count: int, seed: int, position: int) -> None:
    order = Permutation(count, seed)
    position %= count
    assert order.position(order.index(position)) == position


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=8),
       st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=8))  # fmt: skip
def test_spans_agree_with_sets(wanted: list[tuple[int, int]], minus: list[tuple[int, int]]) -> None:
    base = int(ip_address("10.0.0.0"))
    spans = [Span(4, base + min(pair), base + max(pair)) for pair in wanted]
    cuts = [Span(4, base + min(pair), base + max(pair)) for pair in minus]
    as_set = {n for span in spans for n in range(span.first, span.last + 1)}
    cut_set = {n for span in cuts for n in range(span.first, span.last + 1)}
    found = Targets(tuple(merge(spans))).without(cuts)
    assert {found.number(index)[1] for index in range(found.count())} == as_set - cut_set
    assert found.excluded_count() == len(as_set & cut_set)
    for number in range(base, base + 256):
        index = found.index_of(4, number)
        if number in as_set - cut_set:
            assert index is not None
            assert found.number(index) == (4, number)
        else:
            assert index is None


@given(st.text(max_size=40))
def test_any_text_is_a_target_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse([text], allow_public=True).count() > 0


def test_indexes_and_addresses_agree_with_ipaddress() -> None:
    net = ip_network("198.18.4.0/22")
    found = parse([str(net)])
    assert [found.address(index) for index in range(found.count())] == [str(host) for host in net.hosts()]
    assert found.index("nonsense") is None
