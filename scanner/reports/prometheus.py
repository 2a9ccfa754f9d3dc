"""Metrics for Prometheus: a file for node_exporter's textfile collector, or the response of `/metrics`.

Text format 0.0.4. Labels are stable (site, maker, model, status, compliance), never an address, a firmware or a time.
Every status and compliance of a site has a series, with 0 where no device has it, so that alerts do not lose one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TextIO

from scanner.core.model import COMPLIANCES, STATUSES
from scanner.core.text import moment
from scanner.reports.cells import safe
from scanner.reports.data import CatalogInfo, Row

#: Most series of one metric, whatever a hostile network sends. Further devices count as model `other`.
MAX_SERIES = 5000
#: Longest value of a label, in characters.
MAX_LABEL = 100


def _escaped(value: str) -> str:
    return value[:MAX_LABEL].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _line(metric: str, labels: dict[str, str], value: int) -> str:
    inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{metric}{{{inside}}} {value}\n"


def write_prometheus(rows: Iterable[Row], stream: TextIO, catalogs: Sequence[CatalogInfo] = ()) -> int:
    """Write the metrics of `rows`; returns the number of devices."""
    models: Counter[tuple[str, str, str, str, str]] = Counter()
    statuses: Counter[tuple[str, str]] = Counter()
    compliances: Counter[tuple[str, str]] = Counter()
    seen: dict[str, int] = {}
    count = 0
    for row in rows:
        site, status, compliance = (safe(row.get(name)) for name in ("site", "status", "compliance"))
        key = (site, safe(row.get("manufacturer")), safe(row.get("model")), status, compliance)
        if key not in models and len(models) >= MAX_SERIES:
            key = (site, "other", "other", status, compliance)
        models[key] += 1
        statuses[site, status] += 1
        compliances[site, compliance] += 1
        seen[site] = max(seen.get(site, 0), _seconds(row.get("last_seen")))
        count += 1
    sites = sorted(seen)

    def head(metric: str, text: str) -> None:
        stream.write(f"# HELP {metric} {text}\n# TYPE {metric} gauge\n")

    head("phonescan_devices", "Devices by site, manufacturer, model, status and compliance.")
    names = ("site", "manufacturer", "model", "status", "compliance")
    for key, number in sorted(models.items()):
        stream.write(_line("phonescan_devices", dict(zip(names, key, strict=True)), number))
    head("phonescan_status_devices", "Devices by site and status.")
    for site in sites:
        for known in STATUSES:
            stream.write(_line("phonescan_status_devices", {"site": site, "status": known}, statuses[site, known]))
    head("phonescan_compliance_devices", "Devices by site and compliance.")
    for site in sites:
        for word in COMPLIANCES:
            labels = {"site": site, "compliance": word}
            stream.write(_line("phonescan_compliance_devices", labels, compliances[site, word]))
    head("phonescan_last_seen_timestamp_seconds", "Time of the last observation of a device of the site.")
    for site in sites:
        stream.write(_line("phonescan_last_seen_timestamp_seconds", {"site": site}, seen[site]))
    if catalogs:
        head("phonescan_catalog_age_days", "Age of the catalog's source.")
        for catalog in catalogs:
            if catalog.age_days is not None:
                stream.write(_line("phonescan_catalog_age_days", {"catalog": safe(catalog.name)}, catalog.age_days))
    return count


def _seconds(time: object) -> int:
    try:
        return int(moment(str(time)).timestamp())
    except ValueError:
        return 0
