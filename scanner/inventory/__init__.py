"""The SQLite inventory: observations, the devices they belong to, verdicts and events.

`Inventory` (store) is the one writer; reports read through `queries`. No other room contains SQL.
"""

from scanner.inventory.records import Coverage, Event, Knowledge, Missed, ScanOutcome, ScanRow, Summary
from scanner.inventory.store import Inventory

__all__ = ["Coverage", "Event", "Inventory", "Knowledge", "Missed", "ScanOutcome", "ScanRow", "Summary"]
