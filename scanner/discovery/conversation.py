"""A conversation with one host as a generator: the requests that it yields, the responses that it receives. Pure.

A conversation yields one request of its step's transport at a time. The engine sends it and resumes the generator with
the response, or with None: nothing arrived, or the host's deadline, its share of packets or a refusal (forbidden port,
forbidden method) ends the conversation. It returns what was read as a `Response`, or None where the responses are not
those of its protocol. After the first None it may yield further requests; once nothing more is permitted, every one of
them gets None, and a conversation that does not end is closed and its findings are lost.

    def version(peer: Peer) -> Conversation:
        data = yield Send(b"VERSION\\r\\n", lambda received: received.endswith(b"\\n"))
        return Response(Outcome.ANSWERED, (("toy.version", bounded(data)),)) if data else None
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple

from scanner.core.outcomes import Outcome

#: (field, value) pairs read from one response; the engine adds subject, source and time.
Findings = tuple[tuple[str, str], ...]


class Response(NamedTuple):
    """What was read from a response. `mac` is the device's own MAC address where the response contains it.

    `note` goes to later steps of the same discovery with this host: the SNMP credential and version that work, the URL
    that a response names. The engine hands it on and neither stores it in the inventory nor shows it.
    """

    outcome: Outcome
    findings: Findings = ()
    mac: str | None = None
    note: str = ""


#: Octets of a body that the engine reads; a body of this size may be cut off.
BODY_LIMIT = 256 * 1024


class Certificate(NamedTuple):
    """The certificate that a TLS server presented, as RFC 4514 text; it is not verified."""

    subject: str
    issuer: str
    names: tuple[str, ...]


class Page(NamedTuple):
    """One HTTP response: header names lower case, in order, repeated ones kept; body bounded and decompressed.

    A `status` of 0 is a request without a response; its certificate is kept where TLS got so far.
    """

    path: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    certificate: Certificate | None = None


class Peer(NamedTuple):
    """The host of a conversation when it begins: `port` is the remote port, `here` our own end (`10.0.0.9:40001`).

    `cookie` is the number that requests carry and responses repeat; `findings` is what every discovery has read of the
    host, `note` what an earlier step of this discovery left in `Response.note`; `certificate` is set over TLS.
    """

    address: str
    port: int
    cookie: int = 0
    here: str = ""
    findings: Findings = ()
    note: str = ""
    certificate: Certificate | None = None


class Send(NamedTuple):
    """TCP and TLS: bytes to send, possibly none; the response is what arrives until `complete(bytes so far)`."""

    data: bytes
    complete: Callable[[bytes], bool]


class Get(NamedTuple):
    """HTTP: GET of a path on the conversation's port, or of an `http` or `https` URL on the same host.

    The response is a tuple of pages: redirects on the way, then the page itself. It is () where nothing was sent.
    """

    target: str


class GetObjects(NamedTuple):
    """SNMP: GET of dotted OIDs, in one request where the agent permits it; the response maps OIDs to values."""

    oids: tuple[str, ...]


class GetFirstRow(NamedTuple):
    """SNMP: the first row of a column that has a value, by GETNEXT; the response maps its OID to the value."""

    column: str


#: SNMP values: octets as bytes, numbers as int, OIDs as dotted text.
Values = Mapping[str, bytes | int | str]
Request = Send | Get | GetObjects | GetFirstRow
#: The generator of a conversation; its responses have the type that its requests name.
Conversation = Generator[Request, Any, Response | None]
