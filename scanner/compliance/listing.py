"""One catalog indexed by model: the rows for a model, whichever of its names is used. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from scanner.compliance.names import in_series, listed_maker, listed_model
from scanner.compliance.similar import is_variant
from scanner.core.model import Catalog, CatalogEntry
from scanner.firmware import Version

#: Most makers and models cached for one catalog: a hostile network cannot make the table larger.
_REMEMBERED = 4096


class Readings(Protocol):
    """What a verdict needs of `Fingerprints`: canonical names, and firmware parsed as a version."""

    def canonical(self, manufacturer: str | None, model: str | None) -> tuple[str | None, str | None]:
        """The names that the vendor files use for a maker and a model."""

    def version(self, manufacturer: str | None, model: str | None, firmware: str | None) -> Version | None:
        """The firmware as a comparable version; None where no grammar parses it."""


class _Index(NamedTuple):
    """The rows of a catalog by the keys of their names, and those that name a whole series."""

    by_names: dict[tuple[str, str], dict[int, CatalogEntry]]
    by_model: dict[str, dict[int, CatalogEntry]]
    series: tuple[CatalogEntry, ...]


class Listing:
    """A catalog with its index, which is built at the first lookup; lookups are cached."""

    def __init__(self, catalog: Catalog, fingerprints: Readings) -> None:
        self.catalog = catalog
        self._fingerprints = fingerprints
        self._index: _Index | None = None
        self._found: dict[tuple[str | None, str], tuple[CatalogEntry, ...]] = {}
        self._variants: dict[tuple[str | None, str], tuple[CatalogEntry, ...]] = {}

    def entries(self, manufacturer: str | None, model: str | None) -> tuple[CatalogEntry, ...]:
        """The rows for a model; empty where it is not listed. Without a maker only one maker may have the model."""
        if not model:
            return ()
        key = manufacturer, model
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            found = self._found[key] = self._entries(manufacturer, model)
        return found

    def names(self, manufacturer: str | None) -> tuple[str, ...]:
        """The names of the models that are listed of a maker, in the order of the catalog."""
        wanted = self._maker_keys(manufacturer)
        entries = (entry for entry in self.catalog.entries if listed_maker(entry.manufacturer) in wanted)
        return tuple(dict.fromkeys(entry.model for entry in entries))

    def variants(self, manufacturer: str | None, model: str) -> tuple[CatalogEntry, ...]:
        """The rows whose name is that of a model and a letter or two more: those of T58A for T58."""
        key = manufacturer, model
        found = self._variants.get(key)
        if found is None:
            wanted = self._maker_keys(manufacturer)
            found = tuple(
                entry
                for entry in self.catalog.entries
                if listed_maker(entry.manufacturer) in wanted and is_variant(entry.model, model)
            )
            if len(self._variants) >= _REMEMBERED:
                self._variants.clear()
            self._variants[key] = found
        return found

    def _maker_keys(self, manufacturer: str | None) -> set[str]:
        return {listed_maker(manufacturer), listed_maker(self._fingerprints.canonical(manufacturer, None)[0])} - {""}

    def _entries(self, manufacturer: str | None, model: str) -> tuple[CatalogEntry, ...]:
        if self._index is None:
            self._index = _indexed(self.catalog, self._fingerprints)
        names = _keys(manufacturer, model, self._fingerprints)
        for maker, key in names:
            by_number = self._index.by_names.get((maker, key)) if maker else self._index.by_model.get(key)
            found = tuple(by_number.values()) if by_number else ()
            if found and (maker or len({listed_maker(entry.manufacturer) for entry in found}) == 1):
                return found
        makers = {maker for maker, _ in names}
        return tuple(
            e for e in self._index.series if listed_maker(e.manufacturer) in makers and in_series(e.model, model)
        )


def _indexed(catalog: Catalog, fingerprints: Readings) -> _Index:
    index = _Index({}, {}, tuple(e for e in catalog.entries if re.search(r"series", e.model, re.IGNORECASE)))
    for number, entry in enumerate(catalog.entries):
        for maker, model in _keys(entry.manufacturer, entry.model, fingerprints):
            index.by_names.setdefault((maker, model), {})[number] = entry
            index.by_model.setdefault(model, {})[number] = entry
    return index


def _keys(manufacturer: str | None, model: str, fingerprints: Readings) -> list[tuple[str, str]]:
    """The keys of a maker and model: as written, and as the vendor files name them."""
    canonical_maker, canonical_model = fingerprints.canonical(manufacturer, model)
    written = listed_maker(manufacturer), listed_model(model)
    known = listed_maker(canonical_maker or manufacturer), listed_model(canonical_model or model)
    return [written] if known == written else [written, known]
