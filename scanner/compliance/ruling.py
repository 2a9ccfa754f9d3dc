"""What a house states of a verdict by the catalogs: the rules of its policy, then its exceptions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from scanner.compliance.compare import Product
from scanner.compliance.exceptions import ANY, DeviceException, DevicePlace, ExceptionIndex
from scanner.compliance.listing import Readings
from scanner.compliance.policy import Policy, PolicyRule
from scanner.core.model import IN_CONFLICT, PHONE_KINDS, Assessment, Compliance
from scanner.firmware import compare
from scanner.identity.names import fold


def by_rules(found: Assessment, product: Product, place: DevicePlace, policy: Policy, readings: Readings) -> Assessment:
    """A verdict with the compliance that the first rule states which is for the device and states something of it."""
    for rule in policy.rules:
        if _is_for(rule, found, product, place) and (stated := _stated(rule, found, product, readings)):
            compliance, words = stated
            if not words and compliance == found.compliance:
                return found
            words = words or f"calls {found.status} {compliance} for it"
            return replace(found, compliance=compliance, reason=f"{found.reason} The policy {policy.name} {words}.")
    return found


def _is_for(rule: PolicyRule, found: Assessment, product: Product, place: DevicePlace) -> bool:
    """Whether every selector of a rule that is not empty names the device or its verdict."""
    whole = f"{product.manufacturer} {product.model}"
    return (
        _names(rule.catalog, found.catalog)
        and _names(rule.manufacturer, product.manufacturer)
        and (_names(rule.model, product.model) or _names(rule.model, whole))
        and _names(rule.site, place.site)
        and _names(rule.line, product.line)
    )


def _names(names: Sequence[str], name: str | None) -> bool:
    return not names or (name is not None and fold(name) in map(fold, names))


def _stated(rule: PolicyRule, found: Assessment, product: Product, readings: Readings) -> tuple[Compliance, str] | None:
    """The compliance that a rule states and, where it is about versions, the words for it; None for nothing."""
    if rule.versions and product.kind in PHONE_KINDS and product.model:
        listed = ", ".join(rule.versions)
        if not product.firmware:
            return "review", f"accepts {listed} for it, and its firmware is unknown"
        if _is_one_of(product, rule.versions, readings):
            return "compliant", f"accepts {product.firmware} for it"
        return "noncompliant", f"accepts {listed} alone for it"
    if rule.newer_up_to and found.status == "newer":
        limit = readings.version(product.manufacturer, product.model, rule.newer_up_to)
        own = readings.version(product.manufacturer, product.model, product.firmware)
        order = compare(own, limit) if own and limit else None
        if order is not None and order <= 0:
            return "compliant", f"accepts newer versions up to {rule.newer_up_to} for it"
    stated = rule.compliance.get(found.status)
    return (stated, "") if stated else None


def _is_one_of(product: Product, versions: Iterable[str], readings: Readings) -> bool:
    """Whether the firmware is one of the versions, as spelled or as compared."""
    own = readings.version(product.manufacturer, product.model, product.firmware)
    for text in versions:
        if fold(text) == fold(product.firmware or ""):
            return True
        other = readings.version(product.manufacturer, product.model, text) if own else None
        if own and other and compare(own, other) == 0:
            return True
    return False


def by_exceptions(
    found: Assessment,
    product: Product,
    place: DevicePlace,
    exceptions: ExceptionIndex,
    readings: Readings,
    today: date,
) -> Assessment:
    """A verdict that the first exception which holds and accepts it makes compliant.

    One that has ended is named in the reason. A verdict in conflict is accepted by `any` alone: what the device is, and
    with it the accepted version, is uncertain.
    """
    if found.compliance not in ("noncompliant", "review"):
        return found
    ended = ""
    for one in exceptions.of(place, product.manufacturer, product.model):
        if not _accepts(one, found, product, readings):
            continue
        if one.ended(today):
            ended = ended or f" An exception of {one.owner} {one.ending}."
            continue
        words = f" Accepted {one.until} by an exception of {one.owner}: {one.reason.rstrip('.')}."
        return replace(found, compliance="compliant", reason=found.reason + words, exception=one.digest)
    return replace(found, reason=found.reason + ended) if ended else found


def _accepts(one: DeviceException, found: Assessment, product: Product, readings: Readings) -> bool:
    if ANY in one.accept:
        return True
    if found.reason.startswith(IN_CONFLICT):
        return False
    return found.status in one.accept or (product.firmware is not None and _is_one_of(product, one.accept, readings))
