"""The version of a device's software among the numbers of a value that no rule reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from scanner.identity.names import word_set

#: Words in front of the version of the software, and of other numbers.
_SOFTWARE = word_set(
    """
    sw software fw firmware softw version ver vers v rel release app application main
    """
)
_OTHER = word_set(
    """
    hw hardware hwrev rev revision boot bootrom bootsw bootloader updater recovery mib board chip kernel linux
    dsp codec engine nic openssl sofia stack upnp mozilla java tls http https api schema build stamp pcl ps
    serial sn android windows ios macos mac os armv eth port vlan line date channel ip address on at chrome webrtc
    """
)
#: Text between separators; a group in brackets belongs to it: `6.1.5(a)`.
_CHUNK = re.compile(r"[0-9A-Za-z][^\s,;/()\[\]|=:\"'<>]{0,60}(?:\([0-9A-Za-z_.]{1,12}\)[0-9A-Za-z]{0,4})?")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,24}")
#: What is joined to a version: `V3.2.0`, `sw1.50.28`, `3.2.0.70-SIP`.
_JOINED = re.compile(r"(?P<word>v|sw|fw|ver|rel)?[._-]?(?P<text>[0-9].*?)(?:-(?:SIP|no-?tls|tls))?", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]{1,4}(?:[._][0-9]{1,6}){1,5}[A-Za-z]{0,2}(?:\([0-9A-Za-z_.]{1,12}\)[0-9A-Za-z]{0,4})?")
_TWO_NUMBERS = re.compile(r"[0-9][^0-9]{1,8}[0-9]")
_ADDRESS = re.compile(r"(?:127|169\.254|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168)(?:\.[0-9]{1,3}){2,3}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./](?:19|20)[0-9]{2}")
#: Most characters between a model and the version behind it.
_NEAR = 3


class _Candidate(NamedTuple):
    text: str
    labelled: bool
    near: bool


def version(value: str, model_end: int | None, parses: Callable[[str], bool] | None) -> str | None:
    """The version of the software that `value` names; None where it names none, or several.

    `model_end` is where the model's name ends, None without one: then only a version behind a word for software is one.
    `parses` is whether the maker's grammar parses a text; None where the maker has no grammar: then only a version
    behind a word for software, or directly behind the model, is one.
    """
    found = list(_candidates(value, model_end, parses))
    labelled, near = [one.text for one in found if one.labelled], [one.text for one in found if one.near]
    others = [one.text for one in found] if parses and model_end is not None else []
    chosen = set(labelled or near or others)
    return chosen.pop() if len(chosen) == 1 else None


def _candidates(value: str, model_end: int | None, parses: Callable[[str], bool] | None) -> Iterator[_Candidate]:
    before = ""
    expected = model_end if model_end is not None else len(value)
    for found in _CHUNK.finditer(value):
        text, start = found[0].rstrip(".-_"), found.start()
        if model_end is not None and start < model_end < found.end():
            text, start = value[model_end : found.end()].strip("-_. "), model_end
        near = 0 <= start - expected <= _NEAR
        spelled, labelled = _spelled(text, parses)
        if spelled and not _OTHER.intersection(re.split("[_-]", before)):
            yield _Candidate(spelled, labelled or before in _SOFTWARE, near)
        before = text.casefold() if _WORD.fullmatch(text) else ""
        if near and before in _SOFTWARE:
            expected = found.end()


def _spelled(text: str, parses: Callable[[str], bool] | None) -> tuple[str | None, bool]:
    """The version that a chunk is, with or without what is joined to it, and whether that is a word for software."""
    joined = _JOINED.fullmatch(text)
    variants = ((joined["text"], bool(joined["word"])), (text, False)) if joined else ((text, False),)
    for spelled, labelled in variants:
        if _may_be(spelled) and (parses(spelled) if parses else _PLAIN.fullmatch(spelled)):
            return spelled, labelled
    return None, False


def _may_be(text: str) -> bool:
    """Whether a text has the numbers of a version, and is not an address, a date or nothing but zeros."""
    if not 2 < len(text) <= 40 or not _TWO_NUMBERS.search(text):
        return False
    return bool(text.strip("0._-ABCDEFGHIJKLMNOPQRSTUVWXYZ")) and not (
        _ADDRESS.fullmatch(text) or _DATE.fullmatch(text)
    )
