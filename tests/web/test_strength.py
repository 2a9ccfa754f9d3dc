"""The minimum strength of a password or token."""

from __future__ import annotations

import hashlib

import pytest

from scanner.core.errors import UsageError
from scanner.web.strength import check, generated


@pytest.mark.parametrize(
    "secret",
    [
        "x", "12345678", "short-one", "123456789012", "aaaaaaaaaaaaaaaa", "abcabcabcabcabc", "passwordpassword",
        "P@ssw0rd12345", "qwertyuiopas", "1qaz2wsx3edc4rfv", "admin1234567", "Password2026!", "letmeinletmein",
        "administrator1", "phonescan2026", "abababababababab", "000000000001", "asdfghjklasdf", "Summer2026!!!",
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(UsageError, match=r"the password or token (has fewer than 12|is easy to guess)") as caught:
        check(secret)
    assert f"{secret} " not in str(caught.value)


@pytest.mark.parametrize(
    "secret",
    ["correct horse battery staple", "sesame-open-wide", "a-token-for-this-test", "Tr0ub4dor&3xkcd", "f3a9c1d07be2",
     "\u00fcber-gro\u00dfe Stra\u00dfe", "correct horse \U0001f468\u200d\U0001f469\u200d\U0001f467 staple",
     hashlib.sha512(b"128 characters").hexdigest()],
)  # fmt: skip
def test_a_password_of_enough_unpredictable_characters_is_accepted(secret: str) -> None:
    check(secret)


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("correct horse battery staple" * 5, "more than 128 characters"),
        ("correct horse\nbattery staple", "a control character"),
        ("correct horse \udce4 battery", "is not UTF-8"),
        ("a1b2          c3", "fewer than 12"),
        ("   a1b2c3d4e5   ", "fewer than 12"),
    ],
)
def test_a_password_that_no_client_can_send_or_that_would_be_shortened_is_refused(secret: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        check(secret)


def test_generated_tokens_differ_and_are_strong() -> None:
    tokens = {generated() for _ in range(100)}
    assert len(tokens) == 100
    for token in tokens:
        check(token)
