"""SIP: one OPTIONS to each address over UDP, then over TCP and TLS to hosts without a response over UDP.

A final response of any status counts: 404, 405 and 486 identify the phone as well. It must repeat our branch, tag or
Call-ID.
"""

from __future__ import annotations

from scanner.core.errors import WireError
from scanner.core.outcomes import Outcome
from scanner.core.text import bounded
from scanner.discovery.certificates import certificate_findings
from scanner.discovery.conversation import Conversation, Findings, Peer, Response, Send
from scanner.discovery.declaration import Build, Discovery, Exchange, Transport, UdpSweep, unless_responded
from scanner.discovery.options import SIP_PORTS, SIP_TLS_PORTS, USER_AGENT, Options
from scanner.wire import sip

_OTHERS = (b"HTTP/", b"RTSP/", b"SSH-", b"220 ", b"+OK", b"* OK", b"<?xml", b"\x15\x03", b"\x16\x03")


def declare(options: Options) -> Discovery:
    """SIP on the ports of `options`."""
    return Discovery(
        name="sip",
        summary="sends SIP OPTIONS over UDP, and over TCP and TLS where UDP has no response",
        setting="ports.sip",
        steps=(
            UdpSweep(
                ports=options.sip_ports,
                request=_over_udp,
                response=response,
                prepare=_prepare,
                sends="one `OPTIONS` request",
            ),
            Exchange(
                transport=Transport.TCP,
                ports=options.sip_ports,
                conversation=_over_tcp,
                fits=unless_responded,
                unprompted=tuple(port for port in options.sip_ports if port not in SIP_PORTS),
                sends="one `OPTIONS` request where UDP had no response",
            ),
            Exchange(
                transport=Transport.TCP,
                ports=options.sip_tls_ports,
                conversation=_over_tls,
                fits=unless_responded,
                tls=frozenset(options.sip_tls_ports),
                unprompted=tuple(port for port in options.sip_tls_ports if port not in SIP_TLS_PORTS),
                sends="one `OPTIONS` request over TLS where UDP and TCP had no response",
            ),
        ),
    )


def response(datagram: bytes, cookie: int, address: str) -> Response | None:
    """The response in a datagram or stream from `address`; None for keep-alives and responses to other requests."""
    if not datagram.strip(b"\r\n\0 "):
        return None
    try:
        message = sip.parse(datagram)
    except WireError:
        other = datagram.lstrip().startswith(_OTHERS)
        return Response(Outcome.OTHER_PROTOCOL if other else Outcome.MALFORMED)
    if message.method == "OPTIONS" and f"{cookie:016x}" in (message.first("call-id") or ""):
        return Response(Outcome.OTHER_PROTOCOL)  # an echo service returned our own request
    if not sip.matches_request(message, cookie):
        return None
    if (message.status or 0) < 200 and not (message.first("user-agent") or message.first("server")):
        return None  # provisional and without a name: the final response follows
    return Response(Outcome.ANSWERED, findings(message))


def findings(message: sip.SipMessage) -> Findings:
    """The findings in any SIP message about its sender; captured REGISTER and INVITE requests are read with it too."""
    found = [
        ("sip.user-agent", message.first("user-agent")),
        ("sip.server", message.first("server")),
        ("sip.allow", ", ".join(message.all("allow"))),
        ("sip.contact", message.first("contact")),
    ]
    if message.status is not None:
        found.append(("sip.status", f"{message.status} {message.reason or ''}"))
    return tuple((field, bounded(value)) for field, value in found if value and bounded(value))


def _prepare(port: int, attempt: int, here: str) -> Build:
    return sip.options_to(port=port, here=here, user_agent=USER_AGENT)


def _over_udp(address: str, port: int, cookie: int, attempt: int, here: str) -> bytes | None:
    return sip.options(to=address, port=port, here=here, cookie=cookie, user_agent=USER_AGENT)


def _over_tcp(peer: Peer) -> Conversation:
    return _over_stream(peer, "TCP")


def _over_tls(peer: Peer) -> Conversation:
    return _over_stream(peer, "TLS")


def _over_stream(peer: Peer, transport: str) -> Conversation:
    request = sip.options(
        to=peer.address, port=peer.port, here=peer.here, cookie=peer.cookie, user_agent=USER_AGENT, transport=transport
    )
    shown = tuple(certificate_findings(peer.certificate))
    data = yield Send(request, sip.complete)
    found = response(data, peer.cookie, peer.address) if data else None
    if found is None:
        return Response(Outcome.NO_ANSWER, shown)
    return found._replace(findings=(*shown, *found.findings))
