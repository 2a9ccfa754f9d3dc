"""Unit and timer files for systemd: one pair for each scheduled scan, with the least privileges.

The sandbox follows systemd.exec(5): a user made for the run, its state under /var/lib/phonescan, CAP_NET_RAW and
nothing else, the file system read-only, and only the address families that a scan uses.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from scanner.core.errors import SettingsError
from scanner.schedule.cron import Cron
from scanner.schedule.timetable import ScheduledScan

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")

_SERVICE = """\
[Unit]
Description=phonescan: {title}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command} schedule run --once {argument} --config {config} --db /var/lib/phonescan/{db}
# 3: done in part, as the report shows; the next run covers the rest
SuccessExitStatus=3
TimeoutStartSec=infinity
# one user for all our units: they share the inventory
User=phonescan
DynamicUser=yes
StateDirectory=phonescan
WorkingDirectory=/var/lib/phonescan
LoadCredential=phonescan.toml:{config}
# values of env:NAME in the settings; systemd reads the file, so that only root needs access
EnvironmentFile=-{environment}
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
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
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK AF_PACKET
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0027
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


def units(entry: ScheduledScan, *, command: str, config: str, db: str = "phonescan.sqlite") -> dict[str, str]:
    """The service and timer of one scan: file name → text. Raises SettingsError for an invalid path."""
    for path in (command, config):
        if not PurePosixPath(path).is_absolute() or not re.fullmatch(r"[\w./+@-]+", path):
            raise SettingsError(f"{path!r} is not valid in a unit file: use an absolute path without blanks")
    name = f"phonescan-{slug(entry.name)}"
    title = re.sub(r"[^\w .:-]", "_", entry.name)
    calendar = "\n".join(f"OnCalendar={line}" for line in calendars(entry.rule, entry.zone.key))
    credential = "%d/phonescan.toml"
    environment = PurePosixPath(config).with_suffix(".env")
    service = _SERVICE.format(
        title=title, command=command, argument=_quoted(entry.name), config=config, db=db, environment=environment
    )
    service = service.replace(f"--config {config}", f"--config {credential}")
    return {f"{name}.service": service, f"{name}.timer": _TIMER.format(title=title, calendar=calendar)}


def slug(name: str) -> str:
    """The name of a scan as part of a unit's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "scan"


def _quoted(name: str) -> str:
    """One argument of ExecStart: systemd.service(5) unescapes quotes and backslashes, and expands % and $."""
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
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
