"""The indefinite article of a word by its sound: an Avaya, an HP, an M3, a Unify, a 2N, an 8851."""

from __future__ import annotations

import re

#: Letters whose names begin with a vowel: eff, aitch, ell, em, en, ar, ess, ex.
_VOWEL_NAMES = frozenset("AEFHILMNORSX")
#: Beginnings whose first letter is a vowel and whose first sound is a consonant (you, won), and the other way round.
_CONSONANT_SOUND = re.compile(
    r"(?:u(?:ni(?!d|mp|n|gn)|biq|s[aeu]|tah|til|k\b|s\b)|eu|ew|one\b|one-|once\b)", re.IGNORECASE
)
_VOWEL_SOUND = re.compile(r"(?:hour|honest|honou?r|heir)", re.IGNORECASE)
#: Longest word in capitals that is read letter by letter: HTC, NEC; LANCOM and STARFACE are read as words.
_LONGEST_INITIALS = 4
_FIRST = re.compile(r"[0-9]+|[A-Za-z]+")


def with_article(words: str) -> str:
    """The words after `a` or `an`."""
    return f"{article(words)} {words}"


def article(words: str) -> str:
    """`an` before a vowel sound, else `a`."""
    found = _FIRST.search(words)
    if found is None:
        return "a"
    word = found[0]
    vowel = _number_has_vowel(word) if word.isdigit() else _word_has_vowel(word, words[found.end() : found.end() + 1])
    return "an" if vowel else "a"


def _number_has_vowel(digits: str) -> bool:
    """Whether a number begins with eight, eleven or eighteen; a number of four digits is read in two pairs."""
    return digits.startswith("8") or (len(digits) in (2, 4, 5) and digits.startswith(("11", "18")))


def _word_has_vowel(word: str, following: str) -> bool:
    if _read_by_letters(word):
        return word[0].upper() in _VOWEL_NAMES
    if _CONSONANT_SOUND.match(word + following):
        return False
    return word[0].lower() in "aeiou" or _VOWEL_SOUND.match(word) is not None


def _read_by_letters(word: str) -> bool:
    """Whether the first letter is read by its name: initials, a single letter, an h before a consonant."""
    if word.isupper() and (len(word) <= _LONGEST_INITIALS or not set(word) & set("AEIOUY")):
        return True
    joined = len(word) > 1 and word[0].islower() and word[1].isupper()  # iPhone, xApp
    initial_h = len(word) > 1 and word[0].upper() == "H" and word[1].lower() not in "aeiouy"  # Htek
    return len(word) == 1 or joined or initial_h
