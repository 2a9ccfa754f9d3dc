"""Names as the certification lists spell them: makers that were renamed, families written before models, series.

Microsoft's pages write `Poly` and `Polycom`, `Flex UC-P100-S` and `UC-P100-S`, `84-Series` for `8440`. The vendor files
contain more spellings (`Fingerprints.canonical`); this is what holds for every list.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scanner.identity.names import fold

#: Makers that are one in certification: Polycom became Poly, Poly became HP's, the phones stayed the same.
_SAME_MAKER = {"polycom": "poly", "hppoly": "poly", "polyhp": "poly", "plantronicspoly": "poly"}


@lru_cache(maxsize=1024)
def listed_maker(manufacturer: str | None) -> str:
    """The key of a maker under all its names in the lists; empty when there is none."""
    key = fold(manufacturer or "")
    return _SAME_MAKER.get(key, key)


# Words of a product family that pages write and phones do not: Flex UC-P100-S, RealPresence Trio 8800, MiVoice 6725
_FAMILY_WORDS = re.compile(r"^(?:flex|realpresence|mivoice)[\s_-]+(?=\S*\d|\w+\s+\S*\d)", re.IGNORECASE)


def without_family(model: str) -> str:
    """`model` without the family word that some lists put before it."""
    return _FAMILY_WORDS.sub("", model)


_SIP_PREFIX = re.compile(r"^sip[-_ ](?=[a-z]+\d)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def listed_model(model: str) -> str:
    """The key of a model under all its names in the lists: `CCX 400` and `CCX_400` are one, `T58A` and `T58` are two.

    Yealink's `SIP-T58A` is `T58A`: the prefix is printed on the box and absent from the lists.
    """
    return fold(without_family(_SIP_PREFIX.sub("", model.strip())))


_SERIES = re.compile(r"(\d{2})[- ]?series", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)(\d{4})(?!\d)")


def in_series(listed: str, model: str) -> bool:
    """Whether `listed` names a whole series (`84-Series`) and `model` is a four-digit member of it (`8440`)."""
    series, number = _SERIES.fullmatch(listed.strip()), _NUMBER.search(model)
    return bool(series and number and number[1].startswith(series[1]))
