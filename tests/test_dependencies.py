"""pyproject.toml declares every distribution that the code imports, where it is needed, and none that nothing uses."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.nonempty import some

ROOT = Path(__file__).resolve().parents[1]
OURS = frozenset({"scanner", "tests", "tools"})
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
DISTRIBUTIONS = packages_distributions()

#: Distributions that are run or loaded by name instead of imported → the file that names them, and how.
RUN_BY_NAME = {
    "bandit": ("Makefile", "/bandit"),
    "build": ("Makefile", "-m build"),
    "cyclonedx-bom": (".ci/release", "cyclonedx-py"),
    "mkdocs": ("Makefile", "-m mkdocs"),
    "mkdocs-click": ("mkdocs.yml", "- mkdocs-click"),
    "mkdocstrings": ("mkdocs.yml", "- mkdocstrings"),
    "mypy": ("Makefile", "/mypy"),
    "py-spy": ("tests/benchmarks/profiled.py", "py-spy"),
    "pysmi": ("pyproject.toml", "snmpsim needs it"),
    "pytest-timeout": ("pyproject.toml", "timeout_method"),
    "ntc-templates": ("tests/reading/test_console_oracle.py", "ntc_templates.parse"),
    "pip-audit": (".ci/audit", "pip-audit"),
    "ruff": ("Makefile", "/ruff"),
    "sipvicious": ("tests/benchmarks/peers.py", "sipvicious"),
    "snmpsim": ("tests/peers/test_snmpsim.py", "snmpsim-command-responder"),
    "types-requests": ("pyproject.toml", "strict = true"),
}


def normal(name: str) -> str:
    """A distribution's name as PEP 503 normalizes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\s\[<>=!~;]", each, maxsplit=1)[0]) for each in requirements} - {"phonescan"}


BASE = declared(PROJECT["dependencies"])
EXTRAS = {name: declared(each) for name, each in PROJECT["optional-dependencies"].items() if name != "all"}
AT_RUN_TIME = BASE.union(*(each for name, each in EXTRAS.items() if name != "dev"))


def imports(folder: str) -> Iterator[tuple[Path, str]]:
    """(file, top-level module) of every import in a folder that is not of the standard library and not ours."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in OURS | sys.stdlib_module_names and not (path.parent / f"{top}.py").exists():
                    yield path.relative_to(ROOT), top


def distributions(module: str) -> set[str]:
    """The installed distributions that contain a module; its own name where none is installed."""
    return {normal(name) for name in DISTRIBUTIONS.get(module, [module])}


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [("scanner", AT_RUN_TIME), ("tests", AT_RUN_TIME | EXTRAS["dev"]), ("tools", AT_RUN_TIME | EXTRAS["dev"])],
)
def test_every_import_is_declared(folder: str, allowed: set[str]) -> None:
    undeclared = {f"{module}: {path}" for path, module in imports(folder) if not distributions(module) & allowed}
    assert sorted(undeclared) == []


@pytest.mark.slow
def test_every_declared_distribution_is_used() -> None:
    used = {name for folder in OURS for _, module in imports(folder) for name in distributions(module)}
    assert sorted((AT_RUN_TIME | EXTRAS["dev"]) - used - set(RUN_BY_NAME)) == []
    for name, (file, words) in RUN_BY_NAME.items():
        assert name in EXTRAS["dev"]
        assert words in (ROOT / file).read_text(encoding="utf-8"), name


@pytest.mark.slow
def test_a_distribution_of_an_extra_is_imported_inside_of_functions_only() -> None:
    """Without the extra, all other commands work."""
    for path, module in some(imports("scanner")):
        only = distributions(module) & (AT_RUN_TIME - BASE)
        if only and path.parts[1] != "web":
            text = (ROOT / path).read_text(encoding="utf-8")
            assert not re.search(rf"^(?:import|from) {module}\b", text, re.M), f"{path}: {module}"


def test_the_package_imports_neither_tests_nor_tools() -> None:
    """The wheel contains scanner/ alone."""
    assert PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["scanner"]
    for path in (ROOT / "scanner").rglob("*.py"):
        assert not re.search(r"^\s*(?:from|import) (?:tests|tools)\b", path.read_text(encoding="utf-8"), re.M), path
