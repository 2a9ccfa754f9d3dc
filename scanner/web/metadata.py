"""What Datasette is told about the inventory: who may see it, and what its tables are."""

from __future__ import annotations

from typing import Any

from scanner.web.face import DATABASE

#: Tables and views in words, for Datasette's pages.
TABLES: dict[str, str] = {
    "inventory": "Every device with its identity, verdict and switch port.",
    "noncompliant": "The devices whose firmware the policy does not accept, with the reason.",
    "devices": "Devices as they are stored, by number.",
    "observations": "Every fact once for each device: what was seen, where, first and last.",
    "assessments": "Verdicts, dated; those without `until` are in force.",
    "events": "What changed between scans.",
    "scans": "Every scan and how it ended.",
    "missed": "Addresses that a scan could not cover, and why.",
    "coverage": "What each scan covered.",
    "catalogs": "Lists of certified firmware, with source and date.",
    "catalog_entries": "The rows of those lists.",
}
#: Tables that serve the program alone.
HIDDEN = ("arrivals", "subjects", "merged", "addresses", "serials", "shared", "states", "runs", "marks", "scan_counts")


def metadata() -> dict[str, Any]:
    """Datasette's metadata: readers alone may see anything."""
    tables: dict[str, Any] = {name: {"description": text, "size": 100} for name, text in TABLES.items()}
    tables |= {name: {"hidden": True} for name in (*HIDDEN, "_sqlite_migrations")}
    return {
        "title": "phonescan",
        "description": "The tables of the inventory as they are.",
        "allow": {"id": "reader"},
        "databases": {DATABASE: {"tables": tables}},
    }
