"""The pages in Chromium: navigation, keyboard, logging in, accessibility by axe-core."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from scanner.app import reporting
from scanner.cli.shared.click_command import default_session
from scanner.inventory.queries import Filters
from scanner.web.access import access
from tests.nonempty import some

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.daemon("chromium", "chromedriver")]

PAGES = (
    "",
    "?site=hq",
    "devices",
    "devices?status=outdated&q=10.1",
    "devices?q=nobody",
    "devices/1",
    "devices/64",
    "firmware",
    "switches",
    "switches/ports?switch=sw-1&port=Gi1/0/6",
    "switches/unknown",
    "changes?scan=4",
    "scans",
    "scans/4",
    "catalogs",
    "catalogs/skype-for-business",
    "nope",
)
#: Datasette's pages in our frame.
TABLES = (
    "data?_show_hidden=1",
    "data/inventory?_size=5",
    "data/devices?_facet=model&site=hq&_sort_desc=ip&_size=5",
    "data/scans/1",
)
#: Pages that are served with `--sql`.
SQL_PAGES = ("data", "data?sql=select+*+from+devices+where+site=:site&site=hq", "data?sql=select+nothing")
SIZES = ((1400, 1000), (820, 1100), (390, 844))
TAB, ENTER = "\ue004", "\ue007"


class Served:
    """The web pages on a port of loopback, below a path as behind a proxy."""

    def __init__(self, site: Any) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.root = self.origin + site.config.base_path
        config = uvicorn.Config(site.app, log_config=None, access_log=False, ws="none", lifespan="on")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        self.listener.close()


@pytest.fixture
def serve(make_site: Callable[..., Any]) -> Iterator[Callable[..., Served]]:
    made: list[Served] = []

    def start(**options: Any) -> Served:
        made.append(Served(make_site(**options)))
        return made[-1]

    yield start
    for one in made:
        one.close()


def axe(browser: Any, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds wrong with the page as it is, by WCAG 2.1 A and AA and its best practices, or some rules.

    Of a long table, its first rows: the others are alike, and the contrast of each cell takes time.
    """
    import axe_core_python

    source = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    browser.command("Page.setBypassCSP", enabled=True)
    browser.run(source)
    found = browser.run(
        "const done = arguments[arguments.length - 1];"
        "const only = arguments[0].length ? {runOnly: arguments[0]} : {};"
        "axe.run({exclude: [['tbody tr:nth-child(n+9)']]}, {resultTypes: ['violations'], ...only}).then("
        "r => done(r.violations.map(v =>"
        " v.id + ': ' + v.help + ' ' + v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + ' ' + n.failureSummary)"
        ".join(' | '))), e => done(['axe failed: ' + e]));",
        list(rules),
        later=True,
    )
    return list(found)


@pytest.mark.parametrize(("dark", "size"), [(False, SIZES[0]), (True, SIZES[2])], ids=["light", "dark"])
def test_axe_finds_nothing_wrong_with_datasettes_pages(
    browser: Any, serve: Callable[..., Served], dark: bool, size: tuple[int, int]
) -> None:
    served = serve(base="/phonescan/")
    browser.dark(dark)
    browser.resize(*size)
    for page in TABLES:
        browser.go(served.root + page)
        assert axe(browser) == [], page


def test_axe_finds_nothing_wrong_with_the_pages_of_sql(browser: Any, serve: Callable[..., Served]) -> None:
    served = serve(sql=True)
    browser.resize(*SIZES[2])
    for page in SQL_PAGES:
        browser.go(served.root + page)
        assert axe(browser) == [], page
        assert browser.run("return document.querySelector('textarea').value").startswith("select"), page
    browser.go(served.root + SQL_PAGES[1])
    assert browser.run("return document.querySelectorAll('tbody tr').length") > 50


def test_axe_finds_nothing_wrong_with_the_login_page(browser: Any, serve: Callable[..., Served], secret: str) -> None:
    served = serve(rules=access(secret, address="127.0.0.1"))
    browser.go(served.root)
    assert "/login" in browser.url
    assert axe(browser) == []


def test_axe_finds_nothing_wrong_with_a_report_that_fits_every_window(
    browser: Any, stocked: Path, tmp_path: Path
) -> None:
    session = default_session(stocked)
    files = [tmp_path / f"{kind}.html" for kind in ("noncompliant", "inventory", "firmware", "unscanned")]
    with session.inventory(readonly=True) as inventory:
        for file in files:
            with file.open("w", encoding="utf-8", newline="") as stream:
                reporting.write(session, inventory, file.stem, Filters(), "html", stream)
    for width, height in SIZES:
        browser.resize(width, height)
        for file in some(files):
            browser.dark(False)
            browser.go(file.as_uri())
            assert axe(browser) == [], (file.stem, width)
            assert browser.run("return document.documentElement.scrollWidth") <= width, (file.stem, width)
            browser.dark(True)  # in the dark only the colours differ
            assert axe(browser, ("color-contrast",)) == [], (file.stem, width)


def test_the_menu_links_to_every_page(browser: Any, serve: Callable[..., Served]) -> None:
    served = serve(base="/phonescan/")
    browser.resize(*SIZES[0])
    browser.go(served.root)
    for word, heading in (
        ("Devices", "Devices"),
        ("Firmware", "Firmware"),
        ("Switches", "Switches"),
        ("Changes", "Changes"),
        ("Scans", "Scans"),
        ("Catalogs", "Catalogs"),
        ("Overview", "Overview"),
    ):
        with browser.arriving():
            browser.click(f"//header//a[text()='{word}']", "xpath")
        assert browser.run("return document.querySelector('h1').textContent") == heading
        assert browser.run("return document.querySelector('[aria-current=page]').textContent") == word
        assert browser.url.startswith(served.root)
    with browser.arriving():
        browser.click("//header//a[text()='Tables']", "xpath")
    assert browser.url == served.root + "data"
    with browser.arriving():
        browser.click("//a[text()='inventory']", "xpath")
    assert browser.run("return document.querySelectorAll('table tbody tr').length") > 50
    with browser.arriving():
        browser.click("//nav[@class='crumbs']//a[text()='Tables']", "xpath")
    assert browser.run("return document.querySelector('[aria-current=page]').textContent") == "Tables"
    with browser.arriving():
        browser.click("//header//a[text()='phonescan']", "xpath")
    assert browser.url == served.root


def test_links_lead_from_a_bar_to_a_device_and_its_switch(browser: Any, serve: Callable[..., Served]) -> None:
    served = serve(base="/phonescan/")
    browser.resize(*SIZES[0])
    browser.go(served.root)
    with browser.arriving():
        browser.click("//table[@class='bars']//a[text()='outdated']", "xpath")
    assert "status=outdated" in browser.url
    rows = browser.run("return document.querySelectorAll('table.devices tbody tr').length")
    assert 20 < rows <= 50
    with browser.arriving():
        browser.click("//table[contains(@class, 'devices')]//tr[contains(., 'sw-')]/th/a", "xpath")
    assert browser.run("return document.querySelector('#verdict').textContent") == "Verdict"
    device = browser.url
    with browser.arriving():
        browser.click("#switch-port + dl a")
    assert "/switches/ports?switch=sw-" in browser.url
    with browser.arriving():
        browser.click(f"//table//a[@href='{device.removeprefix(served.origin)}']", "xpath")
    assert browser.url == device
    browser.go(served.root + "devices?switch=sw-1")
    with browser.arriving():
        browser.click("//ul[@class='chips']//a[contains(., 'Clear all')]", "xpath")
    assert browser.url == served.root + "devices"


def test_filters_work_by_keyboard_alone(browser: Any, serve: Callable[..., Served]) -> None:
    served = serve(base="/phonescan/")
    browser.resize(*SIZES[0])
    browser.go(served.root + "devices")
    browser.press(TAB)
    assert browser.run("return document.activeElement.textContent") == "Skip to content"
    assert browser.run("return document.activeElement.getBoundingClientRect().left") >= 0
    browser.press(ENTER)
    assert browser.until("return document.activeElement.id", "main") == "main"
    browser.press(TAB)
    assert browser.run("return document.activeElement.id") == "q"
    for letter in "desk-7":
        browser.press(letter)
    with browser.arriving():
        browser.press(ENTER)
    assert "q=desk-7" in browser.url
    assert "1 device" in browser.run("return document.querySelector('[role=status]').textContent")


def test_logging_in_and_out(browser: Any, serve: Callable[..., Served], secret: str) -> None:
    served = serve(rules=access(secret, address="127.0.0.1"), base="/phonescan/")
    browser.go(served.root + "devices?status=outdated")
    browser.type("#password", "wrong")
    with browser.arriving():
        browser.click("button")
    assert browser.run("return document.querySelector('#wrong').textContent") == "Wrong password or token."
    browser.type("#password", secret)
    with browser.arriving():
        browser.click("button")
    assert browser.url == served.root + "devices?status=outdated"
    browser.go(served.root + "data/inventory")
    assert browser.run("return document.querySelectorAll('table tbody tr').length") > 50
    browser.go(served.root)
    with browser.arriving():
        browser.click("//button[text()='Log out']", "xpath")
    assert browser.url == served.root + "login"
    browser.go(served.root)
    assert "login?next=" in browser.url


def test_a_link_of_another_site_opens_in_the_session_and_a_form_of_it_does_nothing(
    browser: Any, serve: Callable[..., Served], secret: str
) -> None:
    """A link in a mail: the cookie is SameSite=Strict, so that the first request is without it."""
    served = serve(rules=access(secret, address="127.0.0.1"), base="/phonescan/")
    browser.go(served.root + "login")
    browser.type("#password", secret)
    with browser.arriving():
        browser.click("form.login button")
    page = f'data:text/html,<a href="{served.root}devices?site=hq">x</a>'
    browser.go(page)
    browser.click("a")
    assert browser.until("return location.href", served.root + "devices?site=hq") == served.root + "devices?site=hq"
    browser.go(f'data:text/html,<form method="post" action="{served.root}logout"><button>x</button></form>')
    browser.click("button")
    assert browser.until("return document.querySelector('h1').innerText", "Request refused") == "Request refused"
    browser.go(served.root + "devices?site=hq")
    assert browser.url == served.root + "devices?site=hq"
    browser.command("Network.clearBrowserCookies")
    browser.go(page)
    browser.click("a")
    assert browser.until("return document.querySelectorAll('#password').length", 1) == 1


def test_owner_and_note_are_edited_in_a_browser(
    browser: Any, serve: Callable[..., Served], secret: str, tmp_path: Path, restock: Callable[..., None]
) -> None:
    restock(tmp_path / "own.sqlite")
    rules = access(secret, address="127.0.0.1")
    served = serve(path=tmp_path / "own.sqlite", rules=rules, base="/phonescan/", edit=True)
    browser.resize(*SIZES[2])
    browser.go(served.root + "devices/1")
    browser.type("#password", secret)
    with browser.arriving():
        browser.click("form.login button")
    browser.complaints()
    browser.click("//summary[text()='Edit']", "xpath")
    assert axe(browser) == []
    browser.type("#edit-owner", "A. Example")
    browser.type("#edit-note", "<b>spare</b>")
    with browser.arriving():
        browser.click("form.edit button")
    assert browser.url == served.root + "devices/1#fields"
    shown = browser.run("return document.querySelector('.entered').innerText")
    assert "A. Example" in shown
    assert "<b>spare</b>" in shown
    browser.click("//summary[text()='History']", "xpath")
    assert axe(browser) == []
    assert browser.complaints() == []


def test_hostile_names_run_nothing_in_a_browser(browser: Any, serve: Callable[..., Served]) -> None:
    served = serve()
    browser.complaints()
    for page in (
        "",
        "devices?size=500",
        "firmware",
        "changes?scan=3",
        "data/observations?_size=1000",
        "data/devices?_size=1000",
        "data",
    ):
        browser.go(served.root + page)
        assert browser.title not in ("owned", "1")
        assert browser.run("return document.querySelectorAll('img, iframe').length") == 0
    assert browser.complaints() == []
