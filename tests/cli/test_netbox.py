"""`export netbox` and targets from NetBox on the command line, with the address and token of the settings."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.inventory import Inventory
from tests.reports.netbox_standin import TOKEN, StandIn

pytestmark = pytest.mark.network


@pytest.fixture(params=["4.2", "4.6"])
def netbox(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    server = StandIn(request.param)
    server.add("dcim/sites", name="HQ", slug="hq")
    about: dict[str, Any] = {"scope_type": "dcim.site", "scope_id": 1}
    server.add("ipam/prefixes", prefix="10.1.20.0/24", status="active", **about)
    yield server
    server.close()


def test_a_scan_takes_its_targets_from_the_netbox_of_the_settings(netbox: StandIn, run: Any, tmp_path: Path) -> None:
    text = f'[netbox]\nurl = "{netbox.url}"\ntoken = "{TOKEN}"\n'
    (tmp_path / "other.toml").write_text(text, encoding="utf-8")
    config = str(tmp_path / "other.toml")
    ended = run("scan", "netbox:site=hq,status=active", "--dry-run", "--config", config)
    assert ended.status == 0, ended.err
    assert "254 addresses in 10.1.20.1-10.1.20.254" in ended.out
    ended = run("scan", "netbox:site=hq", "--dry-run")
    assert ended.status == 2
    assert "[netbox] url" in ended.err


def test_the_export_takes_address_and_token_from_the_settings(
    netbox: StandIn, run: Any, feed: Any, tmp_path: Path
) -> None:
    feed({"ip": "198.18.0.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent",
          "value": "PolycomVVX-VVX_411-UA/5.8.3.3066", "site": "hq", "time": "2026-11-23T02:00:00Z"})  # fmt: skip
    config = tmp_path / "other.toml"
    config.write_text(f'[netbox]\nurl = "{netbox.url}"\ntoken = "{TOKEN}"\ninventory = "a"\n', encoding="utf-8")
    ended = run("export", "netbox", "--dry-run", "--config", str(config))
    assert (ended.status, netbox.writes) == (0, 0), ended.err
    assert "device site: none → 'hq'" in ended.out
    ended = run("export", "netbox", "--config", str(config))
    assert ended.status == 0, ended.err
    assert "created 1, updated 0, left 0 as they are" in ended.err
    assert netbox.shown("dcim/devices", 1)["custom_fields"]["phonescan_id"].startswith("a:")
    netbox.mode = "html"
    ended = run("export", "netbox", "--config", str(config))
    assert ended.status == 3
    assert "is not NetBox's API" in ended.err


def test_a_netbox_that_is_down_or_limits_requests_is_one_sentence(netbox: StandIn, tmp_path: Path) -> None:
    """In a process of its own, whose standard error has the log as well."""
    with Inventory.open(tmp_path / "phonescan.sqlite", create=True):
        pass
    netbox.mode = "limit"
    closed = netbox_address()
    for url, words in ((closed, "does not respond (connection refused)"), (netbox.url, "limits how many requests")):
        command = [sys.executable, "-m", "scanner", "export", "netbox", "--url", url]
        environment = {**os.environ, "NETBOX_TOKEN": TOKEN}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 3
        first, second = ended.stderr.splitlines()
        assert words in first
        assert second == "created 0, updated 0, left 0 as they are"


def netbox_address() -> str:
    """An address of loopback at which no server listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    "url",
    ["http://", "https:///x", "http://[::1", "https://a b/", "http://h:99999", "http://h?x=/", "http://h#x",
     "http://h\n.example", "ftp://h", "netbox.example", "https://user:word@h"],
)  # fmt: skip
def test_an_address_that_is_none_is_wrong_usage(run: Any, feed: Any, url: str) -> None:
    feed({"ip": "198.18.0.5", "field": "sip.user-agent", "value": "x", "time": "2026-11-23T02:00:00Z"})
    ended = run("export", "netbox", "--url", url, "--token", "env:HOME")
    assert ended.status == 2
    assert ended.err.count("\n") == 1
    assert "--url" in ended.err
    assert "word" not in ended.err
