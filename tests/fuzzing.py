"""Property tests that every parser must have: arbitrary bytes, damaged bytes, every truncation.

A package derives the list of its parsers (`parsers`), describes each by a `Property`, and runs `check` on inputs of
`hostile` and on `truncations`. A parser without a property fails the test of the package that compares both.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from hypothesis import strategies as st

from scanner.core.errors import WireError


class Property(NamedTuple):
    """How a parser is called with bytes, a valid input, and what holds for every result, as a sentence and as a check.

    `holds(data, result)` is called for every input that the parser does not refuse with WireError.
    """

    parse: Callable[[bytes], Any]
    sample: bytes
    invariant: str
    holds: Callable[[bytes, Any], bool]


def parsers(module: ModuleType, inputs: frozenset[str]) -> Iterator[str]:
    """Names of the public functions of a module with a parameter of one of the types `inputs` that do not return bytes.

    A function that another one has built counts for the module that names it.
    """
    for name, function in vars(module).items():
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if function.__module__ == module.__name__ or "<locals>" in function.__qualname__:
            *parameters, returned = [*function.__annotations__.values()]
            if inputs & set(parameters) and returned != "bytes":
                yield f"{module.__name__}.{name}"


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Every module of a package, sub-packages included."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield import_module(found.name)


def hostile(sample: bytes) -> st.SearchStrategy[bytes]:
    """Arbitrary bytes, bytes after the start of `sample`, and `sample` with up to six bytes changed."""
    arbitrary = st.binary(max_size=400)
    cuts = st.integers(0, len(sample))
    spliced = st.tuples(cuts, arbitrary).map(lambda parts: sample[: parts[0]] + parts[1])
    changes = st.lists(st.tuples(st.integers(0, len(sample) - 1), st.integers(0, 255)), max_size=6)
    return arbitrary | spliced | changes.map(lambda pairs: _changed(sample, pairs))


def _changed(sample: bytes, pairs: list[tuple[int, int]]) -> bytes:
    octets = bytearray(sample)
    for place, octet in pairs:
        octets[place] = octet
    return bytes(octets)


def truncations(sample: bytes) -> Iterator[bytes]:
    """Every proper prefix of `sample`, shortest first."""
    return (sample[:length] for length in range(len(sample)))


def check(wanted: Property, data: bytes) -> None:
    """Assert that a parser refuses `data` with one WireError within it, or returns what the property demands."""
    refused: WireError | None = None
    try:
        result = wanted.parse(data)
    except WireError as error:
        refused = error
    if refused is not None:
        assert 0 <= refused.offset <= len(data), f"{refused}, which has {len(data)} bytes: {data!r}"
    else:
        assert wanted.holds(data, result), f"{wanted.invariant}: {data!r} gives {result!r}"
