"""A toy protocol over UDP and TCP: `TOY? COOKIE` is answered by `TOY COOKIE MODEL`, and `VERSION` by one line."""

from __future__ import annotations

from scanner.core.fields import Field, FieldGroup, FieldOrigin
from scanner.core.outcomes import Outcome
from scanner.core.text import bounded
from scanner.discovery.conversation import Conversation, Peer, Response, Send
from scanner.discovery.declaration import Discovery, Exchange, Fit, HostState, Transport, UdpSweep
from scanner.discovery.options import Options

PORT = 28_877
GROUP = FieldGroup("toy", "toy", FieldOrigin.DEVICE, 0.9)
FIELDS = (
    Field("toy.model", "model that a toy names", "toy protocol 1", GROUP, phone=""),
    Field("toy.version", "version that a toy names", "toy protocol 2", GROUP),
)


def declare(options: Options) -> Discovery:
    """The toy protocol."""
    return Discovery(
        name="toy",
        summary="asks toys for model and version",
        steps=(
            UdpSweep(ports=(PORT,), request=_request, response=_response, sends="one `TOY?`"),
            Exchange(
                transport=Transport.TCP,
                ports=(PORT,),
                conversation=_version,
                fits=_toys_alone,
                requests=2,
                octets=10,
                sends="`HELLO` and `VERSION`",
            ),
        ),
    )


def _request(address: str, port: int, cookie: int, attempt: int, here: str) -> bytes:
    return b"TOY? %d" % cookie


def _response(datagram: bytes, cookie: int, address: str) -> Response | None:
    word, _, rest = datagram.partition(b" ")
    repeated, _, model = rest.partition(b" ")
    if word != b"TOY" or repeated != b"%d" % cookie:
        return None
    return Response(Outcome.ANSWERED, (("toy.model", bounded(model)),), note="version 2")


def _toys_alone(state: HostState) -> Fit:
    if not state.swept:
        return Fit.LATER
    return Fit.NOW if state.note == "version 2" else Fit.NEVER


def _version(peer: Peer) -> Conversation:
    greeting = yield Send(b"HELLO\n", lambda received: received.endswith(b"\n"))
    if not greeting:
        return None
    version = yield Send(b"VERSION\n", lambda received: received.endswith(b"\n"))
    return Response(Outcome.ANSWERED, (("toy.version", bounded(version)),)) if version else None
