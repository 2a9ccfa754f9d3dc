"""`python -m tests.discovery.toys NAME WORDS...`: phonescan with one toy protocol added, as a change of three places.

`--loopback` before WORDS makes 127.0.0.1 our own address on a link, for a multicast request without a network.
"""

from __future__ import annotations

import sys
from importlib import import_module

from scanner.cli.group import phonescan
from scanner.core import fields
from scanner.discovery import registry


def main(name: str, *words: str) -> None:
    """Add the toy of this name and run a command."""
    toy = import_module(f"tests.discovery.toys.{name}")
    registry.MODULES = (*registry.MODULES, toy)  # the line of the registry
    fields.FIELDS |= {row.name: row for row in toy.FIELDS}  # the rows of the fields
    if words[0] == "--loopback":
        from scanner.engine import parts

        parts.own_addresses = lambda network, groups: ("127.0.0.1",)
        words = words[1:]
    phonescan.main(list(words))


if __name__ == "__main__":
    main(*sys.argv[1:])
