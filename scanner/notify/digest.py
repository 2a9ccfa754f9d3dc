"""The message after a scan, as one text. Pure.

A message reports devices that became noncompliant, a scan that failed or found far fewer devices than before, an old
catalog, and outputs that could not be written. The first scan of a site is a baseline without changes. A state that
lasts is reported once: the caller stores `Digest.reported` and passes it to the next digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from scanner.core.text import shown
from scanner.inventory.records import Summary

#: A scan that finds less than this share of the usual number of devices is reported.
FAR_FEWER = 0.5
#: The usual number is the median of so many scans; below so many devices it is not compared.
USUAL_SCANS, USUAL_DEVICES = 5, 4
#: Number of devices in a message; the others are counted.
NAMED = 30


@dataclass(frozen=True, slots=True)
class Digest:
    """One message: subject and plain text body; `reported` are the lasting states at this time (title → text).

    `facts` are the variables of a template: `name` of the schedule, `scan` (its number), `outcome`, `devices`,
    `statuses` (status → devices), and `news`, a list of `title` and `lines`.
    """

    subject: str
    body: str
    reported: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def digest(
    name: str,
    summary: Summary,
    newly_noncompliant: Iterable[dict[str, Any]],
    *,
    devices_before: Sequence[int] = (),
    old_catalogs: Sequence[str] = (),
    failures: Sequence[str] = (),
    reported: Mapping[str, str] | None = None,
) -> Digest:
    """The message about a scan of the schedule `name`; its subject is empty without a change.

    `devices_before` are the numbers of devices of earlier scans of the schedule, newest first; `old_catalogs` one
    sentence for each old catalog; `failures` one for each output that could not be written. A lasting state is reported
    once, and again after it changed or recurred: `reported` is that of the previous digest.
    """
    states = {
        "The scan failed": list(summary.notes or ["without a reason"]) if summary.outcome == "failed" else [],
        "Far fewer devices than usual": _fewer(summary, devices_before),
        "A catalog is old": [] if summary.baseline else list(old_catalogs),
        "An output could not be written": list(failures),
    }
    now = {title: "\n".join(map(shown, lines)) for title, lines in states.items() if lines}
    # A number of devices that varies is the same state.
    kept = {title: "" if title.startswith("Far fewer") else words for title, words in now.items()}
    rows = [] if summary.baseline else [_line(row) for row in newly_noncompliant]
    parts = [(title, words.split("\n")) for title, words in now.items() if (reported or {}).get(title) != kept[title]]
    if rows:
        more = [f"and {len(rows) - NAMED} more"] if len(rows) > NAMED else []
        parts.insert(0, (f"{len(rows)} newly noncompliant", [*rows[:NAMED], *more]))
    if not parts:
        return Digest("", "", kept)
    subject = f"phonescan {shown(name)}: " + ", ".join(title[0].lower() + title[1:] for title, _ in parts)
    body = "\n\n".join(f"{title}:\n" + "\n".join(f"- {line}" for line in lines) for title, lines in parts)
    counted = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
    body += f"\n\n{summary.devices} devices in scan {summary.scan}" + (f": {counted}" if counted else "") + "\n"
    facts = {
        "name": shown(name), "scan": summary.scan, "outcome": summary.outcome, "devices": summary.devices,
        "statuses": dict(summary.statuses), "news": [{"title": title, "lines": lines} for title, lines in parts],
    }  # fmt: skip
    return Digest(subject[:200], body, kept, facts)


def _fewer(summary: Summary, before: Sequence[int]) -> list[str]:
    usual = median(before[:USUAL_SCANS]) if before else 0
    if summary.baseline or usual < USUAL_DEVICES or summary.devices >= usual * FAR_FEWER:
        return []
    return [f"{summary.devices} instead of about {usual:.0f}"]


def _line(row: dict[str, Any]) -> str:
    what = " ".join(str(row[key]) for key in ("manufacturer", "model") if row.get(key)) or "a phone"
    where = row.get("ip") or row.get("mac") or "?"
    firmware = f" with {row['firmware']}" if row.get("firmware") else ""
    certified = f", certified is {row['certified_firmware']}" if row.get("certified_firmware") else ""
    return shown(f"{what} at {where}{firmware}: {row.get('status')}{certified}")
