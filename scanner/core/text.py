"""Text on input and output: macs in every notation, times, and untrusted values, bounded or escaped.

Untrusted input is bounded on input (`bounded`) and escaped on output (`shown`, `spreadsheet_cell`).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

#: Longest value of one observation, in characters; banners of real devices are shorter.
VALUE_LIMIT = 4096

_MAC_HEX = re.compile(r"[0-9a-fA-F]{12}")
_PAIRS = re.compile(r"[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){5}|[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}")
_FOURS = re.compile(r"\w{4}([.:-])\w{4}\1\w{4}", re.ASCII)
_SEPARATED_MAC = re.compile(
    r"(?:[0-9A-Fa-f]{1,2}([:-]))(?:[0-9A-Fa-f]{1,2}\1){4}[0-9A-Fa-f]{1,2}"  # 0:15:65:a:b:c, 00-15-65-…
    r"|[0-9A-Fa-f]{4}([.:-])[0-9A-Fa-f]{4}\2[0-9A-Fa-f]{4}"  # 0015.650a.0b0c, 0015-650a-0b0c
    r"|[0-9A-Fa-f]{6}[-:][0-9A-Fa-f]{6}"  # 001565-0a0b0c
    r"|(?:[0-9A-Fa-f]{2} ){5}[0-9A-Fa-f]{2}"
    r"|(?:0x|SEP|SIP|sep|sip)?[0-9A-Fa-f]{12}"
)
# Virtual router macs: VRRP v4/v6 (RFC 9568), HSRP v1/v2 and v6, GLBP. The current master responds for them.
_VIRTUAL_ROUTER = (
    "00:00:5e:00:01:",
    "00:00:5e:00:02:",
    "00:00:0c:07:ac:",
    "00:00:0c:9f:f",
    "00:05:73:a0:0",
    "00:07:b4:00:",
)


def mac(text: str) -> str | None:
    """The mac in `text` as `aa:bb:cc:dd:ee:ff`, from any notation (dotted, dashed, bare, `SEP…`, `0x…`), else None."""
    if len(text) == 17 and _PAIRS.fullmatch(text):  # the usual notations are faster so
        return text.replace("-", ":").lower()
    if len(text) == 12 and _MAC_HEX.fullmatch(text):
        return _colons(text.lower())
    if len(text) == 14 and _MAC_HEX.fullmatch(digits := text[:4] + text[5:9] + text[10:]) and _FOURS.fullmatch(text):
        return _colons(digits.lower())
    if not _SEPARATED_MAC.fullmatch(text := text.strip()):
        return None
    if text[:3].lower() in ("sep", "sip"):
        text = text[3:]
    text = text.removeprefix("0x")
    parts = re.split(r"[:-]", text)
    digits = "".join(p.zfill(2) for p in parts) if len(parts) == 6 else re.sub(r"[^0-9A-Fa-f]", "", text)
    if not _MAC_HEX.fullmatch(digits):
        return None
    return _colons(digits.lower())


def _colons(digits: str) -> str:
    return f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}:{digits[6:8]}:{digits[8:10]}:{digits[10:]}"


def identifying_mac(text: str) -> bool:
    """Whether a mac can identify one device: not null, broadcast, multicast or of a virtual router."""
    if text == "00:00:00:00:00:00" or int(text[:2], 16) & 1:
        return False
    return not text.startswith(_VIRTUAL_ROUTER)


def bounded(raw: bytes | str, limit: int = VALUE_LIMIT) -> str:
    """`raw` as text that can be stored: UTF-8 with replacement, up to the first NUL, no outer blanks, cut to `limit`.

    Agents fill fields of fixed length with NULs, and some send what their memory contains behind the first one.
    """
    text = raw[: limit * 4].decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if len(text) <= limit and text.isascii() and "\x00" not in text:
        return text.strip()
    text = text.partition("\x00")[0].strip()[:limit]
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be stored


def amount(count: int, noun: str, plural: str = "") -> str:
    """A number of things in words: `1 row`, `2,000 rows`; `plural` where it is not the noun and an s."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _escape(char: re.Match[str]) -> str:
    code = ord(char[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


# C0 and C1 controls, DEL, bidi marks and isolates, line and paragraph separators, BOM, zero-width characters, and
# halves of surrogate pairs, which stand for the bytes of an argument or a name that are not UTF-8
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def shown(text: str) -> str:
    """`text` safe for a terminal, log or page: control characters and bidi marks as visible escapes."""
    if text.isascii() and text.isprintable():  # the usual case, in half of the time
        return text
    return _UNSAFE.sub(_escape, text)


#: Longest word of a message and what remains of a longer one at its start and end; longest message. In characters.
_WORD, _START, _END, _MESSAGE = 300, 150, 100, 4_000
_LONG_WORD = re.compile(rf"(\S{{{_START}}})\S{{{_WORD - _START - _END},}}(\S{{{_END}}})")


def shortened(sentence: str) -> str:
    """A sentence without the middle of its long words: it may repeat an argument or a value, which has no limit."""
    short = _LONG_WORD.sub(r"\1…\2", sentence[: 100 * _MESSAGE])
    return short if len(short) <= _MESSAGE else f"{short[:_MESSAGE]}…"


#: Characters at which a spreadsheet starts a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def spreadsheet_cell(text: str) -> str:
    """`shown`, and with a leading quote where a spreadsheet would evaluate the cell as a formula."""
    text = shown(text)
    return "'" + text if text.lstrip()[:1] in _FORMULA else text


#: The ordinal of 1970-01-01, the first day of Unix time.
_DAY_ZERO = date(1970, 1, 1).toordinal()


def utc(moment: datetime) -> str:
    """A time as the inventory stores it: `2026-11-23T02:00:00Z`. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone cannot be stored")
    return moment.astimezone(UTC).isoformat()[:19] + "Z"


def moment(text: str) -> datetime:
    """The time in an ISO 8601 text with a zone, such as `utc` returns. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return parsed.astimezone(UTC)


def utc_of(seconds: int) -> str:
    """The time of a Unix time, as `utc` writes it. Raises OverflowError and ValueError outside of years 1 to 9999."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"{_day(day)}T{hour:02}:{minute:02}:{second:02}Z"


@lru_cache(maxsize=1024)
def _day(number: int) -> str:
    return date.fromordinal(_DAY_ZERO + number).isoformat()


@lru_cache(maxsize=16_384)
def seconds(time: str) -> int:
    """The Unix time of a time that `utc` wrote, for differences. Raises ValueError."""
    return int(moment(time).timestamp())


# Characters that JSON permits but a terminal or an editor acts on; inside a JSON string the escape means the same
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


def safe_json(raw: bytes) -> bytes:
    """A JSON text with control characters and bidi marks written as escapes; its meaning is unchanged."""
    if raw.isascii() and b"\x7f" not in raw:
        return raw
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", raw.decode()).encode()
