"""Sentences, and titles of documents about devices: text that names a device and is not its own description."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scanner.identity.names import word_set

#: Words of sentences; a text with this many of them is prose.
_SENTENCE = word_set(
    """
    a an the and or but of to with without by is are was be been can this that these those your our my we you it
    its in from how what when where which why not all any more most please use using get
    """
)
_PROSE = 3
#: Words of titles and documents about devices.
_DOCUMENT = word_set(
    """
    guide manual datasheet brochure review reviews download downloads documentation docs faq forum forums shop
    price prices buy compare comparison vs tutorial howto wiki blog news article catalog catalogue supported
    compatibility list notes changelog template templates driver drivers plugin integration setup-guide support
    """
)
_WORD = re.compile(r"[a-z][a-z-]*")


def is_prose(words: Iterable[str]) -> bool:
    """Whether words in lower case are those of a sentence or of the title of a document."""
    texts = list(words)
    return sum(text in _SENTENCE for text in texts) >= _PROSE or any(text in _DOCUMENT for text in texts)


@lru_cache(maxsize=1024)
def is_document(title: str) -> bool:
    """Whether a title is that of a document, or a sentence."""
    return is_prose(_WORD.findall(title.lower()))
