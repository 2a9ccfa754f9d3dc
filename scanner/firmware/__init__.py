"""Firmware versions: text → line, scope and order, by the grammar of the maker.

A version has a *line* (Skype for Business, Teams, generic SIP, …), a *scope* (the parts that must be equal before two
versions compare: hardware platform, branch) and an *order* within both. `compare` is a total order within one
line and scope, and None across them. A text that no grammar matches is None: unknown, neither older nor newer.
"""

from scanner.firmware.grammar import Grammar, LineRule, grammar
from scanner.firmware.version import Version, compare, parse

__all__ = ["Grammar", "LineRule", "Version", "compare", "grammar", "parse"]
