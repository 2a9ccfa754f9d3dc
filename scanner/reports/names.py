"""Names for other tools: slugs for groups, and a unique host name for each device."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from scanner.reports.cells import plain
from scanner.reports.data import Row

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def slug(text: str, joint: str = "_") -> str:
    """`text` in [a-z0-9] and `joint`: `VVX 411` → `vvx_411`, `Zürich HQ` → `zurich_hq`; `unknown` for an empty text."""
    plain_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", joint, plain_text).strip(joint)[:60].strip(joint) or "unknown"


def host_name(row: Row) -> str:
    """A host name of [a-z0-9.-] from the host name of the device, else its MAC, else its address."""
    labels = [slug(part, "-") for part in plain(row.get("hostname")).split(".") if slug(part, "-") != "unknown"]
    if labels and all(_LABEL.fullmatch(label) for label in labels):
        return ".".join(labels)[:120]
    if mac := plain(row.get("mac")):
        return "phone-" + re.sub(r"[^0-9a-f]", "", mac.lower())
    if ip := plain(row.get("ip")):
        return "phone-" + slug(ip, "-")
    return "phone"


def unique_names() -> Callable[[Row], str]:
    """A function that returns a unique name for each row: the host name, with the MAC or a number where it is taken."""
    taken: set[str] = set()

    def name(row: Row) -> str:
        base = host_name(row)
        mac = re.sub(r"[^0-9a-f]", "", plain(row.get("mac")).lower())
        candidates = [base] + ([f"{base}-{mac[-6:]}"] if len(mac) == 12 else [])
        found = next((candidate for candidate in candidates if candidate not in taken), None)
        number = 2
        while found is None:
            if (candidate := f"{candidates[-1]}-{number}") not in taken:
                found = candidate
            number += 1
        taken.add(found)
        return found

    return name
