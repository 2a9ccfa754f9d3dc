"""Whether manufacturers, models and serials can belong to one device; and the manufacturer of a mac. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from scanner.core.model import PHONE_KINDS
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.names import extends
from scanner.inventory.rules.identifiers import Signature

_PHONES = PHONE_KINDS - {"unknown"}


class Manufacturers:
    """The manufacturers of the fingerprints."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints

    def of(self, mac: str) -> str | None:
        """The manufacturer that the prefix of a mac is assigned to."""
        found = self._fingerprints.registry.by_mac(mac)
        return found.maker if found else None

    def of_phones_alone(self, mac: str) -> str | None:
        """The manufacturer of a mac, if only its phones have the prefix."""
        found = self._fingerprints.registry.by_mac(mac)
        return found.maker if found and found.dedicated else None

    def of_phone(self, mac: str) -> str | None:
        """The manufacturer of a mac, if its phones have the prefix: alone, or together with its other products."""
        found = self._fingerprints.registry.by_mac(mac)
        if found is None:
            return None
        return found.maker if found.dedicated or found.maker in self._of_phones else None

    @cached_property
    def _of_phones(self) -> set[str]:
        files = [origin.file for origin in self._fingerprints.origins]
        return {f.manufacturer for f in files if _PHONES & {f.kind, *(model.kind for model in f.model)}}

    def related(self, maker: str, other: str) -> bool:
        """Whether two manufacturers may be named by one device: the same, or siblings (Poly and Polycom)."""
        siblings = self._fingerprints.models.siblings
        return maker == other or other in siblings(maker) or maker in siblings(other)

    def differ(self, mine: Iterable[str], theirs: Iterable[str]) -> bool:
        """Whether both sides name manufacturers and no two of them are related."""
        mine, theirs = tuple(mine), tuple(theirs)
        return bool(mine and theirs) and not any(self.related(a, b) for a in mine for b in theirs)

    def other_device(self, one: Signature, other: Signature) -> bool:
        """Whether two signatures cannot belong to one device: both have models, serials or manufacturers, none in
        common."""
        if one.models and other.models and not share_a_model(one, other):
            return True
        if one.serials and other.serials and one.serials.isdisjoint(other.serials):
            return True
        return self.differ(one.makers, other.makers)


def share_a_model(one: Signature, other: Signature) -> bool:
    """Whether two signatures have a model in common; the shorter name of a family (`T58`) is any of its models."""
    if one.models & other.models:
        return True
    return any(extends(mine, theirs) or extends(theirs, mine) for mine in one.models for theirs in other.models)
