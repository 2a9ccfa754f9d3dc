"""The SQLite inventory: what was observed, which devices that adds up to, and what changed.

`Inventory` (store) is the one writer; `queries` is what reports read. No other room contains SQL.
"""

from scanner.inventory.records import Coverage, Event, Knowledge, Missed, ScanOutcome, ScanRow, Summary
from scanner.inventory.store import Inventory

__all__ = ["Coverage", "Event", "Inventory", "Knowledge", "Missed", "ScanOutcome", "ScanRow", "Summary"]
