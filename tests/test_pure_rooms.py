"""The pure rooms hold no state: the same arguments give the same result, whatever was called before.

A cache is no state where nothing can observe it: it is bounded, and keyed by immutable values alone. What is keyed by
an object's identity, or outlives the catalogs and fingerprints that it was computed from, belongs to an object that
the caller makes, such as `Judge` or `Fingerprints`. A cached function without arguments is a constant, computed late.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.nonempty import some

PACKAGE = Path(__file__).resolve().parent.parent / "scanner"
PURE = ("core", "wire", "firmware", "identity", "compliance")
MODULES = [path for room in PURE for path in sorted((PACKAGE / room).rglob("*.py"))]
CHANGES = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "remove"}
    | {"setdefault", "sort", "reverse", "update"}
)
#: What a cache may be keyed by, besides records of the pure rooms that are immutable themselves.
IMMUTABLE = frozenset({"bool", "bytes", "date", "float", "int", "str", "tuple", "frozenset", "None"})


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_names(module: ast.Module) -> set[str]:
    """The names that a module's own statements bind."""
    found: set[str] = set()
    for node in module.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return found


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def root(node: ast.expr) -> str:
    """The name on the left of subscripts and attributes: `_TABLE` of `_TABLE[0].rows`."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def written(function: ast.AST) -> set[str]:
    """Names of which a function changes what they hold, or that it declares global."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Global(names=names):
                found |= set(names)
            case ast.Call(func=ast.Attribute(value=value, attr=attribute)) if attribute in CHANGES:
                found.add(root(value))
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                found |= {root(each) for each in targets if isinstance(each, (ast.Subscript, ast.Attribute))}
            case ast.AugAssign(target=target) if isinstance(target, (ast.Subscript, ast.Attribute)):
                found.add(root(target))
    return found


def local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Arguments, and names that the function binds itself."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    bound = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    declared = {name for node in ast.walk(function) if isinstance(node, ast.Global) for name in node.names}
    return (bound | {argument.arg for argument in every}) - declared


def cache_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.expr | None:
    for decorator in function.decorator_list:
        name = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (isinstance(name, ast.Name) and name.id in ("cache", "lru_cache")) or (
            isinstance(name, ast.Attribute) and name.attr in ("cache", "lru_cache")
        ):
            return decorator
    return None


@cache
def immutable_records() -> set[str]:
    """Classes of the pure rooms that are named tuples or frozen records."""
    found = set()
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                frozen = any(word.arg == "frozen" for word in node.keywords)
                if frozen or any(isinstance(base, ast.Name) and base.id == "NamedTuple" for base in node.bases):
                    found.add(node.name)
    return found


def state_of(module: ast.Module) -> set[str]:
    """Names of a module that one of its functions writes to."""
    names = module_names(module)
    return {name for f in functions(module) for name in written(f) if name in names and name not in local_names(f)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_function_of_a_pure_room_writes_to_a_module_name(path: Path) -> None:
    assert state_of(tree(path)) == set()


def test_caches_of_the_pure_rooms_are_bounded_and_keyed_by_immutable_values() -> None:
    allowed = IMMUTABLE | immutable_records()
    cached = [(path.stem, f, cache_of(f)) for path in MODULES for f in functions(tree(path))]
    for module, function, decorator in some(cached):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        if decorator is None or not arguments:
            continue
        where = f"{module}.{function.name}"
        assert isinstance(decorator, ast.Call), f"{where} is cached without a bound"
        bound = [*decorator.args, *(word.value for word in decorator.keywords if word.arg == "maxsize")]
        assert not any(isinstance(each, ast.Constant) and each.value is None for each in bound), where
        keys = {
            name.id
            for argument in arguments
            if argument.annotation
            for name in ast.walk(argument.annotation)
            if isinstance(name, ast.Name)
        }
        assert all(argument.annotation for argument in arguments), where
        assert keys <= allowed, f"{where} is keyed by {sorted(keys - allowed)}"


@pytest.mark.parametrize(
    "text",
    [
        "_LAST = []\ndef f(x):\n    _LAST[:] = [x]",
        "_LAST = []\ndef f(x):\n    _LAST.insert(0, x)",
        "_LAST: dict = {}\ndef f(x):\n    _LAST[x] = 1",
        "_LAST = {}\ndef f(x):\n    del _LAST[x]",
        "_LAST = None\ndef f(x):\n    global _LAST\n    _LAST = x",
        "_COUNT = [0]\ndef f():\n    _COUNT[0] += 1",
    ],
)
def test_each_way_to_write_to_a_module_name_is_found(text: str) -> None:
    assert state_of(ast.parse(text)) <= {"_LAST", "_COUNT"}
    assert state_of(ast.parse(text))


def test_a_name_that_the_function_binds_itself_is_no_state() -> None:
    assert not state_of(ast.parse("rows = ()\ndef f():\n    rows = []\n    rows.append(1)\n    return rows"))
