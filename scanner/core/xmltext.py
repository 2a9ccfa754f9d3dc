"""The text of an XML document, with what XML 1.0 does not allow and real programs write all the same made harmless.

Control characters, raw or as references (`&#x1;`), pass an XML parser as noncharacters of Unicode, one for each from
U+FDD0 on, and are control characters again after `restored`. Bytes that are not in the encoding become U+FFFD, and an
ampersand that begins no reference of XML is one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 64 << 10
#: Length of the start of a document, in bytes, in which its encoding is declared.
_HEAD = 256

_STANDS_FOR_NUL = 0xFDD0
_RESTORED = {_STANDS_FOR_NUL + code: code for code in range(32)}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPED = re.compile(_CONTROL.pattern + "|&(?:#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,9}));|(?!(?:amp|lt|gt|quot|apos);))")
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?\sencoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']")
_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class UnknownEncoding(ValueError):
    """The encoding that a document declares is unknown, or not of one byte a character."""


def decoded(stream: BinaryIO) -> Iterator[str]:
    """The text of a document in pieces, in the encoding of its byte order mark, else in that which it declares.

    Raises UnknownEncoding.
    """
    piece = b""
    while len(piece) < _HEAD and (more := stream.read(CHUNK)):
        piece += more
    decode = codecs.getincrementaldecoder(encoding(piece))("replace").decode
    while piece:
        yield decode(piece)
        piece = stream.read(CHUNK)
    yield decode(b"", True)


def encoding(head: bytes) -> str:
    """The encoding of a document that begins with `head`: UTF-8 without a mark and a declaration."""
    for mark, name in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return name
    if head[:2] == b"<\0" or head[:2] == b"\0<":
        return "utf-16-le" if head[0] else "utf-16-be"
    found = _DECLARED.match(head)
    name = found[1].decode("ascii").lower() if found else "utf-8"
    if name in ("utf-8", "utf8", "us-ascii", "ascii") or name.startswith(("utf-16", "utf16")):  # what follows is ASCII
        return "utf-8"
    try:
        if len(bytes(range(256)).decode(name, "replace")) == 256:
            return name
    except (LookupError, ValueError):
        pass
    raise UnknownEncoding(name)


def allowed(text: str) -> str:
    """`text` of elements with what a parser would reject replaced."""
    return _ESCAPED.sub(_allowed, text)


def allowed_in_cdata(text: str) -> str:
    """`text` of a CDATA section, where references are text, with control characters replaced."""
    return _CONTROL.sub(_allowed, text)


def restored(text: str) -> str:
    """Parsed text with its control characters."""
    return text if text.isascii() else text.translate(_RESTORED)


def _allowed(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&amp;"
    if found[0][0] != "&":
        return _stand_in(ord(found[0]))
    code = int(found[1], 16) if found[1] else int(found[2])
    return found[0] if _is_allowed(code) else _stand_in(code)


def _is_allowed(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _stand_in(code: int) -> str:
    return chr(_STANDS_FOR_NUL + code) if code < 32 else "\ufffd"
