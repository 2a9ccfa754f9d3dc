"""The range of a number is the same in the command, in the settings and in the engine."""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path
from typing import get_args

import click
import pytest

import scanner
from scanner.cli.commands.scan import command
from scanner.core.errors import SettingsError, UsageError
from scanner.core.limits import PORT, RATE, RETRIES, TIMEOUT, PaceName
from scanner.engine import guard
from scanner.engine.rate.limits import PACES, choose
from scanner.settings import parse

LIMITS = {"rate": RATE, "retries": RETRIES, "timeout": TIMEOUT}


def accepted_by(name: str, number: float) -> list[str]:
    """The places that accept a number."""
    options = {option.name: option for option in command.params}
    places = {
        "command": lambda: options[name].type.convert(str(number), options[name], click.Context(command)),
        "settings": lambda: parse(f"[network]\n{name} = {number}\n"),
        "engine": lambda: choose("normal", **{name: number}),
    }
    found = []
    for place, accept in places.items():
        with contextlib.suppress(click.UsageError, SettingsError, UsageError):
            accept()
            found.append(place)
    return found


@pytest.mark.parametrize("name", LIMITS)
def test_command_settings_and_engine_accept_the_same_range(name: str) -> None:
    limit = LIMITS[name]
    step = 0.01 if name == "timeout" else 1
    for number in (limit.least, limit.most):
        assert accepted_by(name, number) == ["command", "settings", "engine"]
    for number in (round(limit.least - step, 2), limit.most + step):
        assert accepted_by(name, number) == []


@pytest.mark.parametrize(("port", "valid"), [(0, False), (1, True), (65_535, True), (65_536, False)])
def test_ports_have_one_range(port: int, valid: bool) -> None:
    assert (PORT.least <= port <= PORT.most) is valid
    with contextlib.nullcontext() if valid else pytest.raises(SettingsError):
        parse(f"[network]\nports.sip = [{port}]\n")
    with contextlib.nullcontext() if valid else pytest.raises(UsageError, match="out of range"):
        PORT.checked(port)
    if not valid:
        with pytest.raises(guard.RefusedError, match="not a valid port"):
            guard.check_port(port)


def test_every_pace_is_defined() -> None:
    assert tuple(PACES) == get_args(PaceName)


def test_no_option_states_both_ends_of_a_range_of_its_own() -> None:
    """A range with two ends comes from `core/limits.py`, so that the settings and the engine can use it."""
    stated = []
    for path in Path(scanner.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="IntRange" | "FloatRange"), args=[ast.Constant(), ast.Constant()]
                ):
                    stated.append(f"{path.name}: {ast.unparse(node)}")
    assert stated == []


def test_a_range_names_the_option_and_its_ends() -> None:
    with pytest.raises(UsageError, match="--retries 11 is out of range: use 0 to 10"):
        RETRIES.checked(11)
    RETRIES.checked(10)
