"""The limits of guessing: what is refused before it is compared, for whom, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.web.access import access
from scanner.web.guesses import BURST, COUNTED, FREE, KNOWN, LONGEST, PER_HOUR, Guesses, group

BEARER, LOGIN = "bearer", "login"


def guess(site: Any, way: str, secret: str, address: str = "127.0.0.1") -> Any:
    """One attempt of a client behind a proxy of this machine."""
    headers = {"x-forwarded-for": address}
    if way == BEARER:
        return site.get("/devices", headers=headers | {"authorization": f"Bearer {secret}"})
    return site.ask("POST", "/login", data={"password": secret}, headers=headers)


@pytest.mark.parametrize("way", [BEARER, LOGIN])
def test_the_right_password_is_refused_in_the_midst_of_guesses(closed: Any, secret: str, way: str) -> None:
    statuses = [guess(closed, way, f"wrong {number}").status_code for number in range(20)]
    assert statuses == [401] * FREE + [429] * (20 - FREE)
    refused = guess(closed, way, secret)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "try again in 1 second" in refused.text.lower()
    assert "set-cookie" not in refused.headers
    closed.clock += 1
    assert guess(closed, way, secret).status_code in (200, 303)


def test_the_time_until_the_next_attempt_doubles_up_to_a_limit() -> None:
    guesses, now, waits = Guesses(), 0.0, []
    guesses.right("192.0.2.1")  # the limit of all addresses does not apply to it
    for _ in range(20):
        now += guesses.wait("192.0.2.1", now)
        guesses.wrong("192.0.2.1", now)
        waits.append(guesses.wait("192.0.2.1", now))
    assert waits[: FREE + 4] == [0] * (FREE - 1) + [1, 2, 4, 8, 16]
    assert waits[-1] == LONGEST
    assert guesses.wait("192.0.2.1", now + LONGEST) == 0
    guesses.wrong("192.0.2.1", now + 10_000)
    assert guesses.wait("192.0.2.1", now + 10_000) == 0  # forgotten after an hour


@pytest.mark.parametrize("way", [BEARER, LOGIN])
def test_many_addresses_have_one_limit_together(closed: Any, secret: str, way: str) -> None:
    statuses = [guess(closed, way, "wrong", f"198.51.100.{number}").status_code for number in range(BURST + 20)]
    assert statuses == [401] * BURST + [429] * 20
    assert guess(closed, way, secret, "203.0.113.1").status_code == 429
    closed.clock += 3600 / PER_HOUR + 1
    assert guess(closed, way, secret, "203.0.113.1").status_code in (200, 303)


def test_all_addresses_together_have_at_most_a_hundred_attempts_an_hour() -> None:
    guesses, compared = Guesses(), 0
    for tick in range(7200):  # two a second, each from another address
        if not guesses.wait(f"2001:db8:{tick:x}::1", tick / 2):
            guesses.wrong(f"2001:db8:{tick:x}::1", tick / 2)
            compared += 1
    assert PER_HOUR <= compared <= 100


def test_the_guesses_of_others_neither_end_a_session_nor_refuse_the_token_of_a_known_reader(
    closed: Any, secret: str
) -> None:
    cookie = guess(closed, LOGIN, secret, "203.0.113.1").headers["set-cookie"].partition(";")[0]
    assert guess(closed, BEARER, secret, "203.0.113.2").status_code == 200
    for number in range(BURST + 10):
        guess(closed, BEARER, "wrong", f"198.51.100.{number}")
    for _ in range(FREE + 1):
        guess(closed, BEARER, "wrong", "203.0.113.1")
    session = {"cookie": cookie, "x-forwarded-for": "203.0.113.1"}
    assert closed.get("/devices", headers=session).status_code == 200
    assert closed.get("/devices", headers=session | {"authorization": "Bearer wrong"}).status_code == 200
    assert guess(closed, BEARER, secret, "203.0.113.2").status_code == 200
    assert guess(closed, BEARER, secret, "203.0.113.3").status_code == 429


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "testclient", True),
    ],
)
def test_a_prefix_of_64_bits_is_one_address(first: str, second: str, one: bool) -> None:
    assert (group(first) == group(second)) is one


@given(st.lists(st.tuples(st.ip_addresses().map(str), st.booleans(), st.floats(0, 1e6)), max_size=60))
def test_memory_is_bounded_for_every_sequence_of_attempts(attempts: list[tuple[str, bool, float]]) -> None:
    guesses = Guesses()
    for address, right, now in attempts:
        assert 0 <= guesses.wait(address, now) < 2 * LONGEST + 1e6
        guesses.right(address) if right else guesses.wrong(address, now)
    assert len(guesses) <= 2 * len(attempts)


def test_the_oldest_addresses_are_forgotten_first() -> None:
    guesses = Guesses()
    for number in range(COUNTED + 100):
        guesses.wrong(f"2001:db8:{number:x}::1", 0.0)
        guesses.right(f"2001:db8:{number:x}::1")
    assert len(guesses) == COUNTED + KNOWN


@pytest.mark.parametrize("header", ["x-forwarded-for", "X-Real-IP", "Forwarded"])
def test_an_address_that_the_client_writes_itself_is_not_believed(
    make_site: Callable[..., Any], secret: str, header: str
) -> None:
    site = make_site(rules=access(secret, address="10.1.2.3"), proxies=())
    statuses = []
    for number in range(FREE + 3):
        headers = {header: f"198.51.100.{number}", "authorization": "Bearer wrong"}
        statuses.append(site.get("/devices", headers=headers).status_code)
    assert statuses == [401] * FREE + [429] * 3


def test_a_request_without_a_password_is_no_guess(closed: Any, secret: str) -> None:
    for _ in range(FREE + 3):
        assert closed.get("/devices", headers={"cookie": "phonescan=guessed"}).status_code == 401
    assert guess(closed, BEARER, secret).status_code == 200
