"""Target words of users, such as lists joined by commas and names of files, expanded to single targets."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path

from scanner.app.files import read_bounded
from scanner.app.session import Session
from scanner.core.errors import UsageError
from scanner.core.paths import is_file
from scanner.core.target_syntax import spans

#: Largest file of targets that is read, in bytes.
FILE_LIMIT = 16_000_000
#: Longest target, in characters: a host name has at most 253.
WORD_LIMIT = 300
#: A plain IPv4 address or subnet, which needs no further check: files may have a million.
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PLAIN = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}(?:/(?:3[0-2]|[12]?\d))?")


def expand(
    words: Iterable[str], folder: Path = Path(), session: Session | None = None, *, empty: bool = False
) -> tuple[str, ...]:
    """Every target that the words name; the name of a file is replaced by the targets in it.

    A relative name of a file starts at `folder`. A file has targets separated by blanks, commas or line ends; `#`
    begins a comment; one without a target is an error, unless `empty`. `netbox:site=hq,role=voice` is replaced by
    prefixes of the NetBox in the settings of `session`.
    Raises UsageError, NetBoxError.
    """
    found: list[str] = []
    for word in words:
        if word.startswith("netbox:") and session is not None:
            from scanner.app.netbox import connect
            from scanner.netbox.targets import prefixes

            found += prefixes(connect(session), word)
        elif word.startswith("@"):
            found += _some(folder / word[1:], empty)
        elif not _numeric(word) and is_file(folder / word):
            found += _some(folder / word, empty)
        else:
            found += [part for part in re.split(r"[,\s]+", word) if part]
    return tuple(found)


def _some(path: Path, empty: bool) -> list[str]:
    found = in_file(path)
    if not found and not empty:
        raise UsageError(f"{path} contains no target: correct the file, or leave it out")
    return found


def in_file(path: Path) -> list[str]:
    """The targets in a file. Raises UsageError with the line of an invalid one, PhonescanError."""
    raw = read_bounded(path, FILE_LIMIT, "file of targets")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path} line {line}: not a file of targets (not UTF-8 text)") from None
    found: list[str] = []
    for number, row in enumerate(text.splitlines(), 1):
        for word in re.split(r"[,\s]+", row.partition("#")[0]):
            if len(word) > WORD_LIMIT:
                raise UsageError(f"{path} line {number}: not a file of targets")
            if word and not _PLAIN.fullmatch(word):
                try:
                    spans(word, lambda name: ("127.0.0.1",), hosts=False)  # host names are resolved by the scan
                except UsageError as error:
                    raise UsageError(f"{path} line {number}: {error}") from None
            if word:
                found.append(word)
    return found


def _numeric(word: str) -> bool:
    try:
        ipaddress.ip_network(word, strict=False)
    except ValueError:
        return False
    return True
