"""Parsers of untrusted text are called behind their bounds alone: a walk over the source finds every other call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SCANNER = Path(__file__).resolve().parents[1] / "scanner"

#: Parsers, as they are called, and the modules that bound what they are given.
DOORS: dict[str, set[str]] = {
    "tomli.loads": {"core/bounded.py"},
    "tomli.load": set(),
    "tomllib.loads": set(),
    "tomllib.load": set(),
    "json.load": set(),
    "json.loads": {"core/bounded.py"},
    "json.decode": set(),
    "json.Decoder": set(),
    "json.JSONDecoder": {"reading/lldpctl_json.py"},  # of a document of at most `LIMIT` octets
    "msgspec.json.decode": {"core/bounded.py"},
    "msgspec.json.Decoder": {"core/bounded.py"},
    "csv.reader": {"core/csvtext.py", "web/csv_cells.py"},  # the second one of at most `LONGEST` of our own octets
    "csv.DictReader": set(),
    "expat.ParserCreate": {"core/xmlparts.py"},
    "ElementTree.parse": set(),
    "ElementTree.fromstring": set(),
    "ElementTree.iterparse": set(),
    "ElementTree.XML": set(),
    "yaml.load": set(),
    "yaml.safe_load": set(),
    "pickle.load": {"testing/process.py"},  # of our own child process, as the next one
    "pickle.loads": {"engine/workers/child.py"},
    "ast.literal_eval": set(),
    "literal_eval": set(),
    "eval": set(),
    "exec": set(),
}
#: Names of parsers that must not be imported by themselves, since a call would not show where they come from.
ALONE = {name.rpartition(".")[2] for name in DOORS if "." in name} - {"load", "parse", "reader"}
ALONE_OF = {"tomli", "tomllib", "json", "msgspec.json", "csv", "xml.etree.ElementTree", "xml.parsers.expat", "pickle"}


def calls(tree: ast.AST) -> Iterator[str]:
    """Every parser that a module calls, refers to, or imports by itself."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)) and (name := ast.unparse(node)) in DOORS:
            yield name
        if isinstance(node, ast.ImportFrom) and node.module in ALONE_OF:
            yield from (f"{node.module}.{each.name}" for each in node.names if each.name in ALONE)
            yield from (f"{node.module} as {each.asname}" for each in node.names if each.asname)
        if isinstance(node, ast.Import):
            yield from (f"{each.name} as {each.asname}" for each in node.names if each.asname and each.name in ALONE_OF)


def test_every_parser_of_untrusted_text_is_behind_its_bounds() -> None:
    found = {
        (name, path.relative_to(SCANNER).as_posix())
        for path in SCANNER.rglob("*.py")
        for name in calls(ast.parse(path.read_text(encoding="utf-8")))
    }
    allowed = {(name, module) for name, modules in DOORS.items() for module in modules}
    assert found - allowed == set()
    assert {("tomli.loads", "core/bounded.py"), ("expat.ParserCreate", "core/xmlparts.py")} <= found


#: Modules whose functions compile patterns that are put together, and of what.
PATTERNS = {
    "core/patterns.py",  # the door
    "identity/shadows.py",  # patterns of rules that the door compiled, taken apart
    "identity/vocabulary.py", "compliance/pages.py", "discovery/switches/values.py",  # words
    "reading/registrar/blocks.py",  # escaped labels
    "reading/csvrows.py", "settings/secrets.py", "cli/doctor/bundle.py", "core/xmlparts.py",  # escaped text
    "reports/folding.py", "testing/hostile_sip.py", "reading/console/tables.py",  # constants
    "reading/console/prompts.py",  # the escaped name of a host
}  # fmt: skip
USES = {
    f"re.{name}" for name in ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
}


def patterns(tree: ast.AST) -> Iterator[str]:
    """Each pattern that a function gives to the engine and that is not written there whole."""
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in USES:
                first = (*node.args, *(each.value for each in node.keywords))[0]
                if not isinstance(first, ast.Constant):
                    yield ast.unparse(first)


def test_every_pattern_of_others_is_compiled_behind_its_bounds() -> None:
    found = {
        path.relative_to(SCANNER).as_posix()
        for path in SCANNER.rglob("*.py")
        if any(patterns(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == PATTERNS


def test_a_pattern_that_is_not_written_in_a_function_is_found() -> None:
    used = ("re.compile(x)", "re.sub(f'{x}', '', y)", "re.match(pattern=x, string=y)", "re.split('a', x)")
    code = "".join(f"    {call}\n" for call in used)
    assert list(patterns(ast.parse(f"def f(x):\n{code}"))) == ["x", "f'{x}'", "x"]


@pytest.mark.parametrize(
    "code",
    [
        "import tomllib\ntomllib.loads(x)", "import json\nread = json.loads", "from json import loads",
        "import json as j",
        "import msgspec\nmsgspec.json.Decoder(int)", "from msgspec import json\njson.decode(b'')", "eval('1')",
        "from xml.etree import ElementTree\nElementTree.fromstring(x)", "from msgspec.json import decode",
    ],
)  # fmt: skip
def test_a_call_in_any_spelling_is_found(code: str) -> None:
    assert list(calls(ast.parse(code)))
