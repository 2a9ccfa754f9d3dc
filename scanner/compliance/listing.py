"""Which entries of a catalog are for a model, by every name that the model goes by. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from scanner.compliance.names import in_series, maker_key, model_key
from scanner.core.model import Catalog, CatalogEntry, Identity
from scanner.firmware import Version


class Readings(Protocol):
    """What the verdict needs of `identity.load.Fingerprints`: canonical names, and firmware read as a version."""

    def canonical(self, manufacturer: str | None, model: str | None) -> tuple[str | None, str | None]:
        """The names that the vendor files use for a maker and a model."""

    def version(self, manufacturer: str | None, model: str | None, firmware: str | None) -> Version | None:
        """The firmware as a comparable version, None where no grammar reads it."""


class _Index(NamedTuple):
    catalog: Catalog
    fingerprints: Readings
    by_names: dict[tuple[str, str], tuple[CatalogEntry, ...]]
    by_model: dict[str, tuple[CatalogEntry, ...]]
    series: tuple[CatalogEntry, ...]
    #: What was found for a maker and model, by the names of the identity.
    asked: dict[tuple[str | None, str], tuple[CatalogEntry, ...]]


# The index of a catalog, remembered while it is in use: a verdict must not walk the list for each of 20,000 phones.
_INDEXES: list[_Index] = []
_INDEXES_KEPT = 12
#: Most makers and models of one catalog remembered; a hostile network cannot make it more.
_ASKED_KEPT = 4096


def _index(catalog: Catalog, fingerprints: Readings) -> _Index:
    for index in _INDEXES:
        if index.catalog is catalog and index.fingerprints is fingerprints:
            return index
    by_names: dict[tuple[str, str], dict[int, CatalogEntry]] = {}
    by_model: dict[str, dict[int, CatalogEntry]] = {}
    for number, entry in enumerate(catalog.entries):
        for maker, model in _names(entry.manufacturer, entry.model, fingerprints):
            by_names.setdefault((maker, model), {})[number] = entry
            by_model.setdefault(model, {})[number] = entry
    index = _Index(
        catalog,
        fingerprints,
        {key: tuple(found.values()) for key, found in by_names.items()},
        {key: tuple(found.values()) for key, found in by_model.items()},
        tuple(entry for entry in catalog.entries if re.search(r"series", entry.model, re.IGNORECASE)),
        {},
    )
    _INDEXES.insert(0, index)
    del _INDEXES[_INDEXES_KEPT:]
    return index


def _names(manufacturer: str | None, model: str, fingerprints: Readings) -> list[tuple[str, str]]:
    """The keys of a maker and model: as written, and as the vendor files call them."""
    canonical_maker, canonical_model = fingerprints.canonical(manufacturer, model)
    written = maker_key(manufacturer), model_key(model)
    known = maker_key(canonical_maker or manufacturer), model_key(canonical_model or model)
    return [written] if known == written else [written, known]


def listed(identity: Identity, catalog: Catalog, fingerprints: Readings) -> tuple[CatalogEntry, ...]:
    """The entries of `catalog` for the model of `identity`. Without a maker the model must name one maker alone."""
    asked = _index(catalog, fingerprints).asked
    question = identity.manufacturer, identity.model or ""
    found = asked.get(question)
    if found is None:
        if len(asked) >= _ASKED_KEPT:
            asked.clear()
        found = asked[question] = _listed(*question, _index(catalog, fingerprints), fingerprints)
    return found


def _listed(manufacturer: str | None, model: str, index: _Index, fingerprints: Readings) -> tuple[CatalogEntry, ...]:
    names = _names(manufacturer, model, fingerprints)
    for maker, key in names:
        found = index.by_names.get((maker, key)) if maker else index.by_model.get(key, ())
        if found and (maker or len({maker_key(entry.manufacturer) for entry in found}) == 1):
            return found
    makers = {maker for maker, _ in names}
    return tuple(e for e in index.series if maker_key(e.manufacturer) in makers and in_series(e.model, model))
