"""A fixture that runs the command line in this process and returns its output and exit status."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from scanner.cli.group import phonescan

VVX = {"ip": "198.18.0.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent"}
OUTDATED = {**VVX, "value": "PolycomVVX-VVX_411-UA/5.8.3.3066", "time": "2026-11-01T02:00:00Z"}
CERTIFIED = {
    "ip": "198.18.0.6", "mac": "80:5e:c0:00:00:06", "field": "sip.user-agent",
    "value": "Yealink SIP-T58A 58.15.0.20", "time": "2026-11-01T02:00:00Z",
}  # fmt: skip


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]
Feed = Callable[..., Path]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(here: Path) -> Run:
    """Runs a command in the empty folder: `run("report", "inventory")`."""

    def call(*words: object, input: str | bytes | None = None, env: Mapping[str, str] | None = None) -> Ended:
        result = CliRunner().invoke(
            phonescan, [str(word) for word in words], input=input, env={"COLUMNS": "160", **(env or {})}
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def feed(run: Run, here: Path) -> Feed:
    """Reads observations into an inventory: `feed(OUTDATED, CERTIFIED)`; returns its path."""

    def store(*rows: Mapping[str, object], db: str = "phonescan.sqlite", status: int = 0) -> Path:
        path = here / "rows.jsonl"
        path.write_text(lines(rows), encoding="utf-8")
        ended = run("read", path, "--db", db)
        assert ended.status == status, ended.err
        return here / db

    return store


def lines(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)
