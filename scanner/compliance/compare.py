"""One phone compared with one catalog: the status, and the catalog row that decides it. Pure.

The order of the checks is the order of the code: is the device a phone, is its model known, is the model listed, is the
firmware known and parseable, are the two versions comparable, and which of them is newer.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from scanner.compliance.listing import Listing, Readings
from scanner.core.model import PHONE_KINDS, CatalogEntry, Kind, Status
from scanner.firmware import Version, compare
from scanner.identity.names import fold


class Product(Struct, frozen=True):
    """What a verdict depends on: the parts of an identity that many devices share."""

    kind: Kind
    manufacturer: str | None
    model: str | None
    firmware: str | None
    #: The firmware line by other evidence than the version.
    line: str | None


class Finding(Struct, frozen=True):
    """The result of a comparison: the status, the rows for the model, the row that decides, and the parsed version.

    `variants` are the rows of the models that the device may be, where its name is that of their family (T58 of T58A).
    """

    status: Status
    entries: tuple[CatalogEntry, ...] = ()
    decided: CatalogEntry | None = None
    version: Version | None = None
    #: The line by other evidence, where that makes a comparable version `other-line`.
    evidence_line: str | None = None
    #: Whether the deciding row is matched as a minimum.
    minimum: bool = False
    variants: tuple[CatalogEntry, ...] = ()
    #: The status that a phone would have, where nothing shows that the device is one and it is `unidentified`.
    unproven: Status | None = None

    def certified_firmware(self) -> str | None:
        """The version of the row that decides, else all listed versions; None when no row has one."""
        return (self.decided.firmware if self.decided else self.listed()) or None

    def listed(self) -> str:
        """The listed versions of the model, in the order of the catalog; of its variants where it is not listed."""
        return ", ".join(dict.fromkeys(entry.firmware or "" for entry in self.entries or self.variants))


#: The result for a model that neither a row nor a family of a catalog names.
_NOT_LISTED = Finding("not-listed")


def find(
    product: Product, listing: Listing, match: Literal["exact", "minimum"] | None, fingerprints: Readings
) -> Finding:
    """The status of `product` by the catalog of `listing`; `match` overrides the match of the rows.

    A device of an unknown kind is `unidentified` where it would be noncompliant as a phone.
    """
    found = _find(product, listing, match, fingerprints)
    if product.kind == "unknown" and found.status in _NONCOMPLIANT:
        return replace(found, status="unidentified", unproven=found.status)
    return found


#: Statuses that a device has only where it is known to be a phone.
_NONCOMPLIANT = frozenset({"outdated", "other-line", "not-listed"})


def _find(
    product: Product, listing: Listing, match: Literal["exact", "minimum"] | None, fingerprints: Readings
) -> Finding:
    if product.kind not in PHONE_KINDS:
        return Finding("not-a-phone")
    if not product.model:
        return Finding("unidentified")
    entries = listing.entries(product.manufacturer, product.model)
    if not entries:
        return _unlisted(product, product.model, listing, fingerprints)
    if not product.firmware:
        return Finding("unknown-firmware", entries)
    own = fold(product.firmware)
    same = next((entry for entry in entries if fold(entry.firmware or "") == own), None)
    version = fingerprints.version(product.manufacturer, product.model, product.firmware)
    if version is None:
        return Finding("certified", entries, same) if same else Finding("unknown-firmware", entries)
    if version.line is None and product.line and _another_edition(product.line, listing.catalog.name):
        return Finding("other-line", entries, same, version, product.line)
    if same:
        return Finding("certified", entries, same, version)
    return _by_order(product, entries, version, match, fingerprints)


def _unlisted(product: Product, model: str, listing: Listing, fingerprints: Readings) -> Finding:
    """The status of a model that is not listed: to be reviewed where it may be a listed variant, by its firmware."""
    variants = listing.variants(product.manufacturer, model)
    if not variants:
        return _NOT_LISTED
    version = fingerprints.version(product.manufacturer, product.model, product.firmware)
    comparable = tuple(
        entry
        for entry in variants
        if not product.firmware
        or fold(entry.firmware or "") == fold(product.firmware)
        or (
            version is not None
            and (listed := fingerprints.version(entry.manufacturer, entry.model, entry.firmware)) is not None
            and compare(version, listed) is not None
        )
    )
    return Finding("unidentified", variants=comparable, version=version) if comparable else _NOT_LISTED


def _by_order(
    product: Product,
    entries: tuple[CatalogEntry, ...],
    version: Version,
    match: Literal["exact", "minimum"] | None,
    fingerprints: Readings,
) -> Finding:
    """The status by the order of versions. Of several listed ones the newest comparable one decides."""
    newest: tuple[Version, CatalogEntry] | None = None
    for entry in entries:
        text = _with_own_platform(entry.firmware or "", product.firmware or "")
        listed = fingerprints.version(product.manufacturer, product.model, text)
        order = compare(version, listed) if listed else None
        if listed is None or order is None:
            continue
        minimum = (match or entry.match) == "minimum"
        if order == 0 or (order > 0 and minimum):
            return Finding("certified", entries, entry, version, minimum=minimum)
        if newest is None or (compare(newest[0], listed) or 0) < 0:
            newest = listed, entry
    if newest is None:
        return Finding("other-line", entries, None, version)
    newer = (compare(version, newest[0]) or 0) > 0
    return Finding("newer" if newer else "outdated", entries, newest[1], version)


_EDITIONS = frozenset({"skype-for-business", "lync", "teams", "sip", "zoom"})
_MICROSOFT = frozenset({"skype-for-business", "lync"})


def _another_edition(line: str, catalog: str) -> bool:
    """Whether `line` is an edition that `catalog` does not certify. Lync and Skype for Business are one edition."""
    if line not in _EDITIONS or catalog not in _EDITIONS:
        return False
    return line != catalog and not {line, catalog} <= _MICROSOFT


def _with_own_platform(listed: str, firmware: str) -> str:
    """`x.8.1.62`, which is listed for all platforms, with the phone's platform in the place of the x."""
    wanted, have = listed.split("."), firmware.split(".")
    if "x" not in (part.lower() for part in wanted) or len(wanted) != len(have):
        return listed
    return ".".join(own if part.lower() == "x" else part for part, own in zip(wanted, have, strict=True))
