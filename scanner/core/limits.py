"""The ranges of the numbers that a user sets, each stated once for command line, settings, library and engine."""

from __future__ import annotations

from typing import Literal, NamedTuple

from scanner.core.errors import UsageError

#: The names of the paces: how many packets a second a scan sends, in words.
PaceName = Literal["gentle", "normal", "fast"]


class Range(NamedTuple):
    """The least and the greatest value of a number, both included, and the option that sets it."""

    least: float
    most: float
    option: str

    def checked(self, number: float) -> None:
        """Raise UsageError for a number outside the range."""
        if not self.least <= number <= self.most:
            raise UsageError(f"{self.option} {number:,} is out of range: use {self.least:,} to {self.most:,}")


#: TCP and UDP ports.
PORT = Range(1, 65_535, "--port")
#: Packets a second over all hosts. No Python process sends more than the upper limit.
RATE = Range(1, 1_000_000, "--rate")
#: Retransmissions of a request without a response.
RETRIES = Range(0, 10, "--retries")
#: Seconds to wait for a response.
TIMEOUT = Range(0.05, 60, "--timeout")
#: A port to listen on; 0 takes a free one.
LISTEN_PORT = PORT._replace(least=0)
#: Whole numbers that SQLite stores.
STORED_INTEGER = Range(-(2**63), 2**63 - 1, "number")
#: Due times that `schedule next` lists.
LISTED_TIMES = Range(1, 10_000, "--count")
