"""Yealink, and Crestron's UC-P100 and UC-P110, which are assumed to be similar (basis "sister-model").

Login pages by generation: `basic` (to V70: mini_httpd, realm), `servlet` (V72 to V80), `listener` (V83, V84),
`api` (V86); `title` is a page with the model in its title, without log-in.
Sources: GLPI agent, Greenbone detection scripts, an OEM's SNMP manual.
"""

from __future__ import annotations

import json

from scanner.testing.makers.common import (
    FIRMWARE,
    MAC,
    MODEL,
    agent,
    bare,
    moved,
    ports,
    system_group,
    titled,
    unauthorized,
)
from scanner.testing.phones import CertificateNames, SipSurface, Surfaces, WebPage, octets

_ORGANISATION = "O=Yealink Network Technology Co.\\,Ltd.,L=Xiamen,ST=Fujian,C=CN"
_ISSUER = f"CN=Yealink Equipment Issuing CA,OU=yealink.com,{_ORGANISATION}"
_LISTENER = "/servlet?m=mod_listener&p=login&q=loginForm"
_SERVLET = "/servlet?p=login&q=loginForm&jumpto=status"
_API = "/api/auth/login?p=Login&t=1"


def spelled(model: str) -> str:
    """The model as the phone spells it in SIP: `SIP-T58A`, but `CP960`, `MP56`, `W60B`."""
    return f"SIP-{model}" if model.startswith("T") else model


def yealink(
    model: str, firmware: str, mac: str, offers: str, *, login: str = "listener", maker: str = "Yealink", **sip: object
) -> Surfaces:
    """A Yealink phone. `offers`: sip, sip-mac (the User-Agent ends in the mac), http, https, snmp, and cert (an
    https port with a certificate and without pages). `sip` are further arguments of `SipSurface`."""
    words = set(offers.split())
    identifies: set[str] = set()
    user_agent = f"{maker} {spelled(model)} {firmware}"
    surface = None
    if words & {"sip", "sip-mac"}:
        identifies |= {MODEL, FIRMWARE}
        if "sip-mac" in words:
            identifies.add(MAC)
            user_agent += f" {bare(mac)}"
        surface = SipSurface(user_agent=user_agent, **sip)  # type: ignore[arg-type]
    certificate = CertificateNames(f"CN={bare(mac)},OU=yealink.com,{_ORGANISATION}", _ISSUER)
    pages, server = _PAGES[login](spelled(model), model, firmware)
    if words & {"http", "https"}:
        identifies.add(MODEL)
        if login not in ("basic", "title"):
            identifies.add(FIRMWARE)
    if words & {"https", "cert"}:
        identifies.add(MAC)
    web = ports(words - {"cert"}, pages, server, certificate)
    if "cert" in words:
        web = ports({"https"}, {}, server, certificate)
    snmp = None
    if "snmp" in words:
        identifies |= {MODEL, FIRMWARE, MAC}
        base = "1.3.6.1.2.1.37459.2.1"
        snmp = agent(
            *system_group("Linux", "1.3.6.1.4.1.37459", spelled(model)),
            octets(f"{base}.2.0", model),
            octets(f"{base}.5.0", firmware),
            octets(f"{base}.6.0", f"{firmware.partition('.')[0]}.0.0.0.0.0.0"),
            octets(f"{base}.7.0", spelled(model)),
            octets(f"{base}.8.0", mac),
        )
    return Surfaces(sip=surface, snmp=snmp, web=web, identifies=frozenset(identifies))


def crestron(model: str, firmware: str, mac: str, offers: str) -> Surfaces:
    """A Crestron Flex phone. Crestron is the organisation in its certificate."""
    made = yealink(model, firmware, mac, offers, maker="Crestron")
    certificate = CertificateNames(
        f"CN={model}-{bare(mac).upper()},OU=Engineering,O=Crestron Electronics\\, Inc.,L=Rockleigh,ST=NJ,C=US",
        "CN=Crestron Device CA,O=Crestron Electronics\\, Inc.,C=US",
    )
    words = set(offers.split())
    pages, _ = _listener(model, model, firmware)
    return Surfaces(sip=made.sip, web=ports(words, pages, None, certificate), identifies=made.identifies)


def _basic(name: str, model: str, firmware: str) -> tuple[dict[str, WebPage], str]:
    page = unauthorized(f"Enterprise IP phone {name}")
    return {"/": page, "/cgi-bin/ConfigManApp.com": page}, "mini_httpd/1.19 19dec2003"


def _servlet(name: str, model: str, firmware: str) -> tuple[dict[str, WebPage], str]:
    page = titled(
        "Yealink Phone",
        f'<script src="/js/rsa.js?{firmware}"></script><script src="/language/lang-English.js?{firmware}"></script>'
        f'<h1><script>document.write(T("Enterprise IP phone {name}"));</script></h1>',
    )
    return {"/": moved(_SERVLET), _SERVLET: page}, "yealink embed httpd"


def _listener(name: str, model: str, firmware: str) -> tuple[dict[str, WebPage], str]:
    page = titled(
        "Login",
        '<script type="text/javascript">\n'
        f'var g_phonetype = "{model.replace(" ", "_")}";\nvar g_strFirmware = "{firmware}";\nvar g_rsa_e = "10001";\n'
        "</script>",
    )
    return {"/": moved(_LISTENER), _LISTENER: page}, "yealink embed httpd"


def _api(name: str, model: str, firmware: str) -> tuple[dict[str, WebPage], str]:
    content = {
        "ret": "failed",
        "data": False,
        "error": {
            "webStatus": "noauth",
            "transToHTTPS": False,
            "phoneName": model,
            "firmware": firmware,
            "phoneTimeYear": "2023",
            "loginNote": f"Prime Business Phone {name}",
            "curLang": "English",
        },
    }
    answer = WebPage(json.dumps(content, separators=(",", ":")), content_type="application/json")
    return {"/": titled(name), _API: answer}, "yealink embed httpd"


def _title(name: str, model: str, firmware: str) -> tuple[dict[str, WebPage], str]:
    return {"/": titled(name)}, "yealink embed httpd"


_PAGES = {"title": _title, "basic": _basic, "servlet": _servlet, "listener": _listener, "api": _api}
