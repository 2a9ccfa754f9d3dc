"""Web pages without a login that contain model and firmware, and the hosts for which they are requested.

A page is requested only when an earlier finding names its vendor. All are plain GETs without any
credential, and none of them logs in, changes or restarts anything. Sources: domain notes with each entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.discovery.conversation import Findings
from scanner.discovery.links import same_host

#: Most vendor pages read from one port, in addition to `/` and what it redirects to.
MOST_PAGES = 4


@dataclass(frozen=True, slots=True)
class VendorPages:
    """A vendor's pages, best first. `hint` is searched in all findings; `complete` in a body ends the visit."""

    hint: re.Pattern[str]
    paths: tuple[str, ...]
    complete: re.Pattern[str]
    unless: re.Pattern[str] | None = None


VENDORS: tuple[VendorPages, ...] = (
    # Yealink: V86 and later name model and firmware in the error of a login that was not attempted (OpenVAS
    # gb_yealink_ip_phone_http_detect); V83 and V84 in the login page's script; older ones in its script names.
    VendorPages(
        re.compile(
            r"yealink|g_phonetype|Enterprise IP phone|\bSIP-(?:T|CP|W|VP)\d|/servlet\?(?:m=mod_listener|p=login)", re.I
        ),
        (
            "/api/auth/login?p=Login&t=1",
            "/servlet?m=mod_listener&p=login&q=loginForm",
            "/servlet?p=login&q=loginForm&jumpto=status",
        ),
        re.compile(r'g_strFirmware|"firmware"\s*:\s*"|rsa\.js\?\d', re.I),
    ),
    # Cisco: web access enabled; XML of every enterprise phone since CallManager 4 (Cisco IP Phone Services SDK).
    VendorPages(
        re.compile(r"cisco|\bCP-\d{4}|\bSEP[0-9a-f]{12}\b|/CGI/Java/Serviceability", re.I),
        ("/DeviceInformationX", "/CGI/Java/Serviceability?adapter=device.statistics.device"),
        re.compile(r"<appLoadID>|modelNumber|App Load ID", re.I),
        unless=re.compile(r"cisco[- ]ios|ios[- ]xe|level_15|CUCM|Cisco-SIPGateway|\bUCM\b", re.I),
    ),
    # Grandstream GXV and GXP: the request that their own login page makes first.
    VendorPages(
        re.compile(r"grandstream|\bG[XR][VP]\d{4}", re.I),
        ("/manager?action=product&time=0",),
        re.compile(r"Product\s*=", re.I),
    ),
    VendorPages(re.compile(r"\bfanvil", re.I), ("/title.htm",), re.compile(r"version|fanvil", re.I)),
    # Polycom and Poly: the login page names the product, never the version (changeme, polycom_vvx_500).
    VendorPages(
        re.compile(r"\bpoly(?:com)?\b|PolycomVVX|PolyCCX|SoundPoint|VVX", re.I),
        ("/login.htm",),
        re.compile(r"Poly(?:com)? ?(?:-|Web Configuration|Configuration Utility)", re.I),
    ),
)

_REFRESH = re.compile(
    r"<meta[^>]{1,200}?http-equiv\s*=\s*[\"']?refresh[^>]{1,200}?url\s*=\s*[\"']?([^\"'>\s]{1,200})", re.I
)
_SCRIPTED = re.compile(
    r"(?:window|document|top|self|parent)?\.?location(?:\.href)?\s*=\s*[\"']([^\"']{1,200})[\"']", re.I
)
_REPLACED = re.compile(r"location\.replace\(\s*[\"']([^\"']{1,200})[\"']", re.I)
_ICON = re.compile(r"<link[^>]{1,200}?rel\s*=\s*[\"']?(?:shortcut )?icon[\"']?[^>]{0,200}>", re.I)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'>\s]{1,200})", re.I)


def next_pages(findings: Findings, read: tuple[str, ...], maker: str = "") -> tuple[str, ...]:
    """The next pages to request, at most one vendor page and one that the page itself leads to; () ends.

    `read` are the paths already read from this port, `maker` the manufacturer of the host's mac where it is known.
    """
    if len(read) > MOST_PAGES + 1:
        return ()
    bodies = [value for field, value in findings if field == "http.body"]
    seen = "\n".join(value[:2048] for field, value in findings if field != "snmp.syslocation")
    led = [path for body in bodies for path in _led_to(body) if path not in read] if len(read) < 3 else []
    for vendor in VENDORS:
        if not vendor.hint.search(seen) and not vendor.hint.search(maker):
            continue
        if vendor.unless and vendor.unless.search(seen):
            continue
        if any(vendor.complete.search(body) for body in bodies):
            return ()
        if following := [path for path in (*led[:1], *vendor.paths) if path not in read]:
            return (following[0],)
    if led:
        return tuple(led[:1])
    icons = [path for body in bodies for path in _icons(body) if path not in read]
    icon_read = any(field == "http.favicon" for field, _ in findings) or any("icon" in path.lower() for path in read)
    return () if icon_read else tuple(icons[:1])


def _led_to(body: str) -> list[str]:
    """The URL to which a page without content directs a browser: meta refresh, or a script that sets the location."""
    if len(body) > 1500:
        return []
    links = [m[1] for pattern in (_REFRESH, _SCRIPTED, _REPLACED) for m in pattern.finditer(body)]
    return [path for link in links[:3] if (path := same_host("/", link)) and path != "/"]


def _icons(body: str) -> list[str]:
    hrefs = [_HREF.search(tag[0]) for tag in _ICON.finditer(body)]
    return [path for href in hrefs if href and (path := same_host("/", href[1]))]
