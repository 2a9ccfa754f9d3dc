"""DHCPv4 messages of clients (RFC 2131, RFC 2132): header fields and options. Read only.

Contract:
- `decode` raises WireError for a truncated or invalid fixed part; of a broken option area it returns the options
  before the fault, and the fault with its offset;
- the parts of an option that occurs more than once are concatenated (RFC 3396);
- reading terminates: every option takes at least one octet.
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
#: Of the message types of a server, the one that gives the client its address.
ACK = 5

HOST_NAME, REQUESTED_ADDRESS, MESSAGE_TYPE, SERVER_IDENTIFIER, PARAMETERS = 12, 50, 53, 54, 55
VENDOR_CLASS, CLIENT_ID, USER_CLASS, VENDOR_IDENTIFYING = 60, 61, 77, 124
POLYCOM_ENTERPRISE = 13885
_POLYCOM = POLYCOM_ENTERPRISE.to_bytes(4, "big")
_PAD, _END = 0, 255
_END_OCTET = bytes([_END])
#: The greatest number of a sub-option of Polycom's: a greater one is the length of them all.
_SUB_OPTIONS = 15


class DhcpMessage(NamedTuple):
    """One message: operation (1 from a client), client MAC address, ciaddr unless it is 0.0.0.0, options by code.

    `your_address` is the address that a server gives to the client (yiaddr), `relay` that of the relay which sends the
    message (giaddr, RFC 1542 4.1.1), each unless it is 0.0.0.0.
    """

    operation: int
    mac: str | None
    client_address: str | None
    options: dict[int, bytes]
    faults: tuple[Fault, ...] = ()
    your_address: str | None = None
    relay: str | None = None

    def text(self, code: int) -> str | None:
        """An option as text; None where it is absent or empty."""
        return bounded(self.options[code]) or None if code in self.options else None


def decode(data: bytes) -> DhcpMessage:
    """One message, starting at its operation octet. Raises WireError."""
    cursor = Cursor(data)
    operation, hardware, length = cursor.u8(), cursor.u8(), cursor.u8()
    cursor.skip(9)  # hops, transaction id, seconds, flags
    client, yours = address_text(1, cursor.take(4)), address_text(1, cursor.take(4))
    cursor.skip(4)  # siaddr
    relay = address_text(1, cursor.take(4))
    address = cursor.take(6)
    cursor.skip(10 + 192)  # rest of chaddr; sname, file
    if operation not in (1, 2):
        raise WireError(f"BOOTP operation {operation}", 0)
    mac = address.hex(":") if (hardware, length) == (1, 6) else None
    options: dict[int, bytes] = {}
    faults: list[Fault] = []
    if cursor.remaining >= 4 and cursor.take(4) == COOKIE:
        _read_options(cursor, options, faults)
    client, yours, relay = (address if address != "0.0.0.0" else None for address in (client, yours, relay))
    return DhcpMessage(operation, mac, client, options, tuple(faults), yours, relay)


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


def vendor_class(message: DhcpMessage) -> str | None:
    """Option 60, or the vendor class data of option 124, as text.

    Polycom's default is binary: its enterprise number, then sub-options with company, part, part number, application
    and boot ROM ("Using the Vendor Class Identifier", Polycom engineering advisory 54041). They are joined by `;`, as
    in the LLDP system description of the same phone.
    """
    for octets in _vendor_classes(message):
        text = _polycom(octets) or bounded(octets)
        if text:
            return text
    return None


def _vendor_classes(message: DhcpMessage) -> list[bytes]:
    found = [message.options[VENDOR_CLASS]] if VENDOR_CLASS in message.options else []
    if VENDOR_IDENTIFYING in message.options:  # RFC 3925: enterprise, length, then (length, data)…
        cursor = Cursor(message.options[VENDOR_IDENTIFYING])
        try:
            while cursor.remaining:
                enterprise = cursor.take(4)
                inner = cursor.fence(cursor.u8())
                if enterprise == _POLYCOM:
                    found.append(enterprise + inner.rest())
                while inner.remaining:
                    found.append(inner.take(inner.u8()))
        except WireError:
            pass  # the classes before the fault are valid
    return found


def _polycom(octets: bytes) -> str | None:
    if not octets.startswith(_POLYCOM):
        return None
    cursor = Cursor(octets, len(_POLYCOM))
    first = cursor.peek_u8() or 0
    if first > _SUB_OPTIONS or first == len(octets.removesuffix(_END_OCTET)) - len(_POLYCOM) - 1:
        cursor.skip(1)  # the length octet of option 124's form
    parts: dict[int, str] = {}
    try:
        while cursor.remaining and cursor.peek_u8() != _END:
            code = cursor.u8()
            parts[code] = bounded(cursor.take(cursor.u8()))
    except WireError:
        pass  # the sub-options before the fault are valid
    return ";".join(text for _, text in sorted(parts.items()) if text) or None


def user_class(message: DhcpMessage) -> str | None:
    """Option 77 as text, several classes joined by commas. AudioCodes phones send their model in it.

    RFC 3004 prefixes each class with its length; many clients send a single class without one.
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


def parameters(message: DhcpMessage) -> str | None:
    """Option 55, the requested parameters, as comma-separated numbers: weak evidence of an identity."""
    octets = message.options.get(PARAMETERS)
    return ",".join(map(str, octets)) if octets else None
