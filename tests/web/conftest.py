"""A stocked inventory, its web pages, a client in the same process, and a browser for screenshots."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from scanner.cli.shared.click_command import default_session
from scanner.compliance.catalog import builtin
from scanner.compliance.policy import Policy
from scanner.core.model import Observation
from scanner.identity.load import load
from scanner.inventory import Coverage, Inventory, Knowledge, Missed
from scanner.web.access import Access, access
from scanner.web.application import datasette
from scanner.web.config import WebConfig
from tests.programs import running

T = TypeVar("T")
Row = dict[str, Any]

SECRET = "correct horse battery staple"
#: What devices, switches and sites may call themselves to hurt whoever looks.
HOSTILE = (
    '=HYPERLINK("http://evil.example/","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=1">',
    "\x1b[31mred\x07",
    "a\u202egnp.exe",
    "{{ 7*7 }}",
    "' or 1=1 --",
    "http://evil.example/login",
    "javascript:alert(1)",
    "</title></style><svg onload=alert(1)>",
    "line\r\nbreak",
    "%0a%0dSet-Cookie: a=b",
)


#: `phonescan` whose limits of guesses are those of one moment, however slow this machine is.
FROZEN = """
import sys
from types import SimpleNamespace
from scanner.cli.commands import serve
from scanner.cli.main import main
serve.time = SimpleNamespace(monotonic=lambda: 1000.0)
sys.exit(main())
"""


def knowledge(**changes: Any) -> Knowledge:
    own = Knowledge(fingerprints=load(), catalogs=builtin(), policy=Policy(), today=date(2026, 11, 23))
    return replace(own, **changes)


def phone(number: int, banner: str, *, switch: str = "", hostname: str = "", site_net: int = 1) -> list[Row]:
    """What a phone and its switch tell."""
    ip, mac = f"10.{site_net}.0.{number}", f"64:16:7f:{site_net:02x}:00:{number:02x}"
    rows: list[Row] = [
        {"ip": ip, "mac": mac, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}:5060"},
        {"ip": ip, "mac": mac, "field": "arp.mac", "value": mac, "source": "arp eth0"},
    ]
    if switch:
        source = f"switches 10.0.0.1 lldp 0.{number}.1"
        told = (("switch.name", switch), ("switch.port", f"Gi1/0/{number}"), ("switch.vlan", "20"))
        rows += [{"mac": mac, "field": field, "value": value, "source": source} for field, value in told]
    if hostname:
        rows.append(
            {"mac": mac, "field": "lldp.system-name", "value": hostname, "source": "switches 10.0.0.1 lldp 0.9.9"}
        )
    return rows


_BANNERS = (
    "Yealink SIP-T58A 58.15.0.20",
    "Yealink SIP-T58A 58.15.0.10",
    "PolycomVVX-VVX_411-UA/5.8.3.3066",
    "PolycomVVX-VVX_411-UA/5.9.0.9373",
    "Yealink SIP-T56A 58.80.0.25",
    "Fanvil X6U 2.4.8",
    "PolycomVVX-VVX_601-UA/5.9.6.2327",
    "AUDC-IPPhone/3.1.2.89 (430HD-Rev0; 00908F123456)",
)


def stock(path: Path, now: Callable[[int], str] = lambda day: f"2026-11-{day:02d}T02:00:00Z") -> None:
    """Three nights at two sites: verdicts of every kind, moves, a vanished device, hostile names."""
    desks = [
        phone(number, banner, switch=f"sw-{number % 5}", hostname=f"desk-{number}")
        for number, banner in zip(range(1, 61), itertools.cycle(_BANNERS), strict=False)
    ]
    hq = list(itertools.chain(*desks))
    hostile = [
        row
        for at, text in enumerate(HOSTILE)
        for row in [
            *phone(100 + at, text, switch=text, hostname=text),
            {
                "mac": f"64:16:7f:01:00:{100 + at:02x}",
                "field": "lldp-med.model",
                "value": text,
                "source": f"switches 10.0.0.1 lldp 0.{at}.7",
            },
            {
                "mac": f"64:16:7f:01:00:{100 + at:02x}",
                "field": "lldp-med.manufacturer",
                "value": text,
                "source": f"switches 10.0.0.1 lldp 0.{at}.7",
            },
        ]
    ]
    branch = [row for number in range(1, 9) for row in phone(number, _BANNERS[number % 4], site_net=2)]
    updated = [row for number in (2, 4) for row in phone(number, "Yealink SIP-T58A 58.15.0.20", switch="sw-9")]
    nights = (
        ("hq", 1, hq),
        ("<b>branch</b>", 1, branch),
        ("hq", 2, [*hq, *hostile]),
        ("hq", 3, [*itertools.chain(*desks[4:]), *hostile, *updated]),
    )
    with Inventory.open(path, create=True) as inventory:
        for site, day, rows in nights:
            net = "10.1.0.0/24" if site == "hq" else "10.2.0.0/24"
            scan = inventory.begin_scan(
                kind="scan", targets=(net,), discoveries=("sip", "arp"), site=site, now=now(day)
            )
            inventory.record(scan, [Observation(**{"time": now(day), "site": site, **row}) for row in rows])
            inventory.cover(scan, [Coverage("sip", net), Coverage("arp", net)])
            inventory.missed(scan, [Missed("sip", f"10.1.0.{200 + day}", "refused", "the port is closed")])
            notes = ("one switch did not answer",)
            inventory.finish_scan(scan, outcome="done", notes=notes, knowledge=knowledge(), now=now(day))


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inventory that tests only read."""
    path = tmp_path_factory.mktemp("web") / "stocked.sqlite"
    stock(path)
    return path


@pytest.fixture(scope="session")
def large(stocked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inventory of 10,000 devices with a scan (5) that missed 5,000 addresses; tests only read it."""
    from tests.web.large import enlarge

    path = tmp_path_factory.mktemp("web") / "large.sqlite"
    shutil.copy(stocked, path)
    enlarge(path)
    return path


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


class Site:
    """The web pages of an inventory; requests are made in this process, as by a proxy or a browser."""

    def __init__(self, path: Path, rules: Access | None = None, base: str = "/", **options: bool) -> None:
        self.clock = 1_800_000_000
        session = default_session(path)
        self.config = WebConfig(
            session, rules or access(None, address="127.0.0.1"), lambda: self.clock, base, **options
        )
        self.app = datasette(self.config).app()

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request; redirects are not followed."""

        async def work() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
                return await client.request(method, path, **options)

        return run(work())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)


@pytest.fixture
def make_site(stocked: Path) -> Iterator[Callable[..., Site]]:
    """Makes faces on the stocked inventory, or on another, and ends their threads."""
    made: list[Site] = []

    def make(path: Path | None = None, rules: Access | None = None, base: str = "/", **options: bool) -> Site:
        made.append(Site(path or stocked, rules, base, **options))
        return made[-1]

    yield make
    for one in made:
        one.config.reader.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The web pages on loopback: without a password."""
    return make_site()


@pytest.fixture
def closed(make_site: Callable[..., Site]) -> Site:
    """The web pages on another address: with a password."""
    return make_site(rules=access(SECRET, address="10.1.2.3", hosts=["phones.example.org"]))


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def hostile() -> tuple[str, ...]:
    return HOSTILE


@pytest.fixture
def restock() -> Callable[..., None]:
    return stock


class Browser:
    """Headless Chromium by the WebDriver protocol (W3C), as much of it as these tests want."""

    def __init__(self, port: int, profile: Path) -> None:
        self._root = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": flags, "binary": shutil.which("chromium")},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{answer['sessionId']}"

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._root.request(method, path, json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(f"{answer['error']}: {answer.get('message')}")
        return answer

    def _do(self, path: str, body: Any) -> Any:
        return self._call("POST", self._session + path, body)

    def go(self, url: str) -> None:
        self._do("/url", {"url": url})

    @property
    def url(self) -> str:
        return str(self._call("GET", self._session + "/url"))

    @property
    def title(self) -> str:
        return str(self._call("GET", self._session + "/title"))

    def find(self, selector: str, using: str = "css selector") -> str:
        return str(next(iter(self._do("/element", {"using": using, "value": selector}).values())))

    def click(self, selector: str, using: str = "css selector") -> None:
        self._do(f"/element/{self.find(selector, using)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._do(f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, key: str) -> None:
        """A key for whatever has the focus."""
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._do("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": keys}]})

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """What is done within leads to another page; after it, that page is there, whole."""
        self.run("window.isThePageThatIsLeft = true")
        yield
        ready = "return !window.isThePageThatIsLeft && document.readyState == 'complete'"
        assert self.until(ready, True) is True, f"still at {self.url} and not loaded anew"

    def until(self, script: str, wanted: Any) -> Any:
        """What a script says, asked anew until it says what is wanted or 30 seconds are over."""
        deadline = time.monotonic() + 30
        while True:
            try:
                said = self.run(script)
            except AssertionError as error:  # the page that was asked has gone meanwhile
                said = str(error)
            if said == wanted or time.monotonic() > deadline:
                return said
            time.sleep(0.02)

    def run(self, script: str, *arguments: Any, later: bool = False) -> Any:
        return self._do("/execute/async" if later else "/execute/sync", {"script": script, "args": list(arguments)})

    def command(self, name: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._do("/goog/cdp/execute", {"cmd": name, "params": parameters})

    def resize(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def dark(self, dark: bool) -> None:
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.command("Emulation.setEmulatedMedia", features=features)

    def picture(self) -> bytes:
        import base64

        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        return base64.b64decode(shot["data"])

    def complaints(self) -> list[str]:
        """What the console says since the last time."""
        return [entry["message"] for entry in self._do("/se/log", {"type": "browser"})]

    def close(self) -> None:
        self._call("DELETE", self._session)
        self._root.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that reaches nothing but 127.0.0.1."""
    command = [shutil.which("chromedriver") or "chromedriver", "--port=0"]
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as driver:
        assert driver.stdout is not None
        started = next(line for line in driver.stdout if "successfully on port" in line)
        port = int(started.rpartition(" ")[2].rstrip(".\n"))
        one = Browser(port, tmp_path_factory.mktemp("profile"))
        yield one
        one.close()
