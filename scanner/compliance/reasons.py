"""The reason of an assessment in words: the versions compared, the source and its date, and what is unknown.

Microsoft's statements about firmware newer than listed differ from list to list; they are given in our words:
- Lync-qualified page (lync-cert/ip-phones.md): newer than qualified is not supported by Microsoft, for evaluation only;
- Skype for Business page (devices-ip-phones.md): no statement about newer firmware;
- Teams page (teams-phones-certified-hardware.md): the version is the one at certification, later ones are released
  through the Teams admin center.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from scanner.compliance.catalog import day
from scanner.compliance.compare import Finding, Product
from scanner.core.model import Catalog

_NEWER = {
    "skype-for-business": (
        "the page has no statement about firmware newer than certified (Microsoft's Lync-qualified page, another list, "
        "calls newer firmware not supported)"
    ),
    "lync": "by that page firmware newer than qualified is not supported by Microsoft, and is for evaluation only",
    "teams": "the list has the version at certification; Microsoft releases later ones through the Teams admin center",
}
_NEWER_ELSEWHERE = "the vendor released it, the certification programme has not tested it"
_LINE_NAMES = {
    "skype-for-business": "Skype for Business",
    "lync": "Lync",
    "teams": "Teams",
    "sip": "generic SIP",
    "zoom": "Zoom",
}


def line_name(line: str | None) -> str:
    """A firmware line as it is written in sentences."""
    return _LINE_NAMES.get(line or "", line or "unknown")


def reason(product: Product, catalog: Catalog, finding: Finding, stale_after_days: int, today: date) -> str:
    """One to four sentences: the comparison, what is unknown of the version, when a certification ends, the source.

    A catalog older than `stale_after_days` on the day `today` is reported as old.
    """
    parts = [_comparison(product, catalog.name, finding)]
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
    if finding.status not in ("not-a-phone", "unidentified"):
        parts.append(_source(catalog.source, catalog.date, stale_after_days, today))
    return " ".join(parts)


@lru_cache(maxsize=64)
def _source(name: str, written: str, stale_after_days: int, today: date) -> str:
    first = day(written)
    age = None if first is None else max(0, (today - first).days)
    dated = f"of {written}" if written else "without a date"
    old = f"; the list is old: {age} days" if age is not None and age > stale_after_days else ""
    return f"Source: {name}, {dated}{old}."


def _comparison(product: Product, catalog: str, finding: Finding) -> str:
    model = " ".join(filter(None, (product.manufacturer, product.model)))
    decided = (finding.decided.firmware if finding.decided else None) or ""
    word = "qualified" if catalog == "lync" else "certified"
    listed, firmware = finding.listed(), product.firmware
    match finding.status:
        case "not-a-phone":
            return f"Identified as {_a(product.kind)}{f' ({model})' if model else ''}: not assessed."
        case "unidentified":
            return _unidentified(product)
        case "not-listed":
            return f"{model} is not in the {catalog} catalog."
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
            statement = _NEWER.get(catalog, _NEWER_ELSEWHERE)
            return f"{firmware} is newer than the {word} {decided} for {model}: {statement}.{_major(finding, decided)}"
    return _other_line(firmware, finding, word, model)


def _unidentified(product: Product) -> str:
    if product.kind == "unknown":
        if product.manufacturer:
            return f"Possibly a phone: only its manufacturer is known, {product.manufacturer}."
        return "Possibly a phone: no manufacturer, model or kind is known."
    phone = f"A {product.manufacturer} phone" if product.manufacturer else "A phone by its behaviour"
    return f"{phone}; its model is unknown."


def _other_line(firmware: str | None, finding: Finding, word: str, model: str) -> str:
    if finding.evidence_line:
        return (
            f"The version {firmware} does not contain its edition; by other evidence the phone runs the "
            f"{line_name(finding.evidence_line)} edition; {word} for {model} is {finding.listed()}."
        )
    line = finding.version.line if finding.version else None
    build = (
        f"a {line_name(line)} build, another firmware line" if line else "of another firmware line (platform or branch)"
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
    words = {"pbx": "a PBX", "ata": "an analogue adapter (ATA)", "other": "something other than a phone"}
    return words.get(kind, f"a {kind}")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
