"""Octets that the network may make the program keep: one budget for each conversation, each agent and each run.

A budget is taken from where bytes come in, before they are kept. It never grows, whatever a peer sends: what does not
fit is refused and counted, and what was taken before stays usable.
"""

from __future__ import annotations

from threading import Lock

#: Octets that one conversation with a host receives over TCP or TLS, handshakes included. The pages that a phone
#: serves in one conversation are a tenth of it.
CONVERSATION = 4 << 20
#: Octets of findings that are kept of one host, and the values of one field. A phone with a page on each of its ports
#: has a tenth.
HOST, HOST_VALUES = 128 << 10, 40
#: Octets of findings that a run keeps of its hosts in progress. Beyond it values are stored, and kept shortened.
RUN = 24 << 20
#: Octets of findings of one link step (multicast requests, DNS-SD), and of one sender in it.
LINK_STEP, LINK_SENDER = 8 << 20, 256 << 10
#: Senders on a link of which something is kept in one link step.
SENDERS = 20_000
#: Octets of the rows that are kept of one SNMP agent, of one column of it (60,000 rows with a short value), and of one
#: value.
AGENT, COLUMN, CELL = 12 << 20, 11 << 20, 4_096
#: Octets that any agent may have while others are read; agents with more are read `LARGE_AGENTS` at once.
AGENT_SHARE, LARGE_AGENTS = 512 << 10, 2


#: Octets that Python takes for one kept text or tuple apart from its characters.
OBJECT = 100


def octets_of(text: str | bytes) -> int:
    """About how many octets a kept text takes in memory."""
    return OBJECT + (len(text) if text.isascii() or isinstance(text, bytes) else 4 * len(text))


class BudgetSpent(Exception):
    """A peer sends more than is read of it: nothing more is received, what was received stays usable."""


class ByteBudget:
    """Octets that may still be kept, of at most `limit`, and of `parent`'s where there is one. Any thread may take."""

    __slots__ = ("_lock", "_parent", "left", "limit", "refused")

    def __init__(self, limit: int, parent: ByteBudget | None = None) -> None:
        self.limit = self.left = limit
        #: How often something was refused.
        self.refused = 0
        self._parent = parent
        self._lock = Lock()

    def take(self, octets: int) -> bool:
        """Take `octets`; False, with nothing taken, where they do not fit."""
        with self._lock:
            if octets > self.left or (self._parent is not None and not self._parent.take(octets)):
                self.refused += 1
                return False
            self.left -= octets
            return True

    def give_back(self, octets: int) -> None:
        """Return octets whose values were dropped."""
        with self._lock:
            self.left += octets
        if self._parent is not None:
            self._parent.give_back(octets)


class SenderBudgets:
    """The budget of what arrives from any sender on a link: so much of each, and so much in all.

    A sender beyond `SENDERS` gets nothing: addresses of senders can be forged.
    """

    __slots__ = ("_all", "_each", "_of_each")

    def __init__(self, of_all: int, of_each: int) -> None:
        self._all, self._of_each = ByteBudget(of_all), of_each
        self._each: dict[str, ByteBudget] = {}

    @property
    def refused(self) -> int:
        """How many senders had something refused, and one where there were too many of them."""
        return sum(1 for one in self._each.values() if one.refused) + bool(len(self._each) >= SENDERS)

    def take(self, sender: str, octets: int) -> bool:
        """Take so many octets for a sender; False where they do not fit."""
        own = self._each.get(sender)
        if own is None:
            if len(self._each) >= SENDERS:
                return False
            own = self._each[sender] = ByteBudget(self._of_each, self._all)
        return own.take(octets)
