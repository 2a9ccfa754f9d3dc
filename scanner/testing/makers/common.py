"""Parts that the functions of several makers use: the SNMP system group and web ports."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.testing.phones import (
    TIME_TICKS,
    CertificateNames,
    SnmpRow,
    SnmpSurface,
    WebPage,
    WebSurface,
    object_id,
    octets,
)

#: sysObjectID of net-snmp on Linux without configuration (NET-SNMP-TC linux).
NET_SNMP_LINUX = "1.3.6.1.4.1.8072.3.2.10"
#: The services that the functions of makers can offer.
MODEL, FIRMWARE, MAC, SERIAL = "model", "firmware", "mac", "serial"


def bare(mac: str) -> str:
    """`805ec0112233` from `80:5e:c0:11:22:33`."""
    return mac.replace(":", "")


def system_group(
    description: str | None, object_identifier: str | None, name: str = "", location: str = ""
) -> tuple[SnmpRow, ...]:
    """The system group (RFC 3418) of a device; None leaves an object out."""
    rows = []
    if description is not None:
        rows.append(octets("1.3.6.1.2.1.1.1.0", description))
    if object_identifier is not None:
        rows.append(object_id("1.3.6.1.2.1.1.2.0", object_identifier))
    rows.append(SnmpRow("1.3.6.1.2.1.1.3.0", TIME_TICKS, 86_400_00))
    return (*rows, octets("1.3.6.1.2.1.1.5.0", name), octets("1.3.6.1.2.1.1.6.0", location))


def agent(*rows: SnmpRow, versions: tuple[int, ...] = (1, 2)) -> SnmpSurface:
    """An agent with these rows, community `public`."""
    return SnmpSurface(rows=rows, versions=versions)


def ports(
    offers: set[str],
    pages: Mapping[str, WebPage],
    server: str | None,
    certificate: CertificateNames | None = None,
    *,
    legacy_tls: bool = False,
    keep_alive: bool = True,
) -> tuple[WebSurface, ...]:
    """Web surfaces for those of http (80), https (443), http-alt (8080), https-alt (8443) that are offered."""
    made = []
    for word, port in (("http", 80), ("https", 443), ("http-alt", 8080), ("https-alt", 8443)):
        if word in offers:
            shown = certificate if word.startswith("https") else None
            made.append(
                WebSurface(
                    port=port,
                    pages=pages,
                    server=server,
                    certificate=shown,
                    legacy_tls=legacy_tls and shown is not None,
                    keep_alive=keep_alive,
                )
            )
    return tuple(made)


def titled(title: str, rest: str = "") -> WebPage:
    """A page with this title."""
    return WebPage(f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{rest}</body></html>")


def unauthorized(realm: str) -> WebPage:
    """A page that requires Basic authentication (RFC 7617)."""
    return WebPage("", 401, headers=(("WWW-Authenticate", f'Basic realm="{realm}"'),))


def moved(path: str) -> WebPage:
    """A redirect to another path of the same device."""
    return WebPage("", 302, headers=(("Location", path),))
