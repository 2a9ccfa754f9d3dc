"""Phones of makers that the catalogs do not list, one function for each maker."""

from __future__ import annotations

from scanner.testing.makers.common import (
    FIRMWARE,
    MAC,
    MODEL,
    NET_SNMP_LINUX,
    SERIAL,
    agent,
    bare,
    ports,
    system_group,
    titled,
    unauthorized,
)
from scanner.testing.phones import CertificateNames, SipSurface, SnmpSurface, Surfaces, WebPage, octets

_KNOWN = frozenset({MODEL, FIRMWARE})


def by_user_agent(user_agent: str, *, mac: bool = False, **sip: object) -> Surfaces:
    """A phone with model and firmware (and its mac) in SIP, and no other service."""
    surface = SipSurface(user_agent=user_agent, **sip)  # type: ignore[arg-type]
    return Surfaces(sip=surface, identifies=_KNOWN | {MAC} if mac else _KNOWN)


def by_server(server: str, **sip: object) -> Surfaces:
    """A phone with its model in Server, like those of Mitel, Algo and Unify."""
    surface = SipSurface(server=server, **sip)  # type: ignore[arg-type]
    return Surfaces(sip=surface, identifies=_KNOWN)


def cisco(model: str, firmware: str, mac: str, serial: str) -> Surfaces:
    """A Cisco enterprise phone: SIP only from its proxy, web access enabled (DeviceInformationX, manuals of Cisco)."""
    host = f"SEP{bare(mac).upper()}"
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<DeviceInformation>'
        f"<HostName>{host}</HostName><phoneDN>1234</phoneDN><MACAddress>{bare(mac).upper()}</MACAddress>"
        f"<serialNumber>{serial}</serialNumber><modelNumber>{model}</modelNumber>"
        f"<versionID>{firmware}</versionID><appLoadID>{firmware}</appLoadID></DeviceInformation>"
    )
    pages = {
        "/": titled("Cisco Systems, Inc.", f"Cisco IP Phone {model} ({host})"),
        "/DeviceInformationX": WebPage(document, content_type="text/xml"),
    }
    return Surfaces(web=ports({"http"}, pages, None), identifies=_KNOWN | {MAC, SERIAL})


def cisco_by_certificate(model: str, mac: str, serial: str) -> Surfaces:
    """A Cisco phone with web access disabled: the certificate contains model, mac and serial, but no firmware."""
    subject = f"SERIALNUMBER=PID:{model} SN:{serial},CN={model}-SEP{bare(mac).upper()},OU=CTG,O=Cisco Systems Inc."
    certificate = CertificateNames(subject, "CN=Cisco Manufacturing CA SHA2,O=Cisco")
    pages = {"/": WebPage("", 403)}
    return Surfaces(web=ports({"https"}, pages, None, certificate), identifies=frozenset({MODEL, MAC, SERIAL}))


def grandstream(model: str, firmware: str, mac: str, offers: str) -> Surfaces:
    """A Grandstream phone. `offers`: sip, http (Server names both), snmp (plain net-snmp, sysName MODEL_MAC)."""
    words = set(offers.split())
    identifies: set[str] = set()
    if words & {"sip", "http"}:
        identifies |= _KNOWN
    snmp = None
    if "snmp" in words:
        identifies |= {MODEL, MAC}
        name = f"{model}_{bare(mac)}"
        snmp = agent(*system_group(f"Linux {name} 3.4.20 #1 PREEMPT armv7l", NET_SNMP_LINUX, name))
    banner = f"Grandstream {model} {firmware}"
    sip = SipSurface(user_agent=banner) if "sip" in words else None
    pages = {"/": titled("Grandstream Device Configuration", "All Rights Reserved Grandstream Networks, Inc.")}
    web = ports(words, pages, banner)
    return Surfaces(sip=sip, snmp=snmp, web=web, identifies=frozenset(identifies))


def snom(model: str, firmware: str, offers: str) -> Surfaces:
    """A Snom phone. `offers`: sip, http (a title that names the model), snmp (GET of one object, nothing else)."""
    words = set(offers.split())
    identifies: set[str] = set()
    if words & {"sip", "snmp"}:
        identifies |= _KNOWN
    if "http" in words:
        identifies.add(MODEL)
    sip = SipSurface(user_agent=f"snom{model}/{firmware}") if "sip" in words else None
    row = octets("1.3.6.1.2.1.7526.2.4", f"snom{model}-SIP {firmware} 1.1.3-u")
    snmp = SnmpSurface(rows=(row,), get_only=True) if "snmp" in words else None
    pages = {"/": titled(f"snom {model}")}
    web = ports(words, pages, "snom embedded")
    return Surfaces(sip=sip, snmp=snmp, web=web, identifies=frozenset(identifies))


def aastra(model: str, firmware: str, offers: str) -> Surfaces:
    """An Aastra phone. `offers`: sip (Server), http (Aragorn, a realm that names the model)."""
    words = set(offers.split())
    identifies = _KNOWN if "sip" in words else frozenset({MODEL})
    sip = SipSurface(server=f"Aastra {model}/{firmware}") if "sip" in words else None
    return Surfaces(sip=sip, web=ports(words, {"/": unauthorized(f"Aastra {model}")}, "Aragorn"), identifies=identifies)
