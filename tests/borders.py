"""The import graph of the package and what its modules reach for; `python -m tests.borders` prints what is wrong."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "scanner"

#: Every room with the rooms that it may import. A room that is not here fails; none is exempt.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    room: tuple(rooms.split())
    for room, rooms in {
        "core": "",
        "version": "",
        "data": "core",
        "wire": "core",
        "firmware": "core",
        "discovery": "core version wire",
        "reading": "core wire discovery",
        "engine": "core wire discovery",
        "identity": "core data firmware",
        "compliance": "core data firmware identity",
        "inventory": "core firmware identity compliance",
        "reports": "core version",
        "settings": "core compliance",
        "netbox": "core engine reports",
        "notify": "core engine inventory",
        "app": "core wire discovery reading engine identity compliance inventory reports netbox settings",
        "testing": "core",
        "api": "core reading identity compliance inventory app",
        "schedule": "core engine compliance inventory reports settings notify app",
        "web": "core version inventory reports app",
        "cli": "core version discovery reading engine identity compliance inventory reports "
        "netbox settings notify app testing schedule web",
        "scanner": "version inventory api",
        "__main__": "cli",
    }.items()
}

#: What a module reaches for, and the rooms that may. Names are of modules that are imported, or calls.
REACHES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    what: (frozenset(names.split()), frozenset(rooms.split()))
    for what, names, rooms in (
        (
            "sockets",
            "socket requests urllib3 smtplib http.client pysnmp socketserver uvicorn",
            "engine testing web",
        ),
        ("scapy", "scapy", "reading"),
        ("SQL", "sqlite3 sqlite_utils", "inventory"),
        (
            "the clock",
            "datetime.now datetime.utcnow datetime.today date.today time.time time.time_ns time.localtime time.gmtime",
            "api cli testing",
        ),
        ("the environment", "os.environ os.environb os.getenv os.getenvb os.putenv", "settings cli testing"),
        ("click", "click", "cli"),
    )
}
_STATEMENTS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE FROM ", "CREATE TABLE ", "WITH ")


@cache
def modules() -> dict[str, Path]:
    """Every module of the package: dotted name → file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "_fingerprints" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room(module: str) -> str:
    """The room of a module: the first name below the package; `scanner` for the package itself."""
    return module.split(".")[1] if "." in module else module


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of the package that a module imports, also inside of functions and for types alone."""
    return frozenset(_imported(tree(module), modules())) - {module}


def imported(text: str) -> set[str]:
    """The modules of the package that a source text imports."""
    return set(_imported(ast.parse(text), modules()))


def used(text: str) -> set[str]:
    """The modules that a source text imports, and the names of two parts in it, such as `time.time`."""
    return set(_used(ast.parse(text)))


def _imported(parsed: ast.AST, known: Iterable[str]) -> Iterator[str]:
    for node in ast.walk(parsed):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in known)
            case ast.ImportFrom(module=str(origin), names=names):
                for alias in names:
                    inner = f"{origin}.{alias.name}"
                    if inner in known:
                        yield inner
                    elif origin in known:
                        yield origin
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(name)), *_]) if name in known:
                yield name


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan 1972), each and all of them sorted."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            place = stack.index(node)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return sorted(found)


def arrows_up() -> list[str]:
    """Imports of a room that the importing room may not import."""
    return [
        f"{module} imports {other}"
        for module in modules()
        for other in sorted(imports(module))
        if room(other) != room(module) and room(other) not in MAY_IMPORT.get(room(module), ())
    ]


def reaches() -> list[str]:
    """Uses of sockets, SQL, clock, environment and click in rooms that may not."""
    found = []
    for module in modules():
        used = set(_used(tree(module)))
        for what, (names, rooms) in REACHES.items():
            if room(module) not in rooms:
                found += [f"{module} uses {what}: {name}" for name in sorted(used & names)]
        if room(module) not in REACHES["SQL"][1]:
            found += [f"{module} holds SQL: {text[:60]}" for text in _statements(tree(module))]
    return found


def _used(parsed: ast.AST) -> Iterator[str]:
    """Top-level names of what is imported, and dotted names of two parts, such as `time.time`."""
    for node in ast.walk(parsed):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield alias.name
                    yield alias.name.partition(".")[0]
            case ast.ImportFrom(module=str(origin), names=names):
                yield origin
                yield origin.partition(".")[0]
                yield from (f"{origin}.{alias.name}" for alias in names)
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
                yield f"{owner}.{name}"


def _statements(parsed: ast.AST) -> Iterator[str]:
    documented = {id(text) for node in ast.walk(parsed) if (text := _docstring(node)) is not None}
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            text = node.value.lstrip()
            if text.startswith(_STATEMENTS) and any(word in text for word in (" FROM ", " INTO ", " SET ", " TABLE ")):
                yield text


def _docstring(node: ast.AST) -> ast.Constant | None:
    match node:
        case (
            ast.Module(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
        ):
            return text
    return None


def twice_named_classes() -> list[str]:
    """Classes of one name in several modules."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules():
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(module)
    return [f"{name}: {', '.join(places)}" for name, places in sorted(found.items()) if len(places) > 1]


def first_lines() -> list[tuple[str, str]]:
    """Every module with the first line of its docstring, empty where there is none."""
    return [(module, (ast.get_docstring(tree(module)) or "").partition("\n")[0]) for module in modules()]


def unclear_first_lines() -> list[str]:
    """Modules without a first line, and first lines that stand in several modules."""
    found: dict[str, list[str]] = defaultdict(list)
    for module, line in first_lines():
        found[line].append(module)
    missing = [f"{module} has no docstring" for module in found.pop("", [])]
    return missing + [f"{', '.join(places)}: {line}" for line, places in found.items() if len(places) > 1]


def graph() -> dict[str, frozenset[str]]:
    """The import graph of the package."""
    return {module: imports(module) for module in modules()}


if __name__ == "__main__":
    for title, lines in (
        ("circles", [" ↔ ".join(circle) for circle in circles(graph())]),
        ("imports of a room that is not below", arrows_up()),
        ("reaches", reaches()),
        ("class names that stand twice", twice_named_classes()),
        ("first lines", unclear_first_lines()),
    ):
        print(f"{title}: {len(lines)}")
        for line in lines:
            print(f"  {line}")
