"""AudioCodes 400HD phones. Without a log-in their pages contain neither model nor version."""

from __future__ import annotations

from scanner.testing.makers.common import FIRMWARE, MAC, MODEL, bare, ports
from scanner.testing.phones import CertificateNames, SipSurface, Surfaces, WebPage


def audiocodes(model: str, firmware: str, mac: str, offers: str, **sip: object) -> Surfaces:
    """An AudioCodes phone. `offers`: sip (`AUDC-IPPhone/FIRMWARE (MODEL; MAC)`), sip-image
    (`AUDC-IPPhone-MODEL_UC_VERSION/1.0`), http, https."""
    words = set(offers.split())
    identifies: set[str] = set()
    surface = None
    if "sip" in words:
        identifies |= {MODEL, FIRMWARE, MAC}
        user_agent = f"AUDC-IPPhone/{firmware} ({model}-Rev0; {bare(mac).upper()})"
        surface = SipSurface(user_agent=user_agent, **sip)  # type: ignore[arg-type]
    elif "sip-image" in words:
        identifies |= {MODEL, FIRMWARE}
        surface = SipSurface(user_agent=f"AUDC-IPPhone-{model}_UC_{firmware}/1.0", **sip)  # type: ignore[arg-type]
    pages = {"/": WebPage("<html><script>redirect('/mainform.cgi?go=mainframe.htm')</script></html>")}
    certificate = CertificateNames(f"CN={bare(mac)},O=AudioCodes", "CN=AudioCodes Root CA,O=AudioCodes")
    return Surfaces(sip=surface, web=ports(words, pages, None, certificate), identifies=frozenset(identifies))
