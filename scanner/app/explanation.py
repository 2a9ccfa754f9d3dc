"""The use case `explain`: the evidence of one device, with the rows of each catalog that list its model."""

from __future__ import annotations

from typing import NamedTuple

from scanner.app.session import Session
from scanner.core.model import CatalogEntry
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Explanation


class ExplainedDevice(NamedTuple):
    """The explanation of a device, and the rows of each catalog in force that list its model, by catalog name."""

    explanation: Explanation
    catalog_rows: dict[str, tuple[CatalogEntry, ...]]


def explain(session: Session, inventory: Inventory, device: str, site: str | None = None) -> ExplainedDevice | None:
    """The explained device of an address, mac, serial number, host name or number; None where there is none.

    Raises UsageError for an address that several sites use, without `site`.
    """
    from scanner.compliance.listing import Listing

    fingerprints = session.fingerprints()
    explanation = queries.explain(inventory, device, fingerprints, site)
    if explanation is None:
        return None
    identity = explanation.identity
    rows = {
        catalog.name: Listing(catalog, fingerprints).entries(identity.manufacturer, identity.model)
        for catalog in session.catalogs(inventory)
    }
    return ExplainedDevice(explanation, {name: entries for name, entries in rows.items() if entries})
