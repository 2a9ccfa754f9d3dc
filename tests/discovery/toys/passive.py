"""A toy protocol in Ethernet frames of a type for local experiments (IEEE 802): the payload is `TOY MODEL`."""

from __future__ import annotations

from scanner.core.fields import Field, FieldGroup, FieldOrigin
from scanner.core.text import bounded
from scanner.discovery.announcement import Announcement, Capture
from scanner.discovery.declaration import Discovery, Need
from scanner.discovery.options import Options
from scanner.wire.ethernet import Frame, IpPacket

ETHERTYPE, DESTINATION = 0x88B5, "03:00:00:00:77:07"
GROUP = FieldGroup("toyframe", "toyframe", FieldOrigin.FRAME, 0.9)
FIELDS = (Field("toyframe.model", "model that a toy announces", "toyframe 1", GROUP, phone=""),)


def declare(options: Options) -> Discovery:
    """The toy protocol in frames."""
    return Discovery(
        name="toyframe",
        summary="listens to the announcements of toys",
        steps=(Capture(ethertypes=(ETHERTYPE,), groups=(DESTINATION,), read=_read),),
        needs=(Need.RAW_SOCKET,),
    )


def _read(frame: Frame, packet: IpPacket | None) -> Announcement | None:
    word, _, model = frame.payload.partition(b" ")
    if word != b"TOY":
        return None
    return Announcement(frame.source, None, (("toyframe.model", bounded(model.rstrip(b"\0"))),), ttl=120)
