"""Prometheus scrapes one inventory twice, from node_exporter and from `phonescan serve`, with the shipped rules."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from tests.deploy.test_prometheus_rules import RULES, queries
from tests.inventory.conftest import Store
from tests.loopback import own
from tests.nonempty import some
from tests.programs import line_with, running

NODE, SERVER = own("127.9.9.1:19100"), own("127.9.9.2:19090")
PHONES = 20


def result_of(path: str) -> Any:
    with urllib.request.urlopen(f"http://{SERVER}/api/v1/{path}", timeout=60) as response:
        return json.load(response)["data"]


def value_of(query: str) -> list[tuple[dict[str, str], float]]:
    """The result of an instant query: labels and value of each series."""
    return [(one["metric"], float(one["value"][1])) for one in result_of(f"query?query={quote(query)}")["result"]]


def soon(found: Any, wanted: Any, seconds: int = 40) -> Any:
    """The result of `found()` once it is `wanted`, or the last one."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = found()
        except OSError as error:  # the server does not listen yet
            result = error
        if result == wanted or time.monotonic() > end:
            return result
        time.sleep(0.2)


def night(store: Store, day: int, phones: int) -> None:
    rows = [
        store.sip(f"10.1.0.{n}", "PolycomVVX-VVX_411-UA/5.8.0.12848", f"64:16:7f:00:01:{n:02x}")
        for n in range(1, phones + 1)
    ]
    lan = ("10.1.0.0/24",)
    store.feed(
        rows, store.day(day), cover=[("sip", lan[0])], kind="scan", site="hq", targets=lan, settings={"ranges": lan}
    )


@pytest.fixture
def scraped(tmp_path: Path) -> Iterator[Path]:
    """A Prometheus that scrapes an inventory, whose last scan was an outage, twice; the folder of the text file."""
    store = Store(tmp_path / "phonescan.sqlite")
    night(store, 1, PHONES)
    night(store, 2, 0)
    # the outage is of now: an alert of more than 7 days ago is not reported
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE scans SET finished = strftime('%Y-%m-%dT%H:%M:%SZ') WHERE id = 2")
    program = [sys.executable, "-m", "scanner"]
    textfile = tmp_path / "textfile"
    textfile.mkdir()
    command = [*program, "export", "prometheus", "--db", str(store.path), "-o", str(textfile / "phonescan.prom")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with ExitStack() as programs:
        serve = programs.enter_context(
            running([*program, "serve", "--db", str(store.path), "--port", "0"], stderr=subprocess.PIPE)
        )
        served = line_with(serve.stderr, "is served at").split("http://")[1].split("/")[0]
        options = ["--collector.disable-defaults", "--collector.textfile", f"--collector.textfile.directory={textfile}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        programs.enter_context(running(["prometheus-node-exporter", *options, f"--web.listen-address={NODE}"], **quiet))
        settings = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [
                {"job_name": "node", "static_configs": [{"targets": [NODE]}]},
                {"job_name": "phonescan", "honor_labels": True, "static_configs": [{"targets": [served]}]},
            ],
        }
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(settings))
        server = ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
        programs.enter_context(running([*server, f"--web.listen-address={SERVER}"], **quiet))
        yield textfile


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.daemon("prometheus", "prometheus-node-exporter")
def test_an_inventory_that_is_scraped_twice_is_counted_once_and_its_outage_is_reported_once(scraped: Path) -> None:
    copies = "sum by (job) (phonescan_devices)"
    both = soon(
        lambda: sorted((labels["job"], number) for labels, number in value_of(copies)),
        [("node", PHONES), ("phonescan", PHONES)],
    )
    assert both == [("node", PHONES), ("phonescan", PHONES)]

    recorded = ("phonescan:devices", "phonescan:status_devices", "phonescan:compliance_devices")
    once = [({}, PHONES)] * len(recorded)
    assert soon(lambda: [one for name in recorded for one in value_of(f"sum({name})")], once) == once
    empty = [title for title, expr in some(queries()) if not value_of(expr.replace("$site", "hq|none"))]
    assert empty == []
    other = {
        title for title, expr in some(queries()) if any(value for _, value in value_of(expr.replace("$site", "none")))
    }
    assert other == set()
    titles = dict(queries())
    assert value_of(titles["Devices"].replace("$site", ".*")) == [({}, PHONES)]

    def alerts() -> list[tuple[str, str]]:
        found = [alert["labels"] for alert in result_of("alerts")["alerts"]]
        return sorted((labels["alertname"], labels.get("site") or labels["catalog"]) for labels in found)

    wanted = [("PhonescanCatalogOld", "lync"), ("PhonescanCatalogOld", "skype-for-business"), ("PhonescanOutage", "hq")]
    assert soon(alerts, wanted) == wanted
    unhealthy = [
        rule["name"] for group in result_of("rules")["groups"] for rule in group["rules"] if rule["health"] != "ok"
    ]
    assert unhealthy == []
