"""The reason of an assessment in words: the versions compared, what is unknown, the source and its date.

Microsoft's statements about firmware newer than listed differ from list to list; they are given in our words, each
behind the page that has it:
- Lync-qualified page (lync-cert/ip-phones.md): newer than qualified is not supported by Microsoft, for evaluation only;
- Skype for Business page (devices-ip-phones.md): no statement about newer firmware;
- Teams page (teams-phones-certified-hardware.md): the version is the one at certification, later ones are released
  through the Teams admin center.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from scanner.compliance.article import with_article
from scanner.compliance.catalog import day, is_old
from scanner.compliance.compare import Finding, Product
from scanner.compliance.listing import Listing
from scanner.compliance.similar import is_variant, nearest
from scanner.core.model import Catalog, CatalogEntry

#: The pages of the shipped catalogs, as sentences name them.
_PAGES = {
    "skype-for-business": "Microsoft's page of certified Skype for Business phones",
    "lync": "Microsoft's page of phones qualified for Lync",
    "teams": "Microsoft's page of certified Teams phones",
}
_NEWER = {
    "skype-for-business": (
        f"{_PAGES['skype-for-business']} has no statement about newer firmware; {_PAGES['lync']}, another list, calls "
        "newer firmware not supported"
    ),
    "lync": f"{_PAGES['lync']} calls newer firmware not supported by Microsoft, and for evaluation only",
    "teams": f"{_PAGES['teams']} has the version at certification; Microsoft releases later ones through the Teams "
    "admin center",
}
_NEWER_ELSEWHERE = "The vendor released it, the certification programme has not tested it"
_LINE_NAMES = {
    "skype-for-business": "Skype for Business",
    "lync": "Lync",
    "teams": "Teams",
    "sip": "generic SIP",
    "zoom": "Zoom",
}
_KIND_NAMES = {
    "phone": "phone",
    "conference": "conference phone",
    "dect": "DECT device",
    "pbx": "PBX",
    "ata": "analogue adapter (ATA)",
}


def line_name(line: str | None) -> str:
    """A firmware line as it is written in sentences."""
    return _LINE_NAMES.get(line or "", line or "unknown")


def reason(product: Product, listing: Listing, finding: Finding, stale_after_days: int, today: date) -> str:
    """A few sentences: the comparison, what is unknown of the version, when a certification ends, the source.

    A catalog older than `stale_after_days` on the day `today` is reported as old.
    """
    catalog = listing.catalog
    parts = [_comparison(product, listing, finding)]
    if catalog.name == "lync" and finding.entries:
        parts.append(_lync_row(finding.decided or finding.entries[0]))
    version = finding.version
    if version is not None and finding.status in ("certified", "newer", "outdated"):
        if version.line is None:
            parts.append(
                "The edition (Skype for Business, Teams, SIP) is not derivable from the version"
                + (f": {version.note}." if version.note else ".")
            )
        elif version.note:
            parts.append(_sentence(version.note))
    ends = finding.decided.attributes.get("certification_ends", "") if finding.decided else ""
    if ends and (end := day(ends)) is not None and finding.status in ("certified", "newer", "outdated"):
        parts.append(f"This certification {'ended' if end < today else 'ends'} on {ends}.")
    if finding.status not in ("not-a-phone", "unidentified") or finding.entries or finding.variants:
        parts.append(_source(catalog, stale_after_days, today))
    return " ".join(parts)


def _source(catalog: Catalog, stale_after_days: int, today: date) -> str:
    """The source, what its date is and when it was checked; the form is known to `reports.cells`."""
    act = "qualification" if catalog.name == "lync" else "certification"
    newest = f"the newest day of {act} that the page names" if catalog.dated == "newest-entry" else ""
    old = stale_after_days if is_old(catalog, stale_after_days, today) else None
    return _dated_source(catalog.source, catalog.date, newest, catalog.checked, old)


@lru_cache(maxsize=64)
def _dated_source(source: str, dated: str, newest: str, checked: str, older_than: int | None) -> str:
    of = f"of {dated}" if dated else "without a date"
    notes = [newest] if newest and dated else []
    notes += [f"checked on {checked}"] if checked else []
    explained = f" ({', '.join(notes)})" if notes else ""
    # its limit and not its age: the reason of a verdict is the same on another day
    old = f"; the list is older than {older_than} days" if older_than is not None else ""
    return f"Source: {source}, {of}{explained}{old}."


def as_of(parts: Mapping[str, str]) -> str:
    """When the model and the firmware were last given, by part, where that is before the last visit; "" else."""
    times: dict[str, list[str]] = {}
    for part in ("model", "firmware"):
        if part in parts:
            times.setdefault(parts[part][:10], []).append(part)
    return "".join(f" {' and '.join(names).capitalize()} as of {day}." for day, names in times.items())


def _comparison(product: Product, listing: Listing, finding: Finding) -> str:
    catalog = listing.catalog
    model = " ".join(filter(None, (product.manufacturer, product.model)))
    decided = (finding.decided.firmware if finding.decided else None) or ""
    word = "qualified" if catalog.name == "lync" else "certified"
    listed, firmware = finding.listed(), product.firmware
    match finding.unproven or finding.status:
        case "not-a-phone":
            return f"Identified as {_a(product.kind)}{f' ({model})' if model else ''}: not assessed."
        case _ if finding.unproven:
            known = _known_as(finding, catalog)
            return f"Possibly a phone: nothing shows what kind of device {with_article(model)} is. {known}"
        case "unidentified" if finding.variants:
            return _variant(product, catalog, finding, word)
        case "unidentified":
            return _unidentified(product)
        case "not-listed":
            return not_listed(product, listing)
        case "unknown-firmware" if not firmware:
            return f"{model} is listed with {listed}; its firmware is unknown."
        case "unknown-firmware":
            return f"{firmware} cannot be parsed as a version of {model}; {word} is {listed}."
        case "certified" if finding.minimum and firmware != decided:
            return f"{firmware} is not older than the {word} minimum {decided} for {model}."
        case "certified":
            return f"{firmware} is the {word} version for {model}."
        case "outdated":
            return f"{firmware} is older than the {word} {decided} for {model}."
        case "newer":
            statement = _NEWER.get(catalog.name, _NEWER_ELSEWHERE)
            return f"{firmware} is newer than the {word} {decided} for {model}.{_major(finding, decided)} {statement}."
    return _other_line(firmware, finding, word, model)


def not_listed(product: Product, listing: Listing) -> str:
    """The sentence about a model that a catalog does not list: with the nearest name that it lists of the maker."""
    model = " ".join(filter(None, (product.manufacturer, product.model)))
    without = product.manufacturer and not listing.names(product.manufacturer)
    more = f", which lists no model of {product.manufacturer}" if without else _near(product, listing)
    return f"{model} is not in the {listing.catalog.name} catalog{more}."


def nor_listed(product: Product, listing: Listing) -> str:
    """The sentence about a fallback that does not list the model either."""
    return f" The {listing.catalog.name} catalog does not list it either{_near(product, listing)}."


def _near(product: Product, listing: Listing) -> str:
    """The nearest name that a catalog lists of the maker; empty where none is similar."""
    model = product.model or ""
    near = nearest(model, listing.names(product.manufacturer))
    other = "" if near is None or is_variant(near, model) else ", another model"
    return f"; the nearest name in it is {near}{other}" if near else ""


def _lync_row(entry: CatalogEntry) -> str:
    """The sentence about what a row of the Lync-qualified page is for."""
    servers = entry.attributes.get("qualified_for", "")
    return f"The row is for Lync{f' ({servers})' if servers else ''}, not for Skype for Business."


def _variant(product: Product, catalog: Catalog, finding: Finding, word: str) -> str:
    own = " ".join(filter(None, (product.manufacturer, product.model)))
    names = " or ".join(dict.fromkeys(entry.model for entry in finding.variants))
    firmware = f"{product.firmware} is of its firmware line" if product.firmware else "its firmware is unknown"
    return (
        f"{own} may be {with_article(names)}: {product.model} is not in the {catalog.name} catalog, {names} is, and "
        f"{firmware} ({word}: {finding.listed()}). Check the name on the device."
    )


def _known_as(finding: Finding, catalog: Catalog) -> str:
    if finding.unproven == "not-listed":
        return f"The {catalog.name} catalog does not list it."
    return f"As a phone it would be {finding.unproven}, with {finding.listed()} in the catalog."


def _unidentified(product: Product) -> str:
    if product.kind == "unknown":
        if product.manufacturer:
            return f"Possibly a phone: only its manufacturer is known, {product.manufacturer}."
        return "Possibly a phone: no manufacturer, model or kind is known."
    kind = _KIND_NAMES.get(product.kind, product.kind)
    if product.manufacturer:
        return f"{_sentence(with_article(f'{product.manufacturer} {kind}')).rstrip('.')}; its model is unknown."
    return f"{_sentence(with_article(kind)).rstrip('.')} by its behaviour; its model is unknown."


def _other_line(firmware: str | None, finding: Finding, word: str, model: str) -> str:
    if finding.evidence_line:
        return (
            f"The version {firmware} does not contain its edition; by other evidence the phone runs the "
            f"{line_name(finding.evidence_line)} edition; {word} for {model} is {finding.listed()}."
        )
    line = finding.version.line if finding.version else None
    build = (
        f"{with_article(line_name(line))} build, another firmware line"
        if line
        else "of another firmware line (platform or branch)"
    )
    return f"{firmware} is {build} than the {word} {finding.listed()} for {model}: the versions are not comparable."


def _major(finding: Finding, decided: str) -> str:
    """A sentence where the version is of another major release than the certified one, further from what was tested."""
    own = finding.version.text.partition(".")[0] if finding.version else ""
    certified = decided.partition(".")[0]
    if own.isdigit() and certified.isdigit() and own != certified:
        return f" It is another major release ({own}, not {certified})."
    return ""


def compatible(certified_reason: str, fallback: str, primary: str) -> str:
    """The reason of `compatible`: a fallback certifies the version, and the policy accepts that."""
    lync = fallback == "lync" and primary == "skype-for-business"
    why = (
        "Skype for Business keeps backward compatibility with the Lync-qualified phones"
        if lync
        else "the policy accepts that list in its place"
    )
    return f"{certified_reason} The {primary} catalog does not list the model; {why}."


def only_in(fallback: str, primary: str) -> str:
    """The sentence after a fallback's verdict: the primary catalog does not list the model."""
    return f" The {primary} catalog does not list the model; it is assessed by {fallback}."


def listed_elsewhere(names: list[str], primary: str) -> str:
    """The sentence after a verdict of the primary catalog: other catalogs certify the version."""
    lists = " and ".join(names)
    return f" The version is on the {lists} list, but the {primary} catalog decides."


def _a(kind: str) -> str:
    return "something other than a phone" if kind == "other" else with_article(_KIND_NAMES.get(kind, kind))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
