"""What a unit needs of the file system, as directives of systemd.exec(5), and what it cannot be given.

Each path of the settings is one of three things: written, and then below a folder that systemd makes for the unit or
one that its user may write; private, and then passed as a credential and mounted over the file; or readable by all.
"""

from __future__ import annotations

import fnmatch
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from scanner.schedule import report_files, sandbox
from scanner.schedule.sandbox import READ, SEARCH, WRITE, UnitUser
from scanner.schedule.timetable import ScheduledScan
from scanner.settings import Settings, paths
from scanner.settings.paths import NamedPath, PathUse

#: Folders that systemd makes for a unit and gives to its user.
MANAGED = {"/var/lib": "StateDirectory", "/var/cache": "CacheDirectory", "/var/log": "LogsDirectory"}
#: Folders whose files do not outlive a restart of the machine.
LOST = ("/run", "/dev/shm")
#: Folder of a unit whose settings name no inventory.
HOME = Path("/var/lib/phonescan")
#: Largest credential, in bytes (systemd.io/CREDENTIALS).
CREDENTIAL_LIMIT = 1_000_000
#: Paths that need no quoting in a unit file, where blanks, `%`, `$`, `:` and quotes have a meaning.
_PLAIN = re.compile(r"[\w./+@,=~-]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A path that a unit cannot be given: its key in the settings (empty: none), and what is wrong and to do."""

    key: str
    sentence: str


@dataclass(slots=True)
class Grants:
    """The directives of a unit by name, in order, and the faults."""

    user: UnitUser
    lines: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Refusal] = field(default_factory=list)

    def add(self, directive: str, value: str) -> None:
        """Add a value to a directive, once."""
        values = self.lines.setdefault(directive, [])
        if value not in values:
            values.append(value)

    def refuse(self, key: str, sentence: str) -> None:
        """Record that a path cannot be given."""
        self.faults.append(Refusal(key, sentence))

    def text(self) -> str:
        """The directives as lines of a unit file."""
        return "".join(f"{name}={value}\n" for name, values in self.lines.items() for value in values)


def granted(settings: Settings, entry: ScheduledScan, user: UnitUser, db: Path | None = None) -> Grants:
    """What the unit of a scan needs; `db` is an inventory that has precedence over the one of the settings."""
    return _granted(settings, [*paths.shared(settings), *paths.of_scan(settings, entry.section)], entry, user, db)


def granted_to_watch(settings: Settings, number: int, user: UnitUser, db: Path | None = None) -> Grants:
    """What the unit needs that watches the folder of a section, by its place."""
    return _granted(settings, list(paths.of_watch(settings, number)), None, user, db)


def _granted(
    settings: Settings, named: list[NamedPath], entry: ScheduledScan | None, user: UnitUser, db: Path | None
) -> Grants:
    grants = Grants(user)
    assert settings.path is not None
    if db is not None:
        named = [one for one in named if one.use is not PathUse.INVENTORY]
        named.append(NamedPath("", str(db), db, PathUse.INVENTORY))
    elif settings.db is None:
        named.append(NamedPath("", str(HOME), HOME / "phonescan.sqlite", PathUse.INVENTORY))
        grants.add("WorkingDirectory", str(HOME))
    ours = [path for one in named for path in _patterns(one, entry)]
    for one in (NamedPath("", str(settings.path), settings.path, PathUse.SECRET), *named):
        if not _is_plain(grants, one, _written(entry, one)):
            continue
        match one.use:
            case PathUse.SECRET:
                _pass(grants, one)
            case PathUse.READ:
                _read(grants, one)
            case PathUse.MOVE if not one.path.is_dir():
                grants.refuse(one.key, f"{one.path} is not a folder; create it first")
            case PathUse.INVENTORY | PathUse.REPORT | PathUse.MOVE:
                _write(grants, one, _written(entry, one), ours)
    return grants


def _written(entry: ScheduledScan | None, one: NamedPath) -> Path:
    """The folder that is written for a path of the settings; the path itself if it is only read."""
    if one.use in (PathUse.INVENTORY, PathUse.REPORT) and one.path.is_symlink():
        return Path(os.path.realpath(one.path)).parent
    if one.use is PathUse.INVENTORY:
        return one.path.parent
    if one.use is PathUse.REPORT and entry is not None:
        return report_files.fixed_folder(one.path, entry)
    return one.path


def _patterns(one: NamedPath, entry: ScheduledScan | None) -> list[Path]:
    """The files that a run writes for a path of the settings, as patterns of fnmatch."""
    if one.use is PathUse.INVENTORY:
        return [one.path.with_name(f"{one.path.name}*")] if one.path.name else [one.path]
    return [report_files.pattern(one.path, entry)] if one.use is PathUse.REPORT and entry is not None else []


def _is_plain(grants: Grants, one: NamedPath, path: Path) -> bool:
    """Whether a unit can name a path and sees it; records why not."""
    if one.text.startswith("~"):
        grants.refuse(one.key, f"{one.text}: the user of the unit has no home folder; write an absolute path")
    elif not _PLAIN.fullmatch(str(path)):
        grants.refuse(one.key, f"{path}: a unit file takes no path with blanks, %, $, colons or quotes; rename it")
    elif place := sandbox.hidden(path):
        grants.refuse(one.key, f"{one.path}: the unit has no access to {place}; {_instead(one)}")
    else:
        return True
    return False


def _instead(one: NamedPath) -> str:
    """Which path to write in place of one that a unit has no access to."""
    if one.use in (PathUse.INVENTORY, PathUse.REPORT, PathUse.MOVE):
        return f"write a path below {HOME}"
    return "move it to /etc/phonescan"


def _pass(grants: Grants, one: NamedPath) -> None:
    """Grant a file that only root may read: a credential, mounted over the file."""
    if not one.path.is_file():
        grants.refuse(one.key, f"{one.path} is not a file; create it first")
        return
    if one.path.stat().st_size > CREDENTIAL_LIMIT:
        grants.refuse(one.key, f"{one.path} is larger than a credential may be; let {_who(grants.user)} read it")
        return
    place = _cover(grants, one.path)
    loaded = grants.lines.setdefault("LoadCredential", [])
    if any(line.endswith(f":{place}") for line in loaded):
        return
    name = re.sub(r"[^\w.-]", "_", place.name)
    name += f"-{len(loaded)}" if any(line.startswith(f"{name}:") for line in loaded) else ""
    grants.add("LoadCredential", f"{name}:{place}")
    grants.add("BindReadOnlyPaths", f"%d/{name}:{place}")


def _read(grants: Grants, one: NamedPath) -> None:
    """Grant a file or a folder that is read."""
    if not one.path.exists():
        grants.refuse(one.key, f"{one.path} does not exist; create it first")
    elif one.path.is_file():
        if sandbox.access(one.path, grants.user, READ).denied is not None:
            _pass(grants, one)
    elif found := next(sandbox.unreadable(one.path, grants.user), None):
        what = f"{found} ({sandbox.mode(found)}) is not readable for {_who(grants.user)}"
        grants.refuse(one.key, f"{what}; repeat after `chmod -R a+rX {one.path}`")
    elif sandbox.access(one.path, grants.user, READ | SEARCH).denied is not None:
        grants.add("BindReadOnlyPaths", f"{one.path}:{_cover(grants, one.path)}")


def _cover(grants: Grants, path: Path) -> Path:
    """The path to mount a file on; a folder above it that the user may not pass through is covered by an empty one."""
    for place in (Path(os.path.abspath(path)), Path(os.path.realpath(path))):
        if (closed := sandbox.unsearchable(place, grants.user)) is not None:
            grants.add("TemporaryFileSystem", f"{closed}:ro,mode=0755")
            return place
    return Path(os.path.realpath(path))


def _write(grants: Grants, one: NamedPath, folder: Path, ours: list[Path]) -> None:
    """Grant a folder that is written, and the file of the inventory in it."""
    place = sandbox.existing(folder)
    files = [Path(f"{one.path}{end}") for end in ("", "-wal", "-shm")] if one.use is PathUse.INVENTORY else []
    files = [file for file in files if file.exists()]
    if one.path.is_dir() and one.use is not PathUse.MOVE:
        grants.refuse(one.key, f"{one.path} is a folder; name a file in it")
    elif lost := next((top for top in LOST if Path(os.path.realpath(folder)).is_relative_to(top)), None):
        grants.refuse(one.key, f"{one.path}: {lost} is empty after a restart; {_instead(one)}")
    elif os.statvfs(place).f_flag & os.ST_RDONLY:
        grants.refuse(one.key, f"{place} is on a read-only file system; {_instead(one)}")
    elif (top := _managed(folder, grants.user, ours)) is not None:
        if foreign := _foreign(top, grants.user, [place, *files]):
            what = f"{foreign} ({sandbox.mode(foreign)}) belongs to another user than {top}"
            grants.refuse(one.key, f"{what}; repeat after `chown -R --reference={top} {foreign}`")
        directive = MANAGED[str(top.parent)]
        grants.add(directive, top.name)
        if grants.user.uid is not None:  # members of its group may read the inventory
            grants.add(f"{directive}Mode", "2770")
    else:
        for path, need in ((place, WRITE | SEARCH), *((file, READ | WRITE) for file in files)):
            found = sandbox.access(path, grants.user, need, join=True)
            if found.denied is not None:
                grants.refuse(one.key, _unwritable(folder, found.denied, grants.user))
                return
            for group in sorted(found.groups):
                grants.add("SupplementaryGroups", group)
        if one.use is PathUse.INVENTORY and grants.user.uid is None:
            what = f"{one.path}: the user that systemd makes for the unit may have another number tomorrow"
            grants.refuse(
                one.key, f"{what}; {_instead(one)}, or create the user {sandbox.NAME}, who may write to {folder}"
            )
            return
        grants.add("ReadWritePaths", f"-{place}")


def _unwritable(folder: Path, denied: Path, user: UnitUser) -> str:
    what = f"{denied} ({sandbox.mode(denied)}) cannot be written by {_who(user)}"
    if not folder.exists():
        what = f"{folder} does not exist, and {what}"
    if user.uid is not None:
        return f"{what}; repeat after `install -d -o {user.name} {folder}` and a chown of the files in it"
    return f"{what}; write a path below {HOME}, or let a group write there: `install -d -g GROUP -m 2775 {folder}`"


def _who(user: UnitUser) -> str:
    return f"the user {user.name}" if user.uid is not None else "the user that systemd makes for the unit"


def _managed(folder: Path, user: UnitUser, ours: list[Path]) -> Path | None:
    """The folder in /var/lib, /var/cache or /var/log that systemd may give to the unit's user; None: there is none.

    A folder of another program is not taken: systemd would change the owner of all its files.
    """
    folder = Path(os.path.realpath(folder))
    for base in MANAGED:
        for above in (Path(base, "private"), Path(base)):
            if folder != above and folder.is_relative_to(above):
                top = Path(base, folder.relative_to(above).parts[0])
                return top if _is_ours(top, user, ours) else None
    return None


def _is_ours(top: Path, user: UnitUser, ours: list[Path]) -> bool:
    """Whether a folder is absent, belongs to the unit's user, or contains only what the settings name."""
    if not os.path.lexists(top) or top.name == sandbox.NAME:
        return True
    try:
        owner, names = top.stat().st_uid, os.listdir(top)
    except OSError:
        return False
    if owner == user.uid or owner in sandbox.DYNAMIC:
        return True
    known = [path.relative_to(top).parts[0] for path in ours if path != top and path.is_relative_to(top)]
    return owner == 0 and all(any(fnmatch.fnmatch(name, pattern) for pattern in known) for name in names)


def _foreign(top: Path, user: UnitUser, paths: list[Path]) -> Path | None:
    """The first existing path in a managed folder that the unit's user does not own.

    systemd changes the owner of everything in the folder, unless the folder itself belongs to that user.
    """
    try:
        owner = top.stat().st_uid
        if owner == user.uid or (user.uid is None and owner in sandbox.DYNAMIC):
            return next((path for path in paths if path.exists() and path.stat().st_uid != owner), None)
    except OSError:  # only root sees what is in it
        return None
    return None
