"""Resuming a scan: what its row in the inventory keeps of the request, and the request made from that row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanner.app.request import ScanRequest
from scanner.core.errors import UsageError
from scanner.core.targets import Targets
from scanner.inventory import Inventory, ScanRow

#: Fields of a request that a resumed scan keeps; credentials come from the settings again.
_KEPT = ("discover", "site", "pace", "rate", "retries", "timeout", "interfaces", "ports_http", "ports_sip", "port_snmp")


def begin(inventory: Inventory, request: ScanRequest, targets: Targets, site: str, seed: int, now: str) -> int:
    """The number of a new scan of a site, stored with everything that resuming it needs, and no secret."""
    settings: dict[str, Any] = {name: getattr(request, name) for name in _KEPT}
    settings |= {"ranges": targets.ranges(), "seed": seed}
    return inventory.begin_scan(
        kind=request.kind, targets=request.targets, discoveries=request.discover, site=site, now=now,
        settings=settings,
    )  # fmt: skip


def unfinished(inventory: Inventory, number: int | None) -> ScanRow:
    """The scan to resume: of that number, or the last. Raises UsageError when there is none."""
    row = inventory.unfinished(number or None)
    if row is None or row.kind not in ("scan", "demo") or "seed" not in row.settings:
        which = f"scan {number}" if number else "no scan"
        raise UsageError(f"{which} {'cannot' if number else 'can'} be resumed: `phonescan scans` lists them")
    return inventory.reopen(row.id)


def as_begun(request: ScanRequest, row: ScanRow) -> ScanRequest:
    """The request of a resumed scan: as it began, with the credentials and the passive list of today."""
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value := row.settings[name], list) else value
        for name in _KEPT
        if name in row.settings
    }
    settings.setdefault("site", row.site)  # scans of earlier versions
    return replace(request, **settings, targets=tuple(row.settings["ranges"]), exclude=(), allow_public=True)
