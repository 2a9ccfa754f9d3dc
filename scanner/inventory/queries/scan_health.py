"""Whether a scan found what scans of its targets usually find: its outcome, and its devices beside the usual number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import NamedTuple, TypeAlias

from scanner.core import target_syntax
from scanner.core.model import DEFAULT_SITE
from scanner.core.spans import subtract
from scanner.core.text import amount
from scanner.inventory.db import connect
from scanner.inventory.db.scans import SELECT, scan_row
from scanner.inventory.db.sql import JUDGED, SEEN_IN, placeholders
from scanner.inventory.queries.filters import observed_by, rows
from scanner.inventory.records import ScanRow
from scanner.inventory.store import Inventory

#: Kinds of scans that probe their targets; a file that is read, or a link, has no usual number of devices.
PROBING = ("scan", "switches", "demo")
#: A scan that finds less than this share of the usual number of devices found far fewer.
FAR_FEWER = 0.5
#: The usual number is the median of so many scans that found any; below so many devices only none is far fewer.
USUAL_SCANS, USUAL_DEVICES = 5, 4
#: Outcomes of scans that covered what they were to cover, or most of it.
COVERED = ("done", "partial")
#: Scans that are searched for those of the same targets, and most of these.
_SEARCHED, _SAME_TARGETS = 2000, 200
#: Most groups of targets of which the sites are looked at.
_GROUPS = 100
_RUNS = "SELECT scan_id, schedule FROM runs WHERE scan_id IS NOT NULL"

Group: TypeAlias = tuple[str, str, tuple[str, ...]]


class ScanProblem(StrEnum):
    """What is wrong with a scan; the worst of several."""

    NONE = ""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    NO_DEVICES = "no-devices"
    FAR_FEWER = "far-fewer"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class ScanHealth:
    """A scan, the number of `devices` that it observed, and of those that scans of its targets usually observe.

    `expected` is None where nothing earlier gives a number: the first scan of its targets, or a file that was read.
    The numbers are those of one `site`, "" for all.
    """

    scan: ScanRow
    devices: int
    expected: int | None = None
    site: str = ""

    @property
    def problem(self) -> ScanProblem:
        """What is wrong with the scan."""
        outcome, expected = self.scan.outcome, self.expected or 0
        if self.scan.finished is None:
            return ScanProblem.NONE
        if outcome in ("failed", "interrupted"):
            return ScanProblem(outcome)
        if self.scan.kind in PROBING and not self.devices:
            return ScanProblem.NO_DEVICES
        if expected >= USUAL_DEVICES and self.devices < expected * FAR_FEWER:
            return ScanProblem.FAR_FEWER
        return ScanProblem.PARTIAL if outcome == "partial" else ScanProblem.NONE

    @property
    def outage(self) -> bool:
        """Whether the scan observed nothing, or far fewer devices than usual."""
        return self.problem is ScanProblem.FAR_FEWER or (self.problem is ScanProblem.NO_DEVICES and bool(self.expected))

    def __str__(self) -> str:
        """The outcome in a few words, such as `done, but 0 of about 96 devices responded`."""
        match self.problem:
            case ScanProblem.NO_DEVICES if not self.expected:
                return f"{self.scan.outcome}, but no device responded"
            case ScanProblem.NO_DEVICES | ScanProblem.FAR_FEWER:
                return (
                    f"{self.scan.outcome}, but {self.devices} of about {amount(self.expected or 0, 'device')} responded"
                )
        return self.scan.outcome


class SiteHealth(NamedTuple):
    """The health of a scan at one site; `schedule` is the last that scanned its group of targets, or ""."""

    site: str
    schedule: str
    health: ScanHealth


def health_of_scan(inventory: Inventory, scan: int, site: str = "") -> ScanHealth:
    """The health of one scan, at one site or in all. Raises UsageError where there is none of that number."""
    row = inventory.scan(scan)
    return _health(inventory, row, _groups(inventory, scan).get(group_of(row), ()), site)


def sites_out(inventory: Inventory, scan: int) -> list[ScanHealth]:
    """The health of a scan at each site with an outage, where the scan as a whole is none."""
    row = inventory.scan(scan)
    same = _groups(inventory, scan).get(group_of(row), [])
    if _health(inventory, row, same, "").outage:
        return []
    found = [_health(inventory, row, same, site) for site in _sites(inventory, same)]
    return [one for one in found if one.outage]


def health_of_scans(inventory: Inventory, scans: Sequence[ScanRow], site: str = "") -> dict[int, ScanHealth]:
    """The health of scans that ended, by number: of a page of their list."""
    wanted = [scan for scan in scans if scan.finished]
    groups = _groups(inventory, max((scan.id for scan in wanted), default=0))
    named = {scan.id: scan for same in groups.values() for scan in same}
    found = (named.get(scan.id, scan) for scan in wanted)
    return {scan.id: _health(inventory, scan, groups.get(group_of(scan), ()), site) for scan in found}


def health_of_last_scans(
    inventory: Inventory, site: str = "", since: str = "", keep: Collection[int] = ()
) -> list[ScanHealth]:
    """The health of the last scan of each group of targets that ended, newest first.

    With `site`, of the scans that were started for it or observed devices there, and these devices alone; `since`
    leaves out those that ended before, but for the groups of the scans of the numbers `keep`.
    """
    groups = _groups(inventory)
    kept = {group for group, scans in groups.items() if any(scan.id in keep for scan in scans)}
    chosen = [scans for group, scans in groups.items() if (scans[0].finished or "") >= since or group in kept]
    found = [_health(inventory, scans[0], scans, site) for scans in chosen]
    return [one for one in found if not site or one.scan.site == site or one.devices or one.expected]


def last_covering(inventory: Inventory, site: str = "") -> str | None:
    """The time at which the last scan ended that probed its targets and covered most of them, None without one.

    The last is the one that was started last, not the one of the latest time: a clock may have been ahead. With `site`,
    the last that was started for it or observed devices there. Files that were read do not count.
    """
    statement = (
        f"SELECT finished FROM scans s WHERE kind IN ({placeholders(PROBING)}) AND finished IS NOT NULL"
        f" AND outcome IN ({placeholders(COVERED)}) AND (? = '' OR site = ? OR EXISTS"
        " (SELECT 1 FROM scan_devices d WHERE d.scan_id = s.id AND d.site = ? AND d.devices > 0))"
        " ORDER BY s.id DESC LIMIT 1"
    )
    found = next(iter(rows(inventory, statement, (*PROBING, *COVERED, site, site, site))), None)
    return str(found["finished"]) if found else None


def current_problems(inventory: Inventory, sites: Sequence[str] = ()) -> list[ScanHealth]:
    """The last scans that have a problem, at these sites or in all: outages first, then the newest.

    Left out are those of whose targets a later scan covered every address, and that had no problem. Without `sites`,
    the outages of single sites are problems as well.
    """
    wrong: list[ScanHealth] = []
    for site in sites or ("",):
        found = health_of_last_scans(inventory, site)
        wrong += [one for one in found if one.problem and not problem_is_past(one, found)]
    if not sites:
        wrong += outages_of_sites(inventory)
    return sorted(wrong, key=lambda one: (not one.outage, -one.scan.id, one.site))


def outages_of_sites(inventory: Inventory) -> list[ScanHealth]:
    """The health of the last scans at each site with an outage, where the scan as a whole is none."""
    found = [one.health for one in health_by_site(inventory, _GROUPS) if one.health.outage]
    whole = health_of_scans(inventory, [one.scan for one in found])
    return [one for one in found if not whole[one.scan.id].outage]


def problem_is_past(health: ScanHealth, others: Sequence[ScanHealth]) -> bool:
    """Whether the problem of a scan is past: a later one without a problem covered its targets."""
    sound = (one.scan for one in others if one.problem in (ScanProblem.NONE, ScanProblem.PARTIAL))
    return any(_covers(later, health.scan) for later in sound)


def _covers(later: ScanRow, scan: ScanRow) -> bool:
    """Whether a later scan of the same kind and site had all targets of a scan."""
    if later.id <= scan.id or (later.kind, later.site) != (scan.kind, scan.site):
        return False
    wanted, had = (one.settings.get("ranges", ()) for one in (scan, later))
    if not wanted or not had:
        return set(scan.targets) <= set(later.targets)
    left, _ = subtract(*(target_syntax.parse(ranges, allow_public=True).spans for ranges in (wanted, had)))
    return not left


def health_by_site(inventory: Inventory, most: int) -> list[SiteHealth]:
    """The health of the last scan of each group of targets, for each site at which scans of the group observe devices.

    At most so many groups: those that a schedule scans, then the newest. Left out are those of no schedule whose
    problem is past: a later scan covered their targets; and sites that no device has any more, as after a new name.
    """
    groups = _groups(inventory)
    schedules = {int(row["scan_id"]): str(row["schedule"]) for row in rows(inventory, _RUNS)}
    scheduled = {
        group: next((schedules[scan.id] for scan in scans if scan.id in schedules), "")
        for group, scans in groups.items()
    }
    chosen = sorted(groups, key=lambda group: not scheduled[group])[:most]
    existing = {str(row["site"]) for row in rows(inventory, "SELECT DISTINCT site FROM devices")}
    last = {group: _health(inventory, groups[group][0], groups[group], "") for group in chosen}
    found = []
    for group in chosen:
        scans, schedule, whole = groups[group], scheduled[group], last[group]
        if whole.problem and not schedule and problem_is_past(whole, list(last.values())):
            continue
        sites = _sites(inventory, scans)
        found += [
            SiteHealth(site, schedule, _health(inventory, scans[0], scans, site)) for site in sites if site in existing
        ]
        if not sites:
            found.append(SiteHealth(scans[0].site, schedule, whole))
    return found


def _sites(inventory: Inventory, scans: Sequence[ScanRow]) -> list[str]:
    """The sites at which the first of some scans observed devices."""
    numbers = [scan.id for scan in scans[:_SAME_TARGETS]]
    statement = f"SELECT DISTINCT site FROM scan_devices WHERE devices > 0 AND scan_id IN ({placeholders(numbers)})"
    return sorted(str(row["site"]) for row in rows(inventory, statement, numbers))


def _groups(inventory: Inventory, until: int | None = None) -> dict[Group, list[ScanRow]]:
    """The last scans that probed and ended by group of targets, newest first, without their checkpoints, which are
    long.
    """
    statement = (
        f"{SELECT.replace(' state,', ' NULL,')} WHERE finished IS NOT NULL AND kind IN ({placeholders(PROBING)})"
        " AND (? IS NULL OR id <= ?) ORDER BY id DESC LIMIT ?"
    )
    with connect.faults(inventory.path):
        found = inventory.connection.execute(statement, (*PROBING, until, until, _SEARCHED)).fetchall()
        scans = [scan_row(row) for row in found]
    groups: dict[Group, list[ScanRow]] = {}
    for scan in _at_their_site(scans):
        groups.setdefault(group_of(scan), []).append(scan)
    return groups


def _at_their_site(scans: Sequence[ScanRow]) -> list[ScanRow]:
    """Scans, newest first; one without a site has that of the next scan of its targets: the settings named it since."""
    sites: dict[tuple[str, tuple[str, ...]], str] = {}
    found = []
    for scan in scans:
        targets = scan.kind, tuple(sorted(scan.targets))
        sites[targets] = site = sites.get(targets, scan.site) if scan.site == DEFAULT_SITE else scan.site
        found.append(scan if scan.site == site else replace(scan, site=site))
    return found


def group_of(scan: ScanRow) -> Group:
    """What the scans of the same targets have in common."""
    return scan.kind, scan.site, tuple(sorted(scan.targets))


def _health(inventory: Inventory, scan: ScanRow, same: Sequence[ScanRow], site: str) -> ScanHealth:
    """The health of a scan at one site or in all; `same` are the scans of its group, newest first."""
    devices = _observed(inventory, scan, site)
    if scan.kind not in PROBING:
        return ScanHealth(scan, devices, site=site)
    before = [one.id for one in same if one.id < scan.id and one.outcome in COVERED]
    counts = _devices(inventory, before[:_SAME_TARGETS], site)
    # scans of before there was such a number have none, and one that observed nothing is not usual
    usual = [counts[number] for number in before if counts.get(number)][:USUAL_SCANS]
    expected = round(median(usual)) if usual else _known(inventory, scan, site)
    return ScanHealth(scan, devices, expected or None, site)


def _observed(inventory: Inventory, scan: ScanRow, site: str) -> int:
    """The number of devices that a scan observed; of one that stored no number, those with sightings up to it."""
    if _devices(inventory, [scan.id], ""):
        return _devices(inventory, [scan.id], site).get(scan.id, 0)
    statement = f"SELECT count(*) AS devices {JUDGED} WHERE {SEEN_IN} AND (? = '' OR d.site = ?)"
    return int(next(rows(inventory, statement, (*observed_by(inventory, scan), site, site)))["devices"])


def _devices(inventory: Inventory, scans: Sequence[int], site: str) -> dict[int, int]:
    """The number of devices that each scan observed; a scan may be missing that observed none at the site."""
    statement = (
        f"SELECT scan_id, sum(devices) AS devices FROM scan_devices WHERE scan_id IN ({placeholders(scans)})"
        " AND (? = '' OR site = ?) GROUP BY scan_id"
    )
    return {int(row["scan_id"]): int(row["devices"]) for row in rows(inventory, statement, (*scans, site, site))}


def _known(inventory: Inventory, scan: ScanRow, site: str) -> int:
    """The number of devices at addresses in the targets that earlier scans observed.

    Sites may use the same addresses: of a scan for a site, the devices of that site.
    """
    ranges = tuple(scan.settings.get("ranges", ()))
    if not ranges:
        return 0
    targets = target_syntax.parse(ranges, allow_public=True)
    statement = (
        "SELECT ip FROM devices WHERE ip IS NOT NULL AND state = 'present' AND first_scan < ? AND (? = '' OR site = ?)"
        " AND (? = ? OR site = ?)"
    )
    found = rows(inventory, statement, (scan.id, site, site, scan.site, DEFAULT_SITE, scan.site))
    return sum(1 for row in found if targets.contains(str(row["ip"])))
