"""Pictures of every page in Chromium: three sizes of the window in both colour schemes, and on paper.

Each picture is a file in a temporary folder, or in PHONESCAN_SCREENSHOTS. What can be checked is: nothing is wider than
the window, no text is cut off, axe-core finds nothing, and on paper no line ends within an address, a mac or a version.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.app import reporting
from scanner.cli.shared.click_command import default_session
from scanner.core.model import Observation
from scanner.inventory import Coverage, Inventory
from scanner.inventory.queries import Filters
from tests.nonempty import some
from tests.web.conftest import knowledge, phone
from tests.web.test_browser import PAGES, TABLES, Served, axe

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.daemon("chromium", "chromedriver")]

SIZES = ((1600, 1000), (768, 1024), (360, 740))
#: Pages of an inventory of 10,000 devices.
LARGE = ("", "devices?site=site+1&site=site+2&sort=mac&order=down", "scans/5?missed=7#missed", "changes?scan=5&page=3")
#: Scripts before a picture: an open list of choices.
OPENED = {"devices?site=site+1&site=site+2&sort=mac&order=down": "document.querySelector('#f-model').click()"}
#: Elements whose content is cut off: it is wider than they are, and they do not scroll.
CUT_OFF = """return [...document.querySelectorAll('body *')].filter(e => {
  if (!e.clientWidth || e.closest('svg, .hidden, .skip, select, input, [hidden]')) return false;
  if (getComputedStyle(e.closest('thead') || e).clipPath != 'none') return false;
  return e.scrollWidth > e.clientWidth + 1 && !['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
}).map(e => e.outerHTML.slice(0, 200))"""
#: Elements that reach beyond the window, outside regions that scroll.
BEYOND = """return [...document.querySelectorAll('body *')].filter(e => !e.parentElement.closest('.wide') &&
  !e.closest('.skip') && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => e.outerHTML.slice(0, 200))"""
#: Regions that scroll to the side although each row is a card.
SCROLLED = """return [...document.querySelectorAll('.wide')].filter(e => e.querySelector('.cards') &&
  e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute('aria-label'))"""
#: Addresses, macs and versions, as elements, of which a line ends within.
BROKEN = """return [...document.querySelectorAll('.whole')].filter(e => e.getClientRects().length > 1)
  .map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = Path(os.environ.get("PHONESCAN_SCREENSHOTS") or tmp_path_factory.mktemp("pictures"))
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.fixture
def served(make_site: Callable[..., Any]) -> Iterator[Callable[..., Served]]:
    made: list[Served] = []

    def start(path: Path | None = None) -> Served:
        made.append(Served(make_site(path, base="/phonescan/")))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def outage(stocked: Path, tmp_path: Path) -> Path:
    """The stocked inventory after an outage of one site and a scan of another that failed."""
    path = tmp_path / "outage.sqlite"
    shutil.copy(stocked, path)
    with Inventory.open(path) as inventory:
        for day, site, net, outcome, seen in (
            (4, "hq", 1, "done", 0),
            (5, "<b>branch</b>", 2, "done", 1),
            (6, "<b>branch</b>", 2, "failed", 0),
        ):
            now, targets = f"2026-11-{day:02d}T02:00:00Z", (f"10.{net}.0.0/24",)
            scan = inventory.begin_scan(kind="scan", targets=targets, discoveries=("sip",), site=site, now=now)
            rows = [row for n in range(1, 1 + seen) for row in phone(n, "Yealink SIP-T58A 58.15.0.20", site_net=net)]
            inventory.record(scan, [Observation(**{"time": now, "site": site, **row}) for row in rows])
            inventory.cover(scan, [Coverage("sip", targets[0])])
            inventory.finish_scan(scan, outcome=outcome, knowledge=knowledge(), now=now)  # type: ignore[arg-type]
    return path


def look(browser: Any, root: str, pages: tuple[str, ...], folder: Path, name: str, *, axed: bool = True) -> None:
    """Make the pictures of pages, and check them; not `axed`, without axe-core."""
    browser.complaints()
    for width, height in SIZES:
        browser.resize(width, height)
        for page in some(pages):
            browser.dark(False)
            browser.go(root + page)
            browser.run(OPENED.get(page, ""))
            assert browser.title not in ("owned", "1"), page
            overflow = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, (page, width, overflow, browser.run(BEYOND))
            assert browser.run(CUT_OFF) == [], (page, width)
            assert browser.run(SCROLLED) == [], (page, width)
            file = re.sub(r"\W+", "-", f"{name} {page or 'overview'}")
            for scheme in ("light",) if name == "large" else ("light", "dark"):
                browser.dark(scheme == "dark")
                if axed and width != SIZES[1][0]:  # in the dark only the colours differ
                    rules = ("color-contrast",) if scheme == "dark" else ()
                    assert axe(browser, rules) == [], (page, width, scheme)
                (folder / f"{file}-{width}-{scheme}.png").write_bytes(browser.picture())
    assert [line for line in browser.complaints() if "404" not in line] == []


def test_every_page_fits_every_window_in_both_schemes(
    browser: Any, served: Callable[..., Served], folder: Path
) -> None:
    root = served().root
    look(browser, root, PAGES, folder, "page")
    look(browser, root, TABLES, folder, "table", axed=False)  # test_browser.py has these


def test_pages_of_a_large_inventory_and_of_an_outage_fit_as_well(
    browser: Any, served: Callable[..., Served], large: Path, outage: Path, folder: Path
) -> None:
    look(browser, served(large).root, LARGE, folder, "large", axed=False)
    look(browser, served(outage).root, ("", "scans", "scans/5"), folder, "outage")


def test_on_paper_no_line_ends_within_an_address_a_mac_or_a_version(
    browser: Any, served: Callable[..., Served], stocked: Path, folder: Path, tmp_path: Path
) -> None:
    session = default_session(stocked)
    reports = [tmp_path / f"{kind}.html" for kind in ("noncompliant", "inventory")]
    with session.inventory(readonly=True) as inventory:
        for report in reports:
            with report.open("w", encoding="utf-8", newline="") as stream:
                reporting.write(session, inventory, report.stem, Filters(), "html", stream)
    root = served().root
    upright, across = 688, 1047  # the width of A4 between its margins, in CSS pixels
    sheets = [(root + page, upright) for page in PAGES if page != "nope"]
    sheets += [(reports[0].as_uri(), upright), (reports[1].as_uri(), across)]
    seen = 0
    for url, width in sheets:
        browser.resize(width, 1000)
        browser.command("Emulation.setEmulatedMedia", media="print")
        browser.go(url)
        assert browser.run(BROKEN) == [], url
        assert browser.run(CUT_OFF) == [], url
        assert browser.run("return document.documentElement.scrollWidth") <= width, (url, browser.run(BEYOND))
        seen += browser.run("return document.querySelectorAll('.whole').length")
        (folder / f"paper-{re.sub(r'[^a-z0-9]+', '-', url.rpartition('/')[2]) or 'overview'}.png").write_bytes(
            browser.picture()
        )
    browser.command("Emulation.setEmulatedMedia", media="")
    assert seen > 500


def test_times_are_those_of_the_reader_with_utc_on_hover(browser: Any, served: Callable[..., Served]) -> None:
    root = served().root
    found = """const t = document.querySelector('dd time'); return [t.textContent, t.title, t.dateTime,
      document.getElementById('zone').textContent]"""
    for zone, text, title, note in (
        ("Europe/Berlin", "2026-11-03 03:00", "2026-11-03 02:00:00 UTC", "Times are those of Europe/Berlin"),
        ("America/New_York", "2026-11-02 21:00", "2026-11-03 02:00:00 UTC", "Times are those of America/New_York"),
        ("UTC", "2026-11-03 02:00 UTC", "", "Times are UTC."),
    ):
        browser.command("Emulation.setTimezoneOverride", timezoneId=zone)
        browser.go(root + "scans/4")
        shown = browser.run(found)
        assert shown[:3] == [text, title, "2026-11-03T02:00:00Z"]
        assert shown[3].startswith(note)
        browser.go(root)
        days = browser.run("return [...document.querySelectorAll('.x time')].map(t => t.textContent)")
        assert [len(day) for day in days] == [10, 10]
    browser.command("Emulation.setTimezoneOverride", timezoneId="")


def test_several_values_of_a_filter_are_chosen_with_the_mouse_or_the_keyboard(
    browser: Any, served: Callable[..., Served]
) -> None:
    root = served().root
    browser.resize(*SIZES[0])
    browser.dark(False)
    browser.go(root + "devices")
    opened = "return [...document.querySelectorAll('details[open] > summary')].map(e => e.id)"
    browser.click("#f-model")
    browser.click("//input[@name='model'][@value='T58A']", "xpath")
    browser.click("//input[@name='model'][@value='X6U']", "xpath")
    assert browser.run(opened) == ["f-model"]
    browser.click("h1")
    assert browser.run(opened) == []
    browser.run("document.getElementById('f-site').focus()")
    browser.press("\ue007")
    assert browser.until(opened, ["f-site"]) == ["f-site"]
    browser.press("\ue00c")
    assert browser.until(opened, []) == []
    assert browser.run("return document.activeElement.id") == "f-site"
    with browser.arriving():
        browser.click("//form[@class='filters']//button", "xpath")
    assert "model=T58A&model=X6U" in browser.url
    chips = browser.run("return [...document.querySelectorAll('.chips li')].map(e => e.textContent.trim())")
    assert len(chips) == 3
    shown = set(
        browser.run("return [...document.querySelectorAll('td[data-as=Model] > span')].map(e => e.textContent)")
    )
    assert shown == {"T58A", "X6U"}
