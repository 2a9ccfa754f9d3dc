"""A toy protocol over multicast: the reply to `WHO` names a URL on its sender, whose page contains the model."""

from __future__ import annotations

import os
import re

from scanner.core.fields import Field, FieldGroup, FieldOrigin
from scanner.core.outcomes import Outcome
from scanner.core.text import bounded
from scanner.discovery.conversation import Conversation, Get, Peer, Response
from scanner.discovery.declaration import Discovery, Exchange, MulticastRequest, Transport, with_note
from scanner.discovery.options import Options

#: Two runs of the tests on one machine have different groups.
ADDRESS, PORT = os.environ.get("TOYCAST_GROUP", "239.255.77.7"), 28_878
GROUP = FieldGroup("toycast", "toycast", FieldOrigin.DEVICE, 0.9)
FIELDS = (
    Field("toycast.server", "server that a toy names in its reply", "toycast 1", GROUP),
    Field("toycast.model", "model in the description of a toy", "toycast 2", GROUP, several=True, phone=""),
)
_LOCATION = re.compile(rb"^LOCATION: (\S{1,200})\r?$", re.M)
_MODEL = re.compile(rb"<model>([^<]{1,80})</model>")


def declare(options: Options) -> Discovery:
    """The toy protocol over multicast."""
    return Discovery(
        name="toycast",
        summary="asks toys on our links for their descriptions",
        steps=(
            MulticastRequest(
                group=ADDRESS,
                port=PORT,
                request=_request,
                response=_response,
                seconds=1.0,
                attempts=1,
                sends="one `WHO`",
            ),
            Exchange(
                transport=Transport.HTTP,
                ports=(),
                conversation=_description,
                fits=with_note,
                sends="`GET` of the description that the reply names",
            ),
        ),
    )


def _request(cookie: int, here: str) -> bytes:
    return b"WHO %s" % here.encode()


def _response(datagram: bytes, cookie: int, address: str) -> Response | None:
    location = _LOCATION.search(datagram)
    if not datagram.startswith(b"TOYCAST\r\n"):
        return None
    note = location[1].decode("ascii", "replace") if location else ""
    return Response(Outcome.ANSWERED, (("toycast.server", bounded(datagram[9:].partition(b"\r")[0])),), note=note)


def _description(peer: Peer) -> Conversation:
    pages = yield Get(peer.note)
    models = [match[1] for page in pages or () for match in _MODEL.finditer(page.body)]
    return Response(Outcome.ANSWERED, tuple(("toycast.model", bounded(model)) for model in models))
