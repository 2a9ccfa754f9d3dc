"""The rules and the dashboard that are shipped, by promtool and by Grafana's schema: they use what is exported."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.reports.prometheus import write_exported, write_prometheus
from tests.deploy.grafana_schema import faults
from tests.nonempty import some
from tests.reports import sample

DEPLOY = Path(__file__).resolve().parents[2] / "docs/deploy"
RULES = DEPLOY / "phonescan.rules.yml"
BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
CASES = Path(__file__).with_name("phonescan.rules.test.yml")
#: Labels with few values: a query that is a sum by these alone is bounded without topk.
FEW = {"compliance", "status"}


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> Iterator[tuple[str, str]]:
    """(title of the panel, query) of the dashboard."""
    for panel in some(BOARD["panels"]):
        for target in some(panel["targets"]):
            yield panel["title"], target["expr"]


def exported() -> dict[str, set[str]]:
    """Metric → labels, of what is written."""
    stream = io.StringIO()
    write_prometheus(sample.metrics(12), stream)
    write_exported("2026-11-23T06:00:00Z", "3f9c2a1b", stream)
    found = re.findall(r"^(\w+)\{(.*)\}", stream.getvalue(), re.M)
    return {name: set(re.findall(r'(\w+)="', labels)) | {"job", "instance"} for name, labels in found}


@pytest.mark.daemon("promtool")
def test_promtool_accepts_the_rules() -> None:
    assert f"SUCCESS: {len(rules())} rules found" in promtool("check", "rules", RULES)


@pytest.mark.daemon("promtool")
def test_the_rules_find_each_fault_once_and_count_two_copies_as_one(tmp_path: Path) -> None:
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)
    assert "SUCCESS" in promtool("test", "rules", tmp_path / CASES.name)


@pytest.mark.daemon("promtool")
def test_a_rule_that_ignores_the_copies_fails_the_cases(tmp_path: Path) -> None:
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)
    copied = tmp_path / RULES.name
    copied.write_text(RULES.read_text().replace("max by (inventory, site, compliance) (", "("))
    done = subprocess.run(["promtool", "test", "rules", str(tmp_path / CASES.name)], capture_output=True, text=True)
    assert done.returncode == 1
    copied.write_text(
        RULES.read_text().replace(
            "and on (job, instance, inventory) phonescan:newest_exported", "or phonescan:newest_exported"
        )
    )
    done = subprocess.run(["promtool", "test", "rules", str(tmp_path / CASES.name)], capture_output=True, text=True)
    assert done.returncode == 1


def test_every_alert_has_a_case_in_which_it_is_reported_and_one_in_which_it_is_not() -> None:
    cases = [case for test in yaml.safe_load(CASES.read_text())["tests"] for case in test.get("alert_rule_test", ())]
    for rule in some(rule for rule in rules() if "alert" in rule):
        outcomes = {bool(case["exp_alerts"]) for case in cases if case["alertname"] == rule["alert"]}
        assert outcomes == {True, False}, rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"]


def test_rules_and_dashboard_use_metrics_and_labels_that_are_exported() -> None:
    known = exported() | {rule["record"]: set() for rule in rules() if "record" in rule}
    for text in some([*(rule["expr"] for rule in rules()), *(expr for _, expr in queries())]):
        assert set(re.findall(r"phonescan[:_][\w:]+", text)) <= set(known), text
        for metric, selector in re.findall(r"(phonescan_\w+)\{([^}]*)\}", text):
            assert set(re.findall(r"(\w+)(?:=~|!=|=)", selector)) <= known[metric], text


def test_the_dashboard_is_in_grafanas_schema() -> None:
    assert faults(BOARD) == []


def changed(path: str, value: object) -> dict[str, Any]:
    """The dashboard with one value replaced, or added."""
    board = copy.deepcopy(BOARD)
    *outer, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    found: Any = board
    for step in outer:
        found = found[step]
    found[last] = value
    return board


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("refres", "5m"),
        ("schemaVersion", "39"),
        ("panels.0.gridPos.w", "5"),
        ("panels.0.options.colorMode", "vivid"),
        ("panels.6.options.orientaton", "horizontal"),
        ("panels.5.fieldConfig.defaults.custom.lineWith", 1),
        ("panels.0.targets.0.exprs", "1"),
        ("panels.0.targets.0.instant", "yes"),
        ("panels.0.fieldConfig.defaults.color.mode", "shiny"),
        ("panels.12.transformations.0.ids", "merge"),
        ("templating.list.0.hide", "no"),
    ],
)
def test_what_is_not_in_grafanas_schema_is_found(path: str, value: object) -> None:
    assert len(faults(changed(path, value))) == 1


@pytest.mark.daemon("promtool")
def test_promtool_parses_every_query_of_the_dashboard(tmp_path: Path) -> None:
    parsed = [
        {"record": f"panel:{at}", "expr": expr.replace("$site", "hq|oslo")} for at, (_, expr) in enumerate(queries())
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": parsed}]}))
    assert f"SUCCESS: {len(parsed)} rules found" in promtool("check", "rules", file)


def test_every_panel_is_of_the_chosen_sites_and_bounded() -> None:
    for title, expr in some(queries()):
        metrics = re.findall(r"phonescan_(?!exported_|catalog_)\w+(\{[^}]*\})?", expr)
        assert all('site=~"$site"' in selector for selector in some(metrics)), title
    sums = [expr for _, expr in queries() if not expr.startswith("topk(")]
    for expr in some(sums):
        by = re.match(r"sum(?: by \((\w+)\))? ?\(", expr)
        assert by, expr
        assert (by[1] or "status") in FEW, expr


def test_the_panels_have_numbers_and_places_of_their_own() -> None:
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"]) == 13
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in BOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
