"""Every test can fail: it asserts something definite, and its assertions are reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.nonempty import some

TESTS = Path(__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


def asserts_in(node: ast.AST) -> list[ast.AST]:
    """The assertions in a piece of code: `assert`, `pytest.raises`, `pytest.fail`."""
    return [
        each
        for each in ast.walk(node)
        if isinstance(each, ast.Assert)
        or (isinstance(each, ast.Call) and ast.unparse(each.func) in ("pytest.raises", "pytest.fail"))
    ]


@cache
def asserting_helpers() -> frozenset[str]:
    """Names of the functions in the tests that assert, directly or through another one."""
    functions = [
        node
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, Function) and not node.name.startswith("test_")
    ]
    found = {function.name for function in functions if asserts_in(function)}
    for _ in range(3):
        found |= {function.name for function in functions if called(function) & found}
    return frozenset(found)


def called(node: ast.AST) -> set[str]:
    """Names of the functions that a piece of code calls; methods are not followed."""
    calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    return {func.id for func in calls if isinstance(func, ast.Name)}


def may_be_empty(items: ast.expr) -> bool:
    """Whether nothing shows that a loop over these has a turn: literals, tables, ranges and `some(…)` have one."""
    match items:
        case ast.Tuple() | ast.List() | ast.Set() | ast.Constant():
            return False
        case ast.Call(func=ast.Name(id="range" | "some")):
            return False
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.isupper():
            return False
        case ast.Call(func=ast.Attribute(attr="items" | "values", value=table)):
            return may_be_empty(table)
        case ast.Call(func=ast.Name(id="enumerate" | "zip" | "sorted" | "reversed" | "product"), args=[first, *_]):
            return may_be_empty(first)
        case _:
            return True


def faults(source: str, helpers: frozenset[str]) -> Iterator[str]:
    """What keeps the tests of a module from failing, each with its line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=ast.BoolOp(op=ast.Or())):
                yield f"line {node.lineno}: assert with alternatives: {ast.unparse(node.test)}"
            case ast.Assert(test=ast.Constant() | ast.Tuple() | ast.JoinedStr()):
                yield f"line {node.lineno}: assert of a constant"
            case ast.Assert(test=ast.Compare(left=left, comparators=[right])) if ast.unparse(left) == ast.unparse(
                right
            ) and not isinstance(left, ast.Call):
                yield f"line {node.lineno}: assert of a value with itself"
            case ast.Call(func=func, args=[ast.Name(id="Exception" | "BaseException")], keywords=keywords) if (
                ast.unparse(func) == "pytest.raises" and not any(word.arg == "match" for word in keywords)
            ):
                yield f"line {node.lineno}: any error passes"
    for node in ast.walk(tree):
        if not isinstance(node, Function) or not node.name.startswith("test_"):
            continue
        found = asserts_in(node)
        helped = bool(called(node) & helpers)
        if not found and not helped:
            yield f"line {node.lineno}: {node.name} asserts nothing"
        unsure = [
            each
            for loop in ast.walk(node)
            if isinstance(loop, ast.For) and may_be_empty(loop.iter)
            for each in asserts_in(loop)
        ]
        if found and not helped and all(each in unsure for each in found):
            yield f"line {node.lineno}: {node.name} asserts in a loop over what may be empty alone"
        kinds = [each.test for each in found if isinstance(each, ast.Assert)]
        if kinds and len(kinds) == len(found) and all(map(only_a_type, kinds)):
            yield f"line {node.lineno}: {node.name} asserts only a type"


def only_a_type(test: ast.expr) -> bool:
    match test:
        case ast.Call(func=ast.Name(id="isinstance")) | ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant()]):
            return True
        case _:
            return False


@pytest.mark.parametrize("path", some(sorted(TESTS.rglob("test_*.py"))), ids=lambda path: str(path.relative_to(TESTS)))
def test_every_assertion_can_fail(path: Path) -> None:
    assert list(faults(path.read_text(encoding="utf-8"), asserting_helpers())) == []


@pytest.mark.parametrize(
    "body",
    [
        "run()", "assert a or b", "assert True", "assert 'text'", "assert x.y == x.y", "assert isinstance(a, int)",
        "assert found is not None", "for one in found():\n        assert one",
        "with pytest.raises(Exception):\n        run()",
    ],
)  # fmt: skip
def test_each_kind_of_assertion_that_cannot_fail_is_found(body: str) -> None:
    assert len(list(faults(f"def test_x():\n    {body}\n", frozenset()))) >= 1


@pytest.mark.parametrize(
    "body",
    [
        "assert a == b", "helper()", "assert (a or b) == 3", "with pytest.raises(ValueError):\n        run()",
        "for one in some(found()):\n        assert one", "for n in range(3):\n        assert n",
        "for name, value in TABLE.items():\n        assert value", "assert isinstance(a, int)\n    assert a == 3",
        "for one in found():\n        assert one\n    assert len(found()) == 3",
    ],
)  # fmt: skip
def test_an_assertion_that_can_fail_is_not_reported(body: str) -> None:
    assert list(faults(f"def test_x():\n    {body}\n", frozenset({"helper"}))) == []
