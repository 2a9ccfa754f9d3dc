"""A small fleet for the tests of reports: made up, deterministic, with hostile names among the devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.reports import Breakdown, CatalogInfo, ReportData, TrendPoint
from scanner.reports.prometheus import LastScan, Metrics, ScheduleRuns

COLUMNS = (*INVENTORY_COLUMNS, "reason")
PAGE = "MicrosoftDocs/OfficeDocs-SkypeForBusiness certification/archived/devices-ip-phones.md @1ed35cec"
SOURCE = f" Source: {PAGE}, of 2019-06-11; the list is old: 2722 days."

#: What a device may call itself to hurt whoever reads the report.
HOSTILE = (
    '=HYPERLINK("http://evil.example/","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "<script>alert(1)</script>",
    "\x1b[31mred\x07", "a\u202egnp.exe", "| a | **b** [x](http://evil.example)", "line\r\nbreak",
    '"><img src=x onerror=1>',
    "' or 1=1 --", "{{ 7*7 }}", "%0a", "\uff1d1+1", "www.evil.example", "javascript:alert(1)", "\x00nul", "\ud800",
)  # fmt: skip

_PHONES = (
    ("Polycom", "VVX 411", "5.8.3.3066", "outdated", "noncompliant", "5.9.0.9373",
     "5.8.3.3066 is older than the certified 5.9.0.9373 for Polycom VVX 411."),
    ("Yealink", "T56A", "58.80.0.25", "other-line", "noncompliant", "58.15.0.20",
     "58.80.0.25 is a generic SIP build, another firmware line than the certified 58.15.0.20 for Yealink T56A: "
     "the versions are not comparable."),
    ("Fanvil", "X6U", "2.4.8", "not-listed", "noncompliant", None,
     "Fanvil X6U is not in the skype-for-business catalog."),
    ("Polycom", "VVX 601", "5.9.6.2327", "newer", "review", "5.9.0.9373",
     "5.9.6.2327 is newer than the certified 5.9.0.9373 for Polycom VVX 601."),
    ("Yealink", "MP58", None, "unknown-firmware", "review", "122.9.0.5",
     "Yealink MP58 is listed with 122.9.0.5; its firmware is unknown."),
    ("Yealink", "T58A", "58.15.0.20", "certified", "compliant", "58.15.0.20",
     "58.15.0.20 is the certified version for Yealink T58A."),
)  # fmt: skip


def device(number: int, **changed: Any) -> dict[str, Any]:
    """The row of device `number`; sites and switches in turn."""
    maker, model, firmware, status, compliance, certified, reason = _PHONES[number % len(_PHONES)]
    row: dict[str, Any] = {
        "site": ("berlin", "hq", "oslo")[number * 3 // 60 % 3],
        "ip": f"198.18.{number // 250}.{number % 250 + 1}",
        "mac": f"64:16:7f:00:{number // 256 % 256:02x}:{number % 256:02x}",
        "hostname": f"phone-{number}",
        "kind": "phone",
        "manufacturer": maker,
        "model": model,
        "firmware": firmware,
        "serial": f"64167F{number:06X}",
        "status": status,
        "compliance": compliance,
        "certified_firmware": certified,
        "catalog": "skype-for-business",
        "discovered_by": "http,sip",
        "switch": f"sw-{number % 4}",
        "switch_port": f"Gi1/0/{number % 48 + 1}",
        "vlan": "20",
        "first_seen": "2026-09-01T02:00:00Z",
        "last_seen": "2026-11-23T02:00:00Z",
        "last_scan": 12,
        "reason": reason + SOURCE,
    }
    assert tuple(row) == COLUMNS
    return row | changed


def devices(count: int, compliance: str | None = None) -> Iterator[dict[str, Any]]:
    """The first `count` devices, or those of them with a compliance, by site."""
    rows = (device(number) for number in range(count))
    return iter(sorted((r for r in rows if compliance in (None, r["compliance"])), key=lambda r: str(r["site"])))


def by(column: str, count: int) -> list[dict[str, Any]]:
    """What `inventory.queries.totals` gives for the first `count` devices."""
    found: dict[str, dict[str, Any]] = {}
    for row in devices(count):
        empty = {"name": row[column], "devices": 0, "compliant": 0, "noncompliant": 0, "review": 0, "none": 0}
        bar = found.setdefault(str(row[column]), empty)
        bar["devices"] += 1
        bar[row["compliance"]] += 1
    return sorted(found.values(), key=lambda bar: (-bar["devices"], str(bar["name"])))


def report(count: int = 60, **changed: Any) -> ReportData:
    """The report of the first `count` devices."""
    trend = [
        TrendPoint(f"2026-{6 + at // 28:02}-{1 + at % 28:02}T02:00:00Z", 10 + at // 4, 40 - at // 5, 12 + at % 3)
        for at in range(0, 140, 2)
    ]
    values: dict[str, Any] = {
        "title": "Non-compliant firmware",
        "generated_at": "2026-11-23T06:00:00Z",
        "columns": COLUMNS,
        "rows": devices(count, "noncompliant"),
        "review": devices(count, "review"),
        "totals": {b["name"]: b["devices"] for b in by("compliance", count)},
        "statuses": Breakdown.of("Status", by("status", count)),
        "trend": trend,
        "groups": [Breakdown.of(c.capitalize(), by(c, count)) for c in ("site", "model", "firmware", "switch")],
        "changes": [
            {"time": "2026-11-22T02:00:00Z", "event": "firmware-changed", "part": "firmware", "old": "58.15.0.3",
             "new": "58.15.0.20", "note": "", "site": "hq", "ip": "198.18.0.6", "mac": "64:16:7f:00:00:05",
             "model": "T58A"},
            {"time": "2026-11-22T02:00:00Z", "event": "appeared", "part": None, "old": None, "new": None, "note": "",
             "site": "oslo", "ip": "198.18.0.55", "mac": None, "model": "VVX 411"},
        ],
        "since": "2026-11-16",
        "catalogs": [
            CatalogInfo("skype-for-business", "Certified Skype phones", PAGE, "2019-06-11", 2722, True, "primary"),
            CatalogInfo("teams", "Teams phones", "teams-phones-certified-hardware.md", "2026-09-26", 58),
        ],
        "unscanned": [
            {"site": "oslo", "ip": "198.18.0.200", "discovery": "snmp", "outcome": "no-answer", "note": "switch"},
        ],
        "scope": "all sites",
        "problems": ["Outage: scan 12 of 192.0.2.0/24, site hq: done, but 0 of about 60 devices responded"],
    }  # fmt: skip
    return ReportData(**(values | changed))


def metrics(count: int) -> Metrics:
    """The metrics of the first `count` devices, after a scan with an outage."""
    targets, end = "198.18.0.0/16", "2026-11-23T02:10:00Z"
    scan = LastScan("hq", "scan", targets, "nightly", end, 600.0, "done", devices=0, expected=count, outage=True)
    runs = ScheduleRuns("nightly", "done", "2026-11-24T02:00:00Z")
    return Metrics(devices(count), tuple(report(count).catalogs), (scan,), (runs,), "3f9c2a1b")
