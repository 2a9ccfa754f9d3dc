"""What is worth telling after a scan, as one text. Pure.

The first scan of a site is a baseline and tells nothing. Later ones tell of devices that became noncompliant, of a scan
that failed or found far fewer phones than usual, and of a catalog grown old. The same news is not told twice: whoever
sends keeps what `told` says, and hands it to the next digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    """One message: a subject and a plain text body; `told` is what holds now and has been told (topic → its words).

    `facts` are what a template may say instead: `name` of the scan, `scan` its number, `outcome`, `devices`, `statuses`
    (status → devices), and `news`, a list of `title` and `lines`.
    """

    subject: str
    body: str
    told: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def digest(
    name: str,
    summary: Summary,
    newly_noncompliant: Iterable[dict[str, Any]],
    *,
    devices_before: Sequence[int] = (),
    old_catalogs: Sequence[str] = (),
    failures: Sequence[str] = (),
    told: Mapping[str, str] | None = None,
) -> Digest:
    """The digest of a scan called `name`; its subject is empty when there is nothing new to tell.

    `devices_before` counts the devices of earlier scans of the same name, newest first; `old_catalogs` says in words
    which catalogs are old; `failures` are outputs that could not be written. A state that lasts (a failing scan, an old
    catalog) is told once, and again when it has changed or come back: `told` is what the last digest left.
    """
    states = {
        "The scan failed": list(summary.notes or ["no reason was given"]) if summary.outcome == "failed" else [],
        "Far fewer devices than usual": _fewer(summary, devices_before),
        "A catalog is old": [] if summary.baseline else list(old_catalogs),
        "An output could not be written": list(failures),
    }
    now = {title: "\n".join(map(shown, lines)) for title, lines in states.items() if lines}
    # A number that differs every night is the same state.
    kept = {title: "" if title.startswith("Far fewer") else words for title, words in now.items()}
    rows = [] if summary.baseline else [_line(row) for row in newly_noncompliant]
    parts = [(title, words.split("\n")) for title, words in now.items() if (told or {}).get(title) != kept[title]]
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
    who = " ".join(str(row[key]) for key in ("manufacturer", "model") if row.get(key)) or "a phone"
    where = row.get("ip") or row.get("mac") or "?"
    firmware = f" with {row['firmware']}" if row.get("firmware") else ""
    certified = f", certified is {row['certified_firmware']}" if row.get("certified_firmware") else ""
    return shown(f"{who} at {where}{firmware}: {row.get('status')}{certified}")
