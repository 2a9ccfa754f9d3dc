"""MkDocs hook: a line `{{ name }}` of a page in docs/reference/ becomes the table or text of that name."""

from __future__ import annotations

import re
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from scanner.compliance.policy import DEFAULTS
from scanner.core import errors, outcomes
from scanner.core.fields import FIELDS
from scanner.core.model import COMPLIANCES, KINDS
from scanner.data import fingerprints_folder
from scanner.inventory import Inventory, queries
from scanner.reading import detect
from scanner.settings.records import MEANING, SettingsSections
from tools.docs.meanings import ENVIRONMENT, EVENTS, EXITS, STATUSES

_PLACEHOLDER = re.compile(r"^\{\{ ([a-z_]+) \}\}$", re.M)
_REPEATED = frozenset({"credentials", "site", "scan", "passive"})


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page with its placeholders replaced. Raises KeyError for a name that does not exist."""
    return _PLACEHOLDER.sub(lambda found: PARTS[found[1]](), markdown)


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table; pipes in cells are escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _named(head: tuple[str, str], meanings: dict[str, str]) -> str:
    return table(head, ((f"`{name}`", meaning) for name, meaning in meanings.items()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def settings_keys() -> Iterator[tuple[str, str, object]]:
    """(section, key, default) of every key of a settings file, from the records; `...` where a value is required."""
    for section in msgspec.structs.fields(SettingsSections):
        struct = next(_structs(section.type), None)
        for field in msgspec.structs.fields(struct) if struct else ():
            inner = next(_structs(field.type), None) if section.name == "network" else None
            if inner is None:
                yield section.name, field.encode_name, _default(field)
            else:
                for below in msgspec.structs.fields(inner):
                    yield section.name, f"{field.encode_name}.{below.encode_name}", _default(below)


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
    parts = []
    for section in dict.fromkeys(section for section, _, _ in MEANING):
        rows = [
            (f"`{key}`", meaning, _as_toml(defaults.get((section, key))))
            for where, key, meaning in MEANING
            if where == section
        ]
        title = f"[[{section}]]" if section in _REPEATED else f"[{section}]"
        parts.append(f"## {title}\n\n{table(('key', 'meaning', 'default'), rows)}")
    return "\n\n".join(parts)


def _as_toml(default: object) -> str:
    """A default as TOML; empty where it depends on other settings, `required` where there is none."""
    if default is ...:
        return "required"
    if default in (None, ()) or isinstance(default, msgspec.Struct):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def outcome_meanings() -> dict[str, str]:
    """Outcome → meaning, from the comments of the enumeration."""
    source = Path(outcomes.__file__).read_text(encoding="utf-8")
    return dict(re.findall(r'^ {4}[A-Z_]+ = "([a-z-]+)"  # (.+)$', source, re.M))


def _fields() -> str:
    rows = [(f"`{field.name}`", field.meaning, field.source) for field in FIELDS.values()]
    return table(("field", "meaning", "source"), [*rows, ("`mdns.txt.KEY`", "value of a TXT key", "RFC 6763 6")])


def _tables() -> str:
    with tempfile.TemporaryDirectory() as folder, Inventory.open(Path(folder) / "x.sqlite", create=True) as inventory:
        statements = queries.statements(inventory)
    return "\n\n".join(f"## {name}\n\n```sql\n{_indented(sql)}\n```" for name, sql in statements)


def _indented(sql: str) -> str:
    first, _, rest = sql.strip().partition("\n")
    lines = textwrap.dedent(rest).splitlines()
    return "\n".join([first.rstrip(), *(f"  {line.rstrip()}" for line in lines if line.strip())])


def _vendor_files() -> str:
    return (fingerprints_folder() / "README.md").read_text(encoding="utf-8").partition("\n")[2].strip()


#: Name of a placeholder → the text that replaces it.
PARTS: dict[str, Callable[[], str]] = {
    "environment": lambda: _named(("variable", "meaning"), ENVIRONMENT),
    "exit_statuses": lambda: table(("status", "meaning"), EXITS.items()),
    "error_tree": lambda: f"```text\n{(errors.__doc__ or '').partition(chr(10) * 2)[2].strip()}\n```",
    "settings": _settings,
    "fields": _fields,
    "statuses": lambda: table(
        ("status", "when", "default compliance"),
        ((f"`{status}`", meaning, DEFAULTS[status]) for status, meaning in STATUSES.items()),
    ),
    "compliances": lambda: f"A compliance is one of {_listed(COMPLIANCES)}.",
    "kinds": lambda: f"The kind of a device is one of {_listed(KINDS)}.",
    "events": lambda: _named(("event", "what changed"), EVENTS),
    "outcomes": lambda: _named(("outcome", "meaning"), outcome_meanings()),
    "losses": lambda: table(
        ("outcome", "words of the line", "mended by"),
        ((f"`{one}`", loss.words, loss.mended) for one, loss in outcomes.LOST.items()),
    ),
    "tables": _tables,
    "formats": lambda: _named(("`--as`", "content"), {name: each.summary for name, each in detect.formats().items()}),
    "vendor_files": _vendor_files,
}
