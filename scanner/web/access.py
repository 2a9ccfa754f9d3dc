"""The access rules of the web pages: one secret for all readers, form tokens, accepted host names and origins.

The secret is a password or token. It is kept as a hash, compared in constant time, and sent as `Authorization: Bearer`
or `Basic` (any user name), or entered on the login page, which begins a session (`sessions`). `guesses` decides whether
it is compared at all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scanner.core.errors import UsageError

#: Longest secret in characters (OWASP ASVS 4.0.3, 2.1.2), and how many times as long it may be before `normal`.
LONGEST, DECOMPOSED = 128, 4

#: A Host header: an IPv6 address in brackets, or another address or name, and a port (RFC 9110, section 7.2).
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([\w.~-]+))(?::[0-9]*)?")


def normal(secret: str) -> str:
    """A secret as it is compared: composed (NFC), every space the ASCII one (RFC 8265, section 4.2), none around it.

    So it is the same from every keyboard, file and program.
    """
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in secret)
    return unicodedata.normalize("NFC", spaced).strip()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(normal(secret).encode("utf-8", "surrogateescape")).digest()


def _text(octets: bytes) -> str:
    """The text of a header or of credentials: UTF-8 (RFC 7617, section 2.1), or Latin-1, as some programs send it."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _bare(host: str) -> str:
    """A Host header without its port, in lower case, brackets and the last dot dropped; empty where it is not valid."""
    found = _HOST.fullmatch(host.strip().lower())
    return (found[1] or found[2].rstrip(".")) if found else ""


def is_same_origin(origin: str, host: str, site: str) -> bool:
    """Whether a request comes from a page of this server, by its headers Origin, Host and Sec-Fetch-Site.

    A request without Origin does not: browsers send it with every POST (Fetch 3.1). A proxy may leave the port out of
    Host, so that names are compared; Sec-Fetch-Site, where a browser sends it, compares scheme and port as well.
    """
    scheme, _, name = origin.partition("://")
    same = bool(_bare(name)) and _bare(name) == _bare(host)
    return scheme in ("http", "https") and same and site in ("", "same-origin")


def is_foreign(origin: str, host: str, site: str) -> bool:
    """Whether a request comes from a page of another server, by its headers Origin, Host and Sec-Fetch-Site.

    A program sends neither Origin nor Sec-Fetch-Site. A browser sends Sec-Fetch-Site to trustworthy origins, compared
    by itself, and Origin with every POST.
    """
    if site:
        return site not in ("same-origin", "none")
    return bool(origin) and not is_same_origin(origin, host, site)


def is_loopback(address: str) -> bool:
    """Whether an address is reachable from this machine alone."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Access:
    """The access rules. Without a secret every client has access, so that the address must be loopback.

    `hosts` are the accepted host names besides `localhost` and literal addresses: another name means that a foreign
    page resolves its own name to this server (DNS rebinding).
    """

    digest: bytes | None = None
    hosts: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Access({'with a secret' if self.digest else 'open'}, hosts={sorted(self.hosts)})"

    @property
    def closed(self) -> bool:
        """Whether a secret is required."""
        return self.digest is not None

    def with_secret(self, secret: str) -> Access:
        """The same rules with another secret."""
        return replace(self, digest=_digest(secret))

    def accepts_secret(self, secret: str) -> bool:
        """Whether this is the secret."""
        possible = len(secret) <= LONGEST * DECOMPOSED
        return possible and self.digest is not None and hmac.compare_digest(_digest(secret), self.digest)

    def accepts_host(self, host: str) -> bool:
        """Whether a Host header is accepted: an address, localhost, or an allowed name."""
        bare = _bare(host)
        if bare in self.hosts or bare == "localhost":
            return True
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            return False
        return True

    def authorizes(self, header: bytes) -> bool:
        """Whether an Authorization header contains the secret."""
        scheme, _, given = header.strip().partition(b" ")
        match scheme.lower():
            case b"bearer":
                return self.accepts_secret(_text(given))
            case b"basic":
                try:
                    pair = _text(base64.b64decode(given.strip(), validate=True))
                except binascii.Error:
                    return False
                return self.accepts_secret(pair.partition(":")[2])
        return False

    def form_token(self, cookie: str) -> str:
        """The token of forms in the session of a cookie: another page can neither read nor compute it."""
        return hmac.new(self.digest or b"", f"phonescan form {cookie}".encode(), hashlib.sha256).hexdigest()

    def accepts_form(self, token: str, cookie: str) -> bool:
        """Whether a token is that of the forms in the session of a cookie."""
        wanted = self.form_token(cookie).encode()
        return self.closed and hmac.compare_digest(wanted, token.encode("utf-8", "replace"))


def access(secret: str | None, *, address: str, hosts: Iterable[str] = ()) -> Access:
    """The rules for an address to listen on. Raises UsageError where a secret is required and there is none."""
    if secret is None and not is_loopback(address):
        raise UsageError(
            f"{address} can be reached from other machines, so a password is required: "
            "give --token env:NAME, --token generate or --password-file FILE, or listen on 127.0.0.1"
        )
    named = {_bare(host) for host in hosts} | ({_bare(address)} if address else set())
    return Access(_digest(secret) if secret is not None else None, frozenset(named - {""}))
