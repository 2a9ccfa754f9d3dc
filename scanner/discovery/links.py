"""Links of a web page that lead to the same host and change nothing there."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

_ACTS = re.compile(r"logout|reboot|restart|reset|delete|upgrade|action=(?!product)", re.I)


def same_host(base: str, link: str) -> str | None:
    """`link` as a path on the host of the path `base`; None where it leads to another host or triggers an action."""
    joined = urlsplit(urljoin(f"http://host{base if base.startswith('/') else '/'}", html.unescape(link).strip()))
    path = (joined.path or "/") + (f"?{joined.query}" if joined.query else "")
    if joined.scheme not in ("http", "https") or joined.netloc != "host":
        return None
    if len(path) > 512 or not path.isascii() or not path.isprintable() or " " in path or _ACTS.search(path):
        return None
    return path
