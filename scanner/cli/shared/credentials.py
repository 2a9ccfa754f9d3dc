"""The SNMP credentials of a command: those of the settings, or those that `--community` names."""

from __future__ import annotations

from scanner.cli.shared.messages import print_message
from scanner.core.model import Credential
from scanner.settings import Settings, credentials, secrets


def named(settings: Settings, names: tuple[str, ...]) -> tuple[Credential, ...]:
    """All credentials of the settings without names.

    A name that the settings lack is `env:NAME` or `file:PATH`, or itself a community: then a warning is printed, since
    the arguments of a process are shown to every user of the machine.
    """
    known = credentials(settings)
    if not names:
        return known
    by_name = {credential.name: credential for credential in known}
    return tuple(by_name.get(name) or Credential(name="--community", community=_secret(name)) for name in names)


def _secret(given: str) -> str:
    literal(given, "--community")
    return secrets.reveal(given, what="--community")


def literal(given: str, option: str) -> None:
    """Print a warning where the value of an option is a secret itself, and not a reference to one."""
    if not secrets.is_reference(given) and given != secrets.KNOWN_TO_ALL:
        print_message(
            f"{option} contains the secret itself, which every user of this machine can see while the command runs:"
            " write env:NAME or file:PATH"
        )
