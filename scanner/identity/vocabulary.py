"""The words of a value: where they are, and which of them spell a maker or a listed model at word borders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.identity import names
from scanner.identity.models import ListedModel, Models

#: Most words that spell one name.
_LONGEST_NAME = 7
#: What may stand between the words of one name.
_JOIN = re.compile(r"[ _./-]{1,2}|")
_WORD = re.compile(r"[0-9A-Za-z]+\+?", re.ASCII)
_RUN = re.compile(r"[a-z]+|[0-9]+")
#: Names of makers that are words of a language too: they name a maker in the maker's own capitals only.
_ORDINARY = names.word_set(
    """
    acme algo ale axis brother canon dell extreme foundry net nokia oki oracle poly ribbon sco sharp zebra
    """
)
#: A name of so few characters counts in the maker's own capitals only.
_SHORT = 3
#: Shortest name that may be joined to the next word: `snom320`, `PolycomVVX`.
_SHORTEST_JOINED = 4
#: Shortest key of a model, in characters, that identifies a model without its maker.
_ALONE = 5

#: Words between a maker's name and a model.
_FILLER = names.word_set("ip sip voip phone telephone deskphone desk model series unified communications")


class Word(NamedTuple):
    """One word of a value, and its place."""

    text: str
    start: int
    end: int


class Spelled(NamedTuple):
    """What the words `first` up to `end` spell; `end` is the number of the word behind them."""

    maker: str
    model: ListedModel | None
    first: int
    end: int


class Vocabulary:
    """The makers and models of the vendor files by the words that spell them."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._makers: dict[str, str] = {}
        self._exact: dict[str, set[str]] = {}
        first: set[str] = set()
        for spelling, maker in models.makers():
            for key in names.maker_keys(spelling):
                self._makers.setdefault(key, maker)
                if len(key) <= _SHORT or key in _ORDINARY:
                    self._exact.setdefault(key, set()).add(spelling)
            first.add(_WORD.findall(spelling)[0])
        joined = sorted((word for word in first if len(word) >= _SHORTEST_JOINED), key=lambda word: (-len(word), word))
        self._joined = re.compile(rf"(?i:({'|'.join(joined) or 'x{9}'}))(?=[A-Z0-9])", re.ASCII)
        self._beginning = re.compile("|".join(joined).casefold() or "x{9}")
        self._maker_first = {*self._makers, *(word.casefold() for word in first)}
        self._stems = {_outline(key) for key in self._maker_first}
        self._of_maker: dict[str, set[str]] = {}
        for maker, spelling in models.spellings():
            firsts = set(_first_words(spelling))
            self._of_maker.setdefault(maker, set()).update(firsts)
            if _identifies(names.fold(spelling)):
                self._stems |= {_outline(word) for word in firsts}
        self._stems.discard("0")  # any number
        self._model_first = set[str]().union(*self._of_maker.values())
        self._model_stems = {maker: {_outline(word) for word in firsts} for maker, firsts in self._of_maker.items()}
        self._any_model_stems = set[str]().union(*self._model_stems.values())

    def may_name(self, outline: str, maker: str | None) -> bool:
        """Whether a value with this outline may name a maker or a model; of a maker that is known, one of its models.

        Numbers are `0` in an outline.
        """
        words = _WORD.findall(outline)
        if maker is not None:
            family = self._models.family(maker)
            return any(word in self._model_stems.get(one, ()) for one in family for word in words)
        first = next((word for word in words if word not in _FILLER), "")
        return first in self._any_model_stems or any(
            word in self._stems or self._beginning.match(word) for word in words
        )

    def words(self, value: str) -> list[Word]:
        """The words of a value; a maker's name and what is joined to it are two words."""
        found: list[Word] = []
        for each in _WORD.finditer(value):
            if name := self._joined.match(each[0]):
                found.append(Word(name[1], each.start(), each.start() + len(name[1])))
                found.append(Word(each[0][len(name[1]) :], each.start() + len(name[1]), each.end()))
            else:
                found.append(Word(each[0], *each.span()))
        return found

    def makers(self, value: str, words: Sequence[Word]) -> list[Spelled]:
        """The makers that a value names, in order."""
        found: list[Spelled] = []
        at = 0
        while at < len(words):
            one = self._maker_at(value, words, at)
            if one:
                found.append(one)
            at = one.end if one else at + 1
        return found

    def _maker_at(self, value: str, words: Sequence[Word], at: int) -> Spelled | None:
        if words[at].text.casefold() not in self._maker_first:
            return None
        for end in range(min(at + _LONGEST_NAME, len(words)), at, -1):
            if not _adjoining(value, words, at, end):
                continue
            text = value[words[at].start : words[end - 1].end]
            key = "".join(word.text for word in words[at:end]).casefold()
            maker = self._makers.get(key)
            if maker and (key not in self._exact or text in self._exact[key]):
                return Spelled(maker, None, at, end)
        return None

    def models(self, value: str, words: Sequence[Word], maker: Spelled | None) -> list[Spelled]:
        """The listed models that a value names, in order, the longest name first at each word.

        Models of the maker, where the value names one; a name of digits or letters alone stands directly behind it.
        """
        found: list[Spelled] = []
        at = 0
        while at < len(words):
            inside = maker is not None and maker.first <= at < maker.end
            one = None if inside else self._model_at(value, words, at, maker)
            if one:
                found.append(one)
            at = one.end if one else at + 1
        return found

    def candidate(self, value: str, words: Sequence[Word]) -> str | None:
        """The first words where they spell a model of any maker; None where they do not."""
        at = next((n for n, word in enumerate(words) if word.text.casefold() not in _FILLER), len(words))
        for end in range(min(at + _LONGEST_NAME, len(words)), at, -1):
            start, stop = words[at].start, words[end - 1].end
            text = value[start:stop]
            if _adjoining(value, words, at, end) and len(text) >= _SHORT and self._models.is_key(names.fold(text)):
                return None if _within_a_number(value, start, stop) else text
        return None

    def _model_at(self, value: str, words: Sequence[Word], at: int, maker: Spelled | None) -> Spelled | None:
        if (first := words[at].text.casefold()) not in self._model_first or first in _FILLER:
            return None
        for end in range(min(at + _LONGEST_NAME, len(words)), at, -1):
            if not _adjoining(value, words, at, end) or _within_a_number(value, words[at].start, words[end - 1].end):
                continue
            key = names.fold(value[words[at].start : words[end - 1].end])
            known = self._models.by_key(maker.maker if maker else None, key)
            if known is None:
                continue
            if _mixed(key) if maker else _identifies(key):
                return Spelled(known.maker, known, at, end)
            if maker and at >= maker.end and len(key) >= _SHORT and _fillers(words[maker.end : at]):
                return Spelled(known.maker, known, at, end)
        return None


def _fillers(words: Sequence[Word]) -> bool:
    return all(word.text.casefold() in _FILLER for word in words)


def _mixed(key: str) -> bool:
    """Whether a model's key has letters and digits."""
    return len(key) >= _SHORT and any(c.isdigit() for c in key) and any(c.isalpha() for c in key)


def _identifies(key: str) -> bool:
    """Whether a model's key may identify a model without its maker."""
    return len(key) >= _ALONE and _mixed(key)


def _adjoining(value: str, words: Sequence[Word], first: int, end: int) -> bool:
    return all(_JOIN.fullmatch(value, words[n].end, words[n + 1].start) for n in range(first, end - 1))


def _within_a_number(value: str, start: int, end: int) -> bool:
    """Whether the text between `start` and `end` is a part of a version or of another number: `58` of `58.15.0.20`."""
    before, behind = value[max(start - 2, 0) : start], value[end : end + 2]
    return (len(before) == 2 and before[1] in ".," and before[0].isdigit() and value[start].isdigit()) or (
        len(behind) == 2 and behind[0] in ".," and behind[1].isdigit() and value[end - 1].isdigit()
    )


def _first_words(spelling: str) -> Iterator[str]:
    """The words with which a model may begin, however its name is divided: `gxp2170`, and `gxp` of `GXP-2170`."""
    yield names.fold(spelling)
    if words := _WORD.findall(spelling.casefold()):
        yield words[0]
        run = _RUN.match(words[0])
        if run and len(run[0]) > 1:
            yield run[0]


def _outline(word: str) -> str:
    return re.sub(r"[0-9]+", "0", word.casefold())
