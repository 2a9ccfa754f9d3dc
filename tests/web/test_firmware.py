"""The firmware page: versions of one line in their order, with the distance to the certified one."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.firmware import compare
from scanner.identity.load import load
from scanner.reports.firmware import behind, difference
from scanner.web.pages.firmware import CERTIFIED, VERSIONS, FirmwareModel, model_of

Row = dict[str, Any]
FINGERPRINTS = load()


def row(firmware: str | None, status: str, devices: int = 1, certified: str | None = "5.9.0.9373") -> Row:
    compliance = {"certified": "compliant", "newer": "review", "unknown-firmware": "review"}.get(status, "noncompliant")
    return {
        "manufacturer": "Polycom", "model": "VVX 411", "firmware": firmware, "line": None, "status": status,
        "compliance": compliance, "certified_firmware": certified, "catalog": "skype-for-business", "devices": devices,
    }  # fmt: skip


def model(*rows: Row) -> FirmwareModel:
    return model_of(FINGERPRINTS.version, rows[0]["manufacturer"], rows[0]["model"], rows)


def texts(found: FirmwareModel) -> list[list[str | None]]:
    return [[version.text for version in line.versions] for line in found.lines]


def test_the_certified_version_is_between_newer_and_older_ones_even_if_no_device_runs_it() -> None:
    found = model(
        row("5.8.3.3066", "outdated", 10),
        row("5.10.1.100", "newer", 2),
        row("5.9.6.2327", "newer", 7),
        row(None, "unknown-firmware", 3),
    )
    assert texts(found) == [["5.10.1.100", "5.9.6.2327", "5.9.0.9373", "5.8.3.3066"], [None]]
    assert [version.distance for version in found.lines[0].versions] == [
        "newer: minor release 10, certified 9",
        "newer: patch 6, certified 0",
        "certified; no device runs it",
        "older: minor release 8, certified 9",
    ]
    assert (found.devices, found.places) == (22, [("newer", 9), ("older", 10), ("unknown", 3)])


def test_a_certified_version_that_runs_is_listed_once() -> None:
    found = model(row("5.8.3.3066", "outdated", 10), row("5.9.0.9373", "certified", 4))
    assert texts(found) == [["5.9.0.9373", "5.8.3.3066"]]
    assert [version.certified for version in found.lines[0].versions] == [True, False]


def test_a_certified_version_that_runs_in_another_spelling_is_not_one_that_no_device_runs() -> None:
    found = model(row("5.8.3.3066", "outdated", 10), row("5.9.0.9373-rts", "certified", 4))
    assert sorted(text or "" for line in texts(found) for text in line) == ["5.8.3.3066", "5.9.0.9373-rts"]


def test_the_line_of_a_certified_version_is_first_even_if_it_cannot_be_read() -> None:
    assert texts(model(row("5.8.3.3066", "outdated", 10, "special"))) == [["special"], ["5.8.3.3066"]]


def test_a_version_of_another_line_is_not_placed_above_or_below_the_certified_one() -> None:
    rows = [
        {**row("58.80.0.25", "other-line", 7, "58.15.0.20"), "manufacturer": "Yealink", "model": "T58A"},
        {**row("58.15.0.10", "outdated", 2, "58.15.0.20"), "manufacturer": "Yealink", "model": "T58A"},
    ]
    found = model(*rows)
    assert texts(found) == [["58.15.0.20", "58.15.0.10"], ["58.80.0.25"]]
    assert found.lines[1].name == "sip"
    assert found.lines[1].versions[0].distance == "of another line than 58.15.0.20"


def test_devices_of_one_version_with_two_verdicts_are_one_row() -> None:
    review = {**row("5.8.3.3066", "outdated", 3), "compliance": "review"}
    (version,) = (v for v in model(row("5.8.3.3066", "outdated", 10), review).lines[0].versions if v.devices)
    assert version.devices == 13
    assert [part.name for part in version.parts(13)] == ["noncompliant", "review"]


def test_the_versions_of_one_model_are_bounded_and_the_others_counted() -> None:
    found = model(*(row(f"5.8.0.{n}", "outdated", 1 + n % 3) for n in range(1000)))
    assert sum(len(line.versions) for line in found.lines) == VERSIONS
    assert sum(version.devices for line in found.lines for version in line.versions) + found.more_devices == 1999
    many = ", ".join(f"5.9.0.{n}" for n in range(500))
    listed = model(row("5.8.0.1", "outdated", 1, many)).lines[0].versions
    assert len(listed) == 1 + CERTIFIED


number = st.integers(0, 30)
versions = st.lists(st.builds("5.{}.{}.{}".format, number, number, number), min_size=1, max_size=14, unique=True)


@given(versions)
def test_the_versions_of_a_line_are_in_the_order_of_its_grammar(drawn: list[str]) -> None:
    found = model(*(row(text, "outdated", certified=None) for text in drawn))
    assert sorted(v.text or "" for line in found.lines for v in line.versions) == sorted(drawn)
    for line in found.lines:
        read = [FINGERPRINTS.version("Polycom", "VVX 411", version.text) for version in line.versions]
        for newer, older in itertools.pairwise(read):
            assert newer is not None
            assert older is not None
            assert compare(newer, older) == 1


@pytest.mark.parametrize(
    ("own", "certified", "expected"),
    [
        ("5.8.3", "5.9.0", ("minor release", "8", "9")),
        ("UC_3.1.2", "UC_3.1.3", ("patch", "2", "3")),
        ("5.9", "5.9.0.1", ("build", "", "0")),
        ("5.9.0.1", "5.9", ("build", "0", "")),
        ("5.9", "5.9", None),
        ("", "5.9", None),
        ("beta", "5.9", None),
    ],
)
def test_the_first_part_that_differs_is_named(own: str, certified: str, expected: tuple[str, str, str] | None) -> None:
    found = difference(own, certified)
    assert found == expected
    assert bool(behind(own, certified)) is bool(found and found.wanted)


def test_the_page_links_each_version_to_its_devices(site: Any) -> None:
    page = site.get("/firmware?site=hq").text
    links = re.findall(r'href="(/devices\?[^"]+firmware=5\.8\.3\.3066[^"]*)"', page)
    assert links
    devices = site.get(links[0].replace("&amp;", "&")).text
    shown = int(re.findall(r'5\.8\.3\.3066(?:</span>)?</a>.*?class="share">(\d+)', page, re.S)[0])
    assert f"<b>{shown}</b> device" in devices
