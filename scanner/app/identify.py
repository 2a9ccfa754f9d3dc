"""The use case `identify`: fields of one device → its identity and verdict, as the JSON object of the contract."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from msgspec import Struct

from scanner.compliance.policy import Policy
from scanner.core.fields import FIELDS, RESOLVED_MAC, known
from scanner.core.model import Catalog, Conflict, Evidence, Observation
from scanner.core.text import VALUE_LIMIT, bounded, mac
from scanner.identity.fingerprints import Fingerprints

#: The fields of one device: name → value or values; `ip` and `mac` may be among them.
Record = Mapping[str, str | list[str]]


class IdentifyResult(Struct, frozen=True, kw_only=True):
    """The result of `identify`: the keys of the contract, in its order; null where a part is unknown."""

    kind: str
    manufacturer: str | None
    model: str | None
    firmware: str | None
    line: str | None
    serial: str | None
    mac: str | None
    confidence: float
    status: str
    compliance: str
    catalog: str | None
    certified_firmware: str | None
    reason: str
    evidence: tuple[Evidence, ...]
    conflicts: tuple[Conflict, ...]


Identify = Callable[[Iterable[Observation]], IdentifyResult]


def identifier(fingerprints: Fingerprints, catalogs: tuple[Catalog, ...], policy: Policy, today: date) -> Identify:
    """A function observations of one device → IdentifyResult."""
    from scanner.compliance.judge import Judge
    from scanner.identity.fuse import identify

    judge = Judge(catalogs, policy, today, fingerprints)

    def one(observations: Iterable[Observation]) -> IdentifyResult:
        identity = identify(tuple(observations), fingerprints)
        verdict = judge.assess(identity)
        return IdentifyResult(
            kind=identity.kind,
            manufacturer=identity.manufacturer,
            model=identity.model,
            firmware=identity.firmware,
            line=identity.line,
            serial=identity.serial,
            mac=identity.mac,
            confidence=identity.confidence,
            status=verdict.status,
            compliance=verdict.compliance,
            catalog=verdict.catalog,
            certified_firmware=verdict.certified_firmware,
            reason=verdict.reason,
            evidence=identity.evidence,
            conflicts=identity.conflicts,
        )

    return one


def observations(record: Record) -> list[Observation]:
    """The observations of one record; `ip` and `mac` name the device. Raises ValueError with a sentence."""
    ip = record.get("ip")
    own_mac = record.get("mac")
    if own_mac is not None:
        own_mac = mac(own_mac) if isinstance(own_mac, str) else None
        if own_mac is None:
            raise ValueError(f"{record['mac']!r} is not a valid mac, such as 64:16:7f:12:34:56")
    if ip is not None and not isinstance(ip, str):
        raise ValueError(f"{ip!r} is not a valid address")
    found = []
    for field, value in record.items():
        if field not in FIELDS and not known(field):
            if field in ("ip", "mac"):
                continue
            raise ValueError(unknown_field(field))
        for text in (value,) if isinstance(value, str) else value:
            if len(text) > VALUE_LIMIT or "\0" in text:
                text = bounded(text)
            found.append(Observation(ip=ip, mac=own_mac, field=field, value=text))
    if own_mac and not found:
        found.append(Observation(ip=ip, mac=own_mac, field=RESOLVED_MAC, value=own_mac))
    if not found:
        raise ValueError("the record contains no field")
    return found


def unknown_field(name: str) -> str:
    """The message for an unknown field: with the nearest known one."""
    near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else "`phonescan identify --fields` lists them"
    return f"{name!r} is not a known field; {hint}"
