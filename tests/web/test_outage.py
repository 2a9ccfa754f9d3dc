"""An outage on the pages: first on the overview and on the page of the scan, and never only `done`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.core.model import Observation
from scanner.inventory import Coverage, Inventory
from scanner.web.pages.overview import PROBLEMS
from tests.web.conftest import knowledge, phone

BANNER = "Yealink SIP-T58A 58.15.0.20"
NETS = {"hq": 1, "<b>oslo</b>": 2} | {f"branch {n}": 10 + n for n in range(7)}


@pytest.fixture
def nights(make_site: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Makes the pages of nights, each a site, the number of phones that respond, and the outcome of the scan."""

    def make(*given: tuple[str, int, str]) -> Any:
        path = tmp_path / "nights.sqlite"
        with Inventory.open(path, create=True) as inventory:
            for day, (site, number, outcome) in enumerate(given, 1):
                now, net = f"2026-11-{day:02d}T02:00:00Z", f"10.{NETS[site]}.0.0/24"
                scan = inventory.begin_scan(
                    kind="scan", targets=(net,), discoveries=("sip",), site=site, now=now, settings={"ranges": (net,)}
                )
                rows = [row for n in range(1, 1 + number) for row in phone(n, BANNER, site_net=NETS[site])]
                inventory.record(scan, [Observation(**{"time": now, "site": site, **row}) for row in rows])
                inventory.cover(scan, [Coverage("sip", net)])
                inventory.finish_scan(scan, outcome=outcome, knowledge=knowledge(), now=now)  # type: ignore[arg-type]
        return make_site(path)

    return make


def first_words(text: str) -> str:
    """The text of a page after its heading."""
    return re.sub(r"(?:<[^>]+>|\s)+", " ", text.split("</h1>", 1)[1]).strip()[:400]


OUTAGES: tuple[tuple[str, list[tuple[str, int, str]], str], ...] = (
    ("no response", [("hq", 9, "done"), ("hq", 0, "done")], "done, but 0 of about 9 devices responded"),
    ("far fewer", [("hq", 9, "done"), ("hq", 3, "done")], "done, but 3 of about 9 devices responded"),
    ("in part", [("hq", 9, "done"), ("hq", 0, "partial")], "partial, but 0 of about 9 devices responded"),
)


@pytest.mark.parametrize(("why", "given", "words"), OUTAGES, ids=[case[0] for case in OUTAGES])
def test_an_outage_is_first_on_the_overview_and_the_scan(
    nights: Callable[..., Any], why: str, given: list[tuple[str, int, str]], words: str
) -> None:
    site = nights(*given)
    for path in ("/", "/?site=hq", "/scans/2"):
        text = site.get(path).text
        assert first_words(text).split()[0] == "Outage", path
        assert words in first_words(text)
    assert "<title>Outage" in site.get("/").text
    listed = site.get("/scans").text
    assert f'<span class="outcome s-noncompliant">{words}</span>' in listed
    assert '<span class="outcome">done</span>' in listed
    assert f"<dt>Devices</dt><dd>{given[-1][1]} of about 9</dd>" in site.get("/scans/2").text


def test_an_outage_of_one_site_is_not_one_of_another(nights: Callable[..., Any]) -> None:
    site = nights(("hq", 9, "done"), ("<b>oslo</b>", 9, "done"), ("<b>oslo</b>", 0, "done"))
    assert "site &lt;b&gt;oslo&lt;/b&gt;" in site.get("/").text
    assert 'id="outage"' in site.get("/", params={"site": "<b>oslo</b>"}).text
    both = site.get("/", params={"site": ["hq", "<b>oslo</b>"]}).text
    assert "<h1>Sites hq, &lt;b&gt;oslo&lt;/b&gt;</h1>" in both
    assert "<b>18</b>devices" in both
    assert 'devices?compliance=compliant&amp;site=hq&amp;site=%3Cb%3Eoslo%3C%2Fb%3E"' in both
    assert 'id="outage"' in both
    hq = site.get("/", params={"site": "hq"}).text
    assert 'id="outage"' not in hq
    assert re.search(r'Last <a href="/scans/1">scan 1</a> ended .*: done\.', hq)


def test_the_overview_names_a_few_outages_and_counts_the_others(nights: Callable[..., Any]) -> None:
    text = nights(*((f"branch {n}", phones, "done") for phones in (1, 0) for n in range(7))).get("/").text
    assert text.partition("</section>")[0].count("0 of about 1 device responded") == PROBLEMS
    assert f"<p>and {7 - PROBLEMS} more</p>" in text


def test_the_overview_of_a_site_leads_to_the_changes_of_its_last_scan(nights: Callable[..., Any]) -> None:
    site = nights(("hq", 8, "done"), ("hq", 9, "done"), ("<b>oslo</b>", 9, "done"))
    (link,) = re.findall('href="([^"]+)">All changes of the last scan', site.get("/?site=hq").text)
    assert "<b>1</b> change of" in site.get(link.replace("&amp;", "&")).text


def test_the_last_scan_of_a_site_may_be_one_of_several_sites(make_site: Callable[..., Any], tmp_path: Path) -> None:
    now, path = "2026-11-01T02:00:00Z", tmp_path / "sites.sqlite"
    with Inventory.open(path, create=True) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=("10.0.0.0/8",), discoveries=("sip",), now=now)
        rows = [row | {"site": site} for site, net in NETS.items() for row in phone(1, BANNER, site_net=net)]
        inventory.record(scan, [Observation(**{"time": now, **row}) for row in rows])
        inventory.finish_scan(scan, outcome="done", knowledge=knowledge(), now=now)
    text = make_site(path).get("/?site=hq").text
    assert first_words(text).startswith("Last scan 1 ended")


@pytest.mark.parametrize("outcome", ["failed", "interrupted"])
def test_a_scan_that_failed_is_a_notice_before_all_else(nights: Callable[..., Any], outcome: str) -> None:
    text = nights(("hq", 9, "done"), ("hq", 9, outcome)).get("/").text
    before, named, _ = first_words(text).partition("Last scan 2 ended")
    assert named
    assert outcome in before
    assert 'id="outage"' not in text


def test_an_outage_that_has_ended_is_past(nights: Callable[..., Any]) -> None:
    site = nights(("hq", 9, "done"), ("hq", 0, "done"), ("hq", 9, "done"))
    assert first_words(site.get("/").text).split()[:2] == ["Last", "scan"]
    assert "<title>Overview" in site.get("/").text
    assert 'id="outage"' in site.get("/scans/2").text
