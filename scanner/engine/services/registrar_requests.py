"""What is sent to a registrar: logins, and requests that read. All others are refused before they are sent.

- Asterisk's manager interface: `PJSIPShowContacts`, and `SIPpeers` and `SIPshowpeer` of chan_sip;
- FreeSWITCH's event socket: `api sofia xmlstatus profile NAME reg`;
- Kamailio's JSON-RPC: `ul.dump`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Literal

from scanner.core.errors import RefusedError
from scanner.core.text import shown

RegistrarKind = Literal["asterisk", "freeswitch", "kamailio"]

#: The request of Kamailio.
UL_DUMP = b'{"jsonrpc": "2.0", "method": "ul.dump", "id": 1}'
#: The whole of every request that may be sent, by kind.
PERMITTED: dict[RegistrarKind, tuple[re.Pattern[bytes], ...]] = {
    "asterisk": (
        re.compile(
            rb"Action: Login\r\nActionID: \d{1,9}\r\nUsername: [^\r\n]{1,128}\r\nSecret: [^\r\n]{1,512}\r\n"
            rb"Events: off\r\n\r\n"
        ),
        re.compile(rb"Action: (?:PJSIPShowContacts|SIPpeers|Logoff)\r\nActionID: \d{1,9}\r\n\r\n"),
        re.compile(rb"Action: SIPshowpeer\r\nActionID: \d{1,9}\r\nPeer: [\w.@+-]{1,80}\r\n\r\n"),
    ),
    "freeswitch": (
        re.compile(rb"auth [^\r\n]{1,512}\n\n"),
        re.compile(rb"api sofia xmlstatus profile [\w.-]{1,64} reg\n\n"),
        re.compile(rb"exit\n\n"),
    ),
    "kamailio": (
        re.compile(
            rb"POST /[\w./-]{0,100} HTTP/1\.1\r\nHost: [\w.:\[\]-]{1,270}\r\n"
            rb"(?:Authorization: Basic [A-Za-z0-9+/=]{1,1024}\r\n)?Content-Type: application/json\r\n"
            rb"Content-Length: 48\r\nConnection: close\r\n\r\n" + re.escape(UL_DUMP)
        ),
    ),
}


def checked(kind: RegistrarKind, request: bytes) -> bytes:
    """The request, if it may be sent to a registrar of this kind. Raises RefusedError for any other."""
    if not any(pattern.fullmatch(request) for pattern in PERMITTED[kind]):
        raise RefusedError(f"{_named(request)!r} is not a request that reads registrations: it is never sent")
    return request


def _named(request: bytes) -> str:
    """What a request is, in words: never all of it, since a login contains a secret."""
    words = request.split(None, 2)[: 1 if request.startswith((b"auth", b"POST")) else 2]
    return shown(b" ".join(words).decode("utf-8", "replace"))[:60]


def action(name: str, number: int, *more: tuple[str, str]) -> bytes:
    """An action of Asterisk's manager interface."""
    lines = [("Action", name), ("ActionID", str(number)), *more]
    return "".join(f"{key}: {value}\r\n" for key, value in lines).encode("utf-8", "replace") + b"\r\n"


def of_profile(name: str) -> bytes:
    """The request for the registrations of a profile of FreeSWITCH."""
    return f"api sofia xmlstatus profile {name} reg\n\n".encode("utf-8", "replace")


def posted(path: str, host: str, login: str) -> bytes:
    """The request to Kamailio's JSON-RPC over HTTP; `login` is user and password, joined by a colon."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        *([f"Authorization: Basic {b64encode(login.encode()).decode()}"] if login else []),
        "Content-Type: application/json",
        f"Content-Length: {len(UL_DUMP)}",
        "Connection: close",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace") + b"\r\n" + UL_DUMP
