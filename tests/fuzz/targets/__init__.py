"""The targets, a module for each part of the program; `all_targets` lists them."""

from __future__ import annotations

from importlib import import_module

from tests.fuzz.target import Target

MODULES = ("codecs", "files", "texts", "identify", "engine", "services", "stored", "columns", "pages")


def all_targets() -> list[Target]:
    """Every target, by name."""
    found = [target for name in MODULES for target in import_module(f"tests.fuzz.targets.{name}").targets()]
    return sorted(found, key=lambda target: target.name)
