"""The reference pages of the docs, made from the code: commands, settings, fields, statuses, tables, the library.

    python -m scanner.cli.reference FOLDER

`make docs` runs it before the site is built. Nothing in these pages is written by hand, so nothing in them can rot.
"""

from __future__ import annotations

import re
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec

from scanner.cli.names import COMMANDS
from scanner.core.fields import FIELDS, INVENTORY_COLUMNS
from scanner.core.model import COMPLIANCES, KINDS
from scanner.settings.records import MEANING, Sections

#: status → when; the contract's table.
STATUSES: dict[str, str] = {
    "certified": "the firmware is the catalog's version",
    "compatible": "the model is in a fallback catalog alone, with one of that list's versions",
    "outdated": "same line, older than the catalog's version",
    "newer": "same line, newer than the catalog's version: the programme did not test it",
    "other-line": "a firmware of another line: another edition, platform or branch",
    "unknown-firmware": "model listed, firmware not learned or not readable as a version",
    "not-listed": "model known, not in the catalog",
    "unidentified": "a phone by its behaviour, model unknown",
    "not-a-phone": "identified as something else; kept with `--keep-all` only",
}
#: event → what happened.
EVENTS: dict[str, str] = {
    "appeared": "a device that was not known before",
    "vanished": "a device that `missing_after` covering scans did not hear; the same discovery, the same addresses",
    "returned": "a vanished device that is there again",
    "moved": "another address, switch or port",
    "firmware-changed": "another firmware than before",
    "status-changed": "another status or compliance than before",
    "conflict": "two sources that disagree; both values are kept",
}
#: exit status → meaning; the contract's list.
EXITS: dict[int, str] = {
    0: "done",
    1: "done, and `--fail-on` found what it names; for `diff`: the two scans differ",
    2: "wrong usage or settings; a data file that cannot be read",
    3: "done in part; what was missed is said",
    4: "could not run: no such file, database locked or damaged, no permission",
}
#: environment variable → what it does.
ENVIRONMENT: dict[str, str] = {
    "PHONESCAN_DB": "the inventory, where `--db` is not given",
    "PHONESCAN_CONFIG": "the settings file, where `--config` is not given",
    "PHONESCAN_DEBUG": "`1`: an unexpected error keeps its traceback",
    "NO_COLOR": "anything: no colour",
    "COLUMNS": "the width of tables, where the output is no terminal",
}


def pages() -> dict[str, str]:
    """Every reference page: file name → Markdown."""
    from scanner.cli import reference_library

    return {
        "commands.md": _commands(),
        "exit-statuses.md": _exits(),
        "settings.md": _settings(),
        "fields.md": _fields(),
        "statuses.md": _statuses(),
        "tables.md": _tables(),
        "formats.md": _formats(),
        "vendor-files.md": _vendor_files(),
        **reference_library.pages(),
    }


def write(folder: Path) -> None:
    """Write the pages, and take away pages that are made no more."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
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


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; pipes in cells are escaped."""
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    lines += [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _commands() -> str:
    environment = table(("variable", "meaning"), [(f"`{name}`", text) for name, text in ENVIRONMENT.items()])
    parts = [
        "# Commands\n",
        "Machine output goes to standard output, progress and messages to standard error. How a command ends is in "
        "[Exit statuses](exit-statuses.md).\n",
        f"Environment:\n\n{environment}",
    ]
    for words, command, context in commands():
        with context:
            help_text = command.get_help(context)
        parts.append(f"## phonescan {words}\n\n```\n{help_text.rstrip()}\n```\n")
    return "\n".join(parts)


def _exits() -> str:
    from scanner.core import errors

    tree = (errors.__doc__ or "").partition("\n\n")[2].strip()
    rows = [(f"{number}", meaning) for number, meaning in EXITS.items()]
    return (
        "# Exit statuses\n\n"
        f"{table(('status', 'meaning'), rows)}\n"
        "`phonescan check` ends as monitoring plugins do: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n\n"
        "An error is one sentence on standard error that says what to do. In the library each is an exception of "
        f"`scanner.core.errors`:\n\n```text\n{tree}\n```\n"
    )


_REPEATED = frozenset({"credentials", "site", "scan", "passive"})
_INTRODUCTION = """\
Read from `--config`, `PHONESCAN_CONFIG`, or `phonescan.toml` in the current folder. An unknown key is an error that
names its line and the nearest known key. Secrets are written as `env:NAME` or `file:PATH` and read when they are
needed; paths are meant from the folder of the settings file.
"""


def settings_keys() -> Iterator[tuple[str, str, object]]:
    """(section, key, default) of every key that a settings file may have, from the records; `...`: must be given."""
    for section in msgspec.structs.fields(Sections):
        struct = next((kind for kind in _structs(section.type)), None)
        if struct is None:
            continue
        for field in msgspec.structs.fields(struct):
            inner = next((kind for kind in _structs(field.type)), None)
            if inner is not None and section.encode_name == "network":
                for below in msgspec.structs.fields(inner):
                    yield section.encode_name, f"{field.encode_name}.{below.encode_name}", _default(below)
            else:
                yield section.encode_name, field.encode_name, _default(field)


def _structs(kind: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for part in getattr(kind, "__args__", ()):
        yield from _structs(part)


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return ... if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _settings() -> str:
    defaults = {(section, key): default for section, key, default in settings_keys()}
    parts = ["# Settings: phonescan.toml\n", _INTRODUCTION]
    sections = dict.fromkeys(section for section, _, _ in MEANING)
    for section in sections:
        title = f"[[{section}]]" if section in _REPEATED else f"[{section}]"
        rows = [
            (f"`{key}`", meaning, _spelled(defaults.get((section, key))))
            for where, key, meaning in MEANING
            if where == section
        ]
        parts.append(f"## {title}\n\n{table(('key', 'meaning', 'default'), rows)}")
    return "\n".join(parts)


def _spelled(default: object) -> str:
    """A default as TOML has it; nothing where it depends, `required` where there is none."""
    if default is ...:
        return "required"
    if default is None or default == () or isinstance(default, msgspec.Struct):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _fields() -> str:
    rows = [(f"`{field.name}`", field.meaning, field.source) for field in FIELDS.values()]
    rows.append(("`mdns.txt.KEY`", "value of a TXT key", "RFC 6763 6"))
    head = "# Observation fields\n\nWhat a discovery can see, and where that is specified.\n"
    return f"{head}\n{table(('field', 'meaning', 'source'), rows)}"


def outcomes() -> dict[str, str]:
    """How one question to one address ended, and what that means, from the record's own comments."""
    from scanner.core import outcomes

    source = Path(outcomes.__file__).read_text(encoding="utf-8")
    found = re.findall(r'^ {4}[A-Z_]+ = "([a-z-]+)"(?: +# (.+))?$', source, re.M)
    return {name: meaning or "it answered" for name, meaning in found}


def _statuses() -> str:
    from scanner.compliance.policy import DEFAULTS

    rows = [(f"`{status}`", meaning, DEFAULTS[status]) for status, meaning in STATUSES.items()]
    events = table(("event", "what happened"), [(f"`{name}`", text) for name, text in EVENTS.items()])
    ends = table(("outcome", "meaning"), [(f"`{name}`", text) for name, text in outcomes().items()])
    return (
        "# Statuses, kinds, events, outcomes\n\n## Statuses\n\nOne assessment per device and catalog; the overall "
        "status comes from the primary catalog. `[policy]` of the settings changes the last column.\n\n"
        f"{table(('status', 'when', 'default compliance'), rows)}\n"
        f"Compliance is one of {_listed(COMPLIANCES)}.\n\n"
        f"## Kinds\n\nA device's kind is one of {_listed(KINDS)}.\n\n"
        f"## Events\n\nWhat changed between scans. The first scan of a site is a baseline.\n\n{events}\n"
        f"## Outcomes\n\nWhy an address was not covered, in `report unscanned` and the table `missed`.\n\n{ends}"
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _tables() -> str:
    from scanner.inventory import Inventory, queries

    with tempfile.TemporaryDirectory() as folder, Inventory.open(Path(folder) / "x.sqlite", create=True) as inventory:
        statements = queries.statements(inventory)
    parts = [
        "# Tables and views\n\nThe inventory is one SQLite file in WAL mode. Dashboards and scripts read the "
        "views; names change only with a migration and a line in the changelog.\n",
        f"The view `inventory` has the columns {_listed(INVENTORY_COLUMNS)}; `noncompliant` has these and `reason`.\n",
    ]
    parts += [f"## {name}\n\n```sql\n{_laid_out(sql)}\n```\n" for name, sql in statements]
    return "\n".join(parts)


def _laid_out(sql: str) -> str:
    first, _, rest = sql.strip().partition("\n")
    lines = textwrap.dedent(rest).splitlines()
    return "\n".join([first.rstrip(), *(f"  {line.rstrip()}" for line in lines if line.strip())])


def _formats() -> str:
    from scanner.reading import detect

    rows = [(f"`{name}`", found.summary) for name, found in detect.formats().items()]
    return (
        "# Files that are read\n\n`phonescan read` tells the format by content; `--as` names it. Files packed with "
        f"gzip are opened.\n\n{table(('--as', 'what it is'), rows)}"
    )


def _vendor_files() -> str:
    from scanner.data import fingerprints_folder

    return (fingerprints_folder() / "README.md").read_text(encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
