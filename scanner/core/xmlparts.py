"""Elements of one name in XML documents, each parsed on its own: a malformed one costs itself and no other.

The documents are untrusted. They are read in pieces; declarations of a document type are refused, so that no entity is
ever expanded; an element above the limits below is refused, and the following ones are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from scanner.core.xmltext import UnknownEncoding, allowed, allowed_in_cdata, decoded, restored

#: Most elements and characters of one part, and its depth: enough for a full port scan of a host with scripts. Four
#: attributes count as an element.
ELEMENTS, TEXT, DEPTH = 400_000, 32 << 20, 64
#: Longest tag with its attributes, in bytes: the output of a script is an attribute.
MARKUP = 8 << 20
#: The end of a text, in characters, that may begin a tag or a reference and is kept until the next piece decides.
_UNDECIDED = 64
_CLOSING = {"comment": re.compile("-->"), "CDATA": re.compile(r"\]\]>"), "declaration": re.compile(r"[\[>]")}


class Part(NamedTuple):
    """One element, and the line on which it begins."""

    line: int
    element: Element


class UnreadPart(NamedTuple):
    """A part that could not be read: its line, and the reason."""

    line: int
    reason: str


class _After:
    """What is behind the end of a document: blanks, comments and instructions, or content, which is found once."""

    def __init__(self) -> None:
        self.begins = False
        self._instruction = False

    def is_content(self, text: str) -> bool:
        """Whether a text, which may be a piece of one, has the first content behind the end of a document."""
        if not self.begins:
            return False
        text = text.lstrip().removeprefix(">").lstrip()
        while text and (self._instruction or text.startswith("<?")):
            _, end, text = text.partition("?>")
            self._instruction, text = not end, text.lstrip()
        self.begins = not text
        return bool(text)


class _Refused(Exception):
    pass


def parts(stream: BinaryIO, root: str, name: str, *, children: bool = False) -> Iterator[Part | UnreadPart]:
    """Every element `name` of the documents in a stream, whose first element is `root`; both are patterns.

    With `children`, the elements directly in it instead, each as soon as it ends, and with limits of its own.
    """
    element: _Element | None = None
    line, open_root, after = 1, False, _After()
    try:
        for kind, text in _tokens(decoded(stream), root, name):
            if kind in ("part", "root", "end of root") and element is not None:
                yield UnreadPart(element.line, "malformed XML")
                element = None
            if kind == "root" and open_root:
                yield UnreadPart(line, "truncated XML")
            if kind in ("root", "end of root"):
                open_root = kind == "root"
                after.begins = kind == "end of root"
            elif kind == "text" and element is None and after.is_content(text):
                yield UnreadPart(line, "content behind the end of the document")
            elif kind == "declaration" and element is None:
                _refuse_declarations(text)
            elif kind == "part":
                element = _Element(line, children)
            if element is not None and kind != "comment":
                found = _fed(element, allowed_in_cdata(text) if kind == "CDATA" else allowed(text))
                yield from element.taken()
                if found is not None:
                    element = None
                    if isinstance(found, UnreadPart) or not children:
                        yield found
            line += text.count("\n")
    except _Refused as error:
        yield UnreadPart(line, f"refused: {error}")
    except UnknownEncoding:
        yield UnreadPart(1, "the first line declares an unknown encoding")
    else:
        if element is not None or open_root:
            yield UnreadPart(line, "malformed or truncated XML")


def _fed(element: _Element, text: str) -> Part | UnreadPart | None:
    """What `text` makes of an element: the part, complete or unread; None while it goes on."""
    try:
        done = element.feed(text)
    except _Refused as error:
        return UnreadPart(element.line, f"refused: {error}")
    except expat.ExpatError as error:
        return UnreadPart(element.line + error.lineno - 1, "malformed XML")
    return None if done is None else Part(element.line, done)


def _refuse_declarations(text: str) -> None:
    if not text.startswith("<!DOCTYPE") or "[" in text:
        raise _Refused("entity declarations")


def _tokens(pieces: Iterator[str], root: str, name: str) -> Iterator[tuple[str, str]]:
    """The documents as (kind, text), without a gap. A tag is cut behind its name, where it may have attributes."""
    pattern = re.compile(
        rf"<(?:({name}(?=[\s/>]))|({root}(?=[\s/>]))|(/{root}(?=[\s>]))|(/{name}\s{{0,9}}>)|(!--)|(!\[CDATA\[)|(![A-Z]))"
    )
    kinds = ("", "part", "root", "end of root", "text", "comment", "CDATA", "declaration")
    text, final = "", False
    while not final:
        piece = next(pieces, None)
        final = piece is None
        text += piece or ""
        at = 0
        while found := pattern.search(text, at):
            kind, end = kinds[found.lastindex or 0], found.end()
            if closing := _CLOSING.get(kind):
                close = closing.search(text, end)
                if close is None and not final:
                    keep = found.start()
                    break
                end = close.end() if close else len(text)
            start = at if kind == "text" else found.start()  # the end of a part is one piece with what is before it
            if start > at:
                yield "text", text[at:start]
            yield kind, text[start:end]
            at = end
        else:
            keep = len(text) if final else _decided(text, at)
        if keep > at:
            yield "text", text[at:keep]
        text = text[keep:]
        if len(text) > MARKUP:
            raise _Refused(f"a comment of more than {MARKUP >> 20} MiB")


def _decided(text: str, start: int) -> int:
    """Where the end of `text` begins that may be a tag or a reference which the next piece completes."""
    least = max(start, len(text) - _UNDECIDED)
    last = max(text.rfind("<", least), text.rfind("&", least))
    return last if last >= 0 else len(text)


class _Element:
    """A parser and tree builder of one element, or of each of its children; `line` is where it begins."""

    def __init__(self, line: int, children: bool = False) -> None:
        self.line = line
        self._children, self._ready, self._begun = children, list[Part](), 0
        self._builder: TreeBuilder = TreeBuilder()
        self._depth = self._elements = self._text = self._fed = 0
        self._done: Element | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.CharacterDataHandler = self._data

    def feed(self, text: str) -> Element | None:
        """The element when `text` completes it. Raises _Refused and ExpatError."""
        octets = text.encode()
        self._fed += len(octets)
        try:
            self._parser.Parse(octets, False)
        except expat.ExpatError:
            if self._done is None:
                raise
        if self._done is None and self._fed - self._parser.CurrentByteIndex > MARKUP:
            raise _Refused(f"an element of more than {MARKUP >> 20} MiB")
        return self._done

    def taken(self) -> list[Part]:
        """The children that ended since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._children and self._depth == 2:
            self._builder, self._elements, self._text = TreeBuilder(), 0, 0
            self._begun = self._parser.CurrentLineNumber
        self._elements += 1 + len(attributes) // 4
        values = "".join(attributes.values())
        if not values.isascii():
            attributes = {key: restored(value) for key, value in attributes.items()}
        self._take(len(values))
        if self._elements > ELEMENTS or self._depth > DEPTH:
            raise _Refused("too many or too deeply nested elements")
        self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._builder.end(tag)
        self._depth -= 1
        if self._children and self._depth == 1:
            self._ready.append(Part(self.line + self._begun - 1, self._builder.close()))
            self._builder = TreeBuilder()
            self._builder.start(tag, {})
        elif self._depth == 0:
            self._done = self._builder.close()

    def _data(self, text: str) -> None:
        self._take(len(text))
        self._builder.data(restored(text))

    def _take(self, characters: int) -> None:
        self._text += characters
        if self._text > TEXT:
            raise _Refused(f"more than {TEXT >> 20} MiB of text")
