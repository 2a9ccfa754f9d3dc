"""What is worth telling after a scan, as one text. Pure.

The first scan of a site is a baseline and tells nothing. Later ones tell of devices that became noncompliant, of a scan
that failed or found far fewer phones than usual, and of a catalog grown old. The same news is not told twice: whoever
sends keeps `fingerprint` of what was sent last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from scanner.core.text import shown
from scanner.inventory.records import Summary

#: A scan that finds less than this share of what the last ones found is told of.
FAR_FEWER = 0.5
#: Scans that "usual" is the middle of, and devices from which on it means anything.
USUAL_SCANS, USUAL_DEVICES = 5, 4
#: Devices named one by one; the others are counted.
NAMED = 30


@dataclass(frozen=True, slots=True)
class Digest:
    """One message: a subject, a plain text body, and what tells it from the last one."""

    subject: str
    body: str
    fingerprint: str


def digest(
    name: str,
    summary: Summary,
    newly_noncompliant: Iterable[dict[str, Any]],
    *,
    devices_before: Sequence[int] = (),
    old_catalogs: Sequence[str] = (),
    failures: Sequence[str] = (),
) -> Digest | None:
    """The digest of a scan called `name`, or None when there is nothing to tell.

    `devices_before` counts the devices of earlier scans of the same name, newest first; `old_catalogs` says in words
    which catalogs are old; `failures` are outputs that could not be written.
    """
    parts: list[tuple[str, list[str]]] = []
    if summary.outcome == "failed":
        parts.append(("The scan failed", [shown(note) for note in summary.notes] or ["no reason was given"]))
    usual = median(devices_before[:USUAL_SCANS]) if devices_before else 0
    if not summary.baseline and usual >= USUAL_DEVICES and summary.devices < usual * FAR_FEWER:
        parts.append(("Far fewer devices than usual", [f"{summary.devices} instead of about {usual:.0f}"]))
    rows = [] if summary.baseline else [_line(row) for row in newly_noncompliant]
    if rows:
        more = [f"and {len(rows) - NAMED} more"] if len(rows) > NAMED else []
        parts.append((f"{len(rows)} newly noncompliant", [*rows[:NAMED], *more]))
    if old_catalogs and not summary.baseline:
        parts.append(("A catalog is old", [shown(one) for one in old_catalogs]))
    if failures:
        parts.append(("An output could not be written", [shown(one) for one in failures]))
    if not parts:
        return None
    subject = f"phonescan {shown(name)}: " + ", ".join(title[0].lower() + title[1:] for title, _ in parts)
    body = "\n\n".join(f"{title}:\n" + "\n".join(f"- {line}" for line in lines) for title, lines in parts)
    counted = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
    body += f"\n\n{summary.devices} devices in scan {summary.scan}" + (f": {counted}" if counted else "") + "\n"
    # The number of the scan differs every night; what is told does not.
    told = repr(
        [(title, [line for line in lines if title != "Far fewer devices than usual"]) for title, lines in parts]
    )
    return Digest(subject[:200], body, hashlib.sha256(told.encode()).hexdigest())


def _line(row: dict[str, Any]) -> str:
    who = " ".join(str(row[key]) for key in ("manufacturer", "model") if row.get(key)) or "a phone"
    where = row.get("ip") or row.get("mac") or "?"
    firmware = f" with {row['firmware']}" if row.get("firmware") else ""
    certified = f", certified is {row['certified_firmware']}" if row.get("certified_firmware") else ""
    return shown(f"{who} at {where}{firmware}: {row.get('status')}{certified}")
