"""Reports and exports: rows, dicts as `inventory.queries` yields them, written in many formats.

`render` writes any list of rows; `render_report` writes the report of non-compliant firmware with its totals, plots
and lists; both take the same formats. Exports to other tools are modules of their own: `netbox`, `ansible`,
`prometheus`. Text formats go to a text stream opened with `newline=""`, those in BINARY_FORMATS to a binary one.
"""

from scanner.reports.data import Breakdown, CatalogInfo, ReportData, TrendPoint
from scanner.reports.render import BINARY_FORMATS, FORMATS, render, render_report

__all__ = [
    "BINARY_FORMATS",
    "FORMATS",
    "Breakdown",
    "CatalogInfo",
    "ReportData",
    "TrendPoint",
    "render",
    "render_report",
]
