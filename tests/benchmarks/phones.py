"""The phones of the large files: their addresses and macs, and the times of their rows."""

from __future__ import annotations

#: Phones of the site. A server appends a row for each of them again and again.
PHONES = 5_000
#: Begin of the times.
EPOCH = 1_790_000_000


def ip(number: int) -> bytes:
    """The address of a phone."""
    phone = number % PHONES
    return b"10.20.%d.%d" % (phone // 250, phone % 250 + 1)


def mac(number: int) -> bytes:
    """The mac of a phone: of Polycom, Yealink or Cisco."""
    phone = number % PHONES
    maker = (b"00:04:f2", b"00:15:65", b"c8:9c:1d")[phone % 3]
    return b"%s:%02x:%02x:%02x" % (maker, phone >> 16 & 255, phone >> 8 & 255, phone & 255)


def time(number: int) -> int:
    """The time of a row: each phone renews its lease every four hours."""
    return EPOCH + number * 14_400 // PHONES
