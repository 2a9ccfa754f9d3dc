"""The second reader: a value that no rule matches as a whole is read by its words.

It finds the maker by its names, a listed model by its spellings at word borders, a version by the maker's grammar, a
MAC and a serial number behind their usual words, and the kind of device that the text names. It never gives a model
that no file lists. Two makers or two models, prose, and text about devices for other devices give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from scanner.core.model import TELEPHONES, Kind
from scanner.core.text import identifying_mac, mac
from scanner.identity import values
from scanner.identity.grammars import Grammars
from scanner.identity.models import ListedModel, Models
from scanner.identity.names import word_set
from scanner.identity.ownmac import own_mac
from scanner.identity.prose import is_prose
from scanner.identity.registry import Registry
from scanner.identity.versions import version
from scanner.identity.vocabulary import Spelled, Vocabulary, Word

#: Longest value that is read by words, in characters, and most words: a longer one is a document.
LONGEST, _MOST_WORDS = 320, 48
#: The number of a word up to which the maker or the model must begin.
_FIRST_WORDS = 4
#: Most values cached: a hostile network cannot make the table larger.
_REMEMBERED = 4096

#: First words of what `uname -a` prints: the next word is a host name, and the version is that of the kernel.
_SYSTEMS = word_set("linux darwin freebsd netbsd openbsd sunos vxworks windows")
#: Words in front of the name of another device.
_ABOUT_ANOTHER = word_set(
    """
    for to with via from like compatible supports supported behind uplink than against emulates emulator
    simulator
    """
)
_SERIAL = re.compile(
    r"(?<![0-9A-Za-z])(?:S/?N|Serial(?: ?(?:No|Number|Num))?)\.?[:=# ]{1,3}"
    r"(?P<text>[0-9A-Z][0-9A-Z-]{3,23})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
#: Kinds by words of the text, the first that matches; phones are found by `values.says_phone`.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", re.IGNORECASE))  # type: ignore[misc]
    for kind, words in (
        ("softphone", "soft ?phone|softclient"),
        (
            "other",
            "camera|printer|scanner|copier|multifunction|intercom|door ?(?:phone|station|bell)|(?:loud ?)?speaker"
            "|paging|access ?point|switch|router|firewall|mcu|multipoint|ups|encoder|decoder|recorder|projector",
        ),
        ("dect", "dect|cordless"),
        (
            "conference",
            "conference|conferencing|tele ?presence|codec|speaker ?phone|video ?phone|meeting ?(?:bar|board|eye)",
        ),
        (
            "gateway",
            "gateway|(?:analogu?e|telephone|phone|voip) (?:telephone )?adapt[eo]r|ata|fx[os]|sbc|session border",
        ),
        (
            "pbx",
            "pbx|call (?:server|manager|control)|communications? server|phone system|soft ?switch|telephony server",
        ),
    )
)


#: What serves and manages telephones; every telephone has a web server.
_SERVES = re.compile(
    r"(?<![A-Za-z])(?:(?<!web )(?<!web-)(?<!http )(?<!embedded )server|(?:device |resource )?manag(?:er|ement)|platform"
    r"|provisioning (?:service|system)|director|portal)(?![A-Za-z])",
    re.IGNORECASE,
)
#: Words for the program to call with that a maker of PBXs offers, beside the name of the maker or of its PBX. A "web
#: client" is a page of the PBX.
_PROGRAM = re.compile(
    r"(?<![A-Za-z])(?:soft[ -]?(?:phone|client)|(?<!web )(?<!web-)(?:client|app)(?![ -]?servers?)|communicator|dialer)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)


class Reading(NamedTuple):
    """What words give: the parts, the entry of the model, and what they are: a model, a maker or a candidate.

    A candidate is the name of a model that counts where another field names its maker.
    """

    gives: dict[str, str]
    listed: ListedModel | None
    by: str


class WordReader:
    """Reads values by words with the names of the vendor files. Values are cached, with bounds."""

    def __init__(self, models: Models, registry: Registry, grammars: Grammars) -> None:
        self._models, self._registry, self._grammars = models, registry, grammars
        self._vocabulary = Vocabulary(models)
        self._may_name: dict[tuple[str, str | None], bool] = {}
        self._read: dict[str, Reading | None] = {}

    def read(self, value: str, outline: str, maker: str | None = None) -> Reading | None:
        """What the words of a value give; None where they give nothing.

        `outline` is the value's outline, `maker` the one that is known: then only a model is of use.
        """
        if len(value) > LONGEST:
            return None
        may_name = self._may_name.get((outline, maker))
        if may_name is None:
            if len(self._may_name) >= _REMEMBERED:
                self._may_name.clear()
            may_name = self._may_name[outline, maker] = self._vocabulary.may_name(outline, maker)
        if not may_name:
            return None
        if value not in self._read:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[value] = self._reading(values.plain(value))
        return self._read[value]

    def model_of(self, maker: str, value: str) -> ListedModel | None:
        """The one listed model of a maker that a value names, where another value names the maker."""
        words = self._vocabulary.words(value) if len(value) <= LONGEST else []
        if not words or len(words) > _MOST_WORDS or _is_prose(words):
            return None
        found = {one.model for one in self._vocabulary.models(value, words, Spelled(maker, None, 0, 0))}
        return found.pop() if len(found) == 1 else None

    def _reading(self, value: str) -> Reading | None:
        words = self._vocabulary.words(value)
        if not 0 < len(words) <= _MOST_WORDS or words[0].text.casefold() in _SYSTEMS or _is_prose(words):
            return None
        makers = self._vocabulary.makers(value, words)
        maker = makers[0] if makers else None
        if maker and any(one.maker not in self._models.family(maker.maker) for one in makers[1:]):
            return None
        models = self._vocabulary.models(value, words, maker)
        if len({one.model for one in models}) > 1:
            return None
        model = models[0] if models else None
        first = min(one.first for one in (maker, model) if one) if maker or model else None
        if first is None:
            candidate = self._vocabulary.candidate(value, words)
            return Reading({"model": candidate}, None, "candidate") if candidate else None
        if first >= _FIRST_WORDS or _about_another(words[:first]):
            return None
        return self._parts(value, words, maker, model)

    def _parts(self, value: str, words: Sequence[Word], maker: Spelled | None, model: Spelled | None) -> Reading:
        listed = model.model if model else None
        named = listed.maker if listed else maker.maker if maker else ""
        gives = {"manufacturer": named}
        if listed:
            gives["model"] = listed.name
        kind = (listed.usual_kind if listed else None) or kind_by_words(value)
        if kind and kind != "unknown":
            gives["kind"] = kind
        name = listed.name if listed else None
        end = words[model.end - 1].end if model else None
        parses = (
            (lambda text: self._grammars.version(named, name, text) is not None) if self._grammars.of(named) else None
        )
        if (listed or parses) and (firmware := version(value, end, parses)):
            gives["firmware"] = firmware
        gives |= self._numbers(value, named)
        return Reading(gives, listed, "model" if listed else "maker")

    def _numbers(self, value: str, maker: str) -> dict[str, str]:
        """The MAC and the serial number in a value; a serial number that is a MAC is the MAC."""
        found: dict[str, str] = {}
        if serial := _SERIAL.search(value):
            address = mac(serial["text"])
            if address and identifying_mac(address):
                found["mac"] = address
            elif any(character.isdigit() for character in serial["text"]):
                found["serial"] = serial["text"]
        if "mac" not in found and (address := own_mac(value, maker, self._models, self._registry)):
            found["mac"] = address
        return found


@lru_cache(maxsize=1024)
def kind_by_words(value: str) -> Kind | None:
    """The kind of device that a text names; None where it names none."""
    for kind, pattern in _KINDS:
        if pattern.search(value):
            return kind
    return "phone" if values.says_phone(value) else None


def host_kind(value: str) -> Kind | None:
    """The kind of a host that serves telephones and is none, by the words of a value; None where they name none."""
    kind = kind_by_words(value)
    if kind is not None and kind not in TELEPHONES:
        return kind
    return "other" if _SERVES.search(value) else None


def names_program(value: str) -> bool:
    """Whether a value that names a PBX or its maker is of the softphone for it: `3CX Mobile Client`."""
    return _PROGRAM.search(value) is not None


def _is_prose(words: Sequence[Word]) -> bool:
    """Whether a value is a sentence or the title of a document, and not the name of a device."""
    return is_prose(word.text.casefold() for word in words)


def _about_another(before: Sequence[Word]) -> bool:
    """Whether the words in front of a name show that it is the name of another device."""
    return any(word.text.casefold() in _ABOUT_ANOTHER for word in before)
