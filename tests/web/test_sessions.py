"""Sessions: they end with a logout, with time, with another password and with too many of them."""

from __future__ import annotations

import base64

import pytest

from scanner.web.sessions import SESSION_SECONDS, SESSIONS, Sessions, cookie


def test_a_session_ends_at_its_time_or_by_itself_or_with_all() -> None:
    sessions = Sessions()
    first, second, third = (sessions.begin(100) for _ in range(3))
    assert len({first, second, third}) == 3
    assert {len(base64.urlsafe_b64decode(each + "=")) for each in (first, second, third)} == {32}
    assert sessions.valid(first, 100 + SESSION_SECONDS - 1)
    assert not sessions.valid(first, 100 + SESSION_SECONDS)
    sessions.end(first)
    assert [sessions.valid(each, 100) for each in (first, second, third)] == [False, True, True]
    sessions.end_all()
    assert [sessions.valid(each, 100) for each in (first, second, third)] == [False] * 3


def test_the_number_of_sessions_is_bounded_and_those_that_ended_are_dropped() -> None:
    sessions = Sessions()
    made = [sessions.begin(0) for _ in range(SESSIONS + 10)]
    assert len(sessions) == SESSIONS
    assert [sessions.valid(made[0], 1), sessions.valid(made[-1], 1)] == [False, True]
    sessions.begin(SESSION_SECONDS + 1)
    assert len(sessions) == 1


@pytest.mark.parametrize("identifier", ["", "x", "x" * 1_000_000, "\udcff", "\u0661"])
def test_an_unknown_identifier_is_not_valid_and_can_be_ended(identifier: str) -> None:
    sessions = Sessions()
    sessions.begin(0)
    assert not sessions.valid(identifier, 0)
    sessions.end(identifier)
    assert len(sessions) == 1


@pytest.mark.parametrize(
    ("secure", "path", "expected"),
    [
        (False, "/", b"phonescan=v; Path=/; HttpOnly; SameSite=Strict"),
        (True, "/", b"__Host-phonescan=v; Path=/; HttpOnly; SameSite=Strict; Secure"),
        (True, "/a/", b"__Secure-phonescan=v; Path=/a/; HttpOnly; SameSite=Strict; Secure"),
    ],
)
def test_a_cookie_has_the_strictest_prefix_and_attributes(secure: bool, path: str, expected: bytes) -> None:
    assert cookie("v", secure=secure, path=path) == expected
