"""XML output of `nmap -oX`, and of masscan in the same form: addresses, macs, and banners of services and scripts.

nmap's own words for a service (product, version, extra information, device type, operating system) are fields of their
own: they are nmap's reading of a response (nmap-service-probes), not the response. Each host is parsed on its own: a
malformed or truncated one costs no other, and a file may contain several documents, as `--append-output` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import BinaryIO
from xml.etree.ElementTree import Element

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded, mac, utc
from scanner.core.xmlparts import UnreadPart, parts
from scanner.reading.items import Context, Format, Item, Problem

_Seen = Callable[[str, str | None, str], Iterator[Item]]
_SIP_STATUS = re.compile(r"(?:SIP end point; )?Status: (.+)", re.DOTALL)
_OCTET = re.compile(r"\\x([0-9a-fA-F]{2})")
#: Fields of masscan's banners, by its name of the protocol.
_MASSCAN = {"http.server": "http.server", "title": "http.title"}
_SNMP = {"sysDescr": "snmp.sysdescr", "sysName": "snmp.sysname"}
#: Sentences of the script http-title where it read no title.
_NO_TITLE = ("Did not follow redirect", "Site doesn't have a title", "ERROR:")


def looks_like(head: bytes) -> bool:
    """Whether it is an XML document with nmaprun as its first element, also in UTF-16."""
    start = head[: 2 * 8192].replace(b"\0", b"")[:8192]
    return b"<nmaprun" in start and b"<" in start[:64]


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every complete host; a Problem for each other."""
    for part in parts(stream, "nmaprun", "host"):
        if isinstance(part, UnreadPart):
            rest = "; the complete hosts were read" if part.reason.endswith("XML") else ""
            yield Problem(part.line, part.reason + rest)
        else:
            yield from _host(part.element, part.line, context)


def _host(host: Element, line: int, context: Context) -> Iterator[Item]:
    ip = hardware = None
    for address in host.iter("address"):
        value = bounded(address.get("addr") or "", 64)
        if address.get("addrtype") == "mac":
            hardware = mac(value)
        elif ip is None:
            ip = _address(value)
    if not ip and not hardware:
        yield Problem(line, "a host without an address that can be read", missing=host.find("ports/port") is not None)
        return
    if host.get("timedout") == "true":
        yield Problem(line, f"nmap did not finish the host {ip or hardware} in its time")
    time = _time(host.get("endtime") or host.get("starttime")) or context.time

    def seen(field: str, value: str | None, where: str) -> Iterator[Item]:
        text = bounded(value or "")
        if text:
            yield Observation(time=time, ip=ip, mac=hardware, field=field, value=text, source=f"nmap {where}".strip())

    if hardware:
        yield from seen(RESOLVED_MAC, hardware, ip or "")
    for port in host.iter("port"):
        yield from _port(port, ip or "", seen)
    for script in host.findall("hostscript/script"):
        yield from _script(script, ip or "", "", seen)


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _port(port: Element, ip: str, seen: _Seen) -> Iterator[Item]:
    state, service = port.find("state"), port.find("service")
    if state is None or not (state.get("state") or "").startswith("open"):
        return
    where = f"{ip}:{bounded(port.get('portid') or '', 8)}"
    name = ""
    if service is not None:
        name = service.get("name") or ""
        yield from _service(service, name, where, seen)
        yield from _banner(name, service.get("banner") or "", where, seen)
    for script in port.iter("script"):
        yield from _script(script, where, name, seen)


def _service(service: Element, name: str, where: str, seen: _Seen) -> Iterator[Item]:
    """nmap's words for a service. With "Status: …", its general pattern for SIP, the product is the header itself."""
    product, extra = service.get("product") or "", service.get("extrainfo") or ""
    if name.startswith("sip") and (found := _SIP_STATUS.fullmatch(extra)):
        yield from seen("sip.server", product, where)
        yield from seen("sip.status", found[1], where)
    else:
        words = " ".join(word for word in (product, service.get("version")) if word)
        yield from seen("nmap.product", f"{words} ({extra})" if words and extra else words or extra, where)
    yield from seen("nmap.device-type", service.get("devicetype"), where)
    yield from seen("nmap.os", service.get("ostype"), where)


def _banner(name: str, banner: str, where: str, seen: _Seen) -> Iterator[Item]:
    """What masscan reports: a banner of its own for each protocol, with octets that are not printable as `\\x0a`."""
    text = _OCTET.sub(lambda found: chr(int(found[1], 16)), banner)
    if name in _MASSCAN:
        yield from seen(_MASSCAN[name], text, where)
    elif name in ("snmp", "http"):
        for line in text.splitlines()[:256]:
            key, _, value = line.partition(":")
            if name == "snmp" and key in _SNMP:
                yield from seen(_SNMP[key], value, where)
            elif name == "http" and key.lower() == "server":
                yield from seen("http.server", value, where)
            elif name == "http" and key.lower() == "www-authenticate" and "realm=" in value:
                yield from seen("http.realm", value.partition("realm=")[2].strip(' "'), where)


def _script(script: Element, where: str, service: str, seen: _Seen) -> Iterator[Item]:
    identifier, output = script.get("id") or "", script.get("output") or ""
    cells = {e.get("key"): e.text for e in script.iter("elem") if e.get("key")}
    match identifier:
        case "http-title":
            title = cells.get("title") or output.strip().partition("\n")[0]
            if not title.startswith(_NO_TITLE):
                yield from seen("http.title", title, where)
        case "http-server-header":
            for line in output.splitlines():
                yield from seen("http.server", line, where)
        case "http-auth":
            for line in output.splitlines():
                if "realm=" in line:
                    yield from seen("http.realm", line.partition("realm=")[2].strip(' "'), where)
        case "snmp-sysdescr":
            yield from seen("snmp.sysdescr", output.strip().partition("\n")[0], where)
        case "sip-methods":
            yield from seen("sip.allow", output.strip(), where)
        case "ssl-cert":
            for table in script.iter("table"):
                field = {"subject": "https.cert-subject", "issuer": "https.cert-issuer"}.get(table.get("key") or "")
                if field:
                    names = [(e.get("key"), e.text) for e in table.iter("elem")]
                    yield from seen(field, ",".join(f"{_SHORT.get(k or '', k)}={v}" for k, v in names if v), where)
        case "fingerprint-strings" if service.startswith("sip"):
            for line in output.splitlines():
                key, _, value = line.strip().partition(":")
                if key.lower() in ("user-agent", "server"):
                    yield from seen(f"sip.{key.lower()}", value, where)
        case _:
            return


_SHORT = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "stateOrProvinceName": "ST",
    "localityName": "L",
}


def _time(seconds: str | None) -> str | None:
    try:
        return utc(datetime.fromtimestamp(int(seconds), UTC)) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


FORMAT = Format("nmap", "nmap's XML output (-oX)", looks_like, read)
