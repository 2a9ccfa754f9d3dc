"""Which SNMP credentials a command uses: those of the settings, or the ones that `--community` names."""

from __future__ import annotations

from scanner.core.model import Credential
from scanner.settings import Settings, credentials


def chosen(settings: Settings, names: tuple[str, ...]) -> tuple[Credential, ...]:
    """All credentials of the settings, or those named; a name that is none of them is a community by itself."""
    known = credentials(settings)
    if not names:
        return known
    by_name = {credential.name: credential for credential in known}
    return tuple(by_name.get(name) or Credential(name="--community", community=name) for name in names)
