"""Whole numbers in texts of others: digits of ASCII alone, and no more of them than a type has."""

from __future__ import annotations

#: Digits of the largest number that is read: SQLite stores 63 bits, Python converts 4,300 digits.
DIGITS = 18
#: Largest sub-identifier of an OID (RFC 2578 3.5).
ARC = 2**32 - 1


def whole(text: str, most: int = 10**DIGITS - 1) -> int | None:
    """The whole number that a text is, from 0 to `most`; None for every other text.

    `str.isdigit` is true of `²`, which `int` does not take, and of 5,000 digits, which it does not convert.
    """
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) > DIGITS and len(text := text.lstrip("0")) > DIGITS:
        return None
    number = int(text or "0")
    return number if number <= most else None
