"""Contacts of a registrar → observations of the phones behind them.

Each phone has its own address in its LAN. An address at which contacts of several phones are is that of a NAT router
or of an SBC and identifies none of them: those phones are known by their mac, or by another address that their messages
contain. So contacts are held until the file has ended, or `HELD` of them have followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from msgspec import Struct

from scanner.core.model import Observation
from scanner.core.text import amount, bounded
from scanner.reading.items import Context, Item, Problem
from scanner.reading.registrar.contact import RegisteredContact
from scanner.reading.registrar.location import host, place

#: Most contacts that are held, and most characters of them; most addresses that are remembered.
HELD, CHARACTERS, ADDRESSES = 20_000, 8 << 20, 100_000
#: Most addresses of record of one phone, gateway or DECT base at one address; with more of them it is an SBC's.
AORS = 48
#: Longest User-Agent, in characters, and most observations that are remembered in order to yield each once.
AGENT, KEPT = 512, 100_000


class _Registered(Struct, frozen=True, gc=False):
    """What is held of a contact."""

    agent: str
    addresses: tuple[str, ...]
    mac: str | None
    aor: str
    received: str
    call: str
    time: str
    of_browser: bool


class _Address:
    """What is at an address: what is compared of the first contact, and how many addresses of record are.

    User-Agents and addresses of record are kept as their hashes: a file may have a hundred thousand of them.
    """

    __slots__ = ("agent", "aor", "call", "mac", "more", "received", "shared")

    def __init__(self, first: _Registered) -> None:
        self.agent, self.aor = hash(first.agent), hash(first.aor)
        self.mac, self.received, self.call = first.mac, first.received, first.call
        self.more: set[int] | None = None
        self.shared = False

    def add(self, other: _Registered) -> None:
        """Note a further contact."""
        if hash(other.aor) != self.aor:
            self.more = self.more or set()
            if len(self.more) < AORS:
                self.more.add(hash(other.aor))
        many = self.more is not None and len(self.more) >= AORS
        self.shared = self.shared or many or self.differs(other)
        if not self.agent and other.agent:
            self.agent, self.aor = hash(other.agent), hash(other.aor)

    def differs(self, other: _Registered) -> bool:
        """Whether a contact is of another phone than the first one: its mac, path or User-Agent differs.

        The lines of a phone have one User-Agent, which lists may leave out. Two of one address of record are those
        before and after an upgrade.
        """
        if self.mac and other.mac:
            return self.mac != other.mac
        if self.received and other.received and self.received != other.received:
            return True
        if self.call and other.call and self.call != other.call:
            return self.aor != hash(other.aor)
        known = self.agent and other.agent
        return bool(known) and self.agent != hash(other.agent) and self.aor != hash(other.aor)


class Attribution:
    """The contacts of one file, and what their addresses are."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._source = f"registrar {context.name}"
        self._held: deque[_Registered] = deque()
        self._size = 0
        self._at: dict[str, _Address] = {}
        self._yielded: dict[int, str] = {}
        self.current = self.ended = self.unresolved = 0

    def add(self, contact: RegisteredContact) -> Iterator[Observation]:
        """Take a contact; yields observations of earlier ones."""
        if contact.ended:
            self.ended += 1
            return
        self.current += 1
        registered = self._registered(contact)
        if registered.addresses:
            self._note(registered.addresses[0], registered)
        self._held.append(registered)
        self._size += len(registered.agent) + len(registered.aor) + 400
        while len(self._held) > HELD or self._size > CHARACTERS + 400 * HELD:
            if found := self._next():
                yield found

    def rest(self) -> Iterator[Item]:
        """The observations of the contacts that are held, and the problems of all."""
        while self._held:
            if found := self._next():
                yield found
        if self.unresolved:
            what = f"{amount(self.unresolved, 'contact')} without a mac or an address of one phone alone"
            yield Problem(0, f"{what}: behind NAT or an SBC, and cannot be distinguished")
        if self.ended:
            what = f"{amount(self.ended, 'contact')} had expired at {self._context.time}: not current"
            advice = "" if self.current else "; if the file is of an earlier time, state it with --at"
            yield Problem(0, what + advice, missing=not self.current)

    def _registered(self, contact: RegisteredContact) -> _Registered:
        found, received = place(contact, self._context), contact.received
        return _Registered(
            bounded(contact.agent[: AGENT * 2], AGENT),
            found.addresses,
            found.mac,
            bounded(contact.aor or contact.contact, 128),
            received if not received or received in found.addresses else host(received),
            found.called,
            contact.time or self._context.time,
            "transport=ws" in contact.contact.lower(),
        )

    def _note(self, address: str, registered: _Registered) -> None:
        known = self._at.get(address)
        if known is not None:
            known.add(registered)
        elif len(self._at) < ADDRESSES:
            self._at[address] = _Address(registered)

    def _next(self) -> Observation | None:
        """The observation of the contact that is held longest; None where it has no phone, or another one's."""
        one = self._held.popleft()
        self._size -= len(one.agent) + len(one.aor) + 400
        address = self._own_address(one)
        if address is None and one.mac is None:
            self.unresolved += not one.of_browser
            return None
        field, value = ("sip.user-agent", one.agent) if one.agent else ("sip.contact", f"<sip:{address or 'unknown'}>")
        subject = hash((address, one.mac, value))
        before = self._yielded.get(subject)
        if before is not None and before >= one.time:
            return None
        if before is not None or len(self._yielded) < KEPT:
            self._yielded[subject] = one.time
        return Observation(time=one.time, ip=address, mac=one.mac, field=field, value=value, source=self._source)

    def _own_address(self, one: _Registered) -> str | None:
        """The address that is the phone's alone."""
        for number, address in enumerate(one.addresses):
            known = self._at.get(address)
            if known is None:
                self._note(address, one)
                return address
            if not known.shared and (not number or not known.differs(one)):
                return address
        return None


def observations(contacts: Iterable[RegisteredContact | Problem], context: Context) -> Iterator[Item]:
    """Observations of the phones of the contacts, and the problems."""
    attribution = Attribution(context)
    for contact in contacts:
        if isinstance(contact, Problem):
            yield contact
        else:
            yield from attribution.add(contact)
    yield from attribution.rest()
