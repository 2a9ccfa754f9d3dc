"""XML documents in parts: what real programs write beside XML 1.0, and damage that must cost one part alone."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.core.xmlparts import Part, UnreadPart, parts

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<run>\n'


def run(document: str | bytes, step: int = 0) -> tuple[list[str | None], list[UnreadPart]]:
    """The attribute `a` of every part read, and the faults; `step` bytes at a time."""
    octets = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    stream: BinaryIO = io.BytesIO(octets) if not step else cast(BinaryIO, _Slow(octets, step))
    found = list(parts(stream, "run", "item"))
    return [p.element.get("a") for p in found if isinstance(p, Part)], [p for p in found if isinstance(p, UnreadPart)]


class _Slow:
    def __init__(self, octets: bytes, step: int) -> None:
        self._stream, self._step = io.BytesIO(octets), step

    def read(self, size: int) -> bytes:
        return self._stream.read(min(size, self._step))


def between(middle: str | bytes) -> bytes:
    octets = middle if isinstance(middle, bytes) else middle.encode("utf-8", "surrogatepass")
    return HEAD.encode() + b'<item a="1"/>\n' + octets + b'\n<item a="3"><b/></item>\n</run>\n'


REPAIRED = {
    "a control character by reference": ('<item a="&#x1;"/>', "\x01"),
    "NUL by reference": ('<item a="x&#0;y"/>', "x\0y"),
    "NUL by a long reference": ('<item a="x&#x0000;y"/>', "x\0y"),
    "an upper-case reference": ('<item a="&#X1B;["/>', "\x1b["),
    "a raw control character": ('<item a="x\x08y"/>', "x\x08y"),
    "a raw NUL": ('<item a="x\0y"/>', "x\0y"),
    "a surrogate by reference": ('<item a="&#xD800;"/>', "\ufffd"),
    "a noncharacter by reference": ('<item a="&#xFFFE;"/>', "\ufffd"),
    "a noncharacter": ('<item a="\uffff"/>', "\ufffd"),
    "a number above Unicode": ('<item a="&#x110000;"/>', "\ufffd"),
    "a decimal number above Unicode": ('<item a="&#99999999;"/>', "\ufffd"),
    "bytes that are not UTF-8": (b'<item a="\xec\xff"/>', "\ufffd\ufffd"),
    "a truncated sequence": (b'<item a="\xe2\x82"/>', "\ufffd"),
    "a bare ampersand": ('<item a="a & b"/>', "a & b"),
    "an ampersand at the end": ('<item a="a&"/>', "a&"),
    "an entity of HTML": ('<item a="&nbsp;x"/>', "&nbsp;x"),
    "a reference without digits": ('<item a="&#;"/>', "&#;"),
    "a reference without an end": ('<item a="&#x41"/>', "&#x41"),
    "allowed references": ('<item a="&#x41;&#9;&#233;&lt;&amp;"/>', "A\té<&"),
}


@pytest.mark.parametrize("spelled", REPAIRED)
@pytest.mark.parametrize("step", [0, 1, 7])
def test_text_that_xml_does_not_allow_is_read(spelled: str, step: int) -> None:
    middle, value = REPAIRED[spelled]
    assert run(between(middle), step) == (["1", value, "3"], [])


LOST = {
    "an attribute twice": '<item a="2" a="2"/>',
    "a tag without its end": '<item a="2"><b></item>',
    "a less-than sign in an attribute": '<item a="<"/>',
    "an attribute without quotation marks": "<item a=2/>",
    "an element without its end": '<item a="2">\n',
    "an element that ends twice as another": '<item a="2"></b></item>',
    "a declaration inside": '<item a="2"><!ENTITY x "y"></item>',
    "a processing instruction without its end": '<item a="2"><?x </item>',
}


@pytest.mark.parametrize("damage", LOST)
@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_malformed_part_costs_itself_alone_and_is_named_with_its_line(damage: str, step: int) -> None:
    found, faults = run(between(LOST[damage]), step)
    assert found == ["1", "3"]
    assert [fault.reason for fault in faults] == ["malformed XML"]
    assert faults[0].line in (4, 5), "the damaged line, or the next one, where it shows"


@pytest.mark.parametrize("step", [0, 1, 7])
def test_comments_and_cdata_sections_contain_no_parts(step: int) -> None:
    text = f'{HEAD}<!-- <item a="0"/> --><item a="1"><![CDATA[<item a="2"/> & &#1; \x01]]><!-- <item> --></item></run>'
    assert run(text, step) == (["1"], [])
    (part,) = [p for p in parts(io.BytesIO(text.encode()), "run", "item") if isinstance(p, Part)]
    assert part.element.text == '<item a="2"/> & &#1; \x01'


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE run [<!ENTITY a "aaaa">]>',
        '<!DOCTYPE run [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>',
        '<!DOCTYPE run [<!ATTLIST item a CDATA "x">]>',
        '<!DOCTYPE run SYSTEM "x" [\n]>',
        '<!ENTITY a "x">',
    ],
)
def test_declarations_of_a_document_type_are_refused(declared: str) -> None:
    found, faults = run(f'<?xml version="1.0"?>{declared}<run><item a="&a;"/></run>')
    assert found == []
    assert [fault.reason for fault in faults] == ["refused: entity declarations"]


@pytest.mark.parametrize("document", ["<!DOCTYPE run>", '<!DOCTYPE run SYSTEM "http://example.org/x.dtd">'])
def test_a_document_type_without_declarations_is_accepted_and_not_fetched(document: str) -> None:
    assert run(f'<?xml version="1.0"?>{document}<run><item a="1"/></run>') == (["1"], [])


def test_documents_one_after_the_other_are_read() -> None:
    one = f'{HEAD}<item a="1"/></run>\n'
    assert run(one * 3) == (["1"] * 3, [])
    cut = one.removesuffix("</run>\n")
    assert run(cut + one) == (["1"] * 2, [UnreadPart(4, "truncated XML")])
    assert run(f'{HEAD}<item a="0"><b' + one)[0] == ["1"]


@pytest.mark.parametrize(
    ("encoding", "declared", "mark"),
    [
        ("utf-16-le", "UTF-8", b"\xff\xfe"),
        ("utf-16-be", "UTF-8", b"\xfe\xff"),
        ("utf-16-le", "utf-16", b""),
        ("utf-8", "UTF-8", b"\xef\xbb\xbf"),
        ("utf-8", "utf-16", b""),
        ("iso-8859-1", "ISO-8859-1", b""),
        ("cp1252", "windows-1252", b""),
    ],
)
def test_a_document_is_read_in_its_encoding(encoding: str, declared: str, mark: bytes) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><run><item a="Gerät"/></run>'
    assert run(mark + text.encode(encoding), 3) == (["Gerät"], [])


@given(st.text(max_size=200), st.integers(1, 9))
@example("<item a='2", 1)
@example("<!--", 1)
@example("<![CDATA[", 1)
@example("</run", 1)
def test_any_text_between_ends_in_parts_and_faults(middle: str, step: int) -> None:
    """For any text between two parts, the first is read; all pieces of reading give the same result."""
    found, faults = run(between(middle), step)
    assert found[0] == "1"
    assert (found, faults) == run(between(middle))


@given(st.binary(max_size=60))
def test_any_octets_in_an_attribute_cost_no_later_part(octets: bytes) -> None:
    """For any octets in an attribute but its own end, the part and all later ones are read."""
    for special in (b'"', b"<"):
        octets = octets.replace(special, b"")
    found, faults = run(between(b'<item a="' + octets + b'"/>'))
    assert (len(found), found[0], found[-1], faults) == (3, "1", "3", [])


@pytest.mark.parametrize("damage", ["<b>" * 70 + "</b>" * 70, "<b/>" * 400_001], ids=["nested elements", "elements"])
def test_a_part_beyond_its_bounds_costs_itself_alone(damage: str) -> None:
    values, faults = run(between(f'<item a="2">{damage}</item>'))
    assert (values, len(faults)) == (["1", "3"], 1)
    assert "too many or too deeply nested elements" in str(faults[0])
