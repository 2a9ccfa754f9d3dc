"""The health of a scan: its devices beside the usual number, over outages, fleets that shrink, and other targets."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.app.notes import of_health
from scanner.app.reporting import problems
from scanner.core.model import Observation
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import ScanProblem

POLY = "PolycomVVX-VVX_411-UA/5.9.0.9373"
LAN = ("10.1.0.0/24",)


def night(
    store: Any, day: int, numbers: range, *, kind: str = "scan", targets: tuple[str, ...] = LAN, **more: Any
) -> int:
    """One night in which the phones of these numbers respond."""
    rows = [store.sip(f"10.1.0.{n}", POLY, f"64:16:7f:00:01:{n:02x}") for n in numbers]
    settings = {"ranges": targets}
    summary = store.feed(
        rows, store.day(day), cover=[("sip", "10.1.0.0/24")], kind=kind, targets=targets, settings=settings, **more
    )
    return int(summary.scan)


def health(store: Any, scan: int) -> queries.ScanHealth:
    with Inventory.open(store.path) as inventory:
        return queries.health_of_scan(inventory, scan)


CASES: tuple[tuple[str, tuple[int, ...], int, int | None, ScanProblem, str], ...] = (
    ("the first scan of an empty subnet", (0,), 0, None, ScanProblem.NO_DEVICES, "done, but no device responded"),
    ("the first scan", (20,), 20, None, ScanProblem.NONE, "done"),
    ("an outage", (20, 20, 0), 0, 20, ScanProblem.NO_DEVICES, "done, but 0 of about 20 devices responded"),
    (
        "an outage that lasts",
        (20, 0, 0, 0, 0, 0, 0),
        0,
        20,
        ScanProblem.NO_DEVICES,
        "done, but 0 of about 20 devices responded",
    ),
    ("its end", (20, 0, 0, 0, 0, 0, 20), 20, 20, ScanProblem.NONE, "done"),
    ("fewer than half", (20, 9), 9, 20, ScanProblem.FAR_FEWER, "done, but 9 of about 20 devices responded"),
    ("half", (20, 10), 10, 20, ScanProblem.NONE, "done"),
    ("a fleet that was reduced for good", (20, 6, 6, 6, 6, 6), 6, 6, ScanProblem.NONE, "done"),
    ("a fleet that was reduced long ago", (20,) * 6 + (10,) * 5 + (8,), 8, 10, ScanProblem.NONE, "done"),
    ("one phone of two", (2, 1), 1, 2, ScanProblem.NONE, "done"),
    ("none of two", (2, 0), 0, 2, ScanProblem.NO_DEVICES, "done, but 0 of about 2 devices responded"),
)


@pytest.mark.parametrize(("why", "nights", "devices", "expected", "problem", "words"), CASES, ids=[c[0] for c in CASES])
def test_the_last_of_some_nights(
    store: Any, why: str, nights: tuple[int, ...], devices: int, expected: int | None, problem: ScanProblem, words: str
) -> None:
    scans = [night(store, day, range(1, 1 + number)) for day, number in enumerate(nights, 1)]
    found = health(store, scans[-1])
    assert (found.devices, found.expected, found.problem, str(found)) == (devices, expected, problem, words)
    assert found.outage == (bool(expected) and problem is not ScanProblem.NONE)


def test_a_later_sighting_does_not_change_what_an_earlier_scan_observed(store: Any) -> None:
    scans = [night(store, day, range(1, 1 + number)) for day, number in enumerate((8, 0, 8), 1)]
    assert [health(store, scan).devices for scan in scans] == [8, 0, 8]


def test_other_spellings_of_the_targets_expect_the_devices_that_are_known_there(store: Any) -> None:
    night(store, 1, range(1, 21))
    halves = night(store, 2, range(0), targets=("10.1.0.0/25", "10.1.0.128/25"))
    elsewhere = night(store, 3, range(0), targets=("10.2.0.0/24",))
    assert health(store, halves).expected == 20
    assert health(store, elsewhere).expected is None


def test_an_interrupted_scan_is_no_usual_one(store: Any) -> None:
    night(store, 1, range(1, 21))
    cut = night(store, 2, range(1, 3), outcome="interrupted")
    after = night(store, 3, range(1, 19))
    assert health(store, cut).problem is ScanProblem.INTERRUPTED
    assert (health(store, after).expected, health(store, after).problem) == (20, ScanProblem.NONE)


def test_a_scan_has_a_health_at_each_site_where_its_targets_have_devices(store: Any) -> None:
    sites = {"10.1.0.": "hq", "10.2.0.": "oslo"}
    rows = [store.sip(f"{net}{n}", POLY, f"64:16:7f:00:0{net[3]}:{n:02x}") for net in sites for n in range(1, 7)]
    targets = ("10.1.0.0/24", "10.2.0.0/24")
    more: dict[str, Any] = {"kind": "scan", "targets": targets, "settings": {"ranges": targets}}
    more |= {"cover": [("sip", one) for one in targets], "site_of": lambda ip: sites.get(ip[:7], "")}
    store.feed(rows, store.day(1), **more)
    half = store.feed(rows[:6], store.day(2), **more).scan
    alone = store.feed([], store.day(3), **(more | {"targets": ("10.3.0.0/24",), "settings": {}})).scan
    with Inventory.open(store.path) as inventory:
        inventory.claim_run("nightly", store.day(1), store.day(1))
        inventory.finish_run("nightly", store.day(1), outcome="done", now=store.day(1), scan=1)
        found = queries.health_by_site(inventory, 10)
        newest = queries.health_by_site(inventory, 1)
    assert [(one.site, one.schedule, one.health.scan.id) for one in found] == [
        ("hq", "nightly", half), ("oslo", "nightly", half), ("default", "", alone),
    ]  # fmt: skip
    assert [(one.health.devices, one.health.expected, one.health.outage) for one in found] == [
        (6, 6, False), (0, 6, True), (0, None, False),
    ]  # fmt: skip
    assert newest == found[:2]


def test_a_site_that_was_renamed_is_no_outage(store: Any) -> None:
    rows = [store.sip(f"10.1.0.{n}", POLY, f"64:16:7f:00:01:{n:02x}") for n in range(1, 7)]
    more: dict[str, Any] = {
        "kind": "scan",
        "targets": LAN,
        "settings": {"ranges": LAN},
        "cover": [("sip", "10.1.0.0/24")],
    }
    store.feed(rows, store.day(1), site_of=lambda ip: "hq", **more)
    store.feed(rows, store.day(2), site_of=lambda ip: "main", **more)
    with Inventory.open(store.path) as inventory:
        found = [(one.site, one.health.outage) for one in queries.health_by_site(inventory, 9)]
    assert found == [("main", False)]
    store.feed([], store.day(3), site_of=lambda ip: "main", **more)
    with Inventory.open(store.path) as inventory:
        found = [(one.site, one.health.outage) for one in queries.health_by_site(inventory, 9)]
    assert found == [("main", True)]


def test_a_problem_of_no_schedule_that_is_past_is_not_one_of_a_site(store: Any) -> None:
    night(store, 1, range(1, 9))
    part = night(store, 2, range(0), targets=("10.1.0.0/28",))
    with Inventory.open(store.path) as inventory:
        assert [one.health.scan.id for one in queries.health_by_site(inventory, 9)] == [part, 1]
    whole = night(store, 3, range(1, 9))
    with Inventory.open(store.path) as inventory:
        assert [one.health.scan.id for one in queries.health_by_site(inventory, 9)] == [whole]
        inventory.claim_run("part", store.day(2), store.day(2))
        inventory.finish_run("part", store.day(2), outcome="done", now=store.day(2), scan=part)
        assert [one.health.scan.id for one in queries.health_by_site(inventory, 9)] == [part, whole]


def test_an_inventory_keeps_the_id_that_its_first_scan_stores(store: Any, other: Any) -> None:
    ids = []
    for one, day in ((store, 1), (store, 2), (other, 1)):
        night(one, day, range(1, 3))
        with Inventory.open(one.path, readonly=True) as inventory:
            ids.append(inventory.mark("id"))
    assert ids[0] == ids[1] != ids[2]
    assert len(str(ids[2])) == 8


def test_the_last_scan_of_each_group_of_targets_and_of_one_site(store: Any) -> None:
    for day in (1, 2):
        night(store, day, range(1, 9), site="hq")
    out = night(store, 3, range(0), site="hq")
    branch = night(store, 4, range(1, 5), site="branch", targets=("10.3.0.0/24",))
    night(store, 5, range(1, 9), kind="read", site="hq")
    with Inventory.open(store.path) as inventory:
        every = queries.health_of_last_scans(inventory)
        hq = queries.health_of_last_scans(inventory, "hq")
        late = queries.health_of_last_scans(inventory, since=store.day(4))
    assert [one.scan.id for one in every] == [branch, out]
    assert [(one.scan.id, one.outage) for one in hq] == [(out, True)]
    assert [one.scan.id for one in late] == [branch]


def test_an_outage_of_one_site_of_a_scan_is_a_problem_of_that_site(store: Any) -> None:
    def sites(numbers: dict[str, range], day: int) -> int:
        rows = [
            store.sip(f"10.{net}.0.{n}", POLY, f"64:16:7f:00:{net:02x}:{n:02x}", site=site)
            for net, (site, some) in enumerate(numbers.items())
            for n in some
        ]
        cover = [("sip", "10.0.0.0/8")]
        return int(store.feed(rows, store.day(day), cover=cover, kind="scan", targets=("10.0.0.0/15",)).scan)

    sites({"hq": range(1, 21), "oslo": range(1, 9)}, 1)
    out = sites({"hq": range(1, 21), "oslo": range(0)}, 2)
    with Inventory.open(store.path, readonly=True) as inventory:
        found = queries.current_problems(inventory)
        there, elsewhere = (queries.current_problems(inventory, (site,)) for site in ("oslo", "hq"))
        sites_out = queries.sites_out(inventory, out)
    expected = [(out, "oslo", "done, but 0 of about 8 devices responded")]
    assert [(one.scan.id, one.site, str(one)) for one in found] == expected
    assert [(one.scan.id, one.site, str(one)) for one in there] == expected
    assert elsewhere == []
    assert [(one.scan.id, one.site, str(one)) for one in sites_out] == expected
    assert [note[:47] for one in sites_out for note in of_health(one)] == [
        "at site oslo, 0 of about 8 devices responded: c"
    ]
    every = sites({"hq": range(0), "oslo": range(0)}, 3)
    with Inventory.open(store.path, readonly=True) as inventory:
        assert [(one.scan.id, one.site) for one in queries.current_problems(inventory)] == [(every, "")]
        assert queries.sites_out(inventory, every) == []


def test_a_problem_is_past_where_a_later_scan_covered_its_targets_without_one(store: Any) -> None:
    night(store, 1, range(1, 9))
    night(store, 2, range(0), targets=("10.1.0.0/28",))
    elsewhere = night(store, 3, range(0), targets=("10.9.0.0/24",))
    with Inventory.open(store.path) as inventory:
        before = queries.current_problems(inventory)
    half = night(store, 4, range(0), targets=("10.1.0.0/25",))
    cut = night(store, 5, range(1, 9), outcome="interrupted")
    with Inventory.open(store.path) as inventory:
        worst_first = [(one.scan.id, one.outage) for one in queries.current_problems(inventory)]
    night(store, 6, range(1, 9))
    with Inventory.open(store.path) as inventory:
        after = [one.scan.id for one in queries.current_problems(inventory)]
    assert [(one.scan.id, one.outage) for one in before] == [(2, True), (elsewhere, False)]
    assert worst_first == [(half, True), (2, True), (cut, False), (elsewhere, False)]
    assert after == [elsewhere]


def test_an_outage_of_a_schedule_that_is_past_is_none_of_its_site_either(store: Any) -> None:
    night(store, 1, range(1, 9), site="hq")
    out = night(store, 2, range(0), site="hq")
    with Inventory.open(store.path) as inventory:
        inventory.claim_run("nightly", store.day(2), store.day(2))
        inventory.finish_run("nightly", store.day(2), outcome="done", now=store.day(2), scan=out)
        assert [one.scan.id for one in queries.current_problems(inventory)] == [out]
    night(store, 3, range(1, 9), site="hq", targets=("10.1.0.0/16",))
    with Inventory.open(store.path) as inventory:
        assert queries.current_problems(inventory) == []


def test_scans_of_public_targets_have_a_health_and_problems(store: Any) -> None:
    night(store, 1, range(0), targets=("8.8.8.0/24",))
    with Inventory.open(store.path) as inventory:
        assert [one.scan.id for one in queries.current_problems(inventory)] == [1]
    night(store, 2, range(1, 9), targets=("8.8.8.0/23",))
    with Inventory.open(store.path) as inventory:
        assert queries.current_problems(inventory) == []


def test_scans_without_ranges_cover_their_targets_by_name(store: Any) -> None:
    def switches(day: int, numbers: range, *targets: str) -> None:
        rows = [store.sip(f"10.1.0.{n}", POLY) for n in numbers]
        store.feed(rows, store.day(day), kind="switches", targets=targets)

    found = []
    for day, numbers, targets in ((1, range(0), ("a",)), (2, range(1, 9), ("b",)), (3, range(1, 9), ("a", "b"))):
        switches(day, numbers, *targets)
        with Inventory.open(store.path) as inventory:
            found.append([one.scan.id for one in queries.current_problems(inventory)])
    assert found == [[1], [1], []]


def test_a_report_names_some_scans_with_a_problem_and_counts_the_others(store: Any) -> None:
    for day in range(1, 8):
        night(store, day, range(0), targets=(f"10.{day}.0.0/24",))
    with Inventory.open(store.path) as inventory:
        first, *others = problems(inventory)
    assert first.startswith("Scan 7 of 10.7.0.0/24, site default, ")
    assert (len(others), others[-1]) == (5, "2 more scans have a problem")


def test_the_health_of_a_page_of_scans_is_that_of_each(store: Any) -> None:
    for day, number in enumerate((8, 0, 3, 8), 1):
        night(store, day, range(1, 1 + number))
    with Inventory.open(store.path) as inventory:
        scans = queries.scans(inventory, 2, 1)
        found = queries.health_of_scans(inventory, scans)
        assert [scan.id for scan in scans] == [3, 2]
        assert found == {scan.id: queries.health_of_scan(inventory, scan.id) for scan in scans}
        assert queries.scan_count(inventory) == 4


def test_a_night_after_which_all_have_vanished_is_a_point_of_the_trend(store: Any) -> None:
    for day, number in enumerate((3, 0, 0, 0, 3), 1):
        night(store, day, range(1, 1 + number), site="hq")
    with Inventory.open(store.path) as inventory:
        for site in ("HQ", ("hq", "oslo"), None):
            assert [row["devices"] for row in queries.trend(inventory, site)] == [3, 3, 3, 0, 3], site
        assert queries.trend(inventory, ("oslo",)) == []


def test_sites_that_use_the_same_addresses_do_not_expect_each_others_devices(store: Any) -> None:
    night(store, 1, range(1, 21), site="hq")
    branch = night(store, 2, range(0), site="branch")
    with Inventory.open(store.path) as inventory:
        assert queries.health_of_scan(inventory, branch).expected is None
        assert [one.scan.id for one in queries.health_of_last_scans(inventory, "hq")] == [1]
        assert queries.sites(inventory) == ["branch", "hq"]


def test_a_scan_without_a_stored_number_counts_its_sightings(store: Any) -> None:
    scan = night(store, 1, range(1, 9))
    with Inventory.open(store.path) as inventory:
        inventory.connection.execute("DELETE FROM scan_devices")
    assert (health(store, scan).devices, health(store, scan).outage) == (8, False)


def test_a_scan_that_runs_has_no_problem_yet(store: Any) -> None:
    night(store, 1, range(1, 9))
    with Inventory.open(store.path) as inventory:
        scan = inventory.begin_scan(
            kind="scan", targets=LAN, discoveries=(), now=store.day(2), settings={"ranges": LAN}
        )
        assert str(queries.health_of_scan(inventory, scan)) == "running"
        assert queries.health_of_last_scans(inventory)[0].scan.id == 1


def test_the_last_covering_scan_is_no_file_and_was_not_cut(store: Any) -> None:
    for number, kind, outcome in ((1, "scan", "done"), (2, "scan", "interrupted"), (3, "read", "done")):
        night(store, number, range(1, 9), kind=kind, outcome=outcome, site="hq")
    with Inventory.open(store.path) as inventory:
        found = [queries.last_covering(inventory, site) for site in ("", "hq", "branch")]
    assert found == [store.day(1), store.day(1), None]


def test_groups_that_are_kept_whatever_their_age(store: Any) -> None:
    old = [night(store, day, range(1, 9), targets=("10.2.0.0/24",)) for day in (1, 2)]
    night(store, 3, range(1, 9), targets=("10.3.0.0/24",))
    new = night(store, 4, range(1, 9))
    with Inventory.open(store.path) as inventory:
        found = queries.health_of_last_scans(inventory, since=store.day(4), keep=old[:1])
    assert [one.scan.id for one in found] == [new, old[1]]


@pytest.mark.parametrize(
    ("other", "targets", "discoveries"),
    [("scan", ("10.1.1.0/24",), ("sip",)), ("switches", ("10.9.0.1",), ("switches",))],
)
def test_two_scans_at_once_count_their_own_devices(
    store: Any, other: str, targets: tuple[str, ...], discoveries: tuple[str, ...]
) -> None:
    """The one that began first ends last, so that the sightings of the other are newer than it."""
    near = [store.sip(f"10.1.0.{n}", POLY, f"64:16:7f:00:01:{n:02x}") for n in range(1, 4)]
    source = "sip 10.1.1.1:5060" if other == "scan" else "switches 10.9.0.1 lldp"
    far = [{**store.sip(f"10.1.1.{n}", POLY, f"64:16:7f:00:02:{n:02x}"), "source": source} for n in range(1, 9)]
    for night in (1, 2):
        begun = []
        with Inventory.open(store.path, create=True) as inventory:
            for kind, ranges, names in (("scan", LAN, ("sip",)), (other, targets, discoveries)):
                settings = {"ranges": ranges} if kind == "scan" else {}
                begun.append(
                    inventory.begin_scan(
                        kind=kind, targets=ranges, discoveries=names, now=store.day(night), settings=settings
                    )
                )
            for scan, rows in zip(begun, (near, far), strict=True):
                inventory.record(scan, [Observation(time=store.day(night), **row) for row in rows])
            for scan in reversed(begun):
                summary = inventory.finish_scan(scan, outcome="done", knowledge=store.knowledge(), now=store.day(night))
            listed = [
                queries.inventory_rows(inventory, queries.Filters(seen_in=queries.observed_by(inventory, row)))
                for row in map(inventory.scan, begun)
            ]
            assert [len(list(rows)) for rows in listed] == [3, 8]
        assert summary.devices == 3
        assert [str(health(store, scan)) for scan in begun] == ["done", "done"]
        assert [health(store, scan).devices for scan in begun] == [3, 8]
