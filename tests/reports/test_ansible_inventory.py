"""The Ansible inventory as Ansible reads it: hosts, groups and values, and no template of a device is evaluated."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.core.text import shown
from scanner.reports.ansible import VARIABLES, write_ansible
from tests.reports.sample import HOSTILE, device, devices

TEMPLATES = ("{{ 7*7 }}", "{% for x in [1] %}y{% endfor %}", "{{ lookup('pipe', 'id') }}", "{# note #}", "!unsafe x")

pytestmark = [pytest.mark.slow, pytest.mark.daemon("ansible-inventory", "ansible")]


def rows() -> list[dict[str, Any]]:
    names = [*HOSTILE, *TEMPLATES]
    hostile = [device(at, hostname=text, model=text, switch=text, site=text) for at, text in enumerate(names)]
    return [*devices(20), *hostile]


def ansible(folder: Path, *command: str) -> str:
    """The output of a program of Ansible without settings of this machine; a warning on stderr fails."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    with open(tmp_path / "inventory.yaml", "w", encoding="utf-8", newline="") as stream:
        assert write_ansible(rows(), stream) == len(rows())
    return tmp_path


def test_ansible_inventory_lists_every_device_with_its_values_and_groups(inventory: Path) -> None:
    found = json.loads(ansible(inventory, "ansible-inventory", "-i", "inventory.yaml", "--list"))
    hosts = found["_meta"]["hostvars"]
    assert len(hosts) == len(rows())
    wanted = [
        {f"phonescan_{name}": text(row[name]) for name in VARIABLES if row[name]} | {"ansible_host": row["ip"]}
        for row in rows()
    ]
    have = [{name: plain(value) for name, value in variables.items()} for variables in hosts.values()]
    assert sorted(map(str, map(sorted, (one.items() for one in have)))) == sorted(
        map(str, map(sorted, (one.items() for one in wanted)))
    )
    members = {name: set(group.get("hosts", ())) for name, group in found.items() if name.startswith("status_")}
    assert set.union(*members.values()) == set(hosts)
    assert len(members["status_certified"]) == sum(1 for row in rows() if row["status"] == "certified")


def test_ansible_evaluates_no_template_that_a_device_sends(inventory: Path) -> None:
    debug = [
        "ansible",
        "-i",
        "inventory.yaml",
        "all",
        "-m",
        "ansible.builtin.debug",
        "-a",
        "var=phonescan_hostname",
        "-o",
    ]
    printed = ansible(inventory, *debug)
    names = {json.loads(line.split(" => ", 1)[1])["phonescan_hostname"] for line in printed.splitlines()}
    assert names == {text(row["hostname"]) for row in rows()}


def text(value: object) -> str:
    """A value as every report shows it."""
    return shown(str(value).encode("utf-8", "replace").decode())


def plain(value: Any) -> Any:
    """A value of ansible-inventory, which writes what is unsafe as an object."""
    return value["__ansible_unsafe"] if isinstance(value, dict) else value
