"""Cells of Microsoft's tables, in the spellings that people have typed over the years.

Found in the public history of the pages: `4.1.0. 84792`, `July 2014July 2014`, `VVX 300/310`, `VVX 300 and 310`,
`UC-P10/T/CT`, `T56A IP Phone (upgradeable to Teams)`, `143.15.0.7 ` in backticks, `Lync Phone Edition 4.0.7577.4444`,
`x.8.1.62`, `Septmber 3, 2025`, `&nbsp;`, and quotation marks saved in the wrong character set.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Literal, NamedTuple

from scanner.compliance.names import without_family

#: Longest part of a cell that is parsed, in characters: models and versions are shorter.
CELL_LIMIT = 400

# UTF-8 decoded as Mac Roman or Windows 1252: dashes, quotation marks and no-break spaces that were pasted
_MOJIBAKE = {
    "\u201a\u00c4\u00ec": "-", "\u201a\u00c4\u00ee": "-", "\u00e2\u20ac\u201c": "-", "\u00e2\u20ac\u201d": "-",
    "\u201a\u00c4\u00f9": '"', "\u201a\u00c4\u00fa": '"', "\u00e2\u20ac\u0153": '"', "\u00e2\u20ac\u009d": '"',
    "\u201a\u00c4\u00f4": "'", "\u00e2\u20ac\u2122": "'", "\u00ac\u2020": " ", "\u00c2\u00a0": " ", "\u00c2 ": " ",
    "\u00c2\u00ae": "", "\u00e2\u201e\u00a2": "",
}  # fmt: skip
_LEFTOVER = re.compile(
    "[\ufffd\u00ae\u2122\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"<[^<>]{0,80}>")


def clean(cell: str) -> str:
    """A cell as plain text, without markup, wrong characters and extra blanks. A line break becomes `;`."""
    text = html.unescape(cell.strip()[:CELL_LIMIT])
    for wrong, right in _MOJIBAKE.items():
        text = text.replace(wrong, right)
    text = re.sub(r"</?br\s*/?>", "; ", text, flags=re.IGNORECASE)
    text = _TAG.sub("", _LINK.sub(r"\1", text))
    text = unicodedata.normalize("NFKC", _DASHES.sub("-", text))
    text = _LEFTOVER.sub("", text).replace("\\", "")
    text = re.sub(r"(?<!\w)(_{1,2})([^_]+)\1(?!\w)", r"\2", re.sub(r"[`*]", "", text))
    return re.sub(r"\s+", " ", text).strip(" ;,")


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")
_NUMERIC = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_WORDS = re.compile(r"([A-Za-z]{3,10})\.?\s*(?:(\d{1,2})(?:st|nd|rd|th)?\s*,?\s*)?(\d{4})")


def read_date(text: str) -> str | None:
    """The date in a text (`6/30/2018` month first, `August 5, 2023`, `October 2013`, ISO) as ISO 8601, else None.

    A month without a day remains one (`2013-10`). Of a doubled `July 2014July 2014` the first is used.
    """
    if m := _ISO.search(text):
        year, month, day = int(m[1]), int(m[2]), int(m[3] or 0)
    elif m := _NUMERIC.search(text):
        year, month, day = int(m[3]), int(m[1]), int(m[2])
    elif (m := _WORDS.search(text)) and m[1][:3].lower() in _MONTHS:
        year, month, day = int(m[3]), _MONTHS.index(m[1][:3].lower()) + 1, int(m[2] or 0)
    else:
        return None
    if not (1 <= month <= 12 and 0 <= day <= 31):
        return None
    return f"{year:04}-{month:02}" + (f"-{day:02}" if day else "")


class VersionCell(NamedTuple):
    """The versions of a cell. `fault` is the reason when it contains neither a version nor a word for none."""

    texts: tuple[str, ...]
    match: Literal["exact", "minimum"] = "exact"
    notes: tuple[str, ...] = ()
    fault: str = ""


_NONE = re.compile(
    r"(?:not (?:yet )?(?:tested|available|applicable|qualified|certified)|untested|n/?a|none|tb[ad]|pending|-+|\?+)?",
    re.I,
)
_OR_LATER = re.compile(
    r"\s*(?:\(?\b(?:or|and)\s+(?:later|newer|above|higher|greater|up)\b\)?|\bminimum\b:?|\bmin\.?:?(?=\s|$)"
    r"|(?<=\w)\+(?=$|[\s,;]))\s*|^[>≥]=?\s*",
    re.I,
)
_PAREN = re.compile(r"\s*\(([^()]*)\)")
_PRODUCT_WORDS = re.compile(
    r"^(?:(?:lync phone edition|uc software|polyos|firmware|software|version|release|build|fw|ver\.?|rev\.?)\b[\s:]*"
    r"|v(?=\d))",
    re.I,
)
_VERSION = re.compile(r"(?=[^\s]*\d)[A-Za-z0-9](?:[A-Za-z0-9_.\-]{0,60}[A-Za-z0-9])?")
_JOINERS = re.compile(r"\s*(?:[,;/]|\band\b|\bor\b|&)\s*", re.I)


def read_versions(text: str, maker: str = "") -> VersionCell:
    """The versions of a cleaned cell; none, and no fault, where it states that nothing was tested."""
    notes = tuple(
        note.strip() for note in _PAREN.findall(text) if note.strip() and not _OR_LATER.fullmatch(note.strip())
    )
    minimum = bool(_OR_LATER.search(text))
    bare = _OR_LATER.sub(" ", text)
    bare = re.sub(r"\s+", " ", _PAREN.sub("", bare)).strip(" ,;")
    if _NONE.fullmatch(bare):
        return VersionCell((), notes=notes)
    found = []
    for piece in _JOINERS.split(bare):
        token = _one_version(piece, maker)
        if token is None:
            return VersionCell((), notes=notes, fault=f"{text[:80]!r} is not a version")
        found.append(token)
    return VersionCell(tuple(dict.fromkeys(found)), "minimum" if minimum else "exact", notes)


def _one_version(piece: str, maker: str) -> str | None:
    piece = re.sub(r"\s*([._])\s*", r"\1", piece).strip(" .")  # 4.1.0. 84792
    if maker and piece.lower().startswith(maker.lower()):
        piece = piece[len(maker) :].strip(" :")
    while shorter := _PRODUCT_WORDS.match(piece):
        piece = piece[shorter.end() :].strip(" :")
    return piece if piece.isascii() and not piece.isdigit() and _VERSION.fullmatch(piece) else None


class ModelCell(NamedTuple):
    """The models of one cell, and the attributes in its parentheses."""

    names: tuple[str, ...]
    attributes: dict[str, str]
    fault: str = ""


_DESCRIPTION = re.compile(
    r"\s+(?:business\s+(?:media|ip)\s+phones?|(?:ip\s+)?(?:desk\s+|conference\s+|lync\s+|media\s+|wireless\s+)?(?:tele)?phones?|"
    r"handsets?|series)$", re.I
)  # fmt: skip
_ACCESSORY = re.compile(r"\bsupported on\b|\bexp(?:ansion)? module\b", re.I)
_MODEL = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 .+'\"_\-]{0,60}")


def read_models(text: str) -> ModelCell:
    """The models of a cleaned cell: `VVX 300/310` are two, `UC-P10/T/CT` is one with variants."""
    attributes: dict[str, str] = {}
    for note in _PAREN.findall(text):
        key, value = _attribute(note.strip())
        if value:
            attributes[key] = value
    bare = re.sub(r"\s+", " ", _PAREN.sub(" ", text)).strip(" ,;")
    if _ACCESSORY.search(bare):
        return ModelCell((), attributes, f"{bare[:80]!r} is an accessory, not a phone")
    pieces = [piece for raw in _JOINERS.split(bare) if (piece := _undescribed(raw))]
    if not pieces:
        return ModelCell((), attributes, "no model")
    names = [pieces[0]]
    variants = []
    for piece in pieces[1:]:
        if any(c.isdigit() for c in piece):
            names.append(_completed(piece, pieces[0]))
        else:
            variants.append(piece)
    if variants:
        attributes["variants"] = ", ".join(variants)
    wrong = next((name for name in names if not _MODEL.fullmatch(name)), None)
    if wrong is not None:
        return ModelCell((), attributes, f"{wrong[:80]!r} is not a model")
    return ModelCell(tuple(dict.fromkeys(names)), attributes)


def _undescribed(piece: str) -> str:
    piece = piece.strip()
    while shorter := _DESCRIPTION.search(piece):
        piece = piece[: shorter.start()]
    return without_family(piece).strip()


def _completed(piece: str, first: str) -> str:
    """A further model with the words that it shares with the first: `VVX 300` + `310`, `Trio C60` + `C60 NR`."""
    family, _, last = first.rpartition(" ")
    letters = re.match(r"[A-Za-z\-]*", last)
    shared = letters[0] if letters else ""
    if piece[0].isdigit():
        return f"{family} {shared}{piece}".strip()
    if (
        family
        and shared
        and " " not in piece.split(shared)[0]
        and piece.startswith(shared)
        and not piece.startswith(family)
    ):
        return f"{family} {piece}"
    return piece


def _attribute(note: str) -> tuple[str, str]:
    """The attribute and value in parentheses: `upgradeable to Teams`, `On-prem only`, and others as a note."""
    if m := re.fullmatch(r"upgrad(?:e)?able to (.+)", note, re.I):
        return "upgradeable_to", m[1]
    if m := re.fullmatch(r"(.+?)\s+only", note, re.I):
        return "only", m[1].lower()
    return "note", note
