"""Files of other tools → observations: the same records that a live discovery gives.

Each format is one module with a `FORMAT`; `detect.FORMATS` lists them and tells by content which one a file has.
Readers stream: what they hold does not grow with the file. What cannot be read comes out as a `Problem` in its
place, and the reading goes on.
"""

from scanner.reading.items import Context, Format, Item, Problem

__all__ = ["Context", "Format", "Item", "Problem"]
