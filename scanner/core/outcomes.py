"""The result of one request to one address: a closed set, so that reports can count every address."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """The result of one request to one address. The reference shows the comments."""

    ANSWERED = "answered"  # a response arrived and was read; an HTTP 401 is one
    NO_ANSWER = "no-answer"  # no response within the deadline
    REFUSED = "refused"  # the host rejected the request: ICMP port unreachable or TCP RST
    UNREACHABLE = "unreachable"  # a router or the kernel rejected it: ICMP host or net unreachable, EHOSTUNREACH
    MALFORMED = "malformed"  # a response that cannot be parsed
    OTHER_PROTOCOL = "other-protocol"  # a response in another protocol than the request's
    TIMED_OUT = "timed-out"  # the deadline passed after the first response; what was read is kept
    TRUNCATED = "truncated"  # more was received than is read of one host; what was read before is kept
    RATE_LIMITED = "rate-limited"  # the host or the network requires a lower rate
    EXCLUDED = "excluded"  # excluded, passive, or refused by the engine
    WENT_QUIET = "went-quiet"  # the host responded before and then stopped responding
    SKIPPED = "skipped"  # the scan ended (deadline, interrupt, lost network) before the request was sent
    NOT_SENT = "not-sent"  # this host did not send the request: its kernel or a limit of the process did not permit it


class LostOutcome(NamedTuple):
    """What an outcome means for a scan that could not cover an address: the words of its line, and what mends it."""

    words: str
    mended: str


#: Outcomes with which an address or a part of a host is not covered. Where one is recorded, the scan is `partial`.
LOST: dict[Outcome, LostOutcome] = {
    Outcome.NO_ANSWER: LostOutcome("without a response that was expected", "the next scan"),
    Outcome.UNREACHABLE: LostOutcome("unreachable", "the next scan, once there is a route"),
    Outcome.TIMED_OUT: LostOutcome("not complete in time", "the next scan, with a longer --timeout"),
    Outcome.TRUNCATED: LostOutcome("sent more than is read of one host", "nothing: what was read before is kept"),
    Outcome.RATE_LIMITED: LostOutcome("limited by the host or the network", "the next scan, with a lower --rate"),
    Outcome.WENT_QUIET: LostOutcome("stopped responding", "the next scan"),
    Outcome.SKIPPED: LostOutcome("the scan ended early", "--resume"),
    Outcome.NOT_SENT: LostOutcome("could not be sent to", "the next scan, once this host permits it"),
}
#: The other outcomes: the address was covered, or was not to be.
KEPT: frozenset[Outcome] = frozenset(
    {Outcome.ANSWERED, Outcome.REFUSED, Outcome.MALFORMED, Outcome.OTHER_PROTOCOL, Outcome.EXCLUDED}
)
