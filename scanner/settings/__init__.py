"""`phonescan.toml`: read once at the edge, typed, every mistake named with its line.

`load(path)` gives `Settings`; what other rooms need of it is derived late: `credentials` (secrets resolved),
`policy`, `site_of`, `passive`. Without a file everything has its default.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from scanner.core.errors import SettingsError
from scanner.core.model import Credential
from scanner.settings import secrets
from scanner.settings.positions import positions
from scanner.settings.records import PolicySection, Sections, Verdicts

if TYPE_CHECKING:
    from scanner.compliance.policy import Policy

DEFAULT_FILE = "phonescan.toml"
DEFAULT_DB = "phonescan.sqlite"
#: A settings file is written by people: larger than this (bytes) it is something else.
FILE_LIMIT = 4_000_000

T = TypeVar("T", bound=msgspec.Struct)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`(?: - at `\$\.?(.*)`)?", re.S)
_WRONG = re.compile(r"(.+?)(?: - at `\$\.?(.*)`)?$", re.S)
_SECRET_KEYS = ("community", "auth_key", "priv_key")
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force: the file they came from (None without one) and its sections."""

    path: Path | None
    sections: Sections

    @property
    def folder(self) -> Path:
        """Folder that relative paths of the file are meant from."""
        return self.path.parent if self.path else Path()

    @property
    def db(self) -> Path | None:
        """The inventory's file as `[inventory] db` names it."""
        name = self.sections.inventory.db
        return None if name is None else self.folder / Path(name).expanduser()


def load(path: Path | str | None = None) -> Settings:
    """The settings of a file; of `phonescan.toml` here when `path` is None and it exists; else the defaults.

    Raises SettingsError naming file and line: not readable, not TOML, an unknown key (with the nearest known one),
    a value of the wrong kind.
    """
    if path is None:
        if not Path(DEFAULT_FILE).is_file():
            return Settings(None, Sections())
        path = DEFAULT_FILE
    path = Path(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error.strerror or error}") from None
    if len(raw) > FILE_LIMIT:
        raise SettingsError(f"{path} is too large for a settings file")
    return Settings(path, parse(raw, str(path)))


def parse(raw: bytes | str, name: str = DEFAULT_FILE) -> Sections:
    """The sections of a settings text; `name` is what errors call it. Raises SettingsError."""
    try:
        text = (raw.decode("utf-8") if isinstance(raw, bytes) else raw).removeprefix("\ufeff").replace("\r\n", "\n")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{name} line {line}: this is not UTF-8 text; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name}: this is not TOML: {_toml_reason(str(error), text)}") from None
    except RecursionError:
        raise SettingsError(f"{name}: the settings are nested too deeply to be meant") from None

    def convert(value: Any, kind: type[T], base: str) -> T:
        try:
            return msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError as error:
            raise SettingsError(_explained(str(error), text, name, kind, base)) from None

    sections = convert(table, Sections, "")
    convert({k: v for k, v in sections.policy.items() if not isinstance(v, dict)}, PolicySection, "policy")
    for catalog, verdicts in sections.policy.items():
        if isinstance(verdicts, dict):
            convert(verdicts, Verdicts, f"policy.{catalog}")
    _check(sections, text, name)
    return sections


def credentials(settings: Settings) -> tuple[Credential, ...]:
    """The credentials with their secrets resolved now. Raises SettingsError for one that does not resolve."""
    found = []
    for section in settings.sections.credentials:
        values = {key: value for key in msgspec.structs.asdict(section) if (value := getattr(section, key)) is not None}
        for key in _SECRET_KEYS:
            if key in values:
                what = f"credential {section.name!r}, {key}"
                values[key] = secrets.reveal(values[key], what=what, folder=settings.folder)
        found.append(Credential(**values))
    return tuple(found)


def passive(settings: Settings) -> tuple[str, ...]:
    """Addresses, subnets, macs and models that are never probed."""
    return tuple(target for section in settings.sections.passive for target in section.targets)


def site_of(settings: Settings) -> Callable[[str], str | None]:
    """A function address → site by the longest prefix of all `[[site]]`, None where no subnet covers it."""
    by_length: dict[tuple[int, int], dict[int, str]] = {}
    for section in settings.sections.site:
        for subnet in section.subnets:
            network = ipaddress.ip_network(subnet, strict=False)
            table = by_length.setdefault((network.version, network.prefixlen), {})
            table.setdefault(int(network.network_address), section.name)
    ordered = sorted(by_length.items(), key=lambda item: -item[0][1])

    def site(address: str) -> str | None:
        if not ordered:
            return None
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return None
        number, width = int(ip), ip.max_prefixlen
        for (version, length), table in ordered:
            if version == ip.version and (name := table.get(number >> (width - length) << (width - length))):
                return name
        return None

    return site


def policy(settings: Settings) -> Policy:
    """The policy that `[policy]` describes; what it leaves out is as the contract says."""
    from scanner.compliance.policy import from_settings

    return from_settings(settings.sections.policy)


def days(retention: str | int) -> int:
    """A retention in days: a number, or `400d`, `52w`, `12m`, `2y`. Raises SettingsError."""
    text = str(retention).strip().lower()
    number, unit = (text[:-1], text[-1]) if text and text[-1] in _UNITS else (text, "d")
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 100_000):
        raise SettingsError(f"{retention!r} is no time to keep things for; write 400, 400d or 52w")
    return int(number) * _UNITS[unit]


def _toml_reason(message: str, text: str) -> str:
    """tomllib's message, with a line where it only says "end of document"."""
    if "end of document" in message:
        return f"{message.partition(' (')[0]} (at the end, line {text.rstrip().count(chr(10)) + 1})"
    return message.replace("(at ", "(")


def _line(lines: dict[str, int], path: str) -> int:
    """Line of a path, or of the nearest table around it."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 1)


def _explained(message: str, text: str, name: str, kind: type[msgspec.Struct], base: str) -> str:
    """A sentence for the user from msgspec's message about a `kind` that stands at `base`."""
    lines = positions(text)
    if found := _UNKNOWN.fullmatch(message):
        key, path = found[1], found[2] or ""
        known, where = _keys_at(kind, path), ".".join(part for part in (base, path) if part)
        here = f"[{where.partition('[')[0]}] has" if where else "the settings have"
        line = _line(lines, f"{where}.{key}" if where else key)
        nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
        elsewhere = [table for table in _keys_at(Sections, "") if table != where and key in _keys_at(Sections, table)]
        hint = f"did you mean {nearest!r}?"
        if elsewhere and not difflib.get_close_matches(key, known, n=1, cutoff=0.7):
            hint = f"it belongs to [{elsewhere[0]}] (here {nearest!r} comes nearest)"
        return f"{name} line {line}: {here} no key {key!r}; {hint}"
    found = _WRONG.fullmatch(message)
    what, path = (found[1], found[2] or "") if found else (message, "")
    where = ".".join(part for part in (base, path) if part)
    if what.startswith("Invalid enum value"):
        what += f", choose one of {', '.join(_words_at(kind, path))}"
    what = what.replace("`", "").replace("array", "list").replace("object", "table").replace(" | null", "")
    return f"{name} line {_line(lines, where)}: {where or 'the settings'}: {what[:1].lower()}{what[1:]}"


def _type_at(kind: Any, path: str) -> Any:
    """The type of what stands at a path below a `kind`, None for what has no place there."""
    for part in re.sub(r"\[[^\]]*\]", "", path).split(".") if path else ():
        kind = _struct_in(kind)
        if kind is None:
            return None
        names = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
        kind = get_type_hints(kind).get(names.get(part, ""))
    return kind


def _keys_at(kind: Any, path: str) -> list[str]:
    """The keys that the table at a path below a `kind` may have."""
    struct = _struct_in(_type_at(kind, path))
    return list(struct.__struct_encode_fields__) if struct is not None else []


def _words_at(kind: Any, path: str) -> list[str]:
    """The words that may stand at a path below a `kind`."""
    found = _type_at(kind, path)
    return [word for arg in (found, *get_args(found)) if get_origin(arg) is Literal for word in get_args(arg)]


def _struct_in(kind: Any) -> Any:
    """The struct itself, or the one inside `tuple[Struct, ...]` or a union."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((found for arg in get_args(kind) if (found := _struct_in(arg)) is not None), None)


def _check(sections: Sections, text: str, name: str) -> None:
    """What types do not say: subnets are subnets, times are times, names are unique, credentials have a secret."""

    def wrong(path: str, sentence: str) -> SettingsError:
        return SettingsError(f"{name} line {_line(positions(text), path)}: {path}: {sentence}")

    for i, site in enumerate(sections.site):
        for j, subnet in enumerate(site.subnets):
            try:
                ipaddress.ip_network(subnet, strict=False)
            except ValueError:
                raise wrong(f"site[{i}].subnets[{j}]", f"{subnet!r} is not a subnet such as 10.1.0.0/16") from None
    kept = {"inventory": sections.inventory.retention} | {
        f"scan[{i}]": s.retention for i, s in enumerate(sections.scan)
    }
    for where, retention in kept.items():
        try:
            days(1 if retention is None else retention)
        except SettingsError as error:
            raise wrong(f"{where}.retention", str(error)) from None
    for i, credential in enumerate(sections.credentials):
        if (credential.community is None) == (credential.user is None):
            raise wrong(f"credentials[{i}]", "give either a community, or a user with the SNMPv3 keys")
    for table, names in (
        ("credentials", [c.name for c in sections.credentials]),
        ("scan", [s.name for s in sections.scan]),
    ):
        for i, each in enumerate(names):
            if each in names[:i]:
                raise wrong(f"{table}[{i}].name", f"{each!r} is there twice; give each its own name")
