"""Whether a version in a value is that of the application that a telephone runs. Pure.

Updater, boot loader, BootROM, recovery image and hardware have versions of their own, which certify nothing; 0.0.0.0,
`-` and `N/A` do not show a version.
"""

from __future__ import annotations

import re

_OTHER = r"boot(?:[ _-]?(?:rom|loader|block|sw))?|updater|recovery|br|up|hardware|hw"
#: The end of the text in front of a version of another program: `Updater:`, `BR/`, `hardware version V`.
_BEFORE = re.compile(
    rf"(?<![a-z])(?:{_OTHER})(?:[ _-](?:version|ver|rev|revision|image))?[ :/=_-]{{0,3}}v?\Z", re.IGNORECASE
)
_JOINED = re.compile(r"(?:boot|updater|recovery)", re.IGNORECASE)
#: Texts in place of a version.
_NOTHING = re.compile(r"[v ]?[0._-]*|n/?a|none|null|unknown|not available", re.IGNORECASE)
#: What a request of Polycom's other programs ends with.
_TYPE = re.compile(r"\bType/(?:Updater|Boot)", re.IGNORECASE)
#: Most characters in front of a version that are searched.
_NEAR = 32


def is_application(value: str, version: str) -> bool:
    """Whether `version` shows, where it stands in `value`, the version of the application."""
    if _NOTHING.fullmatch(version) or _JOINED.match(version) or _TYPE.search(value):
        return False
    at = value.find(version)
    if at < 0:
        return True
    while at >= 0:
        if not _BEFORE.search(value[max(0, at - _NEAR) : at]):
            return True
        at = value.find(version, at + 1)
    return False
