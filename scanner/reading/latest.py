"""The last row of each address in a file to which a server appends: an earlier one is history.

Memory is bounded: where a file has more addresses than are kept, the rows so far are taken, and keeping starts again.
"""

from __future__ import annotations

from collections.abc import Iterator

#: Most addresses, and most octets of their rows, that are kept.
ADDRESSES, OCTETS = 100_000, 32 << 20

#: The number of a row's first line, and its octets.
NumberedRow = tuple[int, bytes]


class LatestRows:
    """Rows by their address; `full` is whether `taken` is to be called."""

    def __init__(self) -> None:
        self._rows: dict[bytes, NumberedRow] = {}
        self._size = 0

    def put(self, address: bytes, number: int, row: bytes) -> bool:
        """Keep a row in place of the earlier one of its address; whether as much is kept as there may be."""
        before = self._rows.get(address)
        self._size += len(row) - (len(before[1]) if before else 0)
        self._rows[address] = number, row
        return self._size > OCTETS or len(self._rows) > ADDRESSES

    def get(self, address: bytes) -> NumberedRow | None:
        """The row of an address."""
        return self._rows.get(address)

    def drop(self, address: bytes) -> None:
        """Forget the row of an address."""
        if before := self._rows.pop(address, None):
            self._size -= len(before[1])

    def taken(self) -> Iterator[NumberedRow]:
        """The rows in the order in which their addresses appeared; none of them is kept any longer."""
        rows, self._rows, self._size = self._rows, {}, 0
        yield from rows.values()
