"""The address of a client: that of the connection, or that which a trusted proxy names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.web.clients import LOOPBACK, client, is_trusted, proxies

TRUSTED = proxies(["192.0.2.10", "10.0.0.0/8", "2001:db8::/64"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.10", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.10", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("192.0.2.10", ["198.51.100.1", "203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("192.0.2.10", ["203.0.113.9:4711"], "203.0.113.9"),
        ("192.0.2.10", ["[2001:db8:9::1]:4711"], "2001:db8:9::1"),
        ("192.0.2.10", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("192.0.2.10", ["203.0.113.9, unknown"], "192.0.2.10"),
        ("192.0.2.10", ["203.0.113.9, unknown, 10.0.0.1"], "10.0.0.1"),
        ("192.0.2.10", [""], "192.0.2.10"),
        ("192.0.2.10", [], "192.0.2.10"),
        ("192.0.2.10", ["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        ("::ffff:192.0.2.10", ["203.0.113.9"], "203.0.113.9"),
        ("2001:db8::5", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.11", ["203.0.113.9"], "192.0.2.11"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_the_address_is_the_last_that_is_not_a_trusted_proxy(peer: str, forwarded: list[str], expected: str) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    assert client(peer, "http", headers, TRUSTED) == (expected, "http")


@pytest.mark.parametrize(
    ("peer", "proto", "expected"),
    [("192.0.2.10", "https", "https"), ("192.0.2.10", "HTTPS", "https"), ("192.0.2.10", "javascript", "http"),
     ("192.0.2.10", "https, http", "http"), ("203.0.113.1", "https", "http")],
)  # fmt: skip
def test_the_scheme_is_that_of_a_trusted_proxy(peer: str, proto: str, expected: str) -> None:
    assert client(peer, "http", [(b"X-Forwarded-Proto", proto.encode())], TRUSTED)[1] == expected


@given(st.text(max_size=20).filter(lambda peer: not is_trusted(peer, TRUSTED)), st.lists(st.binary(max_size=60)))
def test_no_header_raises_or_moves_the_address_of_an_untrusted_peer(peer: str, values: list[bytes]) -> None:
    headers = [(b"x-forwarded-for", value) for value in values]
    assert client(peer, "http", headers, TRUSTED) == (peer, "http")
    client("192.0.2.10", "http", headers, TRUSTED)


@pytest.mark.parametrize("text", ["", "proxy", "192.0.2.0/33", "*"])
def test_a_proxy_is_an_address_or_a_network(text: str) -> None:
    with pytest.raises(UsageError, match="--trust-proxy"):
        proxies([text])
    assert is_trusted("127.0.0.1", LOOPBACK)
