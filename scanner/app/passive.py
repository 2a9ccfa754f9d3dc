"""The passive list: addresses, macs and models that are never probed, as settings name them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.core import target_syntax, text
from scanner.core.errors import UsageError
from scanner.core.spans import Span
from scanner.inventory import Inventory, queries

_NUMBERS = re.compile(r"[\d./:-]+")


@dataclass(frozen=True, slots=True)
class PassiveList:
    """The entries of the list: address spans, and macs and models in lower case."""

    spans: tuple[Span, ...] = ()
    names: frozenset[str] = frozenset()

    def matches(self, mac: str | None, manufacturer: str | None, model: str | None) -> bool:
        """Whether the list names a device by its mac, its model, or maker and model."""
        maker_and_model = f"{manufacturer} {model}" if manufacturer and model else None
        return any(name is not None and name.lower() in self.names for name in (mac, model, maker_and_model))


def parse(entries: Iterable[str]) -> PassiveList:
    """The passive list that entries make. Raises UsageError for a mistyped address: it must not pass as a model."""
    spans: list[Span] = []
    names = set()
    for entry in entries:
        try:
            spans += target_syntax.spans(entry, hosts=False)
        except UsageError:
            mac = text.mac(entry)
            if not mac and _NUMBERS.fullmatch(entry.strip()):
                raise
            names.add(mac or entry.strip().lower())
    return PassiveList(tuple(spans), frozenset(names))


def addresses(passive: PassiveList, inventory: Inventory) -> list[Span]:
    """The spans of the list, and the last known addresses of the devices that it names."""
    spans = list(passive.spans)
    if passive.names:
        for row in queries.inventory_rows(inventory):
            if row["ip"] and passive.matches(row["mac"], row["manufacturer"], row["model"]):
                spans += target_syntax.spans(row["ip"], hosts=False)
    return spans
