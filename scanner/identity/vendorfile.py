"""The records of a vendor file as its TOML contains them, and errors that name file and line.

The format is described in `fingerprints/README.md`. Nothing is compiled here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from scanner.core import toml
from scanner.core.model import TELEPHONES, Kind

#: The one value of `basis`: spelled as the maker's other models and versions are, not taken from a public text.
SISTER_MODEL = "sister-model"


class ModelEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One model by its canonical name. `basis` is the source of its spelling where no string from a device is known."""

    name: str
    aliases: tuple[str, ...] = ()
    kind: Kind | None = None
    basis: str = ""
    platform: str = ""
    note: str = ""


class FirmwareEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One grammar of versions: the keys of `scanner.firmware.grammar`. Grammars of one name are comparable."""

    pattern: str
    order: tuple[str, ...]
    scope: tuple[str, ...] = ()
    lines: dict[str, str] = {}
    notes: dict[str, str] = {}
    models: str | None = None
    name: str = ""
    note: str = ""
    examples: tuple[dict[str, Any], ...] = ()


class SpellingEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """The rewriting of a model name as devices send it, for models that no [[model]] lists."""

    pattern: str
    becomes: str


class RuleEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fingerprint: it applies to `field` and the fields in `also`, where `pattern` matches the whole value.

    `source` is where the examples are published, `basis` is set where they are not; an example may have its own.
    `veto` names what a match shows the device to be, so that it is not a phone whatever its banners contain.
    """

    field: str
    pattern: str
    also: tuple[str, ...] = ()
    gives: dict[str, str] = {}
    examples: tuple[dict[str, Any], ...] = ()
    certainty: float | None = None
    nothing: bool = False
    generic: bool = False
    context: bool = False
    listed: bool = False
    veto: str = ""
    priority: int = 0
    source: str = ""
    basis: str = ""
    description: str = ""


class VendorFile(Struct, frozen=True, forbid_unknown_fields=True):
    """All that is known about one maker. Without `manufacturer` each rule must give one, or nothing.

    `kind` is that of the listed models. `dedicated`: the maker sells such devices only, its name shows the kind.
    """

    manufacturer: str = ""
    aliases: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    kind: Kind = "unknown"
    dedicated: bool = False
    oui: tuple[str, ...] = ()
    oui_mixed: tuple[str, ...] = ()
    sysobjectid: tuple[str, ...] = ()
    sysobjectid_mixed: tuple[str, ...] = ()
    model: tuple[ModelEntry, ...] = ()
    spelling: tuple[SpellingEntry, ...] = ()
    firmware: tuple[FirmwareEntry, ...] = ()
    rule: tuple[RuleEntry, ...] = ()
    note: str = ""

    @property
    def kind_by_name(self) -> Kind | None:
        """The kind that the maker's name alone shows; None for a maker of telephones that is not dedicated."""
        if self.dedicated:
            return self.kind
        telephones = self.kind in TELEPHONES or any(model.kind in TELEPHONES for model in self.model)
        return None if telephones or self.kind == "unknown" else self.kind


class LoadedFile(NamedTuple):
    """One vendor file that was loaded: its short name, its path, its content, and its band of priority."""

    stem: str
    path: str
    file: VendorFile
    band: int = 0


def read(path: Path) -> VendorFile:
    """The vendor file at `path`. Raises DataError with file, line and what to do."""
    return _vendor_file(toml.read(path))


def parse(raw: bytes, name: str) -> VendorFile:
    """The vendor file in `raw`; `name` is its name in errors. Raises DataError."""
    return _vendor_file(toml.parse(raw, name))


def _vendor_file(document: toml.Document) -> VendorFile:
    return toml.convert(document, VendorFile, "see fingerprints/README.md")
