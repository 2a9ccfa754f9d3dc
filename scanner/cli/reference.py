"""The reference pages of the docs, made from the code: commands, settings, fields, statuses, tables.

    python -m scanner.cli.reference FOLDER

`make docs` runs it before the site is built. Nothing in these pages is written by hand, so nothing in them can rot.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from scanner.cli.names import COMMANDS
from scanner.core.fields import FIELDS, INVENTORY_COLUMNS
from scanner.core.model import COMPLIANCES, KINDS
from scanner.settings.records import MEANING

_STATUSES = (
    ("certified", "the firmware is the catalog's version"),
    ("compatible", "the model is in a fallback catalog alone, with one of that list's versions"),
    ("outdated", "same line, older than the catalog's version"),
    ("newer", "same line, newer than the catalog's version: the programme did not test it"),
    ("other-line", "a firmware of another line: another edition, platform or branch"),
    ("unknown-firmware", "model listed, firmware not learned or not readable as a version"),
    ("not-listed", "model known, not in the catalog"),
    ("unidentified", "a phone by its behaviour, model unknown"),
    ("not-a-phone", "identified as something else; kept with `--keep-all` only"),
)
_EXITS = (
    ("0", "done"),
    ("1", "done, and `--fail-on` found what it names; for `diff`: they differ"),
    ("2", "wrong usage or settings"),
    ("3", "done in part; what was missed is said"),
    ("4", "could not run: no such file, database locked or damaged, no permission"),
)


def pages() -> dict[str, str]:
    """Every reference page: file name → Markdown."""
    return {
        "commands.md": _commands(),
        "settings.md": _settings(),
        "fields.md": _fields(),
        "statuses.md": _statuses(),
        "tables.md": _tables(),
    }


def write(folder: Path) -> None:
    """Write the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command and subcommand: its words, the command, and a context that makes its help."""
    from scanner.cli.group import phonescan

    root = click.Context(phonescan, info_name="phonescan")
    for name in COMMANDS:
        command = phonescan.get_command(root, name)
        if command is None:
            continue
        context = click.Context(command, info_name=name, parent=root)
        yield name, command, context
        if isinstance(command, click.Group):
            for sub in command.list_commands(context):
                child = command.get_command(context, sub)
                if child is not None:
                    yield f"{name} {sub}", child, click.Context(child, info_name=sub, parent=context)


def _commands() -> str:
    parts = ["# Commands\n", _table(("exit status", "meaning"), _EXITS)]
    for words, command, context in commands():
        with context:
            help_text = command.get_help(context)
        parts.append(f"## phonescan {words}\n\n```text\n{help_text.rstrip()}\n```\n")
    return "\n".join(parts)


def _settings() -> str:
    parts = ["# Settings: phonescan.toml\n", _INTRODUCTION]
    sections = dict.fromkeys(section for section, _, _ in MEANING)
    for section in sections:
        title = f"[[{section}]]" if section in _REPEATED else f"[{section}]"
        rows = [(f"`{key}`", meaning) for where, key, meaning in MEANING if where == section]
        parts.append(f"## `{title}`\n\n{_table(('key', 'meaning'), rows)}")
    return "\n".join(parts)


_REPEATED = frozenset({"credentials", "site", "scan", "passive"})
_INTRODUCTION = """\
Read from `--config`, `PHONESCAN_CONFIG`, or `phonescan.toml` in the current folder. An unknown key is an error that names
its line and the nearest known key. Secrets are written as `env:NAME` or `file:PATH` and read when they are needed.
"""


def _fields() -> str:
    rows = [(f"`{field.name}`", field.meaning, field.source) for field in FIELDS.values()]
    rows.append(("`mdns.txt.KEY`", "value of a TXT key", "RFC 6763 6"))
    head = "# Observation fields\n\nWhat a discovery can see, and where that is specified.\n"
    return f"{head}\n{_table(('field', 'meaning', 'source'), rows)}"


def _statuses() -> str:
    from scanner.compliance.policy import Policy

    policy = Policy()
    rows = [(f"`{status}`", meaning, policy.of(status, policy.primary)) for status, meaning in _STATUSES]  # type: ignore[arg-type]
    return (
        "# Statuses and kinds\n\nOne assessment per device and catalog; the overall status comes from the primary "
        f"catalog.\n\n{_table(('status', 'when', 'default compliance'), rows)}\n"
        f"Compliance is one of {', '.join(f'`{one}`' for one in COMPLIANCES)}; a device's kind one of "
        f"{', '.join(f'`{kind}`' for kind in KINDS)}.\n"
    )


def _tables() -> str:
    from scanner.inventory import Inventory, queries

    with tempfile.TemporaryDirectory() as folder, Inventory.open(Path(folder) / "x.sqlite", create=True) as inventory:
        statements = queries.statements(inventory)
    parts = [
        "# Tables and views\n\nThe inventory is one SQLite file in WAL mode. Dashboards and scripts read the views; names "
        "change only with a migration and a line in the changelog.\n",
        f"`inventory` has the columns {', '.join(f'`{column}`' for column in INVENTORY_COLUMNS)}; `noncompliant` adds "
        "`reason`.\n",
    ]
    parts += [f"## {name}\n\n```sql\n{sql}\n```\n" for name, sql in statements]
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    lines += [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
