"""Capabilities of neighbours in the words and letters of consoles → the bits of LLDP and CDP."""

from __future__ import annotations

import re
from functools import lru_cache

from scanner.wire import cdp as cdp_codec
from scanner.wire import lldp as lldp_codec

#: Letters as legends of consoles explain them.
_LETTERS = {
    "O": "other", "P": "repeater", "B": "bridge", "W": "wlan-access-point", "R": "router", "T": "telephone",
    "C": "docsis-cable-device", "S": "station-only",
}  # fmt: skip
_LETTERED = re.compile(r"[OPBWRTCS](?:[,\s]{0,2}[OPBWRTCS]){0,7}")
#: Avaya's: supported and enabled ones, and `r` for a router.
_BOTH = re.compile(r"[BDORSTWr]{1,8} ?/ ?(?P<enabled>[BDORSTWr]{1,8})(?:\s.*)?")
_AVAYA = {**_LETTERS, "r": "router", "R": "repeater", "D": "docsis-cable-device"}
_WORDS = (
    (re.compile(r"other", re.I), "other"),
    (re.compile(r"repeater", re.I), "repeater"),
    (re.compile(r"(?<!customer )(?<!service )(?<!provider )bridge", re.I), "bridge"),
    (re.compile(r"w-?lan|access point|accesspoint", re.I), "wlan-access-point"),
    (re.compile(r"router", re.I), "router"),
    (re.compile(r"tele?phone|\bphone|\btel\b", re.I), "telephone"),
    (re.compile(r"docsis", re.I), "docsis-cable-device"),
    (re.compile(r"station", re.I), "station-only"),
)
_CDP_WORDS = {
    "router": "router", "trans-bridge": "trans-bridge", "source-route-bridge": "source-bridge", "switch": "switch",
    "host": "host", "igmp": "igmp", "repeater": "repeater", "phone": "phone", "voip-phone": "phone", "remote": "remote",
    "cvta": "cast", "two-port": "two-port-mac-relay",
}  # fmt: skip
#: Letters of the summary: `H P M`.
_CDP_LETTERS = {
    "R": "router", "T": "trans-bridge", "B": "source-bridge", "S": "switch", "H": "host", "I": "igmp", "r": "repeater",
    "P": "phone", "V": "phone", "D": "remote", "C": "cast", "M": "two-port-mac-relay",
}  # fmt: skip


@lru_cache(maxsize=1024)
def lldp(text: str) -> bytes:
    """The two octets of LldpSystemCapabilitiesMap; none where the text has no capability."""
    if _LETTERED.fullmatch(text):
        found = {_LETTERS[letter] for letter in text if letter in _LETTERS}
    elif both := _BOTH.fullmatch(text):
        found = {_AVAYA[letter] for letter in both["enabled"]}
    else:
        found = {word for form, word in _WORDS if form.search(text)}
    number = sum(1 << (15 - bit) for bit, word in enumerate(lldp_codec.CAPABILITIES) if word in found)
    return number.to_bytes(2, "big") if number else b""


@lru_cache(maxsize=1024)
def cdp(text: str) -> int:
    """The bits of CDP's capabilities, of words (`Host Phone Two-port Mac Relay`) or letters (`H P M`)."""
    parts = text.replace("(", " ").replace(",", " ").split()
    if parts and all(part in _CDP_LETTERS for part in parts):
        found = {_CDP_LETTERS[part] for part in parts}
    else:
        found = {_CDP_WORDS[part.lower()] for part in parts if part.lower() in _CDP_WORDS}
    return sum(1 << bit for bit, word in enumerate(cdp_codec.CAPABILITIES) if word in found)
