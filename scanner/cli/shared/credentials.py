"""The SNMP credentials of a command: those of the settings, or those that `--community` names."""

from __future__ import annotations

from scanner.core.model import Credential
from scanner.settings import Settings, credentials


def named(settings: Settings, names: tuple[str, ...]) -> tuple[Credential, ...]:
    """All credentials of the settings without names; a name that the settings lack is itself a community."""
    known = credentials(settings)
    if not names:
        return known
    by_name = {credential.name: credential for credential in known}
    return tuple(by_name.get(name) or Credential(name="--community", community=name) for name in names)
