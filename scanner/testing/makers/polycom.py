"""Polycom and Poly: SoundPoint IP, VVX, CCX, Trio.

User-Agents as in public collections; pages and REST as in the UC Software manuals and scripts of Greenbone. No page
contains a version without a log-in, and SNMP is disabled by default on desk phones.
"""

from __future__ import annotations

from scanner.testing.makers.common import FIRMWARE, MAC, MODEL, bare, ports, titled, unauthorized
from scanner.testing.phones import CertificateNames, SipSurface, Surfaces

_FAMILIES = {
    "VVX": ("PolycomVVX-{}-UA/{}", "Polycom VVX Telephone HTTPd", "Polycom"),
    "CCX": ("PolyCCX-{}-UA/{}", "Poly CCX Telephone HTTPd", "Poly"),
    "Trio": ("PolyTrio-{}-UA/{}", "Poly Trio Telephone HTTPd", "Poly"),
    "SoundPoint": ("PolycomSoundPointIP-{}-UA/{}", "Polycom SoundPoint IP Telephone HTTPd", "Polycom"),
}


def polycom(model: str, firmware: str, mac: str, offers: str, **sip: object) -> Surfaces:
    """A UC Software phone. `offers`: sip, sip-mac (tagged with the mac), sip-doubled (the product named twice),
    sip-server (in Server, no User-Agent), http, https (a title that names the model), http-mute and https-mute
    (the Server header of the family, a page without model)."""
    words = set(offers.split())
    family, maker = model.split(" ")[0], "Polycom"
    token, server, maker = _FAMILIES[family]
    product = model.replace("SoundPoint IP ", "SPIP_").replace(" ", "_")
    banner = token.format(product, firmware)
    identifies: set[str] = set()
    if words & {"sip", "sip-mac", "sip-doubled", "sip-server"}:
        identifies |= {MODEL, FIRMWARE}
    if "sip-mac" in words:
        banner += f"_{bare(mac)}"
        identifies.add(MAC)
    if "sip-doubled" in words:
        banner = f"{maker}/{firmware} {banner}"
    surface = None
    if words & {"sip", "sip-mac", "sip-doubled"}:
        surface = SipSurface(user_agent=banner, **sip)  # type: ignore[arg-type]
    elif "sip-server" in words:
        surface = SipSurface(server=banner, **sip)  # type: ignore[arg-type]
    certificate = CertificateNames(f"CN={bare(mac).upper()},O=Polycom Inc.", "CN=Polycom Equipment Policy CA,O=Polycom")
    rest = "<span id='headerLabel'>Polycom Web Configuration Utility</span>"
    pages = {
        "/": titled(f"{maker} - {model} Configuration Utility", rest),
        "/login.htm": titled("Polycom Web Configuration Utility"),
        "/api/v1/mgmt/device/info": unauthorized("API Authentication"),
    }
    if words & {"http", "https"}:
        identifies.add(MODEL)
    if words & {"https", "https-mute"}:
        identifies.add(MAC)
    web = ports(words, pages, server, certificate)
    if mute := {word.removesuffix("-mute") for word in words if word.endswith("-mute")}:
        web = ports(mute, {"/": titled("", ""), "/login.htm": titled("Login")}, server, certificate)
    return Surfaces(sip=surface, web=web, identifies=frozenset(identifies))
