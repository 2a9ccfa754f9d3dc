"""Fingerprints of rapid7/recog, read from its XML: patterns for values of a field, and what they give.

Only what identifies a device that is not a telephone is used: fingerprints of a hardware type other than VoIP, or of an
operating system with a device type. Software (`service.*`) is not, since it runs on telephones too. A pattern in Ruby's
syntax that Python does not have, or that may take long, is left out and counted.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from scanner.core.errors import DataError
from scanner.core.patterns import checked_pattern
from scanner.core.text import shown
from scanner.core.xmlparts import UnreadPart, parts
from scanner.identity.slow import slow

#: Largest file that is read, in bytes.
SIZE_LIMIT = 16 << 20
#: Certainty of a fingerprint that states none, and the share of it that is left beside our rules.
CERTAINTY, SHARE = 0.85, 0.4
#: Most repeats of almost any character in a pattern, the search for its start included.
_WIDE = 2

#: Databases by the letters of their name (`http_header.server`): the field, and the text before its values.
DATABASES = {
    "sipheaderuseragent": ("sip.user-agent", ""),
    "sipheaderserver": ("sip.server", ""),
    "httpheaderserver": ("http.server", ""),
    "htmltitle": ("http.title", ""),
    "snmpsysdescription": ("snmp.sysdescr", ""),
    "snmpsysobjectid": ("snmp.sysobjectid", ""),
    "x509subject": ("https.cert-subject", ""),
    "x509issuer": ("https.cert-issuer", ""),
    "dhcpvendorclass": ("dhcp.vendor-class", ""),
    "faviconmd5": ("http.favicon", "md5:"),
}
_FLAGS = {
    "REG_ICASE": re.IGNORECASE, "IGNORECASE": re.IGNORECASE, "ICASE": re.IGNORECASE, "REG_LINE_ANY_CRLF": re.NOFLAG,
    "REG_DOT_NEWLINE": re.DOTALL, "REG_MULTILINE": re.DOTALL, "MULTILINE": re.DOTALL,
}  # fmt: skip
_ATTRIBUTES = {
    "fingerprint": ("pattern", "flags", "certainty"),
    "param": ("name", "pos", "value"),
}
_CHILDREN = ("description", "example", "param")
#: Device types of telephones, which our rules identify, and types that any device may have.
_TELEPHONE = re.compile(
    r"voip|ip phone|telephon|conferenc|headset|handset|mobile|smart ?phone|\bphone\b|dect", re.IGNORECASE
)
_ANY_DEVICE = frozenset({"", "general", "device", "unknown"})
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")
_RUBY = {r"\z": r"\Z", r"\Z": r"(?=\n?\Z)", r"\h": "[0-9a-fA-F]"}
_INLINE = re.compile(r"\(\?([im]{1,2})\)")
_TEMPLATE = re.compile(r"\{([\w.]{1,64})\}")


class RecogFingerprint(NamedTuple):
    """One fingerprint: its name in evidence, the field, the compiled pattern, and its parameters.

    `params` is (name, group, text): of group 0 the text, with `{name}` for another parameter, else what the group
    matches.
    """

    name: str
    field: str
    prefix: str
    pattern: re.Pattern[str]
    params: tuple[tuple[str, int, str], ...]
    certainty: float
    examples: tuple[Element, ...]
    line: int


class RecogFile(NamedTuple):
    """The fingerprints of one file that are used, and how many are not, by the reason."""

    path: Path
    fingerprints: tuple[RecogFingerprint, ...]
    unused: dict[str, int]


def read(path: Path) -> RecogFile:
    """The file at `path`. Raises DataError with file, line and the nearest known word."""
    try:
        with path.open("rb") as stream:
            head = stream.read(SIZE_LIMIT + 1)
            if len(head) > SIZE_LIMIT:
                raise DataError(f"{path} is larger than {SIZE_LIMIT >> 20} MiB: name a folder with the XML of recog")
            stream.seek(0)
            database = _database(path, head)
            if database is None:
                return RecogFile(path, (), {})
            found: list[RecogFingerprint] = []
            unused: dict[str, int] = {}
            for part in parts(stream, "fingerprints", "fingerprint"):
                if isinstance(part, UnreadPart):
                    raise _fault(path, part.line, f"{part.reason}: correct the XML")
                one = _fingerprint(path, part.line, part.element, *database)
                if isinstance(one, str):
                    unused[one] = unused.get(one, 0) + 1
                elif one is not None:
                    found.append(one)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check the file") from None
    return RecogFile(path, tuple(found), unused)


def _fault(path: Path, line: int, why: str) -> DataError:
    return DataError(f"{path}, line {line}: {shown(why)}")


def _database(path: Path, head: bytes) -> tuple[str, str] | None:
    """The field and the prefix of the values that a file is for; None for a database that is not used."""
    found = re.search(rb"<fingerprints\b([^>]*)>", head)
    if found is None:
        raise _fault(path, 1, "there is no <fingerprints> element: name a folder with the XML of recog")
    named = re.search(rb"\bmatches\s*=\s*[\"']([^\"']{0,200})[\"']", found[1])
    name = named[1].decode("utf-8", "replace") if named else path.stem
    key = re.sub("[^a-z0-9]", "", name.lower())
    if key not in DATABASES and named and (near := difflib.get_close_matches(key, DATABASES, n=1, cutoff=0.9)):
        line = head.count(b"\n", 0, found.start() + 1) + 1
        field = DATABASES[near[0]][0]
        raise _fault(path, line, f"{name!r} is not a database of recog; the one for {field} has another spelling")
    return DATABASES.get(key)


def _fingerprint(path: Path, line: int, element: Element, field: str, prefix: str) -> RecogFingerprint | str | None:
    """The fingerprint of an element; the reason why it is not used, or None where it is of a telephone or software."""
    _check_names(path, line, element)
    source = element.get("pattern")
    if source is None:
        raise _fault(path, line, "the fingerprint has no pattern")
    params = tuple(_params(path, line, element))
    if not _of_device({name: text for name, group, text in params if not group}):
        return None
    flags = re.MULTILINE
    for word in re.split(r"[\s,|]+", element.get("flags") or ""):
        if word and word not in _FLAGS:
            raise _fault(path, line, f"the flag {word!r} is unknown{_nearest(word, tuple(_FLAGS))}")
        flags |= _FLAGS.get(word, re.NOFLAG)
    if inline := _INLINE.match(source):
        source = source[inline.end() :]
        flags |= (re.IGNORECASE if "i" in inline[1] else 0) | (re.DOTALL if "m" in inline[1] else 0)
    try:
        pattern = checked_pattern(_python(source), flags)
    except re.error:
        return "in a syntax of Ruby that Python does not have"
    if slow(pattern.pattern) or _wide(pattern) > _WIDE:
        return "of a pattern that may take long"
    if (most := max((group for _, group, _ in params), default=0)) > pattern.groups:
        raise _fault(path, line, f"a parameter has pos {most}, and the pattern has {pattern.groups} groups")
    certainty = _certainty(path, line, element.get("certainty"))
    examples = tuple(element.iter("example"))
    name = f"recog/{path.stem}/{line}"
    return RecogFingerprint(name, field, prefix, pattern, params, certainty, examples, line)


def _check_names(path: Path, line: int, element: Element) -> None:
    """Raises DataError for an unknown attribute or child, with the nearest known name."""
    for child in element:
        if child.tag not in _CHILDREN:
            raise _fault(path, line, f"<{child.tag}> is unknown{_nearest(child.tag, _CHILDREN)}")
    for each in (element, *element.iter("param")):
        for key in dict(each.items()):
            known = _ATTRIBUTES[each.tag]
            if key not in known:
                raise _fault(path, line, f"the attribute {key!r} of <{each.tag}> is unknown{_nearest(key, known)}")


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f": write {near[0]}" if near else f": known are {', '.join(known)}"


def _params(path: Path, line: int, element: Element) -> Iterator[tuple[str, int, str]]:
    for param in element.iter("param"):
        name, pos, value = param.get("name"), param.get("pos") or "", param.get("value")
        if not name or not re.fullmatch(r"\d{1,3}", pos):
            raise _fault(path, line, "a <param> has no name, or no pos that is the number of a group")
        if pos == "0" and value is None:
            raise _fault(path, line, f"the <param> {name!r} with pos 0 has no value")
        yield name, int(pos), value or ""


def _certainty(path: Path, line: int, text: str | None) -> float:
    try:
        found = CERTAINTY if text is None else float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise _fault(path, line, f"the certainty {text!r} is not a number from 0 to 1")
    return found


def _of_device(fixed: Mapping[str, str]) -> bool:
    """Whether the fixed parameters are of a device other than a telephone."""
    types = [fixed[key] for key in ("hw.device", "os.device", "service.device") if fixed.get(key)]
    if any(_TELEPHONE.search(text) for text in (*types, fixed.get("hw.family", ""))):
        return False
    return any(text.lower() not in _ANY_DEVICE for text in types)


def _python(pattern: str) -> str:
    """A pattern of Ruby in Python's syntax, where that is a matter of spelling. Raises re.error for POSIX classes."""
    if "[[:" in pattern or "&&[" in pattern:
        raise re.error("a class of POSIX or an intersection")
    escaped = re.sub(r"\\(?:[zZh]|.)", lambda found: _RUBY.get(found[0], found[0]), pattern, flags=re.DOTALL)
    return _NAMED_GROUP.sub("(?P<", escaped)


def _wide(pattern: re.Pattern[str]) -> int:
    """The degree of the time that a search may take: repeats of almost any character, and one for the search itself."""
    parsed = sre_parse.parse(pattern.pattern, pattern.flags)
    first = parsed[0] if len(parsed) else None
    anchored = first is not None and first[0] is sre.AT and not pattern.flags & re.DOTALL
    return _broad(parsed) + (0 if anchored else 1)


def _broad(parsed: Any) -> int:
    count = 0
    for op, value in parsed:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            inner = value[2]
            if value[1] > 64 and len(inner) == 1 and _any(inner[0]):
                count += 1
            else:
                count += _broad(inner)
        elif op is sre.SUBPATTERN:
            count += _broad(value[3])
        elif op is sre.BRANCH:
            count += max(map(_broad, value[1]), default=0)
    return count


def _any(item: Any) -> bool:
    """Whether an element matches almost any character."""
    op, value = item
    negated = (sre.CATEGORY_NOT_SPACE, sre.CATEGORY_NOT_WORD, sre.CATEGORY_NOT_DIGIT)
    if op is sre.IN:
        return bool(value) and (value[0][0] is sre.NEGATE or any(v in negated for _, v in value))
    return op in (sre.ANY, sre.NOT_LITERAL)


def resolved(one: RecogFingerprint, found: re.Match[str]) -> dict[str, str]:
    """The parameters of a match by their names."""
    values = {name: (found[group] or "") if group else text for name, group, text in one.params}
    return {
        name: _TEMPLATE.sub(lambda inner: values.get(inner[1], "")[:256], text)[:256].strip()
        for name, text in values.items()
    }
