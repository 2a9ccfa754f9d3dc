"""Firmware versions as values: text → line and ordered value, by the maker's grammar.

A version has a *line* (Skype for Business, Teams, generic SIP, …), a *scope* (what must be equal before two numbers
may be compared at all: hardware platform, branch) and an *order* within both. `compare` is a total order within one
line and scope, and None across them. Text that no grammar reads is None: unknown, never older or newer.
"""

from scanner.firmware.grammar import Grammar, LineRule, grammar
from scanner.firmware.version import Version, compare, parse

__all__ = ["Grammar", "LineRule", "Version", "compare", "grammar", "parse"]
