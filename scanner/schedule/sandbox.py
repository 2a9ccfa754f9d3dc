"""What a unit sees of the file system: the places that systemd.exec(5) hides, and the permissions of its user.

The sandbox denies by mounts, permissions deny by mode; both are looked up on this machine, on which the unit will run.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scanner.core.errors import UsageError

#: Place → the setting of our units that hides it.
HIDDEN = {
    "/home": "ProtectHome=yes",
    "/root": "ProtectHome=yes",
    "/run/user": "ProtectHome=yes",
    "/tmp": "PrivateTmp=yes",
    "/var/tmp": "PrivateTmp=yes",
    "/dev": "PrivateDevices=yes",
    "/proc": "ProtectProc=invisible",
    "/sys": "ProtectKernelTunables=yes",
}
#: The user of units where the machine has no such user: systemd makes one with a number of its own.
NAME = "phonescan"
#: Numbers of users that systemd makes (systemd.io/UIDS-GIDS).
DYNAMIC = range(61184, 65520)
#: Groups that no unit joins: their members may read secrets or become root.
PRIVILEGED = frozenset({"root", "wheel", "sudo", "adm", "docker", "lxd", "disk", "shadow", "kmem", "systemd-journal"})
READ, WRITE, SEARCH = 4, 2, 1


@dataclass(frozen=True, slots=True)
class UnitUser:
    """The user of a unit: its name, and its number and groups; None and empty if systemd makes it for the run."""

    name: str
    uid: int | None = None
    groups: frozenset[int] = frozenset()

    def bits(self, found: os.stat_result) -> int:
        """The bits of a mode that apply to this user: owner's, group's or others'."""
        if self.uid is not None and found.st_uid == self.uid:
            return found.st_mode >> 6 & 7
        return found.st_mode >> 3 & 7 if found.st_gid in self.groups else found.st_mode & 7


def user(name: str | None) -> UnitUser:
    """The user `name` of this machine; without a name `phonescan`, which systemd makes if there is none.

    Raises UsageError for a name that the machine does not have.
    """
    try:
        entry = pwd.getpwnam(name or NAME)
    except KeyError:
        if name is None:
            return UnitUser(NAME)
        raise UsageError(f"--user {name!r} does not exist here; create it with `useradd --system`") from None
    return UnitUser(entry.pw_name, entry.pw_uid, frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid)))


def hidden(path: Path) -> str:
    """Why a unit does not see the file at `path`, as a place and a setting; empty if it does."""
    for spelled in (os.path.abspath(path), os.path.realpath(path)):
        if Path(spelled).is_relative_to("/dev/shm"):
            continue
        for place, setting in HIDDEN.items():
            if spelled == place or spelled.startswith(f"{place}/"):
                return f"{place} ({setting})"
    return ""


@dataclass(frozen=True, slots=True)
class FileAccess:
    """Whether a user has access: the path that denies it (None: nothing does), and the groups that it has to join."""

    denied: Path | None = None
    groups: frozenset[str] = frozenset()


def access(path: Path, who: UnitUser, wanted: int, *, join: bool = False) -> FileAccess:
    """The access of a user to an existing path, through all folders above it; with `join`, as member of its groups."""
    groups: set[str] = set()
    path = Path(os.path.realpath(path))
    for place in (*reversed(path.parents), path):
        need = wanted if place == path else SEARCH
        try:
            found = place.stat()
        except OSError:
            return FileAccess(place)
        if who.bits(found) & need == need or _has_list(place):
            continue
        group = _group(found.st_gid)
        if not (join and group and found.st_mode >> 3 & need == need):
            return FileAccess(place)
        groups.add(group)
    return FileAccess(None, frozenset(groups))


def unsearchable(path: Path, who: UnitUser) -> Path | None:
    """The topmost folder above `path`, as it is spelled, that a user may not pass through."""
    for place in reversed(path.parents):
        try:
            if not who.bits(place.stat()) & SEARCH:
                return place
        except OSError:
            return place
    return None


def unreadable(folder: Path, who: UnitUser) -> Iterator[Path]:
    """The files and folders in a folder, itself included, that a user may not read."""
    for place, folders, names in os.walk(folder):
        for name in ("", *folders, *names):
            path = Path(place, name)
            found = path.stat()
            need = READ | SEARCH if stat.S_ISDIR(found.st_mode) else READ
            if who.bits(found) & need != need:
                yield path


def existing(path: Path) -> Path:
    """The nearest folder at or above `path` that exists."""
    path = Path(os.path.realpath(path))
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path


def mode(path: Path) -> str:
    """Owner, group and mode of a path, such as `root:root 0755`."""
    found = path.stat()
    try:
        owner = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = str(found.st_uid)
    try:
        group = grp.getgrgid(found.st_gid).gr_name
    except KeyError:
        group = str(found.st_gid)
    return f"{owner}:{group} {stat.S_IMODE(found.st_mode):04o}"


def _has_list(path: Path) -> bool:
    """Whether an access control list (acl(5)) decides about a path, which then counts as accessible."""
    with suppress(OSError):
        return bool(os.getxattr(path, "system.posix_acl_access"))
    return False


def _group(gid: int) -> str:
    """The name of a group that a unit may join; empty for any other."""
    try:
        name = grp.getgrgid(gid).gr_name
    except KeyError:
        return ""
    return "" if gid == 0 or name in PRIVILEGED else name
