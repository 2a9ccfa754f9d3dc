"""Detects frames that a sender repeats: a phone repeats its announcement, an invented sender occurs once. Pure.

A flood that repeats its frames does so at once, since its senders are few compared with its rate; phones do after a
second or more (IEEE 802.1AB 9.2.5.5: msgFastTx). The content of a frame is not trusted, it is only compared.
"""

from __future__ import annotations

import mmap

#: Frames that are kept, four octets for each, and where there is no memory for them. A newer frame takes the
#: place of an older one, by its hash.
PLACES, FEW_PLACES = 1 << 22, 1 << 16
#: Seconds between two equal frames that make a repetition, at least and at most.
AT_LEAST, AT_MOST = 0.75, 180.0
#: Parts of a second in which times are stored, and the bits of times.
_PARTS, _TIME = 8, (1 << 14) - 1


class Repetition:
    """The frames of the last minutes, in 16 MiB of which only what is used takes memory."""

    def __init__(self) -> None:
        try:
            memory = mmap.mmap(-1, PLACES * 4)
        except OSError:
            memory = mmap.mmap(-1, FEW_PLACES * 4)
        self._places = memoryview(memory).cast("I")

    def repeated(self, frame: bytes, now: float) -> bool:
        """Whether a frame repeats one of some time ago. `now` is a clock that only goes forward, in seconds."""
        key = hash(frame)
        place, mark = key % len(self._places), (key >> 22 & 0x1FFFF) << 1 | 1
        time = int(now * _PARTS) & _TIME
        before = self._places[place]
        self._places[place] = mark << 14 | time
        return before >> 14 == mark and AT_LEAST * _PARTS <= (time - before & _TIME) <= AT_MOST * _PARTS
