"""The checks of `doctor` on what other users of this machine can read: secrets, settings, environment, inventory."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.app.session import Session
from scanner.cli.doctor.checks import Check
from scanner.core.paths import expanded
from scanner.core.text import shown
from scanner.settings.records import SECRET_KEYS
from scanner.settings.secrets import KNOWN_TO_ALL, is_reference

#: Keys of the settings that contain a secret, or a reference to one, in any section.
SECRETS = frozenset({*SECRET_KEYS, "token", "password", "notify"})
#: Units that read variables from files, and the largest of them that is read, in characters.
UNITS = Path("/etc/systemd/system")
_LARGEST = 100_000
_OTHERS, _GROUP_AND_OTHERS = 0o007, 0o077


def checks(session: Session) -> Iterator[Check]:
    """A warning for each file that others can read, and one for secrets in the settings themselves."""
    path, folder = session.settings.path, session.settings.folder
    found = list(_secrets(_builtins(session.settings.sections)))
    inline = sorted(
        {key for key, value in found if not is_reference(value) and value != KNOWN_TO_ALL and _secret(value)}
    )
    mode = _mode(path) if path else None
    if inline and mode is not None and mode & _OTHERS:
        yield _readable("settings", "access", path, mode, f"contains {', '.join(inline)}", "chmod 640 or env:NAME")
    for value in sorted({value for _, value in found if value.startswith("file:")}):
        secret = folder / expanded(value.removeprefix("file:"))
        if (bits := _mode(secret)) is not None and bits & _GROUP_AND_OTHERS:
            yield _readable("settings", "secret file", secret, bits, "contains a secret", "chmod 600")
    for secret in environment_files(UNITS):
        if (bits := _mode(secret)) is not None and bits & _GROUP_AND_OTHERS:
            yield _readable("settings", "environment file", secret, bits, "is read by a unit", "chmod 600")
    if (bits := _mode(session.db)) is not None and bits & _OTHERS:
        yield _readable("inventory", "access", session.db, bits, "names every phone", "chmod 640")
    parent = session.db.absolute().parent
    if (bits := _mode(parent)) is not None and bits & 0o002 and not bits & stat.S_ISVTX:
        yield Check("inventory", "folder", "warning", f"every user can replace files in {parent}", "chmod o-w")


def environment_files(units: Path) -> list[Path]:
    """The files of variables that the units of phonescan in a folder read."""
    found = []
    for unit in sorted(units.glob("phonescan*.service")):
        try:
            lines = unit.read_text(encoding="utf-8", errors="replace")[:_LARGEST].splitlines()
        except OSError:
            continue
        found += [
            Path(line.partition("=")[2].strip().removeprefix("-"))
            for line in lines
            if line.strip().startswith("EnvironmentFile=")
        ]
    return found


def _readable(part: str, name: str, path: Path | None, mode: int, why: str, do: str) -> Check:
    who = "other users" if mode & _OTHERS else "its group"
    return Check(part, name, "warning", f"{shown(str(path))} {why}, and {who} can read it ({mode:04o})", do)


def _secrets(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each text of a key that contains a secret, with the key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(inner, str(name))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _secrets(inner, key)
    elif isinstance(value, str) and key in SECRETS and value:
        yield key, value


def _secret(value: str) -> bool:
    """Whether a text is a secret: an address of a message is one where it contains a password or a token."""
    scheme, there, rest = value.partition("://")
    return not there or "@" in rest or scheme not in ("mailto", "syslog", "json", "xml")


def _builtins(sections: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(sections)


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
