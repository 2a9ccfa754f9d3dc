"""The metrics as Prometheus' own linter reads them: names, units, labels of a hostile network, and bounds."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.reports import CatalogInfo
from scanner.reports.prometheus import LastScan, Metrics, ScheduleRuns, write_exported, write_prometheus
from tests.nonempty import some
from tests.reports.sample import HOSTILE, device, devices

#: What a label may contain, to change a metric, a series or a line.
LABELS = (*HOSTILE, "\\", '\\"', "\n", 'a"} 1\nphonescan_devices{site="x', "#", "# TYPE x counter", "{}", "é" * 300, "")
SERIES = re.compile(r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\d+(?:\.\d+)?)')
NOW = "2026-11-23T06:00:00Z"


def scan(**changed: Any) -> LastScan:
    values: dict[str, Any] = {
        "site": "hq", "kind": "scan", "targets": "10.1.0.0/16", "schedule": "nightly", "finished": NOW, "seconds": 61.5,
        "outcome": "done", "devices": 96, "expected": 96,
    }  # fmt: skip
    return LastScan(**(values | changed))


def data(rows: list[dict[str, Any]], **changed: Any) -> Metrics:
    values: dict[str, Any] = {
        "catalogs": [CatalogInfo("lync", "", "", "2015-10-01", 4071, True, "decides")],
        "scans": [scan()],
        "schedules": [ScheduleRuns("nightly", "done", "2026-11-24T02:00:00Z")],
        "inventory": "3f9c2a1b",
    }
    return Metrics(rows, **(values | changed))


def text(metrics: Metrics, count: int) -> str:
    stream = io.StringIO()
    assert write_prometheus(metrics, stream) == count
    write_exported(NOW, metrics.inventory, stream)
    return stream.getvalue()


def hostile() -> Metrics:
    rows = [device(at, site=value, manufacturer=value, model=value) for at, value in enumerate(LABELS)]
    scans = [scan(site=value, targets=value, schedule=value, expected=None, outcome="failed") for value in LABELS]
    schedules = [ScheduleRuns(value, "failed", "") for value in LABELS]
    catalogs = [CatalogInfo(value, "", "", "2015-10", 4071) for value in LABELS]
    return data(rows, scans=scans, schedules=schedules, catalogs=catalogs, inventory=LABELS[-3])


def series(written: str) -> dict[tuple[str, str], float]:
    """(metric, labels) → value; fails for a line that is none, and for a series that is written twice."""
    found: dict[tuple[str, str], float] = {}
    for line in some(line for line in written.splitlines() if not line.startswith("#")):
        match = SERIES.fullmatch(line)
        assert match, line
        assert (match[1], match[2]) not in found, line
        found[match[1], match[2]] = float(match[3])
    return found


def named(written: str, metric: str) -> Iterator[tuple[dict[str, str], float]]:
    for (name, labels), value in series(written).items():
        if name == metric:
            yield dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)), value


@pytest.mark.daemon("promtool")
@pytest.mark.parametrize(
    ("why", "metrics", "count"),
    [
        ("a fleet", data(list(devices(60))), 60),
        ("nothing", Metrics(()), 0),
        ("a scan that failed first", data([], scans=[scan(outcome="failed", devices=0, expected=None)]), 0),
        ("hostile names", hostile(), len(LABELS)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_promtool_has_nothing_to_object(why: str, metrics: Metrics, count: int) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text(metrics, count), capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), why


@pytest.mark.daemon("promtool")
@pytest.mark.parametrize("wrong", ["# HELP x_days Age.\n# TYPE x_days gauge\nx_days 1\n", "x_total 1\n"])
def test_promtool_objects_to_days_and_to_a_metric_without_help(wrong: str) -> None:
    done = subprocess.run(["promtool", "check", "metrics"], input=wrong, capture_output=True, text=True)
    assert (done.returncode, bool(done.stderr)) == (3, True)


def test_every_metric_has_help_a_type_and_a_base_unit() -> None:
    written = text(data(list(devices(60))), 60)
    names = {name for name, _ in series(written)}
    for name in some(names):
        assert re.search(rf"^# HELP {name} [A-Z][^\n]+\.\n# TYPE {name} gauge$", written, re.M), name
        assert not name.endswith("_total"), name
        assert not re.search(r"days|hours|minutes|milli|percent", name), name


def test_labels_contain_no_address_of_a_device_no_firmware_and_no_time() -> None:
    found = series(text(data(list(devices(60))), 60))
    labels = {label for _, inside in found for label in re.findall(r'(\w+)="', inside)}
    assert labels == {
        "inventory", "site", "manufacturer", "model", "status", "compliance", "kind", "targets", "schedule", "outcome",
        "catalog", "policy", "version",
    }  # fmt: skip
    assert sum(value for (name, _), value in found.items() if name == "phonescan_devices") == 60
    own = 'inventory="3f9c2a1b",site="oslo"'
    assert found["phonescan_status_devices", f'{own},status="compatible"'] == 0
    assert found["phonescan_compliance_devices", 'inventory="3f9c2a1b",site="berlin",compliance="review"'] == 6


def test_the_last_scans_have_time_duration_outcome_and_both_numbers_of_devices() -> None:
    written = text(data([], scans=[scan(devices=3, outage=True)]), 0)
    values = {name: value for (name, _), value in series(written).items() if "last_scan" in name}
    assert values == {
        "phonescan_last_scan_timestamp_seconds": 1795413600,
        "phonescan_last_scan_duration_seconds": 61.5,
        "phonescan_last_scan_outcome": 0,
        "phonescan_last_scan_observed_devices": 3,
        "phonescan_last_scan_expected_devices": 96,
        "phonescan_last_scan_outage": 1,
    }
    outcomes = {labels["outcome"]: value for labels, value in named(written, "phonescan_last_scan_outcome")}
    assert outcomes == {"done": 1, "partial": 0, "interrupted": 0, "failed": 0}


def test_a_catalog_has_the_time_of_its_date_also_where_that_is_a_month() -> None:
    catalogs = [CatalogInfo("lync", "", "", "2015-10", 4071), CatalogInfo("teams", "", "", "2026-09-26", 58, True, "x")]
    written = text(data([], catalogs=[*catalogs, CatalogInfo("own", "", "", "")]), 0)
    dates = {labels["catalog"]: value for labels, value in named(written, "phonescan_catalog_date_timestamp_seconds")}
    assert dates == {"lync": 1443657600, "teams": 1790380800}
    old = {(labels["catalog"], labels["policy"]): value for labels, value in named(written, "phonescan_catalog_old")}
    assert old == {("lync", "no"): 0, ("teams", "yes"): 1}


def test_values_of_a_hostile_network_are_one_series_each_and_short() -> None:
    written = text(hostile(), len(LABELS))
    found = list(named(written, "phonescan_devices"))
    assert sum(value for _, value in found) == len(LABELS)
    assert max(len(value) for labels, _ in found for value in labels.values()) <= 200  # escaped
    assert {name for name, _ in series(written)} == {name for name, _ in series(text(data(list(devices(9))), 9))} - {
        "phonescan_last_scan_expected_devices",
        "phonescan_schedule_next_run_timestamp_seconds",
    }


def test_texts_that_begin_alike_beyond_the_length_of_a_label_are_one_series() -> None:
    rows = [device(0, model="m" * 150 + end) for end in "abc"]
    scans = [scan(targets="10.1.0.0/16 " * 20 + end, devices=at) for at, end in enumerate("ab")]
    schedules = [ScheduleRuns("s" * 150 + end, "done", "2026-11-24T02:00:00Z") for end in "ab"]
    written = text(data(rows, scans=scans, schedules=schedules), 3)
    assert [value for _, value in named(written, "phonescan_devices")] == [3]
    assert len(list(named(written, "phonescan_schedule_next_run_timestamp_seconds"))) == 1
    assert [value for _, value in named(written, "phonescan_last_scan_observed_devices")] == [0]  # the newest


def test_the_number_of_series_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.reports.prometheus.MAX_SERIES", 10)
    found = dict(series(text(data([device(0, model=f"m{at}") for at in range(100)]), 100)))
    other = 'site="berlin",manufacturer="other",model="other",status="outdated",compliance="noncompliant"'
    assert found["phonescan_devices", f'inventory="3f9c2a1b",{other}'] == 90
    assert sum(1 for name, _ in found if name == "phonescan_devices") == 11
