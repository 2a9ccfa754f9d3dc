"""Firmware versions by the grammars of their makers."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.core.errors import DataError
from scanner.firmware import Grammar, Version, grammar, parse
from scanner.identity.models import Models
from scanner.identity.vendorfile import FirmwareEntry

#: Most versions cached, and most models: a hostile network cannot make the tables larger.
_REMEMBERED = 4096


class Grammars:
    """The grammars of all makers, compiled when first used; parsed versions are cached."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._by_maker: dict[str, tuple[Grammar, ...]] = {}
        self._by_model: dict[tuple[str, str | None], tuple[Grammar, ...]] = {}
        self._versions: dict[tuple[str, str | None, str], Version | None] = {}

    def version(self, maker: str | None, model: str | None, firmware: str | None) -> Version | None:
        """`firmware` parsed by the grammar of the maker, or of a sibling; None where no grammar matches."""
        if not maker or not firmware:
            return None
        key = maker, model, firmware
        if key in self._versions:
            return self._versions[key]
        if len(self._versions) >= _REMEMBERED:
            self._versions.clear()
        version = self._versions[key] = parse(self._for_model(maker, model), model, firmware)
        return version

    def _for_model(self, maker: str, model: str | None) -> tuple[Grammar, ...]:
        key = maker, model
        found = self._by_model.get(key)
        if found is None:
            found = tuple(each for each in self.of(maker) if each.fits(model))
            if len(self._by_model) < _REMEMBERED:
                self._by_model[key] = found
        return found

    def of(self, maker: str) -> tuple[Grammar, ...]:
        """The grammars of the maker in the order of its file, then those of its siblings."""
        found = self._by_maker.get(maker)
        if found is None:
            found = self._by_maker[maker] = tuple(
                compiled_grammar(f"{each}/{entry.name or number}", entry)
                for each in (maker, *self._models.siblings(maker))
                for number, entry in enumerate(self._entries(each))
            )
        return found

    def _entries(self, maker: str) -> Iterable[FirmwareEntry]:
        return (entry for file in self._models.files(maker) for entry in file.firmware)


def compiled_grammar(name: str, entry: FirmwareEntry) -> Grammar:
    """The grammar of a vendor file's entry. Raises DataError with its name."""
    try:
        return grammar(
            name,
            entry.pattern,
            entry.order,
            scope=entry.scope,
            lines=entry.lines,
            notes=entry.notes,
            models=entry.models,
            note=entry.note,
        )
    except ValueError as error:
        raise DataError(f"firmware grammar {name}: {error}") from None
