"""HTTP and HTTPS: `/`, the certificate, and the pages without login that the vendor is known to serve.

GET alone, without Authorization; a 401 is a response, and its realm is a finding.
"""

from __future__ import annotations

import hashlib
import html
import re
from functools import partial
from itertools import islice

from scanner.core.outcomes import Outcome
from scanner.core.text import VALUE_LIMIT, bounded
from scanner.core.text import mac as normal_mac
from scanner.discovery.certificates import certificate_findings
from scanner.discovery.conversation import BODY_LIMIT, Conversation, Findings, Get, Page, Peer, Response
from scanner.discovery.declaration import Discovery, Exchange, Transport
from scanner.discovery.options import HTTP_ALTERNATE_PORTS, Options
from scanner.discovery.pages import next_pages

#: Realms that are kept of one page; a response names one for each scheme.
REALMS = 8
#: Requests to one port: `/`, four pages of a vendor, one of the page's own, and redirects of the last.
REQUESTS = 8

_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,2000}?)</title", re.I | re.S)
# realm="…" with escapes, or a bare token (RFC 9110 11.2 and what devices send)
_REALM = re.compile(r"\brealm\s*=\s*(?:\"((?:[^\"\\]|\\.){0,512})\"?|([^\s,\"]{1,256}))", re.I)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,32})", re.I)
#: Charsets of web pages (WHATWG Encoding 4.2). Python has more, some of which take hours to decode a hostile page.
_CHARSETS = re.compile(
    r"utf-?(?:8|16(?:[bl]e)?)|(?:us-)?ascii|iso-?8859-?\d{1,2}|latin-?1|windows-125\d|cp125\d|koi8-[ru]|gb2312|gbk|"
    r"gb18030|big5|shift_?jis|euc-(?:jp|kr)",
    re.I,
)
#: How far into a page its title may stand, in characters.
_TITLE_WITHIN = 65_536
#: Words near which a long page contains model or firmware; kept with some text before and after.
_MARKS = re.compile(
    r"g_phonetype|g_strFirmware|phoneName|\"firmware\"|Enterprise IP phone|rsa\.js\?|modelNumber|appLoadID|App Load ID|"
    r"serialNumber|MACAddress|phoneModelInformationTd|UCS_software_version|Product\s*=|Firmware Version|"
    r"Software Version|Web Configuration Utility|headerLabel|IP Phone CP-|BootROMID",
    re.I,
)
_BEFORE, _AFTER = 60, 240


def declare(options: Options) -> Discovery:
    """HTTP on the ports of `options`."""
    return Discovery(
        name="http",
        summary="reads web pages without login, and certificates",
        setting="ports.http",
        steps=(
            Exchange(
                transport=Transport.HTTP,
                ports=options.http_ports,
                conversation=partial(_visit, options),
                tls=options.https_ports,
                requests=REQUESTS,
                unprompted=tuple(port for port in options.http_ports if port not in HTTP_ALTERNATE_PORTS),
                sends="`GET /` and at most four pages that the vendor serves without a login; a TLS handshake",
            ),
        ),
    )


def _visit(options: Options, peer: Peer) -> Conversation:
    """The pages of a host: `/`, then those that `next_pages` chooses by what was read so far."""
    found: dict[tuple[str, str], None] = {}
    paths: list[str] = []
    queue = ["/"]
    while queue:
        path = queue.pop(0)
        if path in paths:
            continue
        pages: tuple[Page, ...] = (yield Get(path)) or ()
        paths += [page.path for page in pages]
        found |= dict.fromkeys(finding for page in pages for finding in read(page))
        if not any(page.status for page in pages):
            break
        if not queue:
            queue += _next_pages(options, (*peer.findings, *found), tuple(paths))
    return Response(Outcome.ANSWERED, tuple(found))


def _next_pages(options: Options, findings: Findings, paths: tuple[str, ...]) -> tuple[str, ...]:
    macs = {value for field, value in findings if field == "arp.mac" and normal_mac(value) == value}
    makers = " ".join(sorted({options.maker(mac) or "" for mac in macs}))
    return next_pages(findings, paths, makers)


def read(page: Page) -> Findings:
    """The findings in one page. Values are bounded; empty ones are left out."""
    found: list[tuple[str, str]] = [("http.status", str(page.status))] if page.status else []
    headers = page.headers
    found += [("http.server", value) for name, value in headers if name == "server"][:1]
    realms = (
        m[1] or m[2] or "" for name, value in headers if name == "www-authenticate" for m in _REALM.finditer(value)
    )
    found += [("http.realm", re.sub(r"\\(.)", r"\1", realm)) for realm in islice(realms, REALMS)]
    cookies = [value.partition("=")[0].strip() for name, value in headers if name == "set-cookie"]
    found.append(("http.cookie", ", ".join(dict.fromkeys(cookies))))
    kind = next((value.lower() for name, value in headers if name == "content-type"), "")
    if kind.startswith("image/") or page.path.lower().endswith((".ico", ".png")):
        if page.status == 200 and 0 < len(page.body) < BODY_LIMIT:
            found.append(("http.favicon", f"md5:{hashlib.md5(page.body, usedforsecurity=False).hexdigest()}"))
    elif not kind.startswith(("video/", "audio/", "application/octet-stream")) and not 300 <= page.status < 400:
        text = _decoded(page.body, kind)
        if page.status >= 400 and page.path != "/" and not _MARKS.search(text):
            text, title = "", None  # "404 Not Found" does not describe the device
        else:
            title = _TITLE.search(text[:_TITLE_WITHIN])
        if title:
            found.append(("http.title", " ".join(html.unescape(title[1]).split())))
        found.append(("http.body", excerpt(text)))
    if page.path != "/" and 0 < page.status < 400:
        found.append(("http.path", page.path))
    found += certificate_findings(page.certificate)
    return tuple(dict.fromkeys((field, text) for field, value in found if (text := bounded(value))))


def excerpt(text: str) -> str:
    """A body short enough to keep: whole, or its start and the parts that contain model or firmware, in order."""
    text = text.strip()
    if len(text) <= VALUE_LIMIT:
        return text
    kept, end = [text[:1024]], 1024
    for match in _MARKS.finditer(text, 1024):
        start = max(match.start() - _BEFORE, end)
        stop = match.end() + _AFTER
        if stop > end and sum(map(len, kept)) + stop - start < VALUE_LIMIT - 64:
            kept.append(("" if start == end else " … ") + text[start:stop])
            end = stop
    return "".join(kept)


def _decoded(raw: bytes, kind: str) -> str:
    """Bytes decoded in the charset that the page names, if Python has it; in UTF-8 otherwise."""
    named = _CHARSET.search(kind.encode("ascii", "replace")) or _CHARSET.search(raw[:1024])
    charset = named[1].decode("ascii") if named else ""
    try:
        return raw.decode(charset if _CHARSETS.fullmatch(charset) else "utf-8", "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")
