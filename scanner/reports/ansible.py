"""An Ansible inventory (YAML): hosts with their facts, grouped by site, maker, model and status.

Group names are [a-z0-9_], host names are unique, and every text is tagged `!unsafe`, so that a template in a name that
a device sends is never evaluated (Ansible documentation, "Unsafe or raw strings").
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from scanner.reports.cells import safe
from scanner.reports.data import Row
from scanner.reports.names import slug, unique_names

#: Columns that become host variables `phonescan_COLUMN`.
VARIABLES: tuple[str, ...] = (
    "site", "mac", "hostname", "kind", "manufacturer", "model", "firmware", "serial", "status", "compliance",
    "certified_firmware", "catalog", "switch", "switch_port", "vlan", "last_seen",
)  # fmt: skip
#: Columns that become groups `COLUMN_VALUE`.
GROUPS: tuple[str, ...] = ("site", "manufacturer", "model", "status", "compliance")


def _text(value: str) -> str:
    return "!unsafe " + json.dumps(value)  # a JSON string is a YAML double-quoted scalar (YAML 1.2, 1.3)


def write_ansible(rows: Iterable[Row], stream: TextIO) -> int:
    """Write the inventory of `rows`; returns the number of hosts. Hosts are streamed, only their names are kept."""
    name_of = unique_names()
    groups: dict[str, list[str]] = {}
    stream.write("---\nall:\n  hosts:\n")
    count = 0
    for row in rows:
        name = name_of(row)
        stream.write(f'    "{name}":\n')
        values = {"ansible_host": safe(row.get("ip")) or name}
        values |= {f"phonescan_{column}": safe(row.get(column)) for column in VARIABLES}
        for key, value in values.items():
            if value:
                stream.write(f"      {key}: {_text(value)}\n")
        for column in GROUPS:
            if value := safe(row.get(column)):
                groups.setdefault(f"{column}_{slug(value)}", []).append(name)
        count += 1
    if not count:
        stream.write("    {}\n")
    if groups:
        stream.write("  children:\n")
    for group in sorted(groups):
        stream.write(f"    {group}:\n      hosts:\n")
        stream.writelines(f'        "{name}": {{}}\n' for name in groups[group])
    return count
