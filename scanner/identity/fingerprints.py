"""The fingerprints in the shape in which they are used: rules by field, names by spelling, prefixes by maker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from scanner.core.errors import DataError
from scanner.core.model import Kind
from scanner.firmware import Grammar, Version, grammar, parse
from scanner.identity import names
from scanner.identity.index import FieldIndex
from scanner.identity.rules import Rule, compiled, rule_of
from scanner.identity.vendorfile import FirmwareEntry, RuleEntry, VendorFile

#: Most remembered spellings per table; a hostile network cannot make them grow beyond.
_REMEMBERED = 4096


class Origin(NamedTuple):
    """One vendor file that was loaded: its short name, where it lies, what it holds, and its band of priority."""

    stem: str
    path: str
    file: VendorFile
    band: int = 0


class Model(NamedTuple):
    """A model by its canonical maker and name; `kind` is None where the vendor file does not say."""

    maker: str
    name: str
    kind: Kind | None
    basis: str


#: What one rule gives for a maker and model as spelled, and the model's entry; None when it wants a listed model.
Settled = tuple[dict[str, str], Model | None] | None

#: The words from which `rule_of` makes a rule.
Pending = tuple[str, str, RuleEntry, VendorFile, int]


def named_rules(origin: Origin) -> Iterator[tuple[int, Pending]]:
    """The rules of one file before they are made, each with the number of its [[rule]] from 0.

    Names are `file/field/n`, n counting the file's rules of that field from 1.
    """
    counts: dict[str, int] = {}
    for nth, entry in enumerate(origin.file.rule):
        for field in (entry.field, *entry.also):
            counts[field] = counts.get(field, 0) + 1
            yield nth, (f"{origin.stem}/{field}/{counts[field]}", field, entry, origin.file, origin.band)


def _rules_by_field(origins: Iterable[Origin]) -> dict[str, list[Pending]]:
    by_field: dict[str, list[Pending]] = {}
    for origin in origins:
        for _, pending in named_rules(origin):
            by_field.setdefault(pending[1], []).append(pending)
    return by_field


class Fingerprints:
    """All that the vendor files know. Made by `identity.load.load`; not changed afterwards."""

    def __init__(self, origins: Iterable[Origin]) -> None:
        self.origins = tuple(origins)
        self._pending = _rules_by_field(self.origins)
        self._indexes: dict[str, FieldIndex | None] = {}
        #: What rules gave, by rule, maker and model as spelled: for `identity.match`.
        self.settled: dict[tuple[str, str | None, str | None], Settled] = {}
        self._listed: dict[tuple[str | None, str | None], Model] = {}
        self._groups: dict[str, frozenset[str]] = {}
        self._makers: dict[str, str] = {}
        self._files: dict[str, list[VendorFile]] = {}
        self._models: dict[tuple[str, str], Model] = {}
        self._anywhere: dict[str, Model | None] = {}
        self._prefixes: dict[str, tuple[str, bool]] = {}
        self._roots: dict[str, tuple[str, bool]] = {}
        self._grammars: dict[str, tuple[Grammar, ...]] = {}
        self._versions: dict[tuple[str, str | None, str], Version | None] = {}
        self._fitting: dict[tuple[str, str | None], tuple[Grammar, ...]] = {}
        self._spelled: dict[tuple[str | None, str | None], tuple[str | None, str | None]] = {}
        self._seen_makers: dict[str, str | None] = {}
        for origin in self.origins:
            self._learn(origin.file)

    def _learn(self, file: VendorFile) -> None:
        maker = file.manufacturer
        for root in file.sysobjectid:
            self._roots[root.strip(".")] = (maker, True)
        for root in file.sysobjectid_mixed:
            self._roots[root.strip(".")] = (maker, False)
        for prefix in file.oui:
            self._prefixes[names.prefix(prefix)] = (maker, True)
        for prefix in file.oui_mixed:
            self._prefixes[names.prefix(prefix)] = (maker, False)
        if not maker:
            return
        self._files.setdefault(maker, []).append(file)
        for spelling in (maker, *file.aliases):
            self._makers[names.fold(spelling)] = maker
        for entry in file.model:
            model = Model(maker, entry.name, entry.kind, entry.basis)
            self._listed[maker, entry.name] = model
            for spelling in (entry.name, *entry.aliases):
                key = names.fold(spelling)
                self._models[maker, key] = model
                other = self._anywhere.get(key, model)
                self._anywhere[key] = model if other is not None and other.maker == maker else None

    @cached_property
    def edition(self) -> str:
        """What tells these fingerprints from others: a digest of every file's content, name and priority."""
        digest = blake2b(digest_size=12)
        for origin in self.origins:
            digest.update(f"{origin.stem}\x1f{origin.band}".encode())
            digest.update(msgspec.json.encode(origin.file))
        return digest.hexdigest()

    def index(self, field: str) -> FieldIndex | None:
        """The index of a field's rules, made when the field is first met; None when no rule reads it."""
        try:
            return self._indexes[field]
        except KeyError:
            pending = self._pending.get(field)
            index = FieldIndex([rule_of(*words) for words in pending]) if pending else None
            if index is not None or field in self._pending:
                self._indexes[field] = index
            return index

    @property
    def rules(self) -> Mapping[str, tuple[Rule, ...]]:
        """All rules by field, most specific first."""
        return {field: index.rules for field in self._pending if (index := self.index(field))}

    def manufacturer(self, text: str) -> str | None:
        """The agreed name of the maker that `text` spells, corporate words and case aside; None when unknown."""
        try:
            return self._seen_makers[text]
        except KeyError:
            found = next((self._makers[k] for k in names.maker_keys(text) if k in self._makers), None)
            if len(self._seen_makers) < _REMEMBERED:
                self._seen_makers[text] = found
            return found

    def canonical(self, manufacturer: str | None, model: str | None) -> tuple[str | None, str | None]:
        """The agreed names of a maker and a model, from any known spelling.

        A model of a sibling maker moves to that maker (a VVX that says Poly is Polycom's); without a maker, the
        model alone names one where only one maker has it. Unknown names come back tidied: vendor's words dropped,
        `_` as blank.
        """
        key = (manufacturer, model)
        found = self._spelled.get(key)
        if found is None:
            found = self._canonical(manufacturer, model)
            if len(self._spelled) < _REMEMBERED:
                self._spelled[key] = found
        return found

    def _canonical(self, manufacturer: str | None, model: str | None) -> tuple[str | None, str | None]:
        maker = (self.manufacturer(manufacturer) or manufacturer.strip()) if manufacturer else None
        if not model or not model.strip():
            return maker, None
        text = " ".join(model.replace("_", " ").split())
        if maker is None:
            maker, text = self._maker_within(text)
        if maker is None:
            known = self._by_model_alone(text)
            return (known.maker, known.name) if known else (None, text)
        for name in (text, *self._without_maker(maker, text)):
            if known := self._model(maker, name):
                return known.maker, known.name
        text = next(iter(self._without_maker(maker, text)), text)
        text = self._respelled(maker, text)
        if known := self._model(maker, text):
            return known.maker, known.name
        return maker, text

    def _respelled(self, maker: str, text: str) -> str:
        """A model in the maker's plain spelling: every [[spelling]] of its file that fits, in order."""
        for file in self._files.get(maker, ()):
            for rule in file.spelling:
                if found := compiled(rule.pattern).fullmatch(text):
                    text = " ".join(found.expand(rule.becomes).split()) or text
        return text

    def _by_model_alone(self, text: str) -> Model | None:
        """The one maker's model that a bare name means, as it stands or as its maker would respell it."""
        if not names.distinctive(text):
            return None
        if (key := names.fold(text)) in self._anywhere:
            return self._anywhere[key]
        found = {
            known
            for maker in self._files
            if (known := self._models.get((maker, names.fold(self._respelled(maker, text)))))
        }
        return found.pop() if len(found) == 1 else None

    def _model(self, maker: str, text: str) -> Model | None:
        key = names.fold(text)
        for candidate in (maker, *self.siblings(maker)):
            if known := self._models.get((candidate, key)):
                return known
        return None

    def _maker_within(self, text: str) -> tuple[str | None, str]:
        """A maker that a model text opens with: `Polycom VVX 411`."""
        words = text.split(" ")
        for count in (3, 2, 1):
            if count < len(words) and (maker := self._makers.get(names.fold(" ".join(words[:count])))):
                return maker, " ".join(words[count:])
        return None, text

    def _without_maker(self, maker: str, text: str) -> tuple[str, ...]:
        found, rest = self._maker_within(text.replace("-", " ", 1) if "-" in text.split(" ")[0] else text)
        return (rest,) if found is not None and (found == maker or found in self.siblings(maker)) else ()

    def siblings(self, maker: str) -> tuple[str, ...]:
        """Makers whose models may come under this maker's name."""
        return tuple(name for file in self._files.get(maker, ()) for name in file.siblings)

    def family_of_makers(self, maker: str) -> frozenset[str]:
        """The maker and its siblings in both directions: whose words count as words about one device."""
        found = self._groups.get(maker)
        if found is None:
            both = {name for name in self._files if maker in self.siblings(name)}
            found = self._groups[maker] = frozenset({maker, *self.siblings(maker), *both})
            if len(self._groups) > _REMEMBERED:
                self._groups.clear()
        return found

    def model(self, manufacturer: str | None, model: str | None) -> Model | None:
        """What is known of a model by its canonical names (as `canonical` gives them); None when no file lists it."""
        return self._listed.get((manufacturer, model))

    def kind(self, manufacturer: str | None, model: str | None) -> Kind | None:
        """The kind of a listed model, else None."""
        known = self.model(manufacturer, model)
        return known.kind if known else None

    def maker_kind(self, manufacturer: str | None) -> Kind:
        """What most of this maker's devices are; `unknown` for makers that no file is about."""
        files = self._files.get(manufacturer or "", ())
        return files[0].kind if files else "unknown"

    def version(self, manufacturer: str | None, model: str | None, firmware: str | None) -> Version | None:
        """`firmware` by the maker's grammar (or a sibling's); None when no grammar reads it."""
        if not manufacturer or not firmware:
            return None
        whole = (manufacturer, model, firmware)
        if whole in self._versions:
            return self._versions[whole]
        if len(self._versions) >= _REMEMBERED:
            self._versions.clear()
        version = self._versions[whole] = parse(self._grammars_for(manufacturer, model), model, firmware)
        return version

    def _grammars_for(self, manufacturer: str, model: str | None) -> tuple[Grammar, ...]:
        key = (manufacturer, model)
        fitting = self._fitting.get(key)
        if fitting is None:
            fitting = tuple(g for g in self.grammars(manufacturer) if g.fits(model))
            if len(self._fitting) < _REMEMBERED:
                self._fitting[key] = fitting
        return fitting

    def grammars(self, manufacturer: str) -> tuple[Grammar, ...]:
        """The maker's grammars in the order of its file, then those of its siblings."""
        found = self._grammars.get(manufacturer)
        if found is None:
            found = tuple(
                compiled_grammar(f"{maker}/{entry.name or n}", entry)
                for maker in (manufacturer, *self.siblings(manufacturer))
                for n, entry in enumerate(e for f in self._files.get(maker, ()) for e in f.firmware)
            )
            self._grammars[manufacturer] = found
        return found

    def maker(self, mac: str) -> tuple[str, bool] | None:
        """The maker of a mac by its prefix, and whether that prefix is for phones alone; None when not ours.

        Weak evidence: the prefix alone never makes a phone.
        """
        return self._prefixes.get(mac[:13]) or self._prefixes.get(mac[:10]) or self._prefixes.get(mac[:8])

    def makers_by_prefix(self) -> dict[str, str]:
        """Maker by prefix of a mac (`aa:bb:cc`, or longer), as `maker` looks them up."""
        return {prefix: maker for prefix, (maker, _) in self._prefixes.items()}

    def enterprise(self, oid: str) -> tuple[str, bool] | None:
        """The maker whose enterprise root a sysObjectID lies under, and whether what lies there is of the maker's
        usual kind; None when unknown or generic."""
        parts = oid.strip(". ").split(".")
        for length in range(len(parts), 5, -1):
            if root := self._roots.get(".".join(parts[:length])):
                return root
        return None


def compiled_grammar(name: str, entry: FirmwareEntry) -> Grammar:
    """A grammar of a vendor file, ready for use. Raises DataError that names it."""
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
