"""The result of one request to one address: a closed set, so that reports can count every address."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The result of one request to one address. The reference shows the comments."""

    ANSWERED = "answered"  # a response arrived and was read; an HTTP 401 is one
    NO_ANSWER = "no-answer"  # no response within the deadline
    REFUSED = "refused"  # the host rejected the request: ICMP port unreachable or TCP RST
    UNREACHABLE = "unreachable"  # a router or the kernel rejected it: ICMP host or net unreachable, EHOSTUNREACH
    MALFORMED = "malformed"  # a response that cannot be parsed
    OTHER_PROTOCOL = "other-protocol"  # a response in another protocol than the request's
    TIMED_OUT = "timed-out"  # the deadline passed after the first response; what was read is kept
    RATE_LIMITED = "rate-limited"  # the host or the network requires a lower rate
    EXCLUDED = "excluded"  # excluded, passive, or refused by the engine
    WENT_QUIET = "went-quiet"  # the host responded before and then stopped responding
    SKIPPED = "skipped"  # the scan ended (deadline, interrupt) before the request was sent
