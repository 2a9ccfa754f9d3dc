"""The security headers of responses: content policies of our pages and of Datasette's."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from scanner.web.script import SOURCE

Headers = list[tuple[bytes, bytes]]

#: The policy of our pages: one script, styles and images of this server alone, no frames.
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
_INLINE = re.compile(r"<script>(.*?)</script>", re.S)
_FACETS = ("DATASETTE_ALLOW_FACET = true;", "DATASETTE_ALLOW_FACET = false;")


@cache
def datasette_policy() -> str:
    """The policy of Datasette's pages: its script files, and the inline scripts that it ships, by their hash."""
    scripts = " ".join(f"'sha256-{_hash(script)}'" for script in (*_FACETS, *_shipped()))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _shipped() -> Iterable[str]:
    """The inline scripts of the installed Datasette that are the same on every page."""
    import datasette

    folder = Path(datasette.__file__).parent / "templates"
    for name in ("_close_open_menus.html", "_codemirror_foot.html"):
        path = folder / name
        if path.is_file():
            yield from (script for script in _INLINE.findall(path.read_text("utf-8")) if "{{" not in script)


def secured(headers: Iterable[tuple[bytes, bytes]], *, own: bool) -> Headers:
    """The headers of a response with ours added; the policy of our pages with `own`, else that of Datasette's."""
    policy = OWN_POLICY if own else datasette_policy()
    replaced = {name for name, _ in _ALWAYS} | {b"content-security-policy", b"server"}
    kept = [(bytes(name), bytes(value)) for name, value in headers if bytes(name).lower() not in replaced]
    return [*kept, *_ALWAYS, (b"content-security-policy", policy.encode())]
