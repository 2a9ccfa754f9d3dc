"""The minimum strength of a password or token, and generated tokens.

The estimate counts the characters that an attacker has to guess: a common word is one character; repetitions, sequences
such as `1234` and neighbours on a keyboard are none.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from scanner.core.errors import UsageError
from scanner.web.access import LONGEST, normal

#: Characters of a password at least (OWASP ASVS 4.0.3, 2.1.1), and those of them that are not predictable.
SHORTEST, UNPREDICTABLE = 12, 8
_ROWS: tuple[str, ...] = (
    "abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "!@#$%^&*()",
)  # fmt: skip
#: Words that are in most lists of common passwords, or near at hand here.
_WORDS = """
    access account admin administrator apple asdf asterisk baseball batman certified change changeme cisco
    company computer default device dragon fanvil firmware flower football guest hello hockey hunter iloveyou
    inventory killer letmein login lovely manager master michael monkey network operator pass passphrase
    passwd password passwort phone phonescan poly polycom princess qwerty reader root scan scanner secret
    secure security server service shadow snmp private public summer sunshine superman superuser support
    switch sysadmin system teams telephone temp test token trustno user voip welcome whatever winter spring
    autumn word yealink january february march april june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    """
_WORD = re.compile("|".join(sorted(_WORDS.split(), key=len, reverse=True)))
_LEET = str.maketrans("0134578@$!", "oleastbasi")
_COMMON = "\uffff"


def generated() -> str:
    """A new token: 256 random bits."""
    return secrets.token_urlsafe(32)


def unpredictable(secret: str) -> int:
    """How many characters of a secret an attacker has to guess."""
    text = secret.lower()
    plain = text.translate(_LEET)  # of the same length: positions are those of the text
    for found in reversed(list(_WORD.finditer(plain))):
        text = text[: found.start()] + _COMMON + text[found.end() :]
    return sum(not _predictable(text, at) for at in range(len(text)))


def _predictable(text: str, at: int) -> bool:
    """Whether a character follows from those before it."""
    if at and (text[at] == text[at - 1] or any(_next(row, text[at - 1], text[at]) for row in _ROWS)):
        return True
    return text.find(text[max(0, at - 1) : at + 1], 0, at) >= 0 if at else False


def _next(row: str, before: str, char: str) -> bool:
    first, second = row.find(before), row.find(char)
    return first >= 0 and second >= 0 and abs(second - first) == 1


def check(secret: str) -> None:
    """Raises UsageError for a password or token that is too weak, or that no client can send; the message does not
    contain it.
    """
    secret = normal(secret)
    if len(secret) > LONGEST:
        raise UsageError(f"the password or token has more than {LONGEST} characters; choose a shorter one")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in secret):
        raise UsageError("the password or token contains a control character, or is not UTF-8 text; choose another")
    if len(re.sub(" +", " ", secret)) < SHORTEST:
        raise UsageError(
            f"the password or token has fewer than {SHORTEST} characters; choose another, or have one made with "
            "--token generate"
        )
    if unpredictable(secret) < UNPREDICTABLE:
        raise UsageError(
            "the password or token is easy to guess, because it consists of common words, repetitions or sequences; "
            "choose another, or have one made with --token generate"
        )
