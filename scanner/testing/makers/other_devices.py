"""Devices with SIP, SNMP or HTTP that are not phones."""

from __future__ import annotations

from scanner.testing.makers.common import agent, ports, system_group, titled
from scanner.testing.phones import SipSurface, SnmpSurface, Surfaces, WebPage

#: Ports on which printers print all data they receive.
PRINTER_TRAPS = (515, 631, 9100)


def sip_server(user_agent: str | None = None, server: str | None = None) -> Surfaces:
    """A PBX, proxy, gateway or softphone, known by its banner."""
    return Surfaces(sip=SipSurface(user_agent=user_agent, server=server, tcp=True))


def mediant(model: str, firmware: str) -> Surfaces:
    """An AudioCodes gateway: of a maker of phones, and not a phone."""
    description = f"Product: {model};SW Version: {firmware}"
    return Surfaces(
        sip=SipSurface(server=f"Audiocodes-Sip-Gateway-{model}/v.{firmware}"),
        snmp=_described(description, "1.3.6.1.4.1.5003.8.1.1.56"),
        web=ports({"http"}, {"/": titled("AudioCodes")}, "AudioCodes Web Server/ "),
    )


def printer(title: str, description: str, object_identifier: str) -> Surfaces:
    """A network printer with its page, its agent, and its ports that print."""
    return Surfaces(
        snmp=_described(description, object_identifier),
        web=ports({"http"}, {"/": titled(title)}, "Virata-EmWeb/R6_2_1"),
        traps=PRINTER_TRAPS,
    )


def camera(server: str, title: str) -> Surfaces:
    """A network camera's page."""
    return Surfaces(web=ports({"http"}, {"/": titled(title)}, server))


def network_device(description: str, object_identifier: str, name: str) -> Surfaces:
    """A switch, router or access point with SNMP."""
    return Surfaces(snmp=_described(description, object_identifier, name))


def web_server(server: str, title: str) -> Surfaces:
    """A web server without any property of a phone."""
    page = titled(title)
    return Surfaces(web=ports({"http", "http-alt"}, {"/": page, "/index.html": page}, server))


def controller() -> Surfaces:
    """A Crestron control processor: of a maker in the catalog, and not a phone."""
    return Surfaces(web=ports({"http"}, {"/": WebPage("<html></html>")}, "Crestron Webserver"), traps=(41795,))


def _described(description: str, object_identifier: str, name: str = "") -> SnmpSurface:
    return agent(*system_group(description, object_identifier, name, "Rack 1"))
