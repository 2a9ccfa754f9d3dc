"""What a status means here: compliant, noncompliant, to be reviewed, or nothing. And which catalogs decide.

`Policy()` is the contract's default. A settings file changes it:

    [policy]
    primary = "skype-for-business"
    fallback = ["lync"]
    newer = "compliant"              # a status → compliance, for every catalog
    stale_after_days = 730

    [policy.lync]                    # for one catalog: statuses, and how its rows are matched
    newer = "noncompliant"
    match = "minimum"
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from scanner.core.errors import SettingsError
from scanner.core.model import COMPLIANCES, STATUSES, Compliance, Status

#: Status → compliance as the contract has it.
DEFAULTS: dict[str, Compliance] = {
    "certified": "compliant",
    "compatible": "compliant",
    "outdated": "noncompliant",
    "newer": "review",
    "other-line": "noncompliant",
    "unknown-firmware": "review",
    "not-listed": "noncompliant",
    "unidentified": "review",
    "not-a-phone": "none",
}
#: A catalog older than this many days is said to be old.
STALE_AFTER_DAYS = 365


class Policy(Struct, frozen=True, kw_only=True):
    """Which catalogs decide, and what a status means.

    `compliance` holds what differs from the defaults for all catalogs, `per_catalog` for one; `match` says of a
    catalog whether its rows are `exact` or a `minimum`, whatever the rows say.
    """

    primary: str = "skype-for-business"
    fallback: tuple[str, ...] = ("lync",)
    compliance: dict[str, Compliance] = field(default_factory=dict)
    per_catalog: dict[str, dict[str, Compliance]] = field(default_factory=dict)
    match: dict[str, Literal["exact", "minimum"]] = field(default_factory=dict)
    stale_after_days: int = STALE_AFTER_DAYS

    def of(self, status: Status, catalog: str | None = None) -> Compliance:
        """The compliance of a status, as `catalog` has it if it says so, else as all have it."""
        own = self.per_catalog.get(catalog or "", {})
        return own.get(status) or self.compliance.get(status) or DEFAULTS[status]


_PLAIN = ("primary", "fallback", "stale_after_days", "match")


def from_settings(table: Mapping[str, Any], where: str = "[policy]") -> Policy:
    """The policy of a settings section. Raises SettingsError naming `where`, the key and the nearest known key."""
    compliance: dict[str, Compliance] = {}
    per_catalog: dict[str, dict[str, Compliance]] = {}
    match: dict[str, Literal["exact", "minimum"]] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            own = dict(value)
            if "match" in own:
                match[key] = _match(own.pop("match"), f"{where}.{key}")
            per_catalog[key] = {status: _compliance(status, word, f"{where}.{key}") for status, word in own.items()}
        elif key.replace("-", "_") not in _PLAIN:
            compliance[key] = _compliance(key, value, where)
    plain = {key.replace("-", "_"): value for key, value in table.items() if not isinstance(value, Mapping)}
    primary, fallback = plain.get("primary", "skype-for-business"), plain.get("fallback", ["lync"])
    fallback = [fallback] if isinstance(fallback, str) else fallback
    if not isinstance(primary, str) or not primary:
        raise SettingsError(f"{where}: primary is the name of a catalog; `phonescan catalog list` shows them")
    if not isinstance(fallback, (list, tuple)) or not all(isinstance(name, str) and name for name in fallback):
        raise SettingsError(f"{where}: fallback is a list of names of catalogs; `phonescan catalog list` shows them")
    days = plain.get("stale_after_days", STALE_AFTER_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise SettingsError(f"{where}: stale_after_days is a number of days, 1 or more")
    if "match" in plain:
        everywhere = _match(plain["match"], where)
        match = {**dict.fromkeys((primary, *fallback), everywhere), **match}
    return Policy(
        primary=primary,
        fallback=tuple(fallback),
        compliance=compliance,
        per_catalog=per_catalog,
        match=match,
        stale_after_days=days,
    )


def _compliance(status: str, word: object, where: str) -> Compliance:
    if status not in STATUSES:
        near = difflib.get_close_matches(status, [*STATUSES, *_PLAIN], 1, 0.0)[0]
        raise SettingsError(f"{where}: {status!r} is neither a setting nor a status; the nearest is {near!r}")
    for known in COMPLIANCES:
        if word == known:
            return known
    raise SettingsError(f"{where}: {status} is one of {', '.join(COMPLIANCES)}, not {word!r}")


def _match(word: object, where: str) -> Literal["exact", "minimum"]:
    if word == "exact" or word == "minimum":
        return word
    raise SettingsError(f'{where}: match is "exact" or "minimum", not {word!r}')
