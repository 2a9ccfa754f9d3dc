"""The exports: the inventory for other programs, each format written to a byte stream."""

from __future__ import annotations

from typing import IO

from scanner.app.files import text_stream, write_format
from scanner.app.reporting import TITLES
from scanner.app.session import Session
from scanner.core.errors import UsageError
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.model import DEFAULT_SITE
from scanner.core.text import safe_json
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Filters

#: Formats of an export and what each is.
FORMATS: dict[str, str] = {
    "csv": "the inventory, RFC 4180, with the header of the contract",
    "jsonl": "the inventory, one JSON object a line",
    "xlsx": "the inventory as an Excel workbook, one table with filters",
    "observations": "every observation as JSON lines; `phonescan read` rebuilds the inventory from them",
    "netbox": "NetBox: files for its import forms (-o DIR), or its API (--url)",
    "ansible": "an Ansible inventory in YAML",
    "prometheus": "metrics for node_exporter's textfile collector",
}


def write(session: Session, inventory: Inventory, format: str, filters: Filters, stream: IO[bytes]) -> int:
    """Write one export to a stream; returns its rows or devices. Raises UsageError for an unknown format."""
    rows = queries.inventory_rows(inventory, filters)
    match format:
        case "csv" | "jsonl" | "xlsx":
            from scanner.reports import render

            title, now = TITLES["inventory"], session.now()
            return write_format(
                lambda out: render(rows, INVENTORY_COLUMNS, format, title, out, generated_at=now), format, stream
            )
        case "observations":
            return _write_observations(inventory, filters, stream)
        case "ansible":
            from scanner.reports.ansible import write_ansible

            with text_stream(stream) as text:
                return write_ansible(rows, text)
        case "prometheus":
            from scanner.app.metrics import inventory_id, write_metrics
            from scanner.reports.prometheus import write_exported

            with text_stream(stream) as text:
                count = write_metrics(session, inventory, text, filters)
                write_exported(session.now(), inventory_id(inventory), text)
            return count
    raise UsageError(f"unknown export {format!r}")


def _write_observations(inventory: Inventory, filters: Filters, stream: IO[bytes]) -> int:
    from msgspec import json

    encode = json.Encoder().encode
    count = 0
    for observation in queries.all_observations(inventory):
        if filters.since and observation.time < filters.since:
            continue
        if filters.site and (observation.site or DEFAULT_SITE) not in filters.site:
            continue
        stream.write(safe_json(encode(observation)) + b"\n")
        count += 1
    return count
