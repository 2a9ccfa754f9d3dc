"""Unit files for systemd, with the least privileges: a service and a timer for each scheduled scan, a service for each
watched folder.

The sandbox follows systemd.exec(5): a user of its own, CAP_NET_RAW and nothing else, the file system read-only but for
what `grants` names, and only the address families that a scan uses. It needs systemd 250, the first with `%d`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.core.errors import SettingsError
from scanner.schedule.cron import Cron
from scanner.schedule.grants import Grants
from scanner.schedule.sandbox import UnitUser
from scanner.schedule.timetable import ScheduledScan

if TYPE_CHECKING:
    from scanner.app.watching import Watched
    from scanner.settings.records import WatchSection

#: Longest name of a scan in the name of a unit, in characters.
LONGEST_NAME = 200
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")

_SERVICE = """\
[Unit]
Description=phonescan: {title}
Wants=network-online.target
After=network-online.target remote-fs.target

[Service]
Type=oneshot
ExecStart={command} schedule run --once {argument} --config {config}{db}
# 3: done in part, also after a stop; the next run covers the rest
SuccessExitStatus=3
TimeoutStartSec=infinity
# one user for all our units: they share the inventory
User={user}
{grants}# values of env:NAME in the settings; systemd reads the file, so that only root needs access
EnvironmentFile=-{environment}
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK AF_PACKET
"""

_WATCH = """\
[Unit]
Description=phonescan: files in {title}
After=remote-fs.target

[Service]
Type=exec
ExecStart={command} watch {arguments} --config {config}{db}
Restart=on-failure
RestartSec=60
User={user}
{grants}CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX
PrivateNetwork=yes
"""

_ENABLED = """
[Install]
WantedBy=multi-user.target
"""

#: What every service of ours is denied.
_SANDBOX = """\
NoNewPrivileges=yes
RemoveIPC=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
PrivateTmp=yes
PrivateDevices=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask={umask}
"""

_TIMER = """\
[Unit]
Description=phonescan: {title}, by the clock

[Timer]
{calendar}
Persistent=true
RandomizedDelaySec=120
AccuracySec=1min

[Install]
WantedBy=timers.target
"""


def units(
    entry: ScheduledScan, grants: Grants, *, command: Path, config: Path, db: Path | None = None
) -> dict[str, str]:
    """The service and timer of one scan: file name → text. With `db` the unit names the inventory, not the settings.

    Raises SettingsError for a command that a unit file cannot name.
    """
    name = f"phonescan-{slug(entry.name)}"
    title = re.sub(r"[^\w .:-]", "_", entry.name)
    calendar = "\n".join(f"OnCalendar={line}" for line in calendars(entry.rule, entry.zone.key))
    service = _SERVICE.format(
        title=title,
        command=_checked(command),
        argument=_quoted(entry.name),
        config=config,
        db=f" --db {db}" if db else "",
        user=_user(grants.user),
        grants=grants.text(),
        environment=environment_file(config),
    )
    return {
        f"{name}.service": service + _sandbox(grants.user),
        f"{name}.timer": _TIMER.format(title=title, calendar=calendar),
    }


def watch_unit(
    watched: Watched, section: WatchSection, grants: Grants, *, command: Path, config: Path, db: Path | None = None
) -> tuple[str, str]:
    """The service that watches a folder of the settings: its file name and its text. Raises SettingsError as above."""
    folder = str(watched.folder)
    given = {"--done": section.done, "--site": section.site, "--as": section.format, "--map": section.map}
    words = [f"{option} {_quoted(value)}" for option, value in given.items() if value]
    service = _WATCH.format(
        title=re.sub(r"[^\w .:/-]", "_", folder),
        command=_checked(command),
        arguments=" ".join((_quoted(folder), *words, f"--every {section.every:g}")),
        config=config,
        db=f" --db {db}" if db else "",
        user=_user(grants.user),
        grants=grants.text(),
    )
    return f"phonescan-watch-{slug(folder)}.service", service + _sandbox(grants.user) + _ENABLED


def _checked(command: Path) -> Path:
    if not re.fullmatch(r"/[\w./+@~-]+", str(command)):
        raise SettingsError(f"{str(command)!r} is not valid in a unit file: install phonescan in a path without blanks")
    return command


def _user(user: UnitUser) -> str:
    return f"{user.name}\nDynamicUser=yes" if user.uid is None else user.name


def _sandbox(user: UnitUser) -> str:
    return _SANDBOX.format(umask="0027" if user.uid is None else "0007")


def environment_file(config: Path) -> Path:
    """The file with the variables of `env:NAME`, beside the settings."""
    return config.with_suffix(".env")


def slug(name: str) -> str:
    """The name of a scan as part of a unit's name, which has at most 255 characters (systemd.unit(5))."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_NAME].strip("-") or "scan"


def _quoted(name: str) -> str:
    """One argument of ExecStart: systemd.service(5) unescapes quotes and backslashes, and expands % and $."""
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    text = text.replace("\n", "\\n").replace("\r", "\\r")  # a line end would end the directive
    return f'"{text}"'


def calendars(rule: Cron, zone: str) -> list[str]:
    """OnCalendar lines (systemd.time(7)) equivalent to a cron line: two where cron matches by either day field."""
    time = f"{_list(rule.hours, 24)}:{_list(rule.minutes, 60)}:00"
    months = _list(sorted(rule.months), 12)
    days = _list(sorted(rule.days), 31)
    weekdays = "" if len(rule.weekdays) == 7 else ",".join(_DAYS[day] for day in sorted(rule.weekdays)) + " "
    if not (rule.any_day or rule.any_weekday):
        return [f"*-{months}-{days} {time} {zone}", f"{weekdays}*-{months}-* {time} {zone}"]
    return [f"{weekdays}*-{months}-{days} {time} {zone}"]


def _list(numbers: tuple[int, ...] | list[int], all_of_them: int) -> str:
    return "*" if len(numbers) == all_of_them else ",".join(f"{number:02d}" for number in numbers)
