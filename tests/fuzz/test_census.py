"""Every parser and every file format has a target: what registries list, and every function that decodes something."""

from __future__ import annotations

import importlib
import pkgutil
import textwrap
from pathlib import Path

import pytest

from scanner import reading
from scanner.discovery import registry
from scanner.discovery.declaration import Exchange, MulticastRequest, UdpSweep, steps
from scanner.discovery.options import Options
from tests.fuzz import census, targets
from tests.fuzz.targets import columns, pages

NAMES = {target.name for target in targets.all_targets()}
#: Functions that decode what is not foreign → why. A name that ends in `/` or `:` is the beginning of others.
OWN = {
    "scanner/testing/": "simulated devices, which stand aside",
    "scanner/engine/os/": "structures of the kernel",
    "scanner/engine/guard.py:_length": "what the engine is about to send",
    "scanner/engine/protocols/multicast.py:collect": "the group that a discovery declares",
    "scanner/engine/sweep/bitmap.py:Bitmap.remove": "a bit of a bitmap in memory",
    "scanner/engine/workers/child.py:serve": "messages of the parent process",
    "scanner/inventory/db/adhoc_child.py:read": "the statement that the parent process passes on",
    "scanner/discovery/announcement.py:group_mac": "the groups that discoveries declare",
    "scanner/inventory/rules/": "addresses that were checked before they were stored",
    "scanner/notify/page.py:_template": "a template of the program",
    "scanner/reports/": "addresses and times that the inventory wrote",
    "scanner/schedule/notification.py:_key": "an address that has been checked",
    "scanner/cli/doctor/bundle.py:write": "JSON that the program has just written",
}


@pytest.mark.slow
def test_every_function_that_decodes_foreign_input_is_reached_by_a_target() -> None:
    """A new parser without a target is named here: write one in `tests/fuzz/targets/`."""
    decoding = set(census.decoding())
    assert len(decoding) > 100
    missing = decoding - census.reached(targets.all_targets())
    assert sorted(name for name in missing if not name.startswith(tuple(OWN))) == []
    assert [name for name in OWN if not any(one.startswith(name) for one in missing)] == []


def test_a_new_function_that_decodes_is_found(tmp_path: Path) -> None:
    (tmp_path / "toy.py").write_text(
        textwrap.dedent(
            """
            def plain(text): return text.strip()
            def number(data): return int.from_bytes(data, "big")
            class Reader:
                def read(self, raw): return msgspec.json.decode(raw)
            """
        )
    )
    assert [name.partition(":")[2] for name in census.decoding(tmp_path)] == ["number", "Reader.read"]


def test_every_format_and_every_step_of_a_discovery_has_a_target() -> None:
    found = registry.all_discoveries(Options()).values()
    modules = (importlib.import_module(f"scanner.reading.{one.name}") for one in pkgutil.iter_modules(reading.__path__))
    wanted = {f"reading.{module.FORMAT.name}" for module in modules if hasattr(module, "FORMAT")}
    wanted |= {f"engine.{name}.{step.transport}" for name, step in steps(found, Exchange)}
    wanted |= {f"engine.multicast.{name}" for name, _ in steps(found, MulticastRequest)}
    wanted |= {f"discovery.sweep.{name}" for name, _ in steps(found, UdpSweep)}
    assert wanted - NAMES == set()


def test_the_columns_with_json_and_the_routes_are_those_of_the_program() -> None:
    assert {("scans", "state"), ("scans", "notes"), ("devices", "conflicts"), ("catalog_entries", "attributes")} <= {
        (column.table, column.name) for column in columns.columns()
    }
    asked = set(pages._requests())
    assert {pattern.strip("^$").encode() for pattern, _ in pages.ROUTES} <= asked


def test_every_module_of_targets_is_listed() -> None:
    found = {one.name for one in pkgutil.iter_modules(targets.__path__)}
    assert found - {"captured"} == set(targets.MODULES)
