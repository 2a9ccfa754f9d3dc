"""What the fingerprints list of telephones, for listeners: which senders have precedence in a flood."""

from __future__ import annotations

from scanner.core.model import TELEPHONES
from scanner.discovery.telephones import Telephones
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.names import fold
from scanner.inventory import Inventory
from scanner.inventory.queries.filters import Filters, select

#: Shortest name of a model that counts: a shorter one, or a mere number, is in too many values.
SHORTEST = 3


def telephones(fingerprints: Fingerprints, inventory: Inventory | None = None) -> Telephones:
    """The prefixes, makers and models of the vendor files whose products are telephones, and the phones of the
    inventory."""
    models = fingerprints.models
    names = {fold(name) for maker, name in models.spellings() if _telephone(fingerprints, maker, name)}
    makers = {fold(name) for name, maker in models.makers() if models.kind_by_name(maker) in TELEPHONES}
    return Telephones(
        prefixes=frozenset(fingerprints.registry.makers_by_prefix()),
        makers=frozenset(name for name in makers if name.isascii()),
        models=frozenset(name for name in names if len(name) >= SHORTEST and name.isascii() and not name.isdigit()),
        known=_known(inventory) if inventory else frozenset(),
    )


def _known(inventory: Inventory) -> frozenset[str]:
    rows = select(inventory, ("mac",), Filters(kind=tuple(TELEPHONES)))
    return frozenset(row["mac"] for row in rows if row["mac"])


def _telephone(fingerprints: Fingerprints, maker: str, name: str) -> bool:
    found = fingerprints.models.by_key(maker, fold(name))
    return found is not None and found.usual_kind in TELEPHONES
