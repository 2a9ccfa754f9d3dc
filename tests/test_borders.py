"""The shape of the house: which room may import which, and where sockets and SQL may live."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "scanner"

LEAVES = {"core", "version", "data"}
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "version": set(),
    "data": {"core"},
    "wire": {"core"},
    "firmware": {"core"},
    "discovery": {"core", "wire", "version"},
    "reading": {"core", "wire", "discovery"},
    "engine": {"core", "wire", "discovery", "version"},
    "identity": {"core", "firmware", "data"},
    "compliance": {"core", "firmware", "identity", "data"},
    "inventory": {"core", "firmware", "identity", "compliance"},
    "reports": {"core", "inventory", "version"},
}
EDGES = {
    "api",
    "app",
    "settings",
    "cli",
    "web",
    "schedule",
    "notify",
    "testing",
    "__init__",
    "__main__",
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "_fingerprints" not in p.parts)


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "scanner" else [f"scanner.{a.name}" for a in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("scanner.")}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_before_it(path: Path) -> None:
    here = room(path)
    if here in EDGES:
        return
    allowed = MAY_IMPORT[here] | {here}
    assert imported_rooms(path) <= allowed, f"{here} may import {sorted(allowed)}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_sockets_live_in_the_engine(path: Path) -> None:
    if room(path) in {"engine", "testing", "web", "cli", "schedule", "notify"}:
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"\bsocket\.socket\(|^import socket|create_connection|requests\.(get|post|Session)", text, re.M
    )


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_sql_lives_in_the_inventory(path: Path) -> None:
    if room(path) in {"inventory", "web"}:
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|import sqlite3)\b", text)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_clock_stays_at_the_edges(path: Path) -> None:
    if room(path) in EDGES:
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"datetime\.now\(|\btime\.time\(|date\.today\(|os\.environ", text)


def test_every_room_is_in_the_map() -> None:
    assert {room(p) for p in modules()} <= set(MAY_IMPORT) | EDGES
