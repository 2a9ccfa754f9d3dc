"""Lines of a byte stream, whatever the sizes of the parts in which they arrive."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.reading.lines import exact

LIMIT = 8
_LINE = st.text("ab\r \t", max_size=2 * LIMIT).map(lambda text: text.rstrip("\r").encode())


class Parts(io.RawIOBase):
    """Octets that are read in parts of these sizes, and of one octet after them."""

    def __init__(self, data: bytes, sizes: Sequence[int]) -> None:
        self.data, self.sizes = data, list(sizes)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        size = min(len(view), self.sizes.pop(0) if self.sizes else 1)
        part, self.data = self.data[:size], self.data[size:]
        view[: len(part)] = part
        return len(part)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@given(st.lists(_LINE, max_size=12), st.lists(st.integers(1, 30), max_size=20), st.booleans(), st.booleans())
def test_lines_are_those_of_the_whole_text(
    end: bytes, texts: list[bytes], sizes: list[int], marked: bool, ended: bool
) -> None:
    inner = (text.replace(b"\r", b" ") if end == b"\r" else text for text in texts)
    texts = [b"first", *inner, *([] if ended else [b"last"])]
    data = (b"\xef\xbb\xbf" if marked else b"") + end.join(texts) + (end if ended else b"")
    expected = [(number, text if len(text) <= LIMIT else None) for number, text in enumerate(texts, 1)]
    for stream in (io.BytesIO(data), io.BufferedReader(Parts(data, sizes), 4)):
        assert list(exact(cast(BinaryIO, stream), LIMIT)) == expected
