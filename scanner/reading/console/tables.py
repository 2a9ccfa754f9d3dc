"""The tables of consoles that are read. A new one is a module with a `TABLE` and a line in `TABLES`.

A table is recognized by a line that it has at its start, whatever system it is of, so that a capture without prompts is
read as well. Its reader gets the lines from that one on, up to the next prompt, heading of a host, or other table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple, cast

from scanner.reading.console.switch import Switch
from scanner.reading.items import Context, Item

#: The modules of the tables, in the order in which their signatures are tried.
TABLES: tuple[str, ...] = (
    "device_sensor",
    "comware_list",
    "mikrotik",
    "details",
    "sessions",
    "power",
    "summaries",
    "arp",
    "macs",
    "switchports",
)


class ConsoleSection(NamedTuple):
    """The output of one command: its switch, the command ("" where the file shows none), numbered lines.

    `lines` can be read once; what a reader leaves of them is skipped.
    """

    switch: Switch
    command: str
    lines: Iterator[tuple[int, str]]


class ConsoleTable(NamedTuple):
    """One table: its name, regular expressions that match (from its start) the line with which it begins, its reader.

    `commands`, where it is not empty, matches commands whose output is read from its first line on, whatever it is.
    """

    name: str
    signatures: tuple[str, ...]
    read: Callable[[ConsoleSection, Context], Iterator[Item]]
    commands: str = ""
    #: Matches (from its start) rows of the table that begin nothing else: they are most lines of a large file.
    rows: re.Pattern[str] | None = None


@cache
def tables() -> dict[str, ConsoleTable]:
    """Every table by its name, in the order in which they are tried."""
    names = [*TABLES, "templates"] if find_spec("ntc_templates") and find_spec("textfsm") else TABLES
    found = [cast(ConsoleTable, import_module(f"scanner.reading.console.{name}").TABLE) for name in names]
    return {table.name: table for table in found}


class Signatures:
    """The signatures of all tables as one expression."""

    def __init__(self) -> None:
        self._tables = list(tables().values())
        groups = ("|".join(f"(?:{one})" for one in table.signatures) for table in self._tables)
        self._begins = re.compile("|".join(f"({group})" for group in groups))
        self._commands = [(re.compile(table.commands), table) for table in self._tables if table.commands]

    def of_line(self, line: str) -> ConsoleTable | None:
        """The table that begins with this line."""
        found = self._begins.match(line)
        return None if found is None else self._tables[(found.lastindex or 1) - 1]

    def of_command(self, command: str) -> ConsoleTable | None:
        """The table whose command this is."""
        return next((table for form, table in self._commands if form.search(command)), None)
