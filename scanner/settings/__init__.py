"""`phonescan.toml`: read once at the edge, typed; every error names its line.

`load(path)` returns `Settings`; what other rooms need is derived from it when it is used: `credentials` (with secrets
resolved), `registrars`, `policy`, `exceptions`, `site_of`, `passive`. Without a file every key has its default.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from scanner.core import spans, toml
from scanner.core.errors import SettingsError
from scanner.core.model import Credential
from scanner.core.paths import expanded
from scanner.core.spans import Span
from scanner.settings import secrets
from scanner.settings.check import days as days
from scanner.settings.check import sections
from scanner.settings.records import SECRET_KEYS, RegistrarSection, SettingsSections

if TYPE_CHECKING:
    from scanner.compliance.exceptions import DeviceException
    from scanner.compliance.policy import Policy

DEFAULT_FILE = "phonescan.toml"
DEFAULT_DB = "phonescan.sqlite"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force: the file they came from (None without one) and its sections."""

    path: Path | None
    sections: SettingsSections

    @property
    def folder(self) -> Path:
        """Folder that relative paths in the file start at."""
        return self.path.parent if self.path else Path()

    @property
    def db(self) -> Path | None:
        """The file of the inventory in `[inventory] db`."""
        name = self.sections.inventory.db
        return None if name is None else self.folder / expanded(name)


def load(path: Path | str | None = None) -> Settings:
    """The settings in the file `path`, else in `phonescan.toml` of the current folder if it exists, else the defaults.

    Raises SettingsError naming file and line: not readable, not TOML, an unknown key (with the nearest known one),
    a value of the wrong kind.
    """
    if path is None:
        if not Path(DEFAULT_FILE).is_file():
            return Settings(None, SettingsSections())
        path = DEFAULT_FILE
    path = Path(path)
    return Settings(path, sections(toml.read(path, SettingsError)))


def parse(raw: bytes | str, name: str = DEFAULT_FILE) -> SettingsSections:
    """The sections of a settings text; `name` is what errors call it. Raises SettingsError."""
    return sections(toml.parse(raw, name, SettingsError))


def credentials(settings: Settings) -> tuple[Credential, ...]:
    """The credentials with their secrets resolved now. Raises SettingsError for one that does not resolve."""
    found = []
    for credential in settings.sections.credentials:
        revealed = {
            key: secrets.reveal(value, what=f"credential {credential.name!r}, {key}", folder=settings.folder)
            for key in SECRET_KEYS
            if (value := getattr(credential, key)) is not None
        }
        found.append(msgspec.structs.replace(credential, **revealed))
    return tuple(found)


def registrars(settings: Settings) -> tuple[RegistrarSection, ...]:
    """The registrars with their secrets resolved now. Raises SettingsError for one that does not resolve."""
    found = []
    for section in settings.sections.registrar:
        what = f"registrar {section.name!r}, secret"
        secret = secrets.reveal(section.secret, what=what, folder=settings.folder) if section.secret else None
        found.append(msgspec.structs.replace(section, secret=secret))
    return tuple(found)


def passive(settings: Settings) -> tuple[str, ...]:
    """Addresses, subnets, macs and models that are never probed."""
    return tuple(target for section in settings.sections.passive for target in section.targets)


def site_of(settings: Settings) -> Callable[[str], str | None]:
    """A function address → site: longest matching prefix over all `[[site]]`, or None."""
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


def site_of_spans(settings: Settings) -> Callable[[Sequence[Span]], str]:
    """A function spans → the one site that contains all their addresses, or "" where there is no such site."""
    site = site_of(settings)
    # between two borders of subnets all addresses have one site
    found: dict[int, set[int]] = {}
    for section in settings.sections.site:
        for net in (spans.of_network(ipaddress.ip_network(subnet, strict=False)) for subnet in section.subnets):
            found.setdefault(net.version, set()).update((net.first, net.last + 1))
    borders = {version: sorted(numbers) for version, numbers in found.items()}

    def only_site(wanted: Sequence[Span]) -> str:
        names: set[str | None] = set()
        for span in wanted:
            inside = borders.get(span.version, [])
            inside = inside[bisect_right(inside, span.first) : bisect_right(inside, span.last)]
            for number in (span.first, *inside):
                names.add(site(spans.address_text(span.version, number)))
                if len(names) > 1:
                    return ""
        return next(iter(names), None) or ""

    return only_site


def policy(settings: Settings, name: str | None = None) -> Policy:
    """The policy in force, or the one of a name, with the defaults for keys that it does not contain."""
    from scanner.compliance.policy import from_settings

    return from_settings(settings.sections.policy, name=name)


def exceptions(settings: Settings) -> tuple[DeviceException, ...]:
    """The exceptions of `[[exception]]`, those that have ended included."""
    from scanner.compliance.exceptions import from_settings

    return tuple(
        from_settings(one.match, one.accept, one.owner, one.reason, one.expires) for one in settings.sections.exception
    )
