"""Names for other tools: slugs for groups, and a unique host name for each device."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from scanner.reports.cells import plain
from scanner.reports.data import Row

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
#: Longest host name of other tools, in characters, unless a tool has its own limit.
LONGEST = 120


def slug(text: str, joint: str = "_", longest: int = 60) -> str:
    """`text` in [a-z0-9] and `joint`: `VVX 411` → `vvx_411`, `Zürich HQ` → `zurich_hq`; `unknown` for an empty text."""
    plain_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", joint, plain_text).strip(joint)[:longest].strip(joint) or "unknown"


def host_name(row: Row, longest: int = LONGEST) -> str:
    """A host name of [a-z0-9.-] from the host name of the device, else its MAC, else its address."""
    labels = [slug(part, "-") for part in plain(row.get("hostname")).split(".") if slug(part, "-") != "unknown"]
    if labels and all(_LABEL.fullmatch(label) for label in labels):
        return ".".join(labels)[:longest].rstrip(".-")
    if mac := plain(row.get("mac")):
        return "phone-" + re.sub(r"[^0-9a-f]", "", mac.lower())
    if ip := plain(row.get("ip")):
        return "phone-" + slug(ip, "-")
    return "phone"


def unique_names(longest: int = LONGEST) -> Callable[[Row], str]:
    """A function that returns a unique name for each row: the host name, with the MAC or a number where it is taken."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}

    def name(row: Row) -> str:
        base = host_name(row, longest)
        mac = re.sub(r"[^0-9a-f]", "", plain(row.get("mac")).lower())
        candidates = [base] + ([f"{base[: longest - 7]}-{mac[-6:]}"] if len(mac) == 12 else [])
        found = next((candidate for candidate in candidates if candidate not in taken), None)
        while found is None:
            stem = candidates[-1]
            number = numbers[stem] = numbers.get(stem, 1) + 1
            if (candidate := f"{stem[: longest - len(str(number)) - 1]}-{number}") not in taken:
                found = candidate
        taken.add(found)
        return found

    return name
