"""Policies: status → compliance, primary and fallback catalogs, and rules for some devices.

`Policy()` is the default. A settings file changes it, and names others that extend it:

    [policy]
    use = "house"                    # the policy in force; default: `default`, which is this section
    primary = "skype-for-business"
    fallback = ["lync"]
    newer = "compliant"              # a status → compliance, for every catalog
    stale_after_days = 730

    [policy.lync]                    # for one catalog: statuses, and how its rows are matched
    newer = "noncompliant"
    match = "minimum"

    [policy.house]                   # a policy: a table with more keys than those of a catalog, or with `extends`
    extends = "strict"
    versions = { "Yealink T46S" = ["66.86.0.15", "66.86.0.20"] }

    [[policy.house.rule]]            # the first rule that is for a device and states something of it decides
    manufacturer = "Polycom"
    site = ["lab", "pilot"]
    newer_up_to = "5.9.6.2327"
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple

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


#: The policies of the program: what they change of `default`.
SHIPPED: dict[str, dict[str, Any]] = {
    "default": {},
    "strict": {"newer": "noncompliant", "match": "exact"},  # the certified version alone
    "minimum": {"newer": "compliant"},  # the certified version or a newer one of its line
    "frozen": {"newer": "noncompliant", "match": "exact"},  # the versions that `versions` lists
}
#: Most policies of a settings file that extend each other in a row.
_MOST_EXTENDED = 16

_Name = Annotated[str, Meta(min_length=1)]
_Names = _Name | tuple[_Name, ...] | None
_Match = Literal["exact", "minimum"]
_STATUS_KEYS: list[tuple[str, Any, Any]] = [
    (status.replace("-", "_"), Compliance | None, field(default=None, name=status)) for status in STATUSES
]
_MATCH_KEY: tuple[str, Any, Any] = ("match", _Match | None, None)
#: What a rule can select devices by.
SELECTORS = ("catalog", "manufacturer", "model", "site", "line")

#: `[policy.CATALOG]` of the settings: status → compliance for one catalog, and how its rows match.
CatalogTable = defstruct("CatalogTable", [_MATCH_KEY, *_STATUS_KEYS], frozen=True, forbid_unknown_fields=True)
#: `[[policy.NAME.rule]]`: the devices that it is for, and what it states of them.
RuleTable: Any = defstruct(
    "RuleTable",
    [
        *((name, _Names, None) for name in SELECTORS),
        ("newer_up_to", _Name | None, None),
        ("versions", _Names, None),
        *_STATUS_KEYS,
    ],
    frozen=True,
    forbid_unknown_fields=True,
)
_POLICY_KEYS: list[tuple[str, Any, Any]] = [
    ("primary", _Name | None, None),
    ("fallback", _Names, None),
    ("stale_after_days", Annotated[int, Meta(ge=1)] | None, None),
    _MATCH_KEY,
    *_STATUS_KEYS,
    ("versions", dict[_Name, _Name | tuple[_Name, ...]], field(default_factory=dict)),
    ("rule", tuple[RuleTable, ...], ()),
]
#: `[policy]` without the tables of catalogs and policies.
PolicyTable = defstruct(
    "PolicyTable", [("use", _Name | None, None), *_POLICY_KEYS], frozen=True, forbid_unknown_fields=True
)
#: `[policy.NAME]` without the tables of catalogs.
NamedPolicyTable = defstruct(
    "NamedPolicyTable", [("extends", _Name | None, None), *_POLICY_KEYS], frozen=True, forbid_unknown_fields=True
)
#: Keys of a policy whose value is a table, beside the tables of catalogs.
_OWN_TABLES = frozenset({"versions", "rule"})


class PolicyRule(Struct, frozen=True, kw_only=True):
    """What a policy states of some devices: those that every selector which is not empty names.

    `versions` are the only versions that are compliant, whatever a catalog lists; `newer_up_to` is the newest version
    that is compliant where the status is `newer`; `compliance` is status → compliance.
    """

    catalog: tuple[str, ...] = ()
    manufacturer: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    newer_up_to: str | None = None
    versions: tuple[str, ...] = ()
    compliance: dict[str, Compliance] = field(default_factory=dict)


class Policy(Struct, frozen=True, kw_only=True):
    """Primary and fallback catalogs, status → compliance, and rules for some devices.

    `compliance` contains the differences from the defaults for all catalogs, `per_catalog` those for one; `match` sets
    for a catalog whether its rows match `exact` or as a `minimum`, whatever the rows contain.
    """

    name: str = "default"
    primary: str = "skype-for-business"
    fallback: tuple[str, ...] = ("lync",)
    compliance: dict[str, Compliance] = field(default_factory=dict)
    per_catalog: dict[str, dict[str, Compliance]] = field(default_factory=dict)
    match: dict[str, Literal["exact", "minimum"]] = field(default_factory=dict)
    stale_after_days: int = STALE_AFTER_DAYS
    rules: tuple[PolicyRule, ...] = ()

    def of(self, status: Status, catalog: str | None = None) -> Compliance:
        """The compliance of a status: that of `catalog` if it has one, else that of all catalogs."""
        own = self.per_catalog.get(catalog or "", {})
        return own.get(status) or self.compliance.get(status) or DEFAULTS[status]


class PolicyTables(NamedTuple):
    """The tables in a `[policy]`: those of catalogs, and those of policies, by name."""

    catalogs: dict[str, Mapping[str, Any]]
    policies: dict[str, Mapping[str, Any]]


def tables(section: Mapping[str, Any]) -> PolicyTables:
    """The tables in a `[policy]`: a policy has a key that catalogs have not, or is named by `use` or `extends`."""
    found = own_tables(section)
    used = [section.get("use"), *(table.get("extends") for table in found.values()), *SHIPPED]
    policies = {name: table for name, table in found.items() if name in used or _of_policies(table)}
    return PolicyTables({name: table for name, table in found.items() if name not in policies}, policies)


def _of_policies(table: Mapping[str, Any]) -> bool:
    """Whether a table has a table, or a key that policies alone have, misspelled or not."""
    of_catalogs = set(CatalogTable.__struct_encode_fields__)
    alone = [key for key in NamedPolicyTable.__struct_encode_fields__ if key not in of_catalogs]
    return any(
        isinstance(value, Mapping) or (key not in of_catalogs and difflib.get_close_matches(key, alone, 1, 0.8))
        for key, value in table.items()
    )


def own_keys(table: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a policy's table without the tables of catalogs and policies."""
    return {k: v for k, v in table.items() if not isinstance(v, Mapping) or k in _OWN_TABLES}


def own_tables(table: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The tables in a policy's table: those of catalogs."""
    return {k: v for k, v in table.items() if isinstance(v, Mapping) and k not in _OWN_TABLES}


def names(section: Mapping[str, Any]) -> list[str]:
    """The policies of the program and of a `[policy]`."""
    return list(dict.fromkeys((*SHIPPED, *tables(section).policies)))


def fault(section: Mapping[str, Any]) -> tuple[str, str] | None:
    """The path of a policy's key that names what is not there, and the mistake in words; None without one."""
    known, policies, use = names(section), tables(section).policies, section.get("use")
    named = {"use": use, **{f"{name}.extends": table.get("extends") for name, table in policies.items()}}
    for path, name in named.items():
        if isinstance(name, str) and name not in known:
            return path, f"there is no policy {name!r}; choose one of {', '.join(known)}"
    for path, name in {"use": use if isinstance(use, str) else "default", **{name: name for name in policies}}.items():
        chain = _chain(name, policies)
        if len(chain) > _MOST_EXTENDED:
            return f"{name}.extends", f"{name} extends itself by way of others, or more than {_MOST_EXTENDED} policies"
        if "frozen" in chain and not any(_has_versions(policies.get(each, {})) for each in chain):
            return path, "a policy that is frozen needs versions; list the accepted ones in `versions`"
    return None


def _has_versions(table: Mapping[str, Any]) -> bool:
    rules = table.get("rule", ())
    several = rules if isinstance(rules, (list, tuple)) else ()
    return bool(table.get("versions")) or any(isinstance(rule, Mapping) and "versions" in rule for rule in several)


def _chain(name: str, policies: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A policy, the one that it extends, and so on to `default`; one more than are allowed where they have no end."""
    chain = [name]
    while chain[-1] != "default" and len(chain) <= _MOST_EXTENDED:
        extended = policies.get(chain[-1], {}).get("extends")
        chain.append(extended if isinstance(extended, str) and extended != chain[-1] else "default")
    return chain


def from_settings(section: Mapping[str, Any], where: str = "[policy]", name: str | None = None) -> Policy:
    """The policy `name` of a settings section, by default the one in force.

    Raises SettingsError with `where`, the key and the nearest known key.
    """
    if (wrong := fault(section)) is not None:
        raise SettingsError(f"{where}: {wrong[0]}: {wrong[1]}")
    found = tables(section)
    common = _converted(own_keys(section), PolicyTable, where)
    chosen = name or common.use or "default"
    if chosen not in names(section):
        raise SettingsError(f"there is no policy {chosen!r}; choose one of {', '.join(names(section))}")
    policy = _extended(Policy(), common, found.catalogs, where)
    for each in reversed(_chain(chosen, found.policies)):
        for table, place in ((SHIPPED.get(each, {}), where), (found.policies.get(each, {}), f"{where}.{each}")):
            own = _converted(own_keys(table), NamedPolicyTable, place)
            policy = _extended(policy, own, own_tables(table), place)
    return msgspec.structs.replace(policy, name=chosen)


def _extended(base: Policy, own: Any, of_catalogs: Mapping[str, Mapping[str, Any]], where: str) -> Policy:
    """A policy with what a table changes of it; its rules precede those of the policy that it extends."""
    catalogs = {name: _converted(table, CatalogTable, f"{where}.{name}") for name, table in of_catalogs.items()}
    primary = own.primary or base.primary
    fallback = base.fallback if own.fallback is None else _several(own.fallback)
    everywhere = dict.fromkeys((primary, *fallback), own.match) if own.match else {}
    per_catalog = dict(base.per_catalog)
    changed = _by_status(own)
    if changed:  # what is stated for all catalogs counts for those that the extended policy has statements of, too
        per_catalog = {
            name: kept
            for name, statuses in per_catalog.items()
            if (kept := {status: word for status, word in statuses.items() if status not in changed})
        }
    for name, catalog in catalogs.items():
        per_catalog[name] = {**per_catalog.get(name, {}), **_by_status(catalog)}
    return msgspec.structs.replace(
        base,
        primary=primary,
        fallback=fallback,
        compliance={**base.compliance, **changed},
        per_catalog=per_catalog,
        match={**base.match, **everywhere, **{name: table.match for name, table in catalogs.items() if table.match}},
        stale_after_days=own.stale_after_days or base.stale_after_days,
        rules=(*map(_rule, own.rule), *_listed(own.versions), *base.rules),
    )


def _rule(table: Any) -> PolicyRule:
    """A rule of the settings."""
    return PolicyRule(
        **{name: _several(getattr(table, name)) for name in SELECTORS},
        newer_up_to=table.newer_up_to,
        versions=_several(table.versions),
        compliance=_by_status(table),
    )


def _listed(versions: Mapping[str, str | tuple[str, ...]]) -> Iterator[PolicyRule]:
    """The rules of a table model → versions."""
    for model, listed in versions.items():
        yield PolicyRule(model=(model,), versions=_several(listed))


def _several(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names or ()


def _converted(table: Mapping[str, Any], kind: type[Struct], where: str) -> Any:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as fault:
        raise SettingsError(f"{where}: {violation(fault, kind)}") from None


def _by_status(section: Any) -> dict[str, Compliance]:
    """The statuses in a section with their compliance."""
    found = {status: getattr(section, status.replace("-", "_")) for status in STATUSES}
    return {status: compliance for status, compliance in found.items() if compliance is not None}
