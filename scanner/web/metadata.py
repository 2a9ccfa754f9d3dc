"""Datasette's metadata of the inventory: permissions, and descriptions of its tables."""

from __future__ import annotations

from typing import Any

from scanner.web.config import DATABASE

#: Descriptions of tables and views.
TABLES: dict[str, str] = {
    "inventory": "Every device with its identity, verdict and switch port.",
    "noncompliant": "The devices whose firmware the policy does not accept, with the reason.",
    "devices": "Devices as they are stored, by number.",
    "observations": "Every fact once for each device: field, value, source, first and last time.",
    "assessments": "Verdicts with their dates; those without an end are current.",
    "events": "What changed between scans.",
    "device_fields": "Owners, notes and other entered fields of devices, with their history.",
    "scans": "Every scan and how it ended.",
    "missed": "Addresses that a scan could not cover, and why.",
    "coverage": "What each scan covered.",
    "catalogs": "Lists of certified firmware, with source and date.",
    "catalog_entries": "The rows of those lists.",
    "rulings": "Policies and exceptions that verdicts followed, by a hash of their content.",
}
#: Internal tables.
HIDDEN = (
    "arrivals",
    "subjects",
    "merged",
    "addresses",
    "serials",
    "shared",
    "disputed",
    "hosts",
    "states",
    "settlings",
    "runs",
    "marks",
    "scan_counts",
    "scan_devices",
)


def metadata() -> dict[str, Any]:
    """The metadata: only authenticated readers have access."""
    tables: dict[str, Any] = {name: {"description": text, "size": 100} for name, text in TABLES.items()}
    tables |= {name: {"hidden": True} for name in (*HIDDEN, "_sqlite_migrations")}
    return {
        "title": "phonescan",
        "description": "The tables of the inventory.",
        "allow": {"id": "reader"},
        "databases": {DATABASE: {"tables": tables}},
    }
