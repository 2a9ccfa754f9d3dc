"""The fingerprints of all vendor files: rules by field, names of makers and models, grammars of firmware versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from scanner.firmware import Version
from scanner.identity.grammars import Grammars
from scanner.identity.index import FieldIndex
from scanner.identity.models import ListedModel, Models
from scanner.identity.recog import Recog
from scanner.identity.registry import Registry
from scanner.identity.rules import Pending, Rule, borrowed, lender, lent, named_rules, rule_of
from scanner.identity.vendorfile import LoadedFile
from scanner.identity.words import WordReader

#: The part of a model that no file lists, in a value that does not show a phone: no model by itself.
CANDIDATE = "unlisted-model"


class Named(NamedTuple):
    """What a rule gives for a maker and model: the parts, the model's entry, and whether a kind proves the model.

    `by_name`: the kind is that of the maker's name alone, and other words of a value outrank it.
    """

    gives: dict[str, str]
    listed: ListedModel | None
    unproven: bool
    by_name: bool = False


class Fingerprints:
    """Everything that the vendor files define, as `identity.load.load` returns it. Its results do not change.

    `models` has names of makers and models, `registry` makers by MAC prefix and enterprise number, `grammars` those of
    firmware versions. `recog` reads what no rule matches, where a folder of it is given.
    """

    def __init__(self, origins: Iterable[LoadedFile], recog: Recog | None = None) -> None:
        self.origins, self.recog = tuple(origins), recog
        self.models, self.registry = Models(), Registry()
        self.grammars = Grammars(self.models)
        #: What rules gave, by rule, maker and model as spelled: a table that `identity.match` fills.
        self.named: dict[tuple[str, str | None, str | None], Named | None] = {}
        self._pending: dict[str, list[Pending]] = {}
        self._indexes: dict[str, FieldIndex] = {}
        self._borrowed: dict[tuple[str, str], Rule] = {}
        for origin in self.origins:
            self.models.add(origin.file)
            self.registry.add(origin.file)
            for _, pending in named_rules(origin):
                self._pending.setdefault(pending[1], []).append(pending)

    @cached_property
    def edition(self) -> str:
        """A digest of the content, name and priority of every file: equal for equal fingerprints."""
        digest = blake2b(digest_size=12)
        for origin in self.origins:
            digest.update(f"{origin.stem}\x1f{origin.band}".encode())
            digest.update(msgspec.json.encode(origin.file))
        if self.recog is not None:
            digest.update(self.recog.edition)
        return digest.hexdigest()

    def index(self, field: str) -> FieldIndex | None:
        """The index of a field's rules, built when the field is first used; None when it has no rule."""
        index = self._indexes.get(field)
        if index is None and (pending := self._pending.get(field)):
            index = self._indexes[field] = FieldIndex([rule_of(*arguments) for arguments in pending])
        return index

    @cached_property
    def product_text(self) -> FieldIndex:
        """The index of the rules that all fields of product text share, each rule once, built when first used."""
        every = (one for several in self._pending.values() for one in several)
        return FieldIndex([lent(*one) for one in every if one[1] == lender(one[2])])

    @cached_property
    def words(self) -> WordReader:
        """The reader of values that no rule matches, made when first used."""
        return WordReader(self.models, self.registry, self.grammars)

    def borrowed(self, rule: Rule, field: str) -> Rule:
        """A rule for product text as it applies to another field."""
        key = rule.name, field
        found = self._borrowed.get(key)
        if found is None:
            found = self._borrowed[key] = borrowed(rule, field)
        return found

    @property
    def rules(self) -> Mapping[str, tuple[Rule, ...]]:
        """All rules by field, most specific first."""
        return {field: index.rules for field in self._pending if (index := self.index(field))}

    def canonical(self, maker: str | None, model: str | None) -> tuple[str | None, str | None]:
        """The canonical names of a maker and a model, from any spelling; see `Models.canonical`."""
        return self.models.canonical(maker, model)

    def version(self, maker: str | None, model: str | None, firmware: str | None) -> Version | None:
        """`firmware` parsed by the maker's grammar; None where no grammar matches."""
        return self.grammars.version(maker, model, firmware)
