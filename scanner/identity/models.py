"""Makers and models by every spelling that the vendor files list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scanner.core.model import TELEPHONES, Kind
from scanner.identity import names
from scanner.identity.patterns import compiled
from scanner.identity.vendorfile import VendorFile

_LEADING = re.compile(r"([a-z+]*)\d")

#: Most spellings cached by each table: a hostile network cannot make it larger.
_REMEMBERED = 4096


class ListedModel(NamedTuple):
    """A model of a vendor file by its canonical maker and name.

    `kind` is its own, which outranks a rule's; `usual_kind` is the same, else that of the file's models. None: unknown.
    """

    maker: str
    name: str
    kind: Kind | None
    basis: str
    usual_kind: Kind | None


class Models:
    """Canonical names of makers and models, and what the vendor files list of them."""

    def __init__(self) -> None:
        self._files: dict[str, list[VendorFile]] = {}
        self._makers: dict[str, str] = {}
        self._listed: dict[tuple[str | None, str | None], ListedModel] = {}
        self._by_key: dict[tuple[str, str], ListedModel] = {}
        #: The model that a key means without a maker; None where several makers have one.
        self._by_key_alone: dict[str, ListedModel | None] = {}
        self._shapes: dict[str, frozenset[str]] = {}
        self._families: dict[str, frozenset[str]] = {}
        self._canonical_makers: dict[str, str | None] = {}
        self._canonical_models: dict[tuple[str | None, str | None], tuple[str | None, str | None]] = {}

    def add(self, file: VendorFile) -> None:
        """Add the maker of one vendor file and its models."""
        maker = file.manufacturer
        if not maker:
            return
        self._files.setdefault(maker, []).append(file)
        for spelling in (maker, *file.aliases):
            self._makers[names.fold(spelling)] = maker
        for entry in file.model:
            usual = file.kind if file.kind != "unknown" else None
            model = ListedModel(maker, entry.name, entry.kind, entry.basis, entry.kind or usual)
            self._listed[maker, entry.name] = model
            for spelling in (entry.name, *entry.aliases):
                key = names.fold(spelling)
                self._by_key[maker, key] = model
                other = self._by_key_alone.get(key, model)
                self._by_key_alone[key] = model if other is not None and other.maker == maker else None

    def files(self, maker: str) -> tuple[VendorFile, ...]:
        """The vendor files of a maker, a user's last."""
        return tuple(self._files.get(maker, ()))

    def listed(self, maker: str | None, model: str | None) -> ListedModel | None:
        """The entry of a model by its canonical names; None when no file lists it."""
        return self._listed.get((maker, model))

    def kind(self, maker: str | None, model: str | None) -> Kind | None:
        """The kind of a listed model, its own or that of its file's models; None where none is given."""
        found = self.listed(maker, model)
        return found.usual_kind if found else None

    def kind_by_name(self, maker: str | None) -> Kind | None:
        """The kind that a maker's name alone shows; None where it shows none."""
        return next((kind for file in self._files.get(maker or "", ()) if (kind := file.kind_by_name)), None)

    def resembles(self, maker: str, model: str) -> bool:
        """Whether an unlisted name begins as a listed telephone of the maker does: `T99Q` as `T58A`."""
        shapes = self._shapes.get(maker)
        if shapes is None:
            names_ = (name for one, name in self._listed if one == maker and name and self._is_telephone(maker, name))
            shapes = self._shapes[maker] = frozenset(map(_shape, names_))
        return _shape(model) in shapes

    def _is_telephone(self, maker: str, name: str) -> bool:
        return self.kind(maker, name) in TELEPHONES

    def siblings(self, maker: str) -> tuple[str, ...]:
        """Makers whose models are also sold under this maker's name."""
        return tuple(name for file in self._files.get(maker, ()) for name in file.siblings)

    def family(self, maker: str) -> frozenset[str]:
        """The maker, its siblings in both directions, and theirs: evidence of any of them may be of one device."""
        found = self._families.get(maker)
        if found is None:
            reached, near = {maker}, {maker}
            while near:
                akin = {name for one in near for name in self.siblings(one)}
                akin |= {name for name in self._files if not near.isdisjoint(self.siblings(name))}
                near = akin - reached
                reached |= near
            found = frozenset(reached)
            if len(self._families) < _REMEMBERED:
                self._families[maker] = found
        return found

    def maker(self, text: str) -> str | None:
        """The canonical name of the maker that `text` spells, with or without corporate words; None when unknown."""
        try:
            return self._canonical_makers[text]
        except KeyError:
            found = next((self._makers[key] for key in names.maker_keys(text) if key in self._makers), None)
            if len(self._canonical_makers) < _REMEMBERED:
                self._canonical_makers[text] = found
            return found

    def spellings(self) -> Iterator[tuple[str, str]]:
        """Every spelling of every model, each with its maker."""
        for maker, files in self._files.items():
            for entry in (entry for file in files for entry in file.model):
                yield from ((maker, spelling) for spelling in (entry.name, *entry.aliases))

    def makers(self) -> Iterator[tuple[str, str]]:
        """Every spelling of every maker's name, each with the canonical name."""
        for maker, files in self._files.items():
            for spelling in {maker, *(alias for file in files for alias in file.aliases)}:
                yield spelling, maker

    def by_key(self, maker: str | None, key: str) -> ListedModel | None:
        """The model of a maker, or of a sibling, by a key that `names.fold` returns; without a maker, the only one."""
        if maker is None:
            return self._by_key_alone.get(key)
        return next((known for one in (maker, *self.siblings(maker)) if (known := self._by_key.get((one, key)))), None)

    def is_key(self, key: str) -> bool:
        """Whether a key that `names.fold` returns is that of a model of any maker."""
        return key in self._by_key_alone

    def canonical(self, maker: str | None, model: str | None) -> tuple[str | None, str | None]:
        """The canonical names of a maker and a model, from any spelling.

        A model of a sibling is returned with the sibling (a VVX under the name Poly is Polycom's). Without a maker, a
        model that a single maker has identifies it. A name that no file lists is returned with single blanks, without
        the maker's name in it.
        """
        key = (maker, model)
        found = self._canonical_models.get(key)
        if found is None:
            found = self._canonical(maker, model)
            if len(self._canonical_models) < _REMEMBERED:
                self._canonical_models[key] = found
        return found

    def _canonical(self, spelled: str | None, model: str | None) -> tuple[str | None, str | None]:
        maker = (self.maker(spelled) or spelled.strip()) if spelled else None
        if not model or not model.strip():
            return maker, None
        text = " ".join(model.replace("_", " ").split())
        if maker is None:
            maker, text = self._leading_maker(text)
        if maker is None:
            known = self._without_a_maker(text)
            return (known.maker, known.name) if known else (None, text)
        short = self._without_own_maker(maker, text)
        for name in (text, short):
            if known := self._known(maker, name):
                return known.maker, known.name
        text = self._rewritten(maker, short)
        known = self._known(maker, text)
        return (known.maker, known.name) if known else (maker, text)

    def _known(self, maker: str, text: str) -> ListedModel | None:
        return self.by_key(maker, names.fold(text))

    def _without_a_maker(self, text: str) -> ListedModel | None:
        """The one model that a bare name means, as it is or as its maker's file rewrites it."""
        if not names.distinctive(text):
            return None
        if (key := names.fold(text)) in self._by_key_alone:
            return self._by_key_alone[key]
        rewritten = {maker: names.fold(self._rewritten(maker, text)) for maker in self._files}
        found = {known for pair in rewritten.items() if (known := self._by_key.get(pair))}
        return found.pop() if len(found) == 1 else None

    def _rewritten(self, maker: str, text: str) -> str:
        """A model name after every matching [[spelling]] of its maker's file, in order."""
        for file in self._files.get(maker, ()):
            for entry in file.spelling:
                if found := compiled(entry.pattern).fullmatch(text):
                    text = " ".join(found.expand(entry.becomes).split()) or text
        return text

    def _leading_maker(self, text: str) -> tuple[str | None, str]:
        """The maker that a model's text begins with, and the rest: `Polycom VVX 411`."""
        words = text.split(" ")
        for count in (3, 2, 1):
            if count < len(words) and (maker := self._makers.get(names.fold("".join(words[:count])))):
                return maker, " ".join(words[count:])
        return None, text

    def _without_own_maker(self, maker: str, text: str) -> str:
        """`text` without the name of its maker, or of a sibling, at its beginning."""
        found, rest = self._leading_maker(text.replace("-", " ", 1) if "-" in text.split(" ")[0] else text)
        return rest if found is not None and (found == maker or found in self.siblings(maker)) else text


def _shape(model: str) -> str:
    """The letters before the first number of a model's name, and a mark for the number: `t0` of T58A and T99Q."""
    found = _LEADING.match(names.fold(model))
    return f"{found[1]}0" if found else names.fold(model)
