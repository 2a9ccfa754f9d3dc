"""Readers of files of other tools: they yield the same observations as a live discovery.

Each format is one module with a `FORMAT`; `detect.FORMATS` lists them, and `detect` chooses one by the content of a
file. Readers stream: their memory does not grow with the file. A part that cannot be read is yielded as a `Problem`,
and reading continues.
"""

from scanner.reading.items import Context, Format, Item, Problem

__all__ = ["Context", "Format", "Item", "Problem"]
