"""XML output of `nmap -oX`: addresses, macs, and banners of version detection and scripts.

The file is untrusted: entity declarations are refused, and one host is held at a time, within the limits below. A file
that is truncated yields every complete host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded, mac, utc
from scanner.reading.items import Context, Format, Item, Problem

_CHUNK = 64 << 10
#: Most elements and characters of one host: enough for a full port scan with scripts.
HOST_ELEMENTS, HOST_TEXT = 400_000, 32 << 20
#: Longest element with its attributes, in bytes: the output of a script is an attribute.
MARKUP = 8 << 20
_HTTP = frozenset({"http", "https", "http-proxy", "http-alt", "https-alt"})


_Seen = Callable[[str, str | None, str], Iterator[Item]]


class _Refused(Exception):
    pass


def looks_like(head: bytes) -> bool:
    """Whether it is an XML document with nmaprun as its first element."""
    return b"<nmaprun" in head[:8192] and b"<" in head[:64]


class _Hosts:
    """A tree builder that holds one host at a time; complete hosts are in `ready`."""

    def __init__(self) -> None:
        self.ready: list[Element] = []
        self._builder: TreeBuilder | None = None
        self._depth = self._elements = self._text = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "host" and self._builder is None:
            self._builder, self._depth, self._elements, self._text = TreeBuilder(), 0, 0, 0
        if self._builder is not None:
            self._depth += 1
            self._elements += 1
            self._take(sum(map(len, attributes.values())))
            if self._elements > HOST_ELEMENTS or self._depth > 64:
                raise _Refused("a host with too many or too deeply nested elements")
            self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        if self._builder is not None:
            self._builder.end(tag)
            self._depth -= 1
            if self._depth == 0:
                self.ready.append(self._builder.close())
                self._builder = None

    def data(self, text: str) -> None:
        if self._builder is not None:
            self._take(len(text))
            self._builder.data(text)

    def _take(self, characters: int) -> None:
        self._text += characters
        if self._text > HOST_TEXT:
            raise _Refused(f"a host of more than {HOST_TEXT >> 20} MiB")


def _parser(hosts: _Hosts) -> expat.XMLParserType:
    def refuse(*_: object) -> int:
        raise _Refused("entity declarations, which nmap does not write")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = hosts.start, hosts.end
    parser.CharacterDataHandler = hosts.data
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every complete host."""
    hosts = _Hosts()
    parser, fed = _parser(hosts), 0
    try:
        while chunk := stream.read(_CHUNK):
            fed += len(chunk)
            parser.Parse(chunk, False)
            if fed - parser.CurrentByteIndex > MARKUP:
                raise _Refused(f"an element of more than {MARKUP >> 20} MiB")
            while hosts.ready:
                yield from _host(hosts.ready.pop(0), context)
        parser.Parse(b"", True)
    except (_Refused, expat.ExpatError, LookupError, ValueError) as error:
        yield from (item for host in hosts.ready for item in _host(host, context))
        match error:
            case _Refused():
                yield Problem(parser.CurrentLineNumber, f"refused: {error}")
            case expat.ExpatError():
                yield Problem(error.lineno, "malformed or truncated XML; the hosts before it were read")
            case _:  # the error of an unknown encoding in the first line
                yield Problem(1, "the first line declares an unknown encoding")


def _host(host: Element, context: Context) -> Iterator[Item]:
    ip = hardware = None
    for address in host.iter("address"):
        value = bounded(address.get("addr") or "", 64)
        if address.get("addrtype") == "mac":
            hardware = mac(value)
        elif ip is None:
            ip = value
    if not ip and not hardware:
        return
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


def _port(port: Element, ip: str, seen: _Seen) -> Iterator[Item]:
    state, service = port.find("state"), port.find("service")
    if state is None or not (state.get("state") or "").startswith("open"):
        return
    where = f"{ip}:{port.get('portid')}"
    name = (service.get("name") or "") if service is not None else ""
    if service is not None:
        product = " ".join(v for k in ("product", "version") if (v := service.get(k)))
        extra = service.get("extrainfo") or ""
        if name.startswith("sip"):
            yield from seen("sip.server", product, where)
        elif name == "snmp":
            yield from seen("snmp.sysdescr", extra, where)
        elif name in _HTTP:
            yield from seen("http.server", product, where)
    for script in port.iter("script"):
        yield from _script(script, where, name, seen)


def _script(script: Element, where: str, service: str, seen: _Seen) -> Iterator[Item]:
    identifier, output = script.get("id") or "", script.get("output") or ""
    cells = {e.get("key"): e.text for e in script.iter("elem") if e.get("key")}
    match identifier:
        case "http-title":
            yield from seen("http.title", cells.get("title") or output.partition("\n")[0], where)
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
