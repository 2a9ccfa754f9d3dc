"""Headings of columns, titles of sections and labels of compliances: one set for all formats that people read."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.core.model import IN_CONFLICT

#: Headings that are not the column's name with a capital.
HEADINGS = {
    "ip": "IP",
    "mac": "MAC",
    "vlan": "VLAN",
    "hostname": "Host name",
    "certified_firmware": "Certified",
    "switch_port": "Switch port",
}
#: What a compliance is called.
COMPLIANCE_LABELS = {
    "compliant": "compliant",
    "noncompliant": "non-compliant",
    "review": "to review",
    "none": "not assessed",
}
#: The order of compliances in every plot and count.
COMPLIANCE_ORDER = tuple(COMPLIANCE_LABELS)
#: The mark of a verdict that would be another one by a value that sources claim as well.
CONTESTED = "in conflict"
#: Printed for a value that is not known, and for a list without rows.
UNKNOWN, NO_ROWS = "unknown", "None."


def contested(reason: object) -> str:
    """The mark of a verdict with this reason: `in conflict`, or nothing."""
    return CONTESTED if isinstance(reason, str) and reason.startswith(IN_CONFLICT) else ""


def heading(column: str) -> str:
    """The heading of a column, or of a count by compliance."""
    text = HEADINGS.get(column) or COMPLIANCE_LABELS.get(column) or column.replace("_", " ")
    return text[:1].upper() + text[1:]


def counted(counts: Mapping[str, int]) -> str:
    """`12 non-compliant, 3 to review`: devices by compliance."""
    parts = [f"{counts[name]:,} {label}" for name, label in COMPLIANCE_LABELS.items() if counts.get(name)]
    return ", ".join(parts) or "none assessed"
