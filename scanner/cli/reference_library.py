"""The reference of the library and of the testing package, from signatures and docstrings."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable
from types import ModuleType


def pages() -> dict[str, str]:
    """The two pages: file name → Markdown."""
    import scanner
    from scanner import testing
    from scanner.core import model
    from scanner.inventory import Knowledge, Summary

    nouns = (model.Observation, model.Identity, model.Evidence, model.Assessment, Knowledge, Summary)
    library = [
        "# Library\n",
        "The nouns are those of the commands. How to use them is in [Use it as a library](../how-to/library.md).\n",
        *_entries("scanner", scanner, (name for name in scanner.__all__ if not name.startswith("__"))),
        "## Records\n",
        *(_entry(noun.__name__, noun, "###") for noun in nouns),
    ]
    testers = [
        "# scanner.testing\n",
        f"{textwrap.dedent(testing.__doc__ or '').strip()}\n",
        *_entries("scanner.testing", testing, testing.__all__),
    ]
    return {"library.md": "\n".join(library), "testing.md": "\n".join(testers)}


def _entries(home: str, module: ModuleType, names: Iterable[str]) -> list[str]:
    return [_entry(f"{home}.{name}", getattr(module, name), "##") for name in names]


def _entry(name: str, thing: object, mark: str) -> str:
    """One name: its signature, or its value, and what its docstring says."""
    if not callable(thing):
        return f"{mark} {name}\n\n```python\n{name.rpartition('.')[2]} = {thing!r}\n```\n"
    parts = [f"{mark} {name}\n\n```python\n{_signature(name.rpartition('.')[2], thing)}\n```\n\n{_words(thing)}\n"]
    if inspect.isclass(thing):
        parts += [
            f"`{method}{_bare(function)}`: {_words(function).splitlines()[0]}\n"
            for method, function in inspect.getmembers(thing, inspect.isroutine)
            if not method.startswith("_") and method in _own(thing) and inspect.getdoc(function)
        ]
    return "\n".join(parts)


def _own(thing: type) -> set[str]:
    return {name for base in thing.__mro__ if base.__module__.startswith("scanner") for name in vars(base)}


def _bare(thing: object) -> str:
    """The parameters without their types."""
    signature = inspect.signature(thing)  # type: ignore[arg-type]
    plain = [one.replace(annotation=one.empty) for one in signature.parameters.values() if one.name != "self"]
    return f"({', '.join(_parameters(plain))})"


def _signature(name: str, thing: object) -> str:
    """The signature as it would be written, one parameter a line where it is long."""
    try:
        signature = inspect.signature(thing)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name
    parameters = _parameters(signature.parameters.values())
    gives = signature.return_annotation
    returns = "" if inspect.isclass(thing) or gives is signature.empty else f" -> {_kind(gives)}"
    whole = f"{name}({', '.join(parameters)}){returns}"
    if len(whole) <= 100:
        return whole
    return f"{name}(\n" + "".join(f"    {one},\n" for one in parameters) + f"){returns}"


def _parameters(signature: Iterable[inspect.Parameter]) -> list[str]:
    parameters, keywords = [], False
    for one in signature:
        if one.kind is one.KEYWORD_ONLY and not keywords:
            keywords = True
            parameters.append("*")
        parameters.append(_parameter(one))
    return parameters


def _parameter(one: inspect.Parameter) -> str:
    kind = "" if one.annotation is one.empty else f": {_kind(one.annotation)}"
    if one.default is one.empty:
        return f"{one.name}{kind}"
    default = re.sub(r"<(?:[^<>]|<[^<>]*>)*>|\w+\([^()]{40,}\)+", "…", repr(one.default))
    return f"{one.name}{kind} = {default}"


def _kind(annotation: object) -> str:
    """A type as the source spells it."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__forward_arg__", None)
    return text or inspect.formatannotation(annotation).replace("scanner.core.model.", "")


def _words(thing: object) -> str:
    """The docstring, with indented blocks fenced; a record without one has none worth showing."""
    text = inspect.getdoc(thing) or ""
    if text.startswith(getattr(thing, "__name__", "") + "("):  # made by dataclass or namedtuple
        return ""
    blocks = []
    for block in text.split("\n\n"):
        indented = all(line.startswith("    ") for line in block.splitlines() if line)
        blocks.append(f"```python\n{textwrap.dedent(block)}\n```" if block and indented else block)
    return "\n\n".join(blocks)
