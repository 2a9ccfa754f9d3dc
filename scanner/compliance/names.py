"""When two spellings of a maker or a model mean the same, without asking the vendor files.

Microsoft's pages write `Poly` and `Polycom`, `CCX 400` and `CCX400`, `AudioCodes` and `Audio Codes`. The vendor
files know more (`Fingerprints.canonical`); this is what holds for a page on its own.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Makers that are one for certification: Polycom became Poly, Poly became HP's, the phones stayed the same.
_SAME_MAKER = {"polycom": "poly", "hppoly": "poly", "polyhp": "poly", "plantronicspoly": "poly"}
_NOT_A_NAME = re.compile(r"[^0-9a-z+]")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`text` without case, blanks and punctuation: what is left when vendors disagree only in typing."""
    return _NOT_A_NAME.sub("", text.casefold())


@lru_cache(maxsize=1024)
def maker_key(manufacturer: str | None) -> str:
    """One key for all names of a maker; empty when there is none."""
    key = fold(manufacturer or "")
    return _SAME_MAKER.get(key, key)


# Words of a product family that pages write and phones do not: Flex UC-P100-S, RealPresence Trio 8800, MiVoice 6725
_FAMILY_WORDS = re.compile(r"^(?:flex|realpresence|mivoice)[\s_-]+(?=\S*\d|\w+\s+\S*\d)", re.IGNORECASE)


def without_family(model: str) -> str:
    """`model` without the family word that some lists put before it."""
    return _FAMILY_WORDS.sub("", model)


_SIP_PREFIX = re.compile(r"^sip[-_ ](?=[a-z]+\d)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def model_key(model: str) -> str:
    """One key for all typings of a model: `CCX 400`, `CCX_400`, `ccx400` are one; `T58A` and `T58` are two.

    Yealink's `SIP-T58A` is `T58A`: the prefix is on the box, not in the lists.
    """
    return fold(without_family(_SIP_PREFIX.sub("", model.strip())))


_SERIES = re.compile(r"(\d{2})[- ]?series", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)(\d{4})(?!\d)")


def in_series(listed: str, model: str) -> bool:
    """Whether `listed` names a whole series (`84-Series`) and `model` is a four-digit member of it (`8440`)."""
    series, number = _SERIES.fullmatch(listed.strip()), _NUMBER.search(model)
    return bool(series and number and number[1].startswith(series[1]))
