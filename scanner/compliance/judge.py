"""One identity held against one catalog, and against all catalogs of a policy. Pure: the same in, the same out.

The order of the questions is the order of the code: is it a phone, is the model known, is the model listed, is the
firmware known and readable, may the two versions be compared, and which is the newer.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from scanner.compliance import reasons
from scanner.compliance.listing import Readings, listed
from scanner.compliance.names import fold
from scanner.compliance.policy import Policy
from scanner.core.errors import DataError
from scanner.core.model import PHONE_KINDS, Assessment, Catalog, CatalogEntry, Identity, Status
from scanner.firmware import Version, compare


class Finding(NamedTuple):
    """What the comparison found: the status, the entries of the model, and the one that decided."""

    status: Status
    entries: tuple[CatalogEntry, ...] = ()
    decided: CatalogEntry | None = None
    version: Version | None = None
    #: The other evidence for the line that made `other-line` of a comparable number.
    evidence_line: str | None = None


def judge(identity: Identity, catalog: Catalog, policy: Policy, today: date, fingerprints: Readings) -> Assessment:
    """The assessment of `identity` by `catalog` alone."""
    finding = find(identity, catalog, policy, fingerprints)
    return Assessment(
        status=finding.status,
        compliance=policy.of(finding.status, catalog.name),
        reason=reasons.reason(identity, catalog, finding, policy, today),
        catalog=catalog.name,
        certified_firmware=_certified(finding),
        catalog_source=catalog.source,
        catalog_date=catalog.date,
    )


def assess(
    identity: Identity, catalogs: Sequence[Catalog], policy: Policy, today: date, fingerprints: Readings
) -> tuple[Assessment, tuple[Assessment, ...]]:
    """The overall assessment by the policy, and one for each of `catalogs`, in their order.

    The primary catalog decides; a model that it does not list is judged by the first fallback that does, where a
    listed version makes it `compatible`. Raises DataError when a catalog of the policy is not among `catalogs`.
    """
    verdicts = tuple(judge(identity, catalog, policy, today, fingerprints) for catalog in catalogs)
    return overall(identity, catalogs, policy, today, fingerprints), verdicts


def overall(
    identity: Identity, catalogs: Sequence[Catalog], policy: Policy, today: date, fingerprints: Readings
) -> Assessment:
    """The overall assessment alone: catalogs that do not decide are asked only for what is said beside it.

    A fleet is a few hundred models and versions: verdicts are remembered while the question stays the same.
    """
    question = _remembered(tuple(catalogs), policy, today, fingerprints)
    product = identity.kind, identity.manufacturer, identity.model
    verdict = question.unlisted.get(product)
    if verdict is not None:
        return verdict
    whole = *product, identity.firmware, identity.line
    verdict = question.verdicts.get(whole)
    if verdict is None:
        verdict = _overall(identity, catalogs, policy, today, fingerprints)
        if _by_product_alone(verdict, identity, catalogs, fingerprints):
            _keep(question.unlisted, product, verdict)
        else:
            _keep(question.verdicts, whole, verdict)
    return verdict


def _by_product_alone(
    verdict: Assessment, identity: Identity, catalogs: Sequence[Catalog], fingerprints: Readings
) -> bool:
    """Whether the verdict says nothing of the firmware: no phone, no model, or one that no catalog lists."""
    if verdict.status in ("not-a-phone", "unidentified"):
        return True
    return verdict.status == "not-listed" and not any(listed(identity, each, fingerprints) for each in catalogs)


def _overall(
    identity: Identity, catalogs: Sequence[Catalog], policy: Policy, today: date, fingerprints: Readings
) -> Assessment:
    by_name = {catalog.name: catalog for catalog in catalogs}
    for name in (policy.primary, *policy.fallback):
        if name not in by_name:
            known = ", ".join(by_name) or "none"
            raise DataError(
                f"the policy names the catalog {name!r}, which is not here (there are: {known}): import it first"
            )
    first = judge(identity, by_name[policy.primary], policy, today, fingerprints)
    if first.status == "not-listed":
        for name in policy.fallback:
            if not listed(identity, by_name[name], fingerprints):
                continue
            found = judge(identity, by_name[name], policy, today, fingerprints)
            if found.status != "certified":
                return _with_reason(found, found.reason + reasons.only_in(name, policy.primary))
            return Assessment(
                status="compatible",
                compliance=policy.of("compatible", name),
                reason=reasons.compatible(found.reason, by_name[name], policy.primary),
                catalog=name,
                certified_firmware=found.certified_firmware,
                catalog_source=found.catalog_source,
                catalog_date=found.catalog_date,
            )
    if first.status in ("outdated", "newer", "other-line", "not-listed"):
        others = [c for c in catalogs if c.name != policy.primary]
        elsewhere = [c.name for c in others if find(identity, c, policy, fingerprints).status == "certified"]
        if elsewhere:
            return _with_reason(first, first.reason + reasons.listed_elsewhere(elsewhere))
    return first


class _Question(NamedTuple):
    catalogs: tuple[Catalog, ...]
    policy: Policy
    today: date
    fingerprints: Readings
    verdicts: dict[tuple[str | None, ...], Assessment]
    #: Verdicts that hold for a kind, maker and model whatever the firmware.
    unlisted: dict[tuple[str | None, ...], Assessment]


#: Remembered verdicts of one question: catalogs, policy, day and fingerprints. A hostile network cannot make it more.
_VERDICTS_KEPT = 4096
_LAST: list[_Question] = []


def _keep(verdicts: dict[tuple[str | None, ...], Assessment], key: tuple[str | None, ...], found: Assessment) -> None:
    if len(verdicts) >= _VERDICTS_KEPT:
        verdicts.clear()
    verdicts[key] = found


def _remembered(catalogs: tuple[Catalog, ...], policy: Policy, today: date, fingerprints: Readings) -> _Question:
    for last in _LAST:
        same = last.catalogs is catalogs or (
            len(last.catalogs) == len(catalogs) and all(map(operator.is_, last.catalogs, catalogs))
        )
        if same and last.policy is policy and last.today == today and last.fingerprints is fingerprints:
            return last
    question = _Question(catalogs, policy, today, fingerprints, {}, {})
    _LAST[:] = [question]
    return question


def _with_reason(assessment: Assessment, reason: str) -> Assessment:
    return Assessment(
        status=assessment.status,
        compliance=assessment.compliance,
        reason=reason,
        catalog=assessment.catalog,
        certified_firmware=assessment.certified_firmware,
        catalog_source=assessment.catalog_source,
        catalog_date=assessment.catalog_date,
    )


def find(identity: Identity, catalog: Catalog, policy: Policy, fingerprints: Readings) -> Finding:
    """The status of `identity` by `catalog`, with what decided it."""
    if identity.kind not in PHONE_KINDS:
        return Finding("not-a-phone")
    if not identity.model:
        return Finding("unidentified")
    entries = listed(identity, catalog, fingerprints)
    if not entries:
        return Finding("not-listed")
    if not identity.firmware:
        return Finding("unknown-firmware", entries)
    same = next((entry for entry in entries if fold(entry.firmware or "") == fold(identity.firmware)), None)
    version = fingerprints.version(identity.manufacturer, identity.model, identity.firmware)
    if version is None:
        return Finding("certified", entries, same) if same else Finding("unknown-firmware", entries)
    if version.line is None and identity.line and _another_edition(identity.line, catalog.name):
        return Finding("other-line", entries, same, version, identity.line)
    if same:
        return Finding("certified", entries, same, version)
    return _compared(identity, entries, version, policy.match.get(catalog.name), fingerprints)


def _compared(
    identity: Identity,
    entries: tuple[CatalogEntry, ...],
    version: Version,
    match: str | None,
    fingerprints: Readings,
) -> Finding:
    """The status by the order of versions. Of several listed ones the newest comparable one is the mark."""
    mark: tuple[Version, CatalogEntry] | None = None
    for entry in entries:
        listed_text = _filled_in(entry.firmware or "", identity.firmware or "")
        certified = fingerprints.version(identity.manufacturer, identity.model, listed_text)
        order = compare(version, certified) if certified else None
        if certified is None or order is None:
            continue
        if order == 0 or (order > 0 and (match or entry.match) == "minimum"):
            return Finding("certified", entries, entry, version)
        if mark is None or (compare(mark[0], certified) or 0) < 0:
            mark = certified, entry
    if mark is None:
        return Finding("other-line", entries, None, version)
    newer = (compare(version, mark[0]) or 0) > 0
    return Finding("newer" if newer else "outdated", entries, mark[1], version)


_EDITIONS = frozenset({"skype-for-business", "lync", "teams", "sip", "zoom"})


def _another_edition(line: str, catalog: str) -> bool:
    """Whether other evidence puts a phone in an edition that `catalog` is not about. Lync and its successor are one."""
    if line not in _EDITIONS or catalog not in _EDITIONS:
        return False
    microsoft = {"skype-for-business", "lync"}
    return line != catalog and not {line, catalog} <= microsoft


def _filled_in(listed_text: str, firmware: str) -> str:
    """`x.8.1.62` for all platforms, with the platform of the phone in the place of the x."""
    wanted, have = listed_text.split("."), firmware.split(".")
    if "x" not in (part.lower() for part in wanted) or len(wanted) != len(have):
        return listed_text
    return ".".join(mine if part.lower() == "x" else part for part, mine in zip(wanted, have, strict=True))


def _certified(finding: Finding) -> str | None:
    if finding.decided:
        return finding.decided.firmware
    return ", ".join(dict.fromkeys(entry.firmware or "" for entry in finding.entries)) or None
