"""The security headers of responses: one content policy for our pages and Datasette's."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.web.script import SOURCE

Headers = list[tuple[bytes, bytes]]

#: The policy of all pages: one script, styles and images of this server alone, no frames.
OWN_POLICY = (
    f"default-src 'none'; script-src {SOURCE}; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


#: Only over HTTPS (RFC 6797, section 7.2): later requests to this host name use it too.
_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


def secured(headers: Iterable[tuple[bytes, bytes]], *, secure: bool = False) -> Headers:
    """The headers of a response with ours added: one policy, and no cache but for the style sheet."""
    replaced = {name for name, _ in _ALWAYS} | {b"content-security-policy", b"server"}
    kept = [(bytes(name), bytes(value)) for name, value in headers if bytes(name).lower() not in replaced]
    if not any(name.lower() == b"cache-control" and value.startswith(b"public") for name, value in kept):
        kept = [(name, value) for name, value in kept if name.lower() != b"cache-control"]
        kept.append((b"cache-control", b"no-store"))
    transport = [_TRANSPORT] if secure else []
    return [*kept, *_ALWAYS, *transport, (b"content-security-policy", OWN_POLICY.encode())]
