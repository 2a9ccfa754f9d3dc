"""The message after a scan, as subject and text. Pure.

A message reports an outage, a scan that failed, devices that became noncompliant, an old catalog, and outputs that
could not be written. The first scan of a site is a baseline without changes. A state that lasts is reported once: the
caller stores `Digest.reported` and passes it to the next digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.core.text import shown
from scanner.inventory.queries import ScanHealth, ScanProblem
from scanner.inventory.records import Summary
from scanner.notify.devices import DeviceLine, in_order

#: Number of devices in a message; the others are counted.
NAMED = 30
#: Longest subject, in characters.
LONGEST_SUBJECT = 200
_OUTAGE = "`phonescan doctor` tests the network of this host, `phonescan report unscanned` lists what was not covered"


@dataclass(frozen=True, slots=True)
class News:
    """One part of a message: its title, its lines, and the devices that the first lines are about."""

    title: str
    lines: tuple[str, ...]
    devices: tuple[DeviceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """One message: subject and plain text body; `reported` are the lasting states at this time (title → text).

    `news` are the parts of the body and `last` the lines below them, for other forms of it; both are empty if the body
    has no such parts. `facts` are the variables of a template: `name` of the schedule, `scan` (its number), `outcome`,
    `devices`, `statuses` (status → devices), `url` of the page of the scan, and `news`, a list of `title` and `lines`.
    """

    subject: str
    body: str
    reported: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    news: tuple[News, ...] = ()
    last: tuple[str, ...] = ()


def digest(
    name: str,
    summary: Summary,
    newly_noncompliant: Iterable[Mapping[str, Any]],
    *,
    health: ScanHealth | None = None,
    sites_out: Sequence[ScanHealth] = (),
    old_catalogs: Sequence[str] = (),
    failures: Sequence[str] = (),
    reported: Mapping[str, str] | None = None,
    page: Callable[[str], str] = lambda path: "",
) -> Digest:
    """The message about a scan of the schedule `name`; its subject is empty without a change.

    `health` is that of the scan, None where it was not recorded; `sites_out` is that at each site with an outage where
    the scan as a whole is none; `old_catalogs` one sentence for each old catalog;
    `failures` one for each output that could not be written; `page` returns the address of a web page, empty without
    web pages. A lasting state is reported once, and again after it changed or recurred: `reported` is that of the
    previous digest.
    """
    of_scan = [*_scan(summary, health), *_sites(sites_out)]
    others: list[tuple[str, str, Sequence[str]]] = [
        ("A catalog is old", "A catalog is old", () if summary.baseline else old_catalogs),
        ("An output could not be written", "An output could not be written", failures),
    ]
    # An outage whose notes vary is the same state.
    kept = {
        key: "" if key in _OUTAGES.values() else "\n".join(map(shown, lines))
        for key, _, lines in (*of_scan, *others)
        if lines
    }

    def changed(states: Iterable[tuple[str, str, Sequence[str]]]) -> list[News]:
        return [
            News(shown(title), _some([shown(line) for line in lines]))
            for key, title, lines in states
            if lines and (reported or {}).get(key) != kept[key]
        ]

    devices = [] if summary.baseline else in_order(newly_noncompliant)
    news = [*changed(of_scan), *([_newly(devices, page)] if devices else []), *changed(others)]
    if not news:
        return Digest("", "", kept)
    scan_page = page(f"/scans/{summary.scan}") if summary.scan else ""
    last = tuple(filter(None, (_counts(summary), scan_page)))
    return Digest(
        f"phonescan {shown(name)}: {', '.join(one.title[0].lower() + one.title[1:] for one in news)}"[:LONGEST_SUBJECT],
        _text(news, last),
        kept,
        {
            "name": shown(name), "scan": summary.scan, "outcome": summary.outcome, "devices": summary.devices,
            "statuses": dict(summary.statuses), "url": scan_page,
            "news": [{"title": one.title, "lines": list(one.lines)} for one in news],
        },
        tuple(news),
        last,
    )  # fmt: skip


#: The name under which an outage is kept as reported.
_OUTAGES = {ScanProblem.NO_DEVICES: "No device responded", ScanProblem.FAR_FEWER: "Far fewer devices than usual"}


def _scan(summary: Summary, health: ScanHealth | None) -> list[tuple[str, str, Sequence[str]]]:
    """The state of the scan: the name under which it is kept, title and lines; nothing for a good scan."""
    problem = health.problem if health else ScanProblem.FAILED if summary.outcome == "failed" else ScanProblem.NONE
    match problem:
        case ScanProblem.FAILED | ScanProblem.INTERRUPTED:
            title = "The scan failed" if problem is ScanProblem.FAILED else "The scan was interrupted"
            return [(title, title, summary.notes or ("without a reason",))]
        case ScanProblem.NO_DEVICES | ScanProblem.FAR_FEWER:
            return [(_OUTAGES[problem], f"The scan is {health}", (*summary.notes, _OUTAGE))]
    return []


def _sites(outages: Sequence[ScanHealth]) -> list[tuple[str, str, Sequence[str]]]:
    """The outages of single sites: the name under which each is kept, title and lines."""
    return [(f"Outage at site {one.site}", f"At site {one.site} the scan is {one}", (_OUTAGE,)) for one in outages]


def _newly(devices: Sequence[Mapping[str, Any]], page: Callable[[str], str]) -> News:
    named = tuple(
        DeviceLine.of(row, page(f"/devices/{row['device']}") if row.get("device") else "") for row in devices[:NAMED]
    )
    lines = [f"{one}\n  {one.url}" if one.url else str(one) for one in named]
    return News(f"{len(devices)} newly noncompliant", _some(lines, len(devices)), named)


def _some(lines: Sequence[str], count: int = 0) -> tuple[str, ...]:
    """The first NAMED of `count` lines, by default of all, and the number of the others."""
    more = max(count, len(lines)) - NAMED
    return (*lines[:NAMED], *((f"and {more} more",) if more > 0 else ()))


def _counts(summary: Summary) -> str:
    if not summary.scan:
        return ""
    counted = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
    return f"{summary.devices} devices in scan {summary.scan}" + (f": {counted}" if counted else "")


def _text(news: Sequence[News], last: Sequence[str]) -> str:
    parts = [f"{one.title}:\n" + "\n".join(f"- {line}" for line in one.lines) for one in news]
    return "\n\n".join([*parts, "\n".join(last)] if last else parts) + "\n"
