"""The functions that decode something, found in the code, and those that the targets reach with their valid inputs."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

from tests.fuzz.judge import judge
from tests.fuzz.material import ROOT
from tests.fuzz.target import Target

#: What turns octets or text into values: the last names of the functions that are called.
PRIMITIVES = frozenset(
    {
        "loads", "load_der_x509_certificate", "decode_json", "convert", "unpack", "unpack_from", "iter_unpack",
        "from_bytes", "ip_address", "ip_network", "IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network",
        "urlsplit", "urlparse", "parse_qs", "parse_qsl", "fromisoformat", "strptime", "b64decode", "decompress",
        "ParserCreate", "reader", "DictReader", "GzipFile", "from_string", "fromhex", "a2b_hex", "literal_eval",
        "raw_decode", "fromstring", "iterparse",
    }
)  # fmt: skip


def decoding(folder: Path = ROOT / "scanner") -> Iterator[str]:
    """`scanner/wire/sip.py:parse` for every function that calls one of the primitives, `msgspec…decode` included."""
    for path in sorted(folder.rglob("*.py")):
        for name, function in _functions(ast.parse(path.read_text(encoding="utf-8")), ""):
            if any(_decodes(node) for node in ast.walk(function)):
                yield f"{path.relative_to(folder.parent)}:{name}"


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    """The functions and methods by their qualified names; one within another one is a part of that."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


def _decodes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    last = called.rpartition(".")[2]
    return last in PRIMITIVES or ("json" in called and last in ("decode", "Decoder"))


def _forget() -> None:
    """Clear the caches of the program and of the targets: what has a result already is not called, and the threads of
    an application that was made before are not profiled.
    """
    for name, module in list(sys.modules.items()):
        for one in vars(module).values() if name.startswith(("scanner.", "tests.fuzz.targets.")) else ():
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def reached(targets: Iterable[Target]) -> set[str]:
    """The functions of `scanner/` that the valid inputs of targets call, in any thread."""
    codes = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            codes.add(frame.f_code)

    _forget()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        for target in targets:
            for data in target.seeds():
                judge(target, data)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    prefix = f"{ROOT}/"
    found = {(code.co_filename, code.co_qualname.partition(".<locals>")[0]) for code in codes}
    return {
        f"{name.removeprefix(prefix)}:{function}" for name, function in found if name.startswith(f"{prefix}scanner/")
    }
