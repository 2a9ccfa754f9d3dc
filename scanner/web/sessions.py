"""The sessions of logged-in browsers, kept by this process: a logout, a restart or another password ends them.

A session is a random identifier in a cookie; the process keeps its hash and the time of its end. The number of sessions
is bounded: the oldest ends when there are too many.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict

#: Duration of a session, in seconds, and how many there may be.
SESSION_SECONDS, SESSIONS = 12 * 3600, 1000
#: Longest identifier that is looked up, in characters.
LONGEST = 128
#: The name of the cookie. Browsers accept a cookie with one of the prefixes only as described in RFC 6265bis, 4.1.3.
COOKIE = "phonescan"


class Sessions:
    """The sessions. Times are seconds of a clock that does not jump."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def begin(self, now: float) -> str:
        """The identifier of a new session: 256 random bits."""
        identifier = secrets.token_urlsafe(32)
        self._until[_hash(identifier)] = now + SESSION_SECONDS
        while self._until and (len(self._until) > SESSIONS or next(iter(self._until.values())) <= now):
            self._until.popitem(last=False)
        return identifier

    def valid(self, identifier: str, now: float) -> bool:
        """Whether an identifier is that of a session that has not ended."""
        if not 0 < len(identifier) <= LONGEST:
            return False
        return now < self._until.get(_hash(identifier), now)

    def end(self, identifier: str) -> None:
        """End a session."""
        self._until.pop(_hash(identifier[:LONGEST]), None)

    def end_all(self) -> None:
        """End every session."""
        self._until.clear()

    def __len__(self) -> int:
        return len(self._until)


def _hash(identifier: str) -> bytes:
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).digest()


def cookie_name(*, secure: bool, path: str) -> str:
    """The name of the cookie: over HTTPS with the strictest prefix that its path permits."""
    if not secure:
        return COOKIE
    return ("__Host-" if path == "/" else "__Secure-") + COOKIE


def cookie(value: str, *, secure: bool, path: str) -> bytes:
    """A Set-Cookie header; an empty value deletes the cookie."""
    attributes = ["Path=" + path, "HttpOnly", "SameSite=Strict"]
    if not value:
        attributes.append("Max-Age=0")
    if secure:
        attributes.append("Secure")
    return "; ".join([f"{cookie_name(secure=secure, path=path)}={value}", *attributes]).encode()
