"""The modules whose branches guide the inputs: all of the program but the simulated devices and the command line."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator

#: What is instrumented; a module of another package guides nothing.
PACKAGES = ("scanner",)
#: Packages without a parser of foreign input, or that start something when they are imported.
_NOT = ("scanner.testing", "scanner.__main__")


def modules() -> Iterator[str]:
    """The names of the modules."""
    import scanner

    for found in pkgutil.walk_packages(scanner.__path__, "scanner."):
        if not found.name.startswith(_NOT):
            yield found.name
