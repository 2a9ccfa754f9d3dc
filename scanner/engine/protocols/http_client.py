"""One HTTP response by a GET on a connection of its own, in bounded time and octets.

Nothing of the environment, no cookies and no credentials are sent.
"""

from __future__ import annotations

import errno
import ssl
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from scanner.core.budget import BudgetSpent, ByteBudget
from scanner.discovery.conversation import Certificate, Page
from scanner.discovery.options import USER_AGENT
from scanner.engine.protocols.host_connection import HostConnection, certificate_of, tls_context
from scanner.engine.protocols.http_response import End, NotHttpError, read_response

#: Bytes of a body that arrive before another turn is required, which is also all that the peer may send ahead of it,
#: and the packets by which we acknowledge so many: a long page is not to cost a phone more packets than its share.
STRETCH, STRETCH_PACKETS = 8192, 4
#: Characters of a request target that are sent as they are (RFC 3986 2.2, 2.3); the others are percent-encoded.
_UNESCAPED = "!#$%&'()*+,/:;=?@[]~"
_PLAINTEXT = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST")
_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)


class Failure(Exception):
    """Why a page was not read. `kind` is refused, reset, unreachable, timeout, tls, expects-tls, expects-plaintext,
    truncated or malformed; `certificate` is what the server presented before the failure, `sent` as in `Fetched`.
    `lossy` is whether a packet of ours was lost: the connect had no response, or segments were retransmitted."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.lossy = False
        self.certificate: Certificate | None = None
        self.sent: int | None = None


class Fetched(NamedTuple):
    """A page, how its response ended, and how many packets we sent for it, None where the kernel does not report it."""

    page: Page
    end: End
    sent: int | None = None


class HttpPlace(NamedTuple):
    """What to fetch: `path` of the server on a port of an address, over `http` or `https`."""

    scheme: str
    address: str
    port: int
    path: str

    @property
    def host(self) -> str:
        """The Host header."""
        address = self.address.partition("%")[0]
        name = f"[{address}]" if ":" in address else address
        return name if self.port == (443 if self.scheme == "https" else 80) else f"{name}:{self.port}"


def fetch(
    place: HttpPlace,
    deadline: float,
    timeout: float,
    *,
    legacy: bool = False,
    budget: ByteBudget,
    turn: Callable[[int], bool],
    host_deadline: float | None = None,
    left_open: Callable[[], None] = lambda: None,
) -> Fetched:
    """GET `place`, until `deadline`; `timeout` is in seconds for one read. Raises Failure.

    `host_deadline` and `left_open` are as in `HostConnection`.
    `legacy` permits TLS as phones of 2010 have it. `turn(packets)` waits until more of a long body may be read, False
    when it may not.
    """
    opened: HostConnection | None = None
    try:
        opened = HostConnection(
            place.address,
            place.port,
            deadline=deadline,
            timeout=timeout,
            budget=budget,
            receive_buffer=STRETCH,
            host_deadline=host_deadline,
            left_open=left_open,
        )
        if place.scheme == "https":
            opened.encrypt(tls_context(old_only=legacy))
        opened.send(_request(place))
        response = read_response(opened.receive, lambda: turn(STRETCH_PACKETS), STRETCH)
    except (OSError, NotHttpError, BudgetSpent) as fault:
        failure = _failure(fault)
        failure.lossy = opened is None
        if opened is not None:
            opened.close()
            failure.lossy = opened.retransmitted
            failure.certificate, failure.sent = certificate_of(opened.certificate), opened.sent
        raise failure from None
    finally:
        if opened is not None:
            opened.close()
    page = Page(place.path, response.status, response.headers, response.body, certificate_of(opened.certificate))
    return Fetched(page, response.end, opened.sent)


def _request(place: HttpPlace) -> bytes:
    """The request: no user, no cookie, nothing that a server would encode in another way."""
    lines = (
        f"GET {quote(place.path, safe=_UNESCAPED)} HTTP/1.1",
        f"Host: {place.host}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    )
    return "\r\n".join(lines).encode("ascii")


def _failure(fault: Exception) -> Failure:
    match fault:
        case BudgetSpent():
            return Failure("truncated", "more was received than is read of one host")
        case NotHttpError(tls=True):
            return Failure("expects-tls", "the response is TLS")
        case NotHttpError(empty=True):
            return Failure("reset", "the connection was closed without a response")
        case NotHttpError():
            return Failure("malformed", "the response is not HTTP")
        case TimeoutError():
            return Failure("timeout", "no complete response in time")
        case ssl.SSLError():
            plain = any(word in str(fault) for word in _PLAINTEXT)
            return Failure("expects-plaintext" if plain else "tls", "the TLS handshake failed")
        case ConnectionRefusedError():
            return Failure("refused", "the connection was refused")
        case ConnectionError():
            return Failure("reset", "the connection was reset")
        case OSError() if fault.errno in _UNREACHABLE:
            return Failure("unreachable", "no route to the host")
    return Failure("unreachable", "the connection could not be opened")
