"""The policy: status → compliance, and the primary and fallback catalogs.

`Policy()` is the default. A settings file changes it:

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

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, defstruct, field

from scanner.core.errors import SettingsError
from scanner.core.model import STATUSES, Compliance, Status
from scanner.core.violations import violation

#: Status → default compliance.
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
#: Age in days from which a catalog is reported as old.
STALE_AFTER_DAYS = 365


_Name = Annotated[str, Meta(min_length=1)]
_Match = Literal["exact", "minimum"]
_STATUS_KEYS: list[tuple[str, Any, Any]] = [
    (status.replace("-", "_"), Compliance | None, field(default=None, name=status)) for status in STATUSES
]
_MATCH_KEY: tuple[str, Any, Any] = ("match", _Match | None, None)
_CATALOG_KEYS: list[tuple[str, Any, Any]] = [
    ("primary", _Name | None, None),
    ("fallback", _Name | tuple[_Name, ...] | None, None),
    ("stale_after_days", Annotated[int, Meta(ge=1)] | None, None),
]

#: `[policy.CATALOG]` of the settings: status → compliance for one catalog, and how its rows match.
CatalogTable = defstruct("CatalogTable", [_MATCH_KEY, *_STATUS_KEYS], frozen=True, forbid_unknown_fields=True)
#: `[policy]` without its tables: the catalogs of the policy, and the same keys for all of them.
PolicyTable = defstruct(
    "PolicyTable", [*_CATALOG_KEYS, _MATCH_KEY, *_STATUS_KEYS], frozen=True, forbid_unknown_fields=True
)


class Policy(Struct, frozen=True, kw_only=True):
    """Primary and fallback catalogs, and status → compliance.

    `compliance` contains the differences from the defaults for all catalogs, `per_catalog` those for one; `match` sets
    for a catalog whether its rows match `exact` or as a `minimum`, whatever the rows contain.
    """

    primary: str = "skype-for-business"
    fallback: tuple[str, ...] = ("lync",)
    compliance: dict[str, Compliance] = field(default_factory=dict)
    per_catalog: dict[str, dict[str, Compliance]] = field(default_factory=dict)
    match: dict[str, Literal["exact", "minimum"]] = field(default_factory=dict)
    stale_after_days: int = STALE_AFTER_DAYS

    def of(self, status: Status, catalog: str | None = None) -> Compliance:
        """The compliance of a status: that of `catalog` if it has one, else that of all catalogs."""
        own = self.per_catalog.get(catalog or "", {})
        return own.get(status) or self.compliance.get(status) or DEFAULTS[status]


def from_settings(table: Mapping[str, Any], where: str = "[policy]") -> Policy:
    """The policy of a settings section. Raises SettingsError with `where`, the key and the nearest known key."""
    common = _converted({k: v for k, v in table.items() if not isinstance(v, Mapping)}, PolicyTable, where)
    catalogs = {k: _converted(v, CatalogTable, f"{where}.{k}") for k, v in table.items() if isinstance(v, Mapping)}
    default = Policy()
    primary = common.primary or default.primary
    fallback = default.fallback if common.fallback is None else common.fallback
    fallback = (fallback,) if isinstance(fallback, str) else fallback
    everywhere = dict.fromkeys((primary, *fallback), common.match) if common.match else {}
    return Policy(
        primary=primary,
        fallback=fallback,
        compliance=_by_status(common),
        per_catalog={name: _by_status(catalog) for name, catalog in catalogs.items()},
        match={**everywhere, **{name: catalog.match for name, catalog in catalogs.items() if catalog.match}},
        stale_after_days=common.stale_after_days or default.stale_after_days,
    )


def _converted(table: Mapping[str, Any], kind: type[Struct], where: str) -> Any:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as fault:
        raise SettingsError(f"{where}: {violation(fault, kind)}") from None


def _by_status(section: Any) -> dict[str, Compliance]:
    """The statuses in a section with their compliance."""
    found = {status: getattr(section, status.replace("-", "_")) for status in STATUSES}
    return {status: compliance for status, compliance in found.items() if compliance is not None}
