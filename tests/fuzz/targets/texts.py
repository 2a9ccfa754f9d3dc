"""What users write: settings, data files, catalogs, targets, cron lines, thresholds, templates, lists of words."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from scanner import settings
from scanner.app import alert_range, corpora, passive, switch_scan, target_words
from scanner.cli.shared.options import moment
from scanner.compliance import catalog, pages
from scanner.compliance.exceptions import DevicePlace
from scanner.core import address, target_syntax, toml, xmlparts
from scanner.core import text as core_text
from scanner.core.errors import SettingsError
from scanner.identity import fuse, recog, recogfile, vendorfile
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.mistakes import mistakes
from scanner.identity.recog import Recog
from scanner.notify import template
from scanner.schedule import cron, timetable
from scanner.settings.check import days
from scanner.web import clients
from tests.fuzz.material import ROOT, TESTS, small, text, written
from tests.fuzz.target import Target

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SETTINGS = b"""[inventory]
db = "phones.sqlite"
retention = "400d"
missing_after = 3
[network]
pace = "gentle"
rate = 100
timeout = 2.5
ports.http = [80, 8080]
[[credentials]]
name = "switches"
targets = ["10.0.0.0/8"]
community = "env:SNMP"
[[site]]
name = "hq"
subnets = ["10.1.0.0/16", "2001:db8::/48"]
[policy]
primary = "teams"
newer = "compliant"
[policy.lync]
outdated = "review"
[[exception]]
match = ["10.1.2.0/24", "site=lab"]
accept = "newer"
owner = "a"
reason = "b"
expires = "2027-01-31"
[[scan]]
name = "nightly"
site = "hq"
targets = ["10.1.0.0/16"]
cron = "15 2 * * mon-fri"
timezone = "Europe/Berlin"
window = "22:00-05:00"
reports = [{kind = "noncompliant", format = "csv", path = "out/{date}.csv"}]
notify = ["mailto://ops@example.org"]
[[passive]]
targets = ["10.1.2.3", "64:16:7f:12:34:56", "VVX 411"]
[web]
url = "https://phones.example.org/"
"""


def targets() -> Iterator[Target]:
    """One target for each of them."""
    vendors = partial(small, ROOT / "fingerprints" / "vendors", "*.toml")
    catalogs = partial(small, ROOT / "fingerprints" / "catalogs", "*.toml")
    tables = partial(small, TESTS / "compliance" / "pages", "*")
    yield _text("core.toml", _toml, lambda: [SETTINGS, *islice(vendors(4_000), 5)], longest=8192)
    yield _text("settings", _settings, lambda: [SETTINGS], longest=8192)
    yield Target("identity.vendor-file", _vendor_file, lambda: islice(vendors(6_000), 12), longest=8192, seconds=1.0)
    yield _text("compliance.catalog", lambda one: catalog.from_toml(one, where="x"), lambda: _catalogs(catalogs(10**6)))
    yield _text("compliance.page", _page, lambda: [*map(_head, tables(10**6)), b"Model,Firmware\nVVX 411,5.9.0\n"])
    yield Target("identity.recog", _recog, lambda: small(TESTS / "identity" / "recog", "*.xml", 8192), seconds=1)
    yield Target("identity.corpus", _corpus, lambda: (b"\n".join(_corpus_lines()[:5]),), longest=8192)
    yield Target("core.xml", _xml, lambda: [_XML, _XML.decode().encode("utf-16")], (), 8192)
    yield _text("core.targets", _targets, lambda: [b"10.0.0.0/24", b"10.0.0.10-50 2001:db8::10-1f", b"host !10.0.0.7"])
    yield Target("app.target-file", lambda data: target_words.in_file(written(data, ".txt")), lambda: [_TARGETS])
    yield _text("app.target-words", _target_words, lambda: [b"10.0.0.7,10.0.0.8 10.1.0.0/30"])
    yield _text("web.proxies", _proxies, lambda: [b"10.0.0.0/8,::1\n10.1.2.3:80, [::1]:5, 192.0.2.1"])
    yield _text("core.address", _address, lambda: [b"::ffff:10.1.2.3", b"fe80::1%eth0"], ())
    yield _text("core.mac", _mac, lambda: [b"64:16:7f:12:34:56", b"SEP64167F123456", b"6416.7f12.3456"], ())
    yield _text("core.shown", _shown, lambda: [b"a\x1b[31m\xe2\x80\xae b\0"], ())
    yield _text("core.moment", core_text.moment, lambda: [b"2026-11-23T02:00:00Z"], (ValueError, OverflowError))
    yield _text(
        "cli.since", moment, lambda: [b"24h", b"2026-11-23", b"2026-11-23T02:00+01:00"], (ValueError, OverflowError)
    )
    yield _text("schedule.cron", _cron, lambda: [b"15 2 * * mon-fri", b"*/5 0-23/2 1,15 * 0-7", b"@daily"], seconds=1.0)
    yield _text("schedule.window", timetable.window, lambda: [b"22:00-05:00"])
    yield _text("schedule.zone", cron.zone, lambda: [b"Europe/Berlin", b"UTC"])
    yield _text("settings.retention", days, lambda: [b"400d", b"52w", b"12"])
    yield _text("settings.page", lambda one: settings.check.is_page(one), lambda: [b"https://a.example:8/x"], ())
    yield _text("app.threshold", _threshold, lambda: [b"@10:20", b"~:10", b"1.5:", b"1e3"])
    yield _text(
        "app.passive", lambda one: passive.parse(one.splitlines()), lambda: [b"10.1.2.3\n6416.7f12.3456\nVVX 411"]
    )
    yield Target(
        "notify.template",
        _template,
        lambda: [_TEMPLATE, b"{{ name | upper }}"],
        (SettingsError,),
        512,
        seconds=2.0,
    )


def _text(
    name: str,
    run: Callable[[str], object],
    seeds: Callable[[], Iterable[bytes]],
    refuses: tuple[type[BaseException], ...] | None = None,
    longest: int = 4096,
    seconds: float = 0.2,
) -> Target:
    made = Target(name, lambda data: run(text(data)), seeds, longest=longest, seconds=seconds)
    return made if refuses is None else made._replace(refuses=refuses)


def _toml(given: str) -> None:
    """Every value has a line in the text."""
    document = toml.parse(given, "x")
    last = given.count("\n") + 1
    for path in islice(_paths(document.table, ""), 1, 4):
        assert 1 <= document.line(path) <= last, path


def _paths(value: Any, path: str) -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for name, one in islice(value.items(), 5):
            yield from _paths(one, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, one in enumerate(value[:5]):
            yield from _paths(one, f"{path}[{number}]")


def _settings(given: str) -> None:
    """What the settings are used for without a network: sites, policy, passive list, scans with their due times."""
    found = settings.Settings(Path("phonescan.toml"), settings.parse(given))
    settings.site_of(found)("10.1.2.3")
    settings.site_of_spans(found)(target_syntax.spans("10.0.0.0/8", hosts=True))
    settings.policy(found)
    for one in settings.exceptions(found):
        one.names(DevicePlace("lab", "10.1.2.3", None), "Polycom", "VVX 411")
    passive.parse(settings.passive(found))
    for entry in timetable.entries(found.sections.scan):
        cron.next_due(entry.rule, entry.zone, NOW)
        timetable.missed(entry, "2026-11-20T02:00:00Z", NOW)


def _vendor_file(data: bytes) -> None:
    """A file without a mistake identifies devices; its patterns run on a value that could be slow."""
    origin = vendorfile.LoadedFile("x", "x.toml", vendorfile.parse(data, "x.toml"))
    for _, why in mistakes(origin):
        assert why
        return
    made = Fingerprints([origin])
    for value in (origin.file.manufacturer * 3 + " 1.2.3.4", "a" * 500, "1." * 500, " " * 500 + "x"):
        fuse.identify([_observed(value)], made)


def _observed(value: str) -> Any:
    from scanner.core.model import Observation

    return Observation(field="sip.user-agent", value=value)


def _page(given: str) -> None:
    found, problems = pages.read_page(given, name="x", source="https://example.org/", date="2026-11-23")
    assert all(entry.model for entry in found.entries)
    assert all(str(problem) for problem in problems)


def _recog(data: bytes) -> None:
    """What is read matches values within the time of an input, whatever its patterns are."""
    path = written(data, ".xml")
    found = Recog((recogfile.read(path),))
    assert all(why for *_, why in recog.mistakes(path.parent))
    from scanner.identity.load import load

    for field in found.fields:
        for value in ("Frobnix Printer LX9 v1.2.3", "a" * 300, "1." * 200):
            found.match(field, value, load().models)


def _corpus(data: bytes) -> None:
    found = corpora.read([written(data, ".jsonl")])
    for record in found.records:
        assert isinstance(record.held_back, bool)
        assert isinstance(record.expected, dict)


def _xml(data: bytes) -> None:
    for _ in xmlparts.parts(io.BytesIO(data), "nmaprun", "host"):
        pass


def _targets(given: str) -> None:
    """The first and the last address of targets have their indices."""
    words = given.split()
    found = target_syntax.parse(
        [word for word in words if word[0] != "!"], [word[1:] for word in words if word[0] == "!"], False, _resolved
    )
    for index in (0, found.count() - 1):
        assert found.index(found.address(index)) == index


def _resolved(name: str) -> tuple[str, ...]:
    return ("10.9.8.7",) if len(name) % 2 else ()


def _target_words(given: str) -> None:
    words = target_words.expand([given], Path("/nonexistent"))
    assert all(isinstance(one, str) for one in switch_scan.addresses(words))


def _proxies(given: str) -> None:
    """The address of a request through proxies is one of theirs, or what they have seen."""
    listed, _, forwarded = given.partition("\n")
    trusted = clients.proxies(listed.split(","))
    headers = [(b"x-forwarded-for", forwarded.encode("utf-8"))]
    address, scheme = clients.client("10.1.2.3", "http", headers, trusted)
    assert address
    assert scheme in ("http", "https")


def _address(given: str) -> None:
    found = address.address(given)
    assert found is None or address.address(found) == found


def _mac(given: str) -> None:
    found = core_text.mac(given)
    assert found is None or core_text.mac(found) == found


def _shown(given: str) -> None:
    """What is shown has no control character, line separator or mark of direction."""
    for character in core_text.shown(core_text.bounded(given)):
        assert unicodedata.category(character) not in ("Cc", "Zl", "Zp", "Cs"), f"U+{ord(character):04X}"
        assert unicodedata.bidirectional(character) not in _DIRECTIONS, f"U+{ord(character):04X}"


def _cron(given: str) -> None:
    """A line matches a day of some year, so it has a next and an earlier due time."""
    rule = cron.parse(given)
    following = cron.next_due(rule, cron.zone("Europe/Berlin"), NOW)
    assert following is None or following > NOW
    cron.last_due(rule, cron.zone("Europe/Berlin"), NOW)


def _threshold(given: str) -> None:
    found = alert_range.parse(given)
    assert isinstance(found.alerts(5.0), bool)
    assert str(found)


def _template(data: bytes) -> None:
    message = template.worded(_digest(), written(data, ".j2"))
    assert message.subject.strip()


@cache
def _digest() -> Any:
    return template.sample("nightly")


@cache
def _corpus_lines() -> list[bytes]:
    return (TESTS / "corpus" / "banners2.jsonl").read_bytes().splitlines()


def _catalogs(found: Iterable[bytes]) -> Iterator[bytes]:
    """The head of each catalog, and its first entries."""
    for data in found:
        head, *entries = data.split(b"[[entry]]")
        yield b"[[entry]]".join([head, *entries[:6]])


def _head(data: bytes) -> bytes:
    return b"\n".join(data.split(b"\n")[:40])[:4000]


_DIRECTIONS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_XML = b'<?xml version="1.0"?>\n<nmaprun><!-- x --><host a="1"><p>&amp;&#65;</p><![CDATA[x]]></host><host/></nmaprun>'
_TARGETS = b"\xef\xbb\xbf10.0.0.0/24, 10.0.0.7 # comment\nhost.example\n10.0.0.10-50\n"
_TEMPLATE = b"""[{{ name }}] {{ news | map(attribute="title") | join(", ") }}
{% for one in news %}{{ one.title }}
{% endfor %}{{ devices }} devices: {{ statuses }}
"""
