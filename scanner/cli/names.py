"""The table of commands: name, module, and line in the overview.

A module is imported when its command is called, so that `phonescan --help` starts at once. A command whose module is
not installed is not shown.
"""

from __future__ import annotations

from importlib.util import find_spec

#: name → (module in this package, its line in `phonescan --help`), in the order in which they are shown.
COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("commands.scan", "Scan targets and record every phone in the inventory."),
    "listen": ("commands.listen", "Record the announcements of phones on a link; sends nothing but IGMP."),
    "switches": ("commands.switches", "Read over SNMP the phones in the tables of switches and routers."),
    "read": ("commands.read", "Read captures, recordings and other tools' files into the inventory."),
    "watch": ("commands.watch", "Read the files that appear in a folder, each once."),
    "identify": ("commands.identify", "Identify a device by a banner or other observations."),
    "report": ("commands.report", "Report on the inventory: noncompliant, inventory, changes, …"),
    "export": ("commands.export", "Export the inventory as CSV, JSON, XLSX, NetBox, Ansible, Prometheus."),
    "explain": ("commands.explain", "Show the evidence for the identity and verdict of a device."),
    "history": ("commands.history", "Show the events of a device."),
    "scans": ("commands.scans", "List the scans."),
    "diff": ("commands.diff", "Compare two scans."),
    "assess": ("commands.assess", "Assess the inventory again, as it was, or by another policy."),
    "catalog": ("commands.catalog", "List, show, import and compare catalogs of certified firmware."),
    "fingerprints": ("commands.fingerprints", "List, show and check the rules that identify phones."),
    "schedule": ("commands.schedule", "Run scans at the times that the settings define."),
    "serve": ("commands.serve", "Serve the inventory as web pages."),
    "check": ("commands.check", "One line and an exit status, for monitoring systems."),
    "doctor": ("doctor.command", "Check what works on this machine, and how to enable the rest."),
    "demo": ("commands.demo", "Scan a simulated LAN of phones and show the reports."),
    "completion": ("commands.completion", "Print the shell completion for bash, zsh or fish."),
}


def present() -> dict[str, str]:
    """The installed commands: name → line in the overview."""
    return {name: line for name, (module, line) in COMMANDS.items() if find_spec(f"scanner.cli.{module}")}
