"""Validation of `phonescan.toml`: types, then what types do not express; each error names line and nearest key."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable
from math import isfinite
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from scanner.compliance import exceptions
from scanner.compliance import policy as policies
from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.limits import STORED_INTEGER
from scanner.core.toml import Document
from scanner.core.violations import Violation, keys_at, nearest, violation
from scanner.settings.records import SettingsSections

T = TypeVar("T", bound=msgspec.Struct)
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}


def sections(document: Document) -> SettingsSections:
    """The sections of a settings document. Raises SettingsError."""
    if (wrong := _impossible(document.table, "")) is not None:
        place, what = wrong
        raise document.fault(place, f"{place} {what}")
    found = _convert(document, document.table, SettingsSections, "")
    _check_policies(document, found.policy)
    _check_values(found, document)
    return found


def _check_policies(document: Document, section: dict[str, Any]) -> None:
    """`[policy]` with the tables of catalogs and policies in it."""
    found = policies.tables(section)
    _convert(document, policies.own_keys(section), policies.PolicyTable, "policy")
    of_catalogs = {f"policy.{name}": table for name, table in found.catalogs.items()}
    for name, table in found.policies.items():
        _convert(document, policies.own_keys(table), policies.NamedPolicyTable, f"policy.{name}")
        of_catalogs |= {f"policy.{name}.{each}": own for each, own in policies.own_tables(table).items()}
    for place, table in of_catalogs.items():
        _convert(document, table, policies.CatalogTable, place)
    if (wrong := policies.fault(section)) is not None:
        raise document.fault(f"policy.{wrong[0]}", f"policy.{wrong[0]}: {wrong[1]}")


def _impossible(value: Any, path: str) -> tuple[str, str] | None:
    """The path of the first value that no key can have, and why; None without one."""
    if isinstance(value, str) and "\0" in value:
        return path, "has a character U+0000, which no path, name or address has; delete it"
    if isinstance(value, float) and not isfinite(value):
        return path, "is not a finite number; write its digits"
    if type(value) is int and not STORED_INTEGER.least <= value <= STORED_INTEGER.most:
        return path, "is not a number of 64 bits; write a smaller one"
    parts: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        parts = ((f"{path}.{name}".lstrip("."), one) for name, one in value.items())
    elif isinstance(value, list):
        parts = ((f"{path}[{number}]", one) for number, one in enumerate(value))
    return next((found for place, one in parts if (found := _impossible(one, place)) is not None), None)


def days(retention: str | int) -> int:
    """A retention period in days: a number, or `400d`, `52w`, `12m`, `2y`. Raises SettingsError."""
    text = str(retention).strip().lower()
    number, unit = (text[:-1], text[-1]) if text and text[-1] in _UNITS else (text, "d")
    if not (number.isascii() and number.isdigit() and len(number) < 6 and int(number)):
        raise SettingsError(f"{retention!r} is not a retention period: write 400, 400d or 52w")
    return int(number) * _UNITS[unit]


def is_page(url: str) -> bool:
    """Whether an URL is that of web pages: http or https, a host, no query, and characters that need no escape."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return bool(
        parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        and parts.username is None and re.fullmatch(r"[!-~]+", url) and not re.search(r"[<>\"'\\^`{|}]", url)
    )  # fmt: skip


def _convert(document: Document, value: Any, kind: type[T], base: str) -> T:
    """The value at the path `base` as a `kind`."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        wrong = violation(error, kind)
    where = ".".join(filter(None, (base, wrong.place)))
    if wrong.key:
        raise document.fault(where, _unknown_key(kind, wrong, base))
    raise document.fault(where, f"{where or 'the settings'}: {wrong.what}")


def _unknown_key(kind: type[msgspec.Struct], wrong: Violation, base: str) -> str:
    """The sentence about an unknown key of a `kind` at the path `base`: its section, or the nearest known key."""
    key, known, where = wrong.key, keys_at(kind, wrong.path), ".".join(filter(None, (base, wrong.path)))
    here = f"[{where.partition('[')[0]}] has" if where else "the settings have"
    elsewhere = [
        name for name in keys_at(SettingsSections, "") if name != where and key in keys_at(SettingsSections, name)
    ]
    hint = f"did you mean {nearest(key, known)!r}?"
    if elsewhere and not difflib.get_close_matches(key, known, n=1, cutoff=0.7):
        hint = f"{key!r} is a key of [{elsewhere[0]}] (the nearest key here is {nearest(key, known)!r})"
    return f"{here} no key {key!r}; {hint}"


def _check_values(found: SettingsSections, document: Document) -> None:
    """What types do not express: subnets parse, retention periods parse, names are unique, credentials are complete."""

    def wrong(path: str, sentence: str) -> PhonescanError:
        return document.fault(path, f"{path}: {sentence}")

    for i, site in enumerate(found.site):
        for j, subnet in enumerate(site.subnets):
            try:
                ipaddress.ip_network(subnet, strict=False)
            except ValueError:
                raise wrong(f"site[{i}].subnets[{j}]", f"{subnet!r} is not a subnet such as 10.1.0.0/16") from None
    if found.web.url is not None and not is_page(found.web.url):
        raise wrong("web.url", f"{found.web.url!r} is not an address such as https://phones.example.org/")
    for i, one in enumerate(found.exception):
        try:
            exceptions.from_settings(one.match, one.accept, one.owner, one.reason, one.expires)
        except SettingsError as error:
            raise wrong(f"exception[{i}]", str(error)) from None
    kept = {"inventory": found.inventory.retention} | {f"scan[{i}]": s.retention for i, s in enumerate(found.scan)}
    for where, retention in kept.items():
        try:
            days(1 if retention is None else retention)
        except SettingsError as error:
            raise wrong(f"{where}.retention", str(error)) from None
    for i, credential in enumerate(found.credentials):
        if (credential.community is None) == (credential.user is None):
            raise wrong(f"credentials[{i}]", "give either a community, or a user with the SNMPv3 keys")
    for table, names in (
        ("credentials", [c.name for c in found.credentials]),
        ("scan", [s.name for s in found.scan]),
        ("map", [m.name for m in found.map]),
    ):
        for i, each in enumerate(names):
            if each in names[:i]:
                raise wrong(f"{table}[{i}].name", f"{each!r} is defined twice; give each a different name")
