"""The texts that the program can print, read from its source: templates with literal words and placeholders."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache

from scanner.compliance.catalog import builtin
from tests.docs import material

#: A template: literal text, and None for each placeholder.
Template = tuple[str | None, ...]

#: Least number of letters that a template has of its own. Shorter ones join texts and need punctuation to do so.
OWN = 8
_PLACEHOLDER = "(.+?)"
_LETTER = re.compile(r"[A-Za-z]")
#: What may fill a placeholder: a word, a quoted text, a number with its separators, or a list of such.
_WORD = r"(?:\S+|'[^']*'|\"[^\"]*\"|\[Errno \d+\])"
_DATA = re.compile(rf"{_WORD}(?:, {_WORD})*")


@cache
def foreign() -> frozenset[str]:
    """Texts that the program passes on: reasons of the system and of NetBox, titles of the catalogs with it."""
    reasons = {os.strerror(number) for number in errno.errorcode}
    numbered = {f"[Errno {number}] {os.strerror(number)}" for number in errno.errorcode}
    return frozenset(reasons | numbered | {"Invalid v1 token"} | {catalog.title for catalog in builtin()})


#: Local variables by name, with the texts that the module assigns to them.
Variables = Mapping[str, list[ast.expr]]


def _parts(node: ast.expr, variables: Variables, depth: int = 3) -> list[Template]:
    """The templates of an expression: both branches of a condition, the parts of a sum or an f-string in turn."""
    match node:
        case ast.Constant(value=str(text)):
            return [(text,)]
        case ast.IfExp(body=body, orelse=other):
            return _parts(body, variables, depth) + _parts(other, variables, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _product(_parts(left, variables, depth), _parts(right, variables, depth))
        case ast.JoinedStr(values=values):
            found: list[Template] = [()]
            for value in values:
                found = _product(found, _parts(value, variables, depth))
            return found
        case ast.FormattedValue(value=ast.IfExp() as choice):
            return _parts(choice, variables, depth)
        case ast.FormattedValue(value=ast.Call() as call) | (ast.Call() as call) if noun := _counted(call):
            return [(None, f" {noun}"), (None, f" {noun}s")]
        case ast.FormattedValue(value=ast.Name() as name) | (ast.Name() as name) if depth and name.id in variables:
            return [(None,), *(part for text in variables[name.id] for part in _parts(text, variables, depth - 1))]
        case _:
            return [(None,)]


def _counted(call: ast.Call) -> str:
    """The noun of a call such as `amount(rows, "row")`; "" for another call."""
    match call:
        case ast.Call(func=ast.Name(id="amount"), args=[_, ast.Constant(value=str(noun))]):
            return noun
    return ""


def _product(first: list[Template], second: list[Template]) -> list[Template]:
    return [_merged(one + other) for one in first for other in second][:64]


def _merged(template: Template) -> Template:
    """Adjacent texts as one, adjacent placeholders as one."""
    found: list[str | None] = []
    for part in template:
        if found and isinstance(part, str) and isinstance(found[-1], str):
            found[-1] += part
        elif part != "" and not (part is None and found and found[-1] is None):
            found.append(part)
    return tuple(found)


def templates_in(source: str) -> Iterator[Template]:
    """Every text of a module, with its placeholders; docstrings and single words are left out."""
    nodes = list(ast.walk(ast.parse(source)))
    variables: dict[str, list[ast.expr]] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.IfExp() | ast.JoinedStr() | ast.BinOp() as text):
                variables.setdefault(name, []).append(text)
    for node in nodes:
        if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Constant):
            for template in _parts(node, variables):
                texts = [part for part in template if part]
                letters = sum(len(_LETTER.findall(text)) for text in texts)
                joins = len(template) > 1 and all(re.search(r"[:;,()]", text) for text in texts)
                if texts and (letters >= OWN or joins) and not any("\n\n" in text for text in texts):
                    yield template


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    """Every template of the package as a pattern, the longest text first."""
    found: set[Template] = set()
    for path in (material.ROOT / "scanner").rglob("*.py"):
        found.update(templates_in(path.read_text(encoding="utf-8")))
    ordered = sorted(found, key=lambda template: (-sum(len(part or "") for part in template), str(template)))
    return tuple(
        re.compile("".join(_PLACEHOLDER if part is None else re.escape(part.strip("\n")) for part in template), re.S)
        for template in ordered
    )


@cache
def is_printed(text: str) -> bool:
    """Whether the program can print `text`: a template matches it, and each placeholder holds data or such a text."""
    for pattern in patterns():
        found = pattern.fullmatch(text)
        if found and all(part in foreign() or _DATA.fullmatch(part) or is_printed(part) for part in found.groups()):
            return True
    return False
