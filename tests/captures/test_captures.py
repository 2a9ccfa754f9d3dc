"""Each committed capture reads as its NAME.toml says; and what the data beside the checkout adds to is committed."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from scanner.wire import lldp
from tests.captures import expected
from tests.nonempty import some
from tests.oracles.pcap import frames

TESTS = expected.HERE.parent


@pytest.mark.parametrize("path", expected.inputs(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_capture_reads_as_its_toml_file_states(path: Path) -> None:
    assert expected.result(path) == tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))


def test_every_file_is_a_capture_with_its_expectation_or_an_expectation_with_its_capture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(expected.unpaired()) == []
    assert not [path for path in expected.inputs() if path.stat().st_size > expected.LIMIT]
    monkeypatch.setattr(expected, "HERE", tmp_path)
    (tmp_path / "sip").mkdir()
    for name in ("alone.pcap", "nothing.toml", "trace.cap", "README"):
        (tmp_path / "sip" / name).touch()
    assert list(expected.unpaired()) == [
        "README: no extension is not one of .pcap, .snmprec",
        "alone.pcap has no alone.toml beside it",
        "nothing.toml has no capture beside it",
        "trace.cap: .cap is not one of .pcap, .snmprec",
    ]


def test_every_protocol_that_a_capture_can_contain_has_one() -> None:
    assert {path.parent.name for path in expected.inputs()} >= {"cdp", "dhcp", "lldp", "mdns", "sip", "snmp"}


def test_what_is_not_a_phone_is_not_read_as_one() -> None:
    for path in some(expected.inputs()):
        if "not-a-phone" in path.stem:
            devices = expected.result(path)["device"]
            assert {row["status"] for row in devices} == {"not-a-phone"}, path.name  # type: ignore[index]


def test_of_the_lldp_captures_the_malformed_ones_alone_have_faults() -> None:
    faulty = set()
    for path in expected.inputs("lldp"):
        for frame in frames(path):
            if frame[12:14] == b"\x88\xcc" and lldp.decode(frame[14:]).faults:
                faulty.add(path.stem)
    assert faulty == {"length-beyond-frame", "address-string-too-long", "inventory-twice"}


@pytest.mark.slow
def test_every_test_with_shared_data_names_the_committed_test_that_it_adds_to() -> None:
    """`@pytest.mark.adds_to("test_name")`, in the same module, or "folder/test_module.py::test_name"."""
    missing = []
    for path in sorted(TESTS.rglob("test_*.py")):
        functions = {node.name: node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef)}
        with_data = {"shared"} | {name for name, node in functions.items() if "shared" in _arguments(node)}
        for name, node in functions.items():
            if name.startswith("test_") and with_data & _arguments(node):
                target = _adds_to(node)
                module, _, test = target.rpartition("::") if target else ("", "", "")
                where = TESTS / module if module else path
                if not where.exists() or not _runs_alone(where, test):
                    missing.append(f"{path.name}::{name} adds to {target or 'nothing'}")
    assert missing == []


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _arguments(node: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in node.args.args}


def _adds_to(node: ast.FunctionDef) -> str:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.adds_to":
            return str(ast.literal_eval(decorator.args[0]))
    return ""


def _runs_alone(path: Path, test: str) -> bool:
    found = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef) and node.name == test]
    return bool(found) and not _adds_to(found[0])
