"""DHCPv4 messages that clients send (RFC 2131, RFC 2132): header fields and options, read alone.

Contract: `decode` raises WireError when the fixed part is no BOOTP message; a broken option area gives the options
before the fault. Options that occur twice are joined (RFC 3396). Never loops: every option takes an octet.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import bounded
from scanner.wire.cursor import Cursor
from scanner.wire.tlv import Fault, address_text

CLIENT_PORT, SERVER_PORT = 68, 67
COOKIE = bytes.fromhex("63825363")
#: Message types that a client sends (RFC 2132 9.6).
DISCOVER, REQUEST, DECLINE, RELEASE, INFORM = 1, 3, 4, 7, 8

HOST_NAME, REQUESTED_ADDRESS, MESSAGE_TYPE, SERVER_IDENTIFIER, PARAMETERS = 12, 50, 53, 54, 55
VENDOR_CLASS, CLIENT_ID, USER_CLASS, VENDOR_IDENTIFYING = 60, 61, 77, 124
POLYCOM_ENTERPRISE = 13885
_PAD, _END = 0, 255


class Message(NamedTuple):
    """One BOOTP message: operation (1 from a client), client mac, addresses, options by code."""

    operation: int
    mac: str | None
    client_address: str | None
    options: dict[int, bytes]
    faults: tuple[Fault, ...] = ()

    def text(self, code: int) -> str | None:
        """An option as text, None where it is absent or empty."""
        return bounded(self.options[code]) or None if code in self.options else None


def decode(data: bytes) -> Message:
    """One message, from the BOOTP operation octet. Raises WireError when it is none."""
    cursor = Cursor(data)
    operation, hardware, length = cursor.u8(), cursor.u8(), cursor.u8()
    cursor.skip(9)  # hops, transaction id, seconds, flags
    client = cursor.take(4)
    cursor.skip(12)  # your, server's and relay's address
    address = cursor.take(16)
    cursor.skip(192)  # server name and boot file
    if operation not in (1, 2):
        raise WireError(f"BOOTP operation {operation}", 0)
    mac = ":".join(f"{octet:02x}" for octet in address[:6]) if (hardware, length) == (1, 6) else None
    options: dict[int, bytes] = {}
    faults: list[Fault] = []
    if cursor.remaining >= 4 and cursor.take(4) == COOKIE:
        _read_options(cursor, options, faults)
    ciaddr = address_text(1, client)
    return Message(operation, mac, ciaddr if ciaddr != "0.0.0.0" else None, options, tuple(faults))


def _read_options(cursor: Cursor, options: dict[int, bytes], faults: list[Fault]) -> None:
    try:
        while cursor.remaining:
            start = cursor.at
            code = cursor.u8()
            if code == _END:
                return
            if code != _PAD:
                options[code] = options.get(code, b"") + cursor.take(cursor.u8())
    except WireError as error:
        faults.append(Fault(start, error.what))


def vendor_class(message: Message) -> str | None:
    """Option 60, or the vendor class data of option 124, as text.

    Polycom's default is binary: its enterprise number and sub-options of company, part, part number, application and
    boot ROM ("Using the Vendor Class Identifier", Polycom engineering advisory 54041). They are joined by `;`, which is
    how the same phone spells them in its LLDP system description.
    """
    for octets in _vendor_classes(message):
        text = _polycom(octets) or bounded(octets)
        if text:
            return text
    return None


def _vendor_classes(message: Message) -> list[bytes]:
    found = [message.options[VENDOR_CLASS]] if VENDOR_CLASS in message.options else []
    if VENDOR_IDENTIFYING in message.options:  # RFC 3925: enterprise, length, then (length, data)…
        cursor = Cursor(message.options[VENDOR_IDENTIFYING])
        try:
            while cursor.remaining:
                enterprise = cursor.take(4)
                inner = cursor.fence(cursor.u8())
                if int.from_bytes(enterprise, "big") == POLYCOM_ENTERPRISE:
                    found.append(enterprise + inner.rest())
                while inner.remaining:
                    found.append(inner.take(inner.u8()))
        except WireError:
            pass  # what could be read counts
    return found


def _polycom(octets: bytes) -> str | None:
    if octets[:4] != POLYCOM_ENTERPRISE.to_bytes(4, "big"):
        return None
    cursor = Cursor(octets, 4)
    if cursor.remaining and cursor.peek(1)[0] == cursor.remaining - 1:
        cursor.skip(1)  # a length octet stands here in option 124's form
    parts: dict[int, str] = {}
    try:
        while cursor.remaining:
            code = cursor.u8()
            parts[code] = bounded(cursor.take(cursor.u8()))
    except WireError:
        pass  # a cut option still names the company and the part
    words = [parts[code] for code in sorted(parts) if parts[code]]
    return ";".join(words) or None


def user_class(message: Message) -> str | None:
    """Option 77 as text: AudioCodes phones put their model there.

    RFC 3004 counts each class; many clients send one class bare. Several are joined by commas.
    """
    octets = message.options.get(USER_CLASS)
    if not octets:
        return None
    cursor, classes = Cursor(octets), []
    try:
        while cursor.remaining:
            classes.append(bounded(cursor.take(cursor.u8())))
    except WireError:
        classes = [bounded(octets)]
    return ",".join(filter(None, classes)) or None


def parameters(message: Message) -> str | None:
    """Option 55 as comma separated numbers: supports an identity, never decides it."""
    octets = message.options.get(PARAMETERS)
    return ",".join(map(str, octets)) if octets else None
