"""The contacts of a dump of lines "label: value", and of a JSON document with an object for each contact."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from scanner.core.text import bounded
from scanner.reading.items import Context, Problem
from scanner.reading.jsonobjects import objects
from scanner.reading.registrar.blocks import VALUE, Labels, blocks, cut, pieces
from scanner.reading.registrar.contact import RegisteredContact

#: The contact that has these values by name, of which the number is the first line.
OfValues = Callable[[int, Mapping[str, str], Context], RegisteredContact]
Found = Iterator[RegisteredContact | Problem]


def of_labels(stream: BinaryIO, labels: Labels, contact: OfValues, context: Context) -> Found:
    """The contacts of a dump of lines; a Problem for one in which the file ends."""
    for block in blocks(pieces(stream), labels):
        if isinstance(block, Problem):
            yield block
        else:
            yield cut(block.number) if block.cut else contact(block.number, block.values, context)


def of_json(
    stream: BinaryIO, wanted: re.Pattern[bytes], names: Mapping[str, str], contact: OfValues, context: Context
) -> Found:
    """The contacts of the innermost objects in which `wanted` occurs; `names` has the members that are read."""
    for found in objects(stream, wanted):
        if isinstance(found, Problem):
            yield found
            continue
        inner = found.members.get("children")  # of the trees of OpenSIPS 2
        members = {**found.members, **inner} if isinstance(inner, dict) else found.members
        values = {
            names[key]: bounded(str(value), VALUE)
            for key, value in members.items()
            if key in names and isinstance(value, (str, int, float))
        }
        yield contact(found.line, values, context)
