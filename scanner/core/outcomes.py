"""How one attempt to learn something ended: a closed set, so that reports can count every address."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The end of one question to one address."""

    ANSWERED = "answered"
    NO_ANSWER = "no-answer"  # nothing came back within the deadline
    REFUSED = "refused"  # the host is there and says no: ICMP port unreachable, TCP RST, 401 is ANSWERED
    UNREACHABLE = "unreachable"  # a router or the kernel says no: ICMP host/net unreachable, EHOSTUNREACH
    MALFORMED = "malformed"  # an answer that cannot be read
    OTHER_PROTOCOL = "other-protocol"  # an answer in another protocol than asked
    TIMED_OUT = "timed-out"  # it answered, then ran into its deadline; what was read is kept
    RATE_LIMITED = "rate-limited"  # the host or the network asked us to slow down
    EXCLUDED = "excluded"  # excluded, passive, or refused by the engine
    WENT_QUIET = "went-quiet"  # it answered, and then no more, while it was being asked
    SKIPPED = "skipped"  # the scan ended (deadline, interrupt) before its turn
