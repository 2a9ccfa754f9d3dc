"""What is fuzzed: a parser as a function of bytes, valid inputs for it, and what it may refuse an input with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from scanner.core.errors import PhonescanError


class Target(NamedTuple):
    """A parser that reads any bytes, or refuses them with an error of our own.

    `run` raises AssertionError when a result breaks an invariant. `seeds` are valid inputs, from which others are
    derived. `refuses` are the errors with which the caller of this parser reckons; any other escape is a fault.
    """

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    refuses: tuple[type[BaseException], ...] = (PhonescanError,)
    #: The length of the longest input that is drawn, in bytes.
    longest: int = 4096
    #: Threads or event loops are started by `run`, so that it is called in the process of the target alone. Then
    #: `prepare` loads beforehand what all processes can share.
    threads: bool = False
    prepare: Callable[[], object] | None = None
    #: What an input may cost beside the seconds per byte (see `judge`), in seconds of processor time.
    seconds: float = 0.2
