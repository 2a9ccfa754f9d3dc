"""Phones of makers that the catalogs do not list: each function spells what one maker's devices show."""

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
    """A phone that says model and firmware (and its mac) in SIP, and nothing anywhere else."""
    surface = SipSurface(user_agent=user_agent, **sip)  # type: ignore[arg-type]
    return Surfaces(sip=surface, tells=_KNOWN | {MAC} if mac else _KNOWN)


def by_server(server: str, **sip: object) -> Surfaces:
    """A phone that names itself in Server, as Mitel's, Algo's and Unify's do."""
    surface = SipSurface(server=server, **sip)  # type: ignore[arg-type]
    return Surfaces(sip=surface, tells=_KNOWN)


def cisco(model: str, firmware: str, mac: str, serial: str) -> Surfaces:
    """A Cisco enterprise phone: SIP silent to strangers, web access on (DeviceInformationX, Cisco's manuals)."""
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
    return Surfaces(web=ports({"http"}, pages, None), tells=_KNOWN | {MAC, SERIAL})


def cisco_by_certificate(model: str, mac: str, serial: str) -> Surfaces:
    """A Cisco phone with web access off: the certificate names model, mac and serial, nothing the firmware."""
    subject = f"SERIALNUMBER=PID:{model} SN:{serial},CN={model}-SEP{bare(mac).upper()},OU=CTG,O=Cisco Systems Inc."
    certificate = CertificateNames(subject, "CN=Cisco Manufacturing CA SHA2,O=Cisco")
    pages = {"/": WebPage("", 403)}
    return Surfaces(web=ports({"https"}, pages, None, certificate), tells=frozenset({MODEL, MAC, SERIAL}))


def grandstream(model: str, firmware: str, mac: str, offers: str) -> Surfaces:
    """A Grandstream phone. `offers`: sip, http (Server names both), snmp (plain net-snmp, sysName MODEL_MAC)."""
    words = set(offers.split())
    tells: set[str] = set()
    if words & {"sip", "http"}:
        tells |= _KNOWN
    snmp = None
    if "snmp" in words:
        tells |= {MODEL, MAC}
        name = f"{model}_{bare(mac)}"
        snmp = agent(*system_group(f"Linux {name} 3.4.20 #1 PREEMPT armv7l", NET_SNMP_LINUX, name))
    banner = f"Grandstream {model} {firmware}"
    sip = SipSurface(user_agent=banner) if "sip" in words else None
    pages = {"/": titled("Grandstream Device Configuration", "All Rights Reserved Grandstream Networks, Inc.")}
    web = ports(words, pages, banner)
    return Surfaces(sip=sip, snmp=snmp, web=web, tells=frozenset(tells))


def snom(model: str, firmware: str, offers: str) -> Surfaces:
    """A Snom phone. `offers`: sip, http (a title that names the model), snmp (GET of one object, nothing else)."""
    words = set(offers.split())
    tells: set[str] = set()
    if words & {"sip", "snmp"}:
        tells |= _KNOWN
    if "http" in words:
        tells.add(MODEL)
    sip = SipSurface(user_agent=f"snom{model}/{firmware}") if "sip" in words else None
    row = octets("1.3.6.1.2.1.7526.2.4", f"snom{model}-SIP {firmware} 1.1.3-u")
    snmp = SnmpSurface(rows=(row,), get_only=True) if "snmp" in words else None
    pages = {"/": titled(f"snom {model}")}
    web = ports(words, pages, "snom embedded")
    return Surfaces(sip=sip, snmp=snmp, web=web, tells=frozenset(tells))


def aastra(model: str, firmware: str, offers: str) -> Surfaces:
    """An Aastra phone. `offers`: sip (Server), http (Aragorn, a realm that names the model)."""
    words = set(offers.split())
    tells = _KNOWN if "sip" in words else frozenset({MODEL})
    sip = SipSurface(server=f"Aastra {model}/{firmware}") if "sip" in words else None
    return Surfaces(sip=sip, web=ports(words, {"/": unauthorized(f"Aastra {model}")}, "Aragorn"), tells=tells)
