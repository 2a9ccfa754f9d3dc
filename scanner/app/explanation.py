"""The use case `explain`: the evidence of one device, its account, and the rows of each catalog that list its model."""

from __future__ import annotations

from typing import NamedTuple

from scanner.app.account import Account, account
from scanner.app.session import Session
from scanner.core.model import CatalogEntry
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Explanation


class ExplainedDevice(NamedTuple):
    """The explanation of a device, the rows of each catalog in force that list its model, and its account."""

    explanation: Explanation
    catalog_rows: dict[str, tuple[CatalogEntry, ...]]
    account: Account


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
    listed = {name: entries for name, entries in rows.items() if entries}
    return ExplainedDevice(explanation, listed, account(explanation, listed, fingerprints))
