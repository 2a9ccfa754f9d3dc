"""recog as a further source for what is not a telephone: evidence `recog/FILE/LINE`, weaker than that of our rules.

It counts only for a device of which no rule of ours reads anything. It never gives the kind of a telephone, and nothing
where the model is a telephone in the vendor files: then the value is left to rules.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from scanner.core.errors import DataError
from scanner.core.fields import field_of
from scanner.core.model import TELEPHONES
from scanner.core.text import identifying_mac, mac
from scanner.identity.models import ListedModel, Models
from scanner.identity.patterns import keywords
from scanner.identity.recogfile import SHARE, RecogFile, RecogFingerprint, read, resolved
from scanner.identity.rules import Rule

#: What the names of its evidence begin with.
NAME = "recog/"
#: Longest value that is searched, in characters.
VALUE = 512
#: Groups of a kind whose words cannot be determined.
_OTHER_GROUP = re.compile(r"\(\?(?!P<|:|<?[=!])")


class RecogMatch(NamedTuple):
    """A match: a rule in its name, the parts, and the model's entry if a vendor file lists it."""

    rule: Rule
    gives: dict[str, str]
    listed: ListedModel | None


class Recog:
    """The fingerprints of a folder of recog, by field."""

    def __init__(self, files: tuple[RecogFile, ...]) -> None:
        self.files = files
        self._by_field: dict[str, list[tuple[frozenset[str], RecogFingerprint]]] = {}
        for file in files:
            for one in file.fingerprints:
                words = frozenset({""}) if _OTHER_GROUP.search(one.pattern.pattern) else keywords(one.pattern.pattern)
                self._by_field.setdefault(one.field, []).append((words, one))

    @cached_property
    def edition(self) -> bytes:
        """A digest of all fingerprints."""
        digest = blake2b(digest_size=12)
        for file in self.files:
            for one in file.fingerprints:
                digest.update(repr((one.name, one.pattern.pattern, one.pattern.flags, one.params)).encode())
        return digest.digest()

    @property
    def fields(self) -> frozenset[str]:
        """The fields whose values it reads."""
        return frozenset(self._by_field)

    def match(self, field: str, value: str, models: Models) -> RecogMatch | None:
        """The first fingerprint that matches a value and gives a part, as recog takes the first."""
        value = value[:VALUE]
        low = value.lower()
        for words, one in self._by_field.get(field, ()):
            if not any(word in low for word in words):
                continue
            found = one.pattern.search(value.removeprefix(one.prefix))
            if found and (given := _given(resolved(one, found), models)):
                gives, listed = given
                return RecogMatch(_rule(one, field), gives, listed)
        return None

    def notes(self) -> list[str]:
        """What is not used, one sentence for each reason."""
        reasons: dict[str, int] = {}
        for file in self.files:
            for reason, count in file.unused.items():
                reasons[reason] = reasons.get(reason, 0) + count
        return [f"{count} fingerprints of recog are not used: {reason}" for reason, count in sorted(reasons.items())]


def load(folder: Path) -> Recog:
    """The fingerprints of recog in `folder`, or in its folder `xml`. Raises DataError with file and line."""
    if not (paths := _paths(folder)):
        raise DataError(f"{folder} contains no XML file: name the folder of recog, or its folder xml")
    return Recog(tuple(map(read, paths)))


def _paths(folder: Path) -> list[Path]:
    inner = folder / "xml"
    return sorted((inner if inner.is_dir() else folder).glob("*.xml"))


def _given(values: dict[str, str], models: Models) -> tuple[dict[str, str], ListedModel | None] | None:
    """The parts that the parameters of recog give; None where they are of a telephone, or of nothing."""
    device = values.get("hw.device") or values.get("os.device") or values.get("service.device") or ""
    hardware = values.get("hw.product") or values.get("hw.model")
    maker = values.get("hw.vendor") or values.get("os.vendor") or None
    maker, model = models.canonical(maker, hardware or values.get("os.product") or None)
    listed = models.listed(maker, model)
    if listed is not None and (listed.kind or listed.usual_kind) in TELEPHONES:
        return None
    gives = {"kind": "pbx" if device.lower() == "pbx" else "other"}
    address = mac(values.get("host.mac", ""))
    parts = {
        "manufacturer": maker,
        "model": model,
        "firmware": values.get("hw.version") or values.get("os.version"),
        "serial": values.get("hw.serial_number"),
        "mac": address if address and identifying_mac(address) else None,
    }
    gives |= {part: text for part, text in parts.items() if text and text.isprintable()}
    return gives, listed


def _rule(one: RecogFingerprint, field: str) -> Rule:
    certainty = round(one.certainty * SHARE, 3)
    return Rule(
        name=one.name,
        field=field,
        pattern=one.pattern.pattern,
        rank=(-1,),
        grade="model",
        maker="",
        kind=None,
        gives={"kind": "other"},
        certainty=certainty,
        weight=certainty * field_of(field).group.directness,
    )


def is_folder(folder: Path) -> bool:
    """Whether a folder contains XML, in itself or in its folder `xml`, and no vendor files."""
    return folder.is_dir() and bool(_paths(folder)) and not list(folder.glob("*.toml"))


def mistakes(folder: Path) -> list[tuple[str, int, str, str]]:
    """(file, line, name, mistake) of every example that its fingerprint does not match, or reads otherwise."""
    return [
        (file.path.name, one.line, one.name, why)
        for file in load(folder).files
        for one in file.fingerprints
        for example in one.examples
        if (why := _example(one, example, file.path.parent))
    ]


def _example(one: RecogFingerprint, example: Element, folder: Path) -> str | None:
    """The mistake in one example; None where there is none."""
    if (name := example.get("_filename")) is not None:
        path = (folder / one.name.split("/")[1] / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None  # an example in a file beside, which is not there
        text = path.read_bytes()[: VALUE * 8].decode("utf-8", "replace")
    else:
        text = example.text or ""
    if example.get("_encoding") == "base64":
        try:
            text = base64.b64decode(text.strip(), validate=False).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return "the example is not base64"
    found = one.pattern.search(text[:VALUE])
    if found is None:
        return f"the pattern does not match its example {text.strip()[:80]!r}"
    values = resolved(one, found)
    for key, want in example.items():
        if not key.startswith("_") and values.get(key) != want:
            return f"{key} is {values.get(key)!r}, not {want!r}, for the example {text.strip()[:80]!r}"
    return None
