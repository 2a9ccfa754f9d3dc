"""`phonescan fingerprints unknown` and `suggest` on an inventory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.nonempty import some

FIRST = {"ip": "10.0.0.1", "field": "sip.user-agent", "value": "Valkom V10 1.0.1", "source": "sip 10.0.0.1:5060"}
SECOND = {**FIRST, "ip": "10.0.0.2", "value": "Valkom V24 1.0.2", "source": "sip 10.0.0.2:5060"}
HOSTILE = {**FIRST, "ip": "10.0.0.3", "value": "\x1b[31m\u202e Acme 1", "source": "sip 10.0.0.3:5060"}
KNOWN = {**FIRST, "ip": "10.0.0.4", "value": "Yealink SIP-T58A 58.15.0.20", "source": "sip 10.0.0.4:5060"}
SERVER = {"ip": "10.0.0.5", "field": "snmp.sysdescr", "value": "Vulkan Router 9.1", "source": "snmp 10.0.0.5:161"}


def test_values_of_devices_without_a_model_are_listed_by_shape(run: Any, feed: Any) -> None:
    feed(FIRST, SECOND, KNOWN, SERVER)
    (row,) = run("fingerprints", "unknown", "--format", "json").json()
    assert (row["devices"], row["shape"], row["reason"]) == (2, "Valkom V# <version>", "no rule matches")
    assert row["values"] == ["Valkom V10 1.0.1", "Valkom V24 1.0.2"]
    text = run("fingerprints", "unknown").out
    assert f"{row['group']}  2 devices  Valkom V# <version>\n" in text
    assert "    Valkom V10 1.0.1\n" in text


def test_hosts_that_are_not_phones_are_listed_on_request(run: Any, feed: Any) -> None:
    feed(FIRST, SERVER)
    shapes = [row["shape"] for row in run("fingerprints", "unknown", "--all", "--format", "json").json()]
    assert shapes == ["Valkom V# <version>", "Vulkan Router <version>"]


def test_an_inventory_in_which_every_device_is_identified_has_no_group(run: Any, feed: Any) -> None:
    feed(KNOWN)
    assert run("fingerprints", "unknown").out == "Every device is identified.\n"


@pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv", "md", "html"])
def test_a_hostile_value_is_escaped_in_every_format(run: Any, feed: Any, format: str) -> None:
    feed(HOSTILE)
    out = run("fingerprints", "unknown", "--format", format).out
    assert "Acme" in out
    assert not {"\x1b", "\u202e"} & set(out)


def test_a_group_is_drafted_checked_and_identified(run: Any, feed: Any, here: Any) -> None:
    feed(FIRST, SECOND)
    (row,) = run("fingerprints", "unknown", "--format", "json").json()
    (here / "ours").mkdir()
    ended = run("fingerprints", "suggest", row["group"], "--kind", "phone", "-o", "ours/valkom.toml")
    assert (ended.status, ended.out) == (0, "")
    assert "phonescan fingerprints check ours" in ended.err
    assert run("fingerprints", "check", "ours").status == 0
    (here / "own.toml").write_text('[fingerprints]\nfolders = ["ours"]\n')
    found = run("identify", "sip.user-agent=Valkom V24 1.0.2", "--config", "own.toml").json()
    assert (found["kind"], found["manufacturer"], found["model"], found["firmware"]) == (
        "phone", "Valkom", "V24", "1.0.2",
    )  # fmt: skip


def test_a_group_can_be_named_by_its_shape(run: Any, feed: Any) -> None:
    feed(FIRST)
    assert 'name = "V10"' in run("fingerprints", "suggest", "Valkom V# <version>").out


def test_an_unknown_group_is_reported_with_the_nearest(run: Any, feed: Any) -> None:
    feed(FIRST)
    ended = run("fingerprints", "suggest", "Valkon V# <version>")
    assert ended.status == 2
    assert "did you mean 'Valkom V# <version>'?" in ended.err
    assert "`phonescan fingerprints unknown` lists the groups" in run("fingerprints", "suggest", "zzz").err


def test_the_values_of_a_group_are_bounded(run: Any, feed: Any) -> None:
    rows = [{**FIRST, "ip": f"10.0.1.{n}", "value": f"Valkom V{n} 1.0.{n}"} for n in range(100)]
    feed(*rows)
    (row,) = run("fingerprints", "unknown", "--format", "json").json()
    assert row["devices"] == 100
    assert len(json.dumps(row["values"])) < 1000
    for value in some(row["values"]):
        assert value.startswith("Valkom V")
