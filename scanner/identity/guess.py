"""Guesses about a value that no rule reads: its maker, its model, and the kind of device that its words name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scanner.identity.models import Models
from scanner.identity.names import maker_keys
from scanner.identity.tokens import Token

#: Words that name a kind of device, the most specific kind first.
_KINDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(words.split()))
    for kind, words in (
        ("softphone", "softphone windows macos ios android iphone"),
        ("other", "speaker loudspeaker horn intercom door doorbell paging camera router switch printer server mcu"),
        ("gateway", "gateway gw ata fxs fxo sbc adapter"),
        ("pbx", "pbx callserver switchboard proxy"),
        ("dect", "dect cordless"),
        ("conference", "conference conferencing codec room meeting"),
        ("phone", "phone telephone deskphone ipphone voipphone handset"),
    )
)
_KIND_WORDS = frozenset(word for _, words in _KINDS for word in words)
#: Words that are not the name of a model, besides those of kinds.
_PLAIN = (
    frozenset(
        re.findall(
            r"\S+",
            """
        a and by compatible device firmware for hardware hw http https inc ip linux ltd mac mozilla of os release rev
        sip software stack sw system systems telephony the ua user-agent v ver version voip web
        """,
        )
    )
    | _KIND_WORDS
)
#: Words whose version is not that of the device.
_OTHER_VERSIONS = frozenset(
    ("kernel", "linux", "mozilla", "sofia-sip", "upnp", "boot", "bootrom", "hw", "hardware", "openssl", "board")
)
#: A word of several parts, each with a capital: the first part may name the maker.
_JOINED = re.compile(r"([A-Z][a-z]{2,}|[A-Z]{2,}(?=[A-Z][a-z]))[A-Z][A-Za-z0-9]{2,}")
_WORDS = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?")
_ORGANIZATION = re.compile(r"(?:^|,)O=((?:\\.|[^,\\])+)")
#: Most words of a value in which a known maker is looked for.
_SEARCHED = 40


def maker(values: Sequence[str], models: Models) -> str:
    """The maker that the first value names: a known one, else the words that its name may be; empty without one."""
    value = values[0]
    if organization := _ORGANIZATION.search(value):
        value = re.sub(r"\\(.)", r"\1", organization[1])
    words = value.replace("/", " ").replace("_", " ").split()[:_SEARCHED]
    for count in (3, 2, 1):
        for at in range(len(words) - count + 1):
            if known := models.maker(" ".join(words[at : at + count]).strip(" ,;:()")):
                return known
    named = value.partition(", ")[0].split()
    if len(named) > 1 and _is_corporate(named[-1]):
        while len(named) > 1 and _is_corporate(named[-1]):
            named.pop()
        return " ".join(named).strip(" ,")
    first = re.match(r"[^0-9A-Za-z]*([0-9]?[A-Za-z]{2,24})", value)
    if first is None or first[1].lower() in _PLAIN:
        return ""
    joined = _JOINED.match(first[1])
    return joined[1] if joined else first[1]


def _is_corporate(word: str) -> bool:
    """Whether a word is one that companies have at the end of their names."""
    return word.strip(".,").isalpha() and len(word) > 1 and len(list(maker_keys(f"name {word}"))) > 1


def model(parts: Sequence[Token], manufacturer: str) -> int | None:
    """The place of the token that names the model; None when no token may.

    It is the first word with a digit behind the maker's name, else the first that is neither plain nor the name, unless
    a kind of device is named before it.
    """
    candidates = [at for at, part in enumerate(parts) if part.kind == "word" and _may_be_model(part.text, manufacturer)]
    with_digit = [at for at in candidates if any(character.isdigit() for character in parts[at].text)]
    if with_digit or not candidates:
        return next(iter(with_digit), None)
    named = any(part.text.lower() in _KIND_WORDS for part in parts[: candidates[0]])
    return None if named else candidates[0]


def _may_be_model(word: str, manufacturer: str) -> bool:
    text, name = word.lower(), manufacturer.lower()
    return text not in _PLAIN and text not in name.split() and text != name and len(text) > 1


def firmware(parts: Sequence[Token]) -> int | None:
    """The place of the first version that is not that of a library or of the hardware; None without one."""
    before = ""
    for at, part in enumerate(parts):
        if part.kind == "version" and before not in _OTHER_VERSIONS:
            return at
        if part.kind == "word" or (part.kind == "gap" and part.text.strip(" .:/").isalpha()):
            before = part.text.strip(" .:/").lower()
    return None


def kind(values: Iterable[str]) -> str:
    """The kind that words of the values name; `unknown` without such a word."""
    words = {word.lower() for value in values for found in _WORDS.findall(value) for word in _split(found)}
    return next((name for name, named in _KINDS if named & words), "unknown")


def _split(word: str) -> list[str]:
    """A word, and its parts where they begin with capitals: `VidyoGateway` is a gateway."""
    return [word, *re.findall(r"[A-Z]+[a-z]*|[a-z]+", word)]
