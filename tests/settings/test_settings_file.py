"""`phonescan.toml`: its keys and values, and that each error names its line and the nearest known key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import settings
from scanner.core import target_syntax
from scanner.core.errors import SettingsError
from scanner.core.model import Credential
from scanner.settings import Settings, load, parse, records
from scanner.settings.records import MEANING, SettingsSections

WHOLE = """\
# every key of the contract
[inventory]
db = "inventory.sqlite"
retention = "400d"
missing_after = 5

[network]
pace = "gentle"
rate = 200
retries = 1
timeout = 0.5
interfaces = ["eth0"]
ports.http = [80, 443, 8081]
ports.sip = [5060, 5062]
ports.snmp = 1161
allow_public = false

[[credentials]]
name = "campus"
targets = ["10.0.0.0/8"]
community = "env:SNMP_COMMUNITY"

[[credentials]]
name = "core"
user = "phonescan"
auth = "sha"
auth_key = "file:keys/auth"
priv = "aes"
priv_key = "file:keys/priv"

[[site]]
name = "hq"
subnets = ["10.1.0.0/16", "2001:db8:1::/48"]

[[site]]
name = "lab"
subnets = ["10.1.9.0/24"]

[policy]
primary = "skype-for-business"
fallback = ["lync"]
newer = "compliant"
unknown-firmware = "noncompliant"
stale_after_days = 100

[policy.teams]
newer = "compliant"
match = "minimum"

[[scan]]
name = "nightly"
site = "hq"
targets = ["10.1.0.0/16"]
exclude = ["10.1.9.0/24"]
discover = ["sip", "snmp"]
switches = ["10.1.0.1"]
cron = "0 2 * * *"
timezone = "Europe/Berlin"
window = "22:00-05:00"
pace = "gentle"
retention = 90
reports = [
  {kind = "noncompliant", format = "html", path = "reports/{date}.html"},
  {kind = "inventory", format = "csv", path = "inventory.csv"},
]
notify = ["env:TEAMS_URL"]

[[passive]]
targets = ["10.1.2.3", "64:16:7f:00:00:01", "VVX 1500"]
"""


def test_every_key_of_the_contract_is_accepted() -> None:
    sections = parse(WHOLE)
    assert sections.inventory.missing_after == 5
    assert sections.network.ports.http == (80, 443, 8081)
    assert sections.network.ports.snmp_port == 1161
    assert sections.credentials[1].priv_key == "file:keys/priv"
    assert sections.scan[0].reports[1].format == "csv"
    assert sections.passive[0].targets[2] == "VVX 1500"
    policy = settings.policy(Settings(None, sections))
    assert policy.of("newer") == "compliant"
    assert policy.of("unknown-firmware") == "noncompliant"
    assert policy.of("not-listed") == "noncompliant"
    assert (policy.match, policy.stale_after_days) == ({"teams": "minimum"}, 100)


@pytest.mark.parametrize("written", ["1161", "[1161]"])
def test_the_port_of_snmp_agents_is_a_number_or_a_list_of_one(written: str) -> None:
    assert parse(f"[network]\nports.snmp = {written}\n").network.ports.snmp_port == 1161
    assert parse("").network.ports.snmp_port is None
    for wrong in ("0", "65536", "[161, 1161]", '"snmp"'):
        with pytest.raises(SettingsError, match="snmp"):
            parse(f"[network]\nports.snmp = {wrong}\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[inventory]\ndb = "x"\n\n[network]\npase = "gentle"\n', 5, "did you mean 'pace'?"),
        ("inventry = 1\n", 1, "did you mean 'inventory'?"),
        ("[network.ports]\n\nhtpp = [80]\n", 3, "did you mean 'http'?"),
        ("[network]\nports.htp = [80]\n", 2, "did you mean 'http'?"),
        ("[inventory]\nrate = 5\n", 2, "'rate' is a key of [network]"),
        ('[[scan]]\nname = "a"\n\n[[scan]]\nname = "b"\ncorn = "* * * * *"\n', 6, "did you mean 'cron'?"),
        (
            '[[scan]]\nname = "a"\nreports = [\n  {kind = "x", format = "csv", path = "p"},\n  {knd = "x"},\n]\n',
            5,
            "'kind'",
        ),
        ("[policy]\nnewr = 'review'\n", 2, "did you mean 'newer'?"),
        (
            "[policy.lync]\nnewer = 'review'\n[policy.teams]\n\nnewer = 'good'\n",
            5,
            "compliant, noncompliant, review, none",
        ),
        ("[policy.lync]\nnewest = 'review'\n", 2, "did you mean 'newer'?"),
        ("[network]\n\n\nrate = 'fast'\n", 4, "expected float, got str"),
        ("[network]\npace = 'gental'\n", 2, "gentle, normal, fast"),
        ("[network]\nports.http = [80, 70000]\n", 2, "expected int <= 65535"),
        ("[inventory]\nmissing_after = 0\n", 2, "expected int >= 1"),
        (
            "[[credentials]]\nname = 'a'\ncommunity = 'x'\n[[credentials]]\nname = 'b'\n",
            4,
            "either a community, or a user",
        ),
        ("[[credentials]]\nname = 'a'\ncommunity = 'x'\n[[credentials]]\nname = 'a'\nuser = 'x'\n", 5, "defined twice"),
        ("[[site]]\nname = 'a'\nsubnets = [\n  '10.0.0.0/8',\n  '10.0.0/33',\n]\n", 5, "is not a subnet"),
        ("[[site]]\nsubnets = []\n", 1, "the key 'name' is missing"),
        ('[inventory]\n\ndb = "a\\u0000b"\n', 3, "inventory.db has a character U+0000"),
        ('[[scan]]\nname = "a"\ntargets = ["b",\n "a\\u0000"]\n', 4, "scan[0].targets[1] has a character U+0000"),
        ("[scan]\nname = 'a'\n", 1, "expected list, got table"),
        ("[network]\nrate = 5\nrate = 6\n", 3, "not TOML"),
        ("[network]\nrate = \n", 2, "not TOML"),
        ('[network]\npace = "gentle\n', 2, "not TOML"),
        ('x = """\nnever closed\n', 2, "not TOML"),
    ],
)
def test_an_error_names_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text, "our.toml")
    sentence = str(caught.value)
    assert sentence.startswith("our.toml")
    assert f"line {line}" in sentence
    assert words in sentence
    assert "\n" not in sentence


def test_a_misspelled_key_is_reported_with_the_nearest_key() -> None:
    for section, key, _ in MEANING:
        if key in ("STATUS", "KEY"):
            continue
        table = {"policy.CATALOG": "policy.lync", "policy.NAME": "policy.house"}.get(section, section)
        several = (
            "credentials", "site", "scan", "passive", "router", "map", "watch", "registrar", "exception", "policy.rule",
        )  # fmt: skip
        head = f"[[{table}]]" if section in several else f"[{table}]"
        first, dot, last = key.rpartition(".")
        with pytest.raises(SettingsError, match=rf"line 3: .*did you mean '{last}'\?"):
            parse(f"# a comment\n{head}\n{first}{dot}{last}x = 1\n")


def test_every_key_of_the_records_has_a_meaning() -> None:
    known = {(section, key.partition(".")[0]) for section, key, _ in MEANING}
    for section, struct in (
        ("inventory", records.InventorySection),
        ("network", records.NetworkSection),
        ("credentials", Credential),
        ("site", records.SiteSection),
        ("scan", records.ScanSection),
        ("passive", records.PassiveSection),
        ("exception", records.ExceptionSection),
        ("map", records.MapSection),
        ("watch", records.WatchSection),
        ("router", records.RouterSection),
        ("registrar", records.RegistrarSection),
        ("fingerprints", records.FingerprintsSection),
        ("web", records.WebSection),
    ):
        assert {key for name, key in known if name == section} == set(struct.__struct_encode_fields__)


@pytest.mark.parametrize("url", ["https://phones.example.org", "http://127.0.0.1:8001/", "https://[2001:db8::1]/scan/"])
def test_the_address_of_the_web_pages_is_that_of_a_server(url: str) -> None:
    assert parse(f"[web]\nurl = '{url}'\n").web.page("/scans/7") == url.rstrip("/") + "/scans/7"
    assert parse("").web.page("/scans/7") == ""


@pytest.mark.parametrize(
    "url",
    ["phones.example.org", "ftp://x.example", "https://", "javascript:alert(1)", "https://x.example/a b",
     "https://u:p@x.example/", "https://x.example/?a=1", "https://x:port/", 'https://x.example/"><b>', ""],
)  # fmt: skip
def test_an_address_of_web_pages_that_no_browser_could_open_is_an_error(url: str) -> None:
    with pytest.raises(SettingsError, match=r"line 2: web\.url: .* is not an address such as https://"):
        parse(f"[web]\nurl = '''{url}'''\n")


def test_html_reports_are_attached_to_messages_by_default_and_others_by_choice() -> None:
    reports = "{kind='a', format='html', path='1'}, {kind='a', format='xlsx', path='2'}"
    chosen = "{kind='a', format='html', path='3', attach=false}, {kind='a', format='xlsx', path='4', attach=true}"
    scan = parse(f"[[scan]]\nname = 'a'\nreports = [{reports}, {chosen}]\nattach_limit = 5\n").scan[0]
    assert [report.attached for report in scan.reports] == [True, False, False, True]
    assert scan.attach_limit == 5
    assert parse("[[scan]]\nname = 'a'\n").scan[0].attach_limit == 10


def test_the_file_of_the_current_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load() == Settings(None, SettingsSections())
    Path("phonescan.toml").write_text("[network]\nrate = 7\n", encoding="utf-8")
    Path("other.toml").write_text("[network]\nrate = 8\n", encoding="utf-8")
    assert load().sections.network.rate == 7
    assert load("other.toml").sections.network.rate == 8
    with pytest.raises(SettingsError, match=r"nowhere\.toml cannot be read"):
        load("nowhere.toml")


def test_paths_in_the_file_are_relative_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "phonescan.toml").write_text('[inventory]\ndb = "data/x.sqlite"\n', encoding="utf-8")
    assert load(tmp_path / "phonescan.toml").db == tmp_path / "data" / "x.sqlite"


def test_a_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    assert parse(b"\xef\xbb\xbf[network]\r\nrate = 7\r\n").network.rate == 7
    with pytest.raises(SettingsError, match="line 3"):
        parse(b"[network]\r\nrate = 7\r\nrat = 8\r\n")


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="line 2: not UTF-8"):
        parse(b"[network]\n# \xff\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)
    with pytest.raises(SettingsError, match="nested too deeply"):
        parse("x = " + "[" * 100_000)


def _site(**subnets: list[str]) -> Settings:
    text = "".join(f"[[site]]\nname = '{name}'\nsubnets = {nets}\n" for name, nets in subnets.items())
    return Settings(None, parse(text))


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("10.1.2.3", "hq"), ("10.1.9.3", "lab"), ("10.2.0.1", "all"), ("192.0.2.1", None), ("2001:db8:1::5", "hq"),
        ("2001:db8:2::5", None), ("no address", None), ("", None), ("10.1.9.255", "lab"), ("10.1.10.0", "hq"),
    ],
)  # fmt: skip
def test_the_longest_prefix_of_all_sites_wins(address: str, site: str | None) -> None:
    found = settings.site_of(_site(all=["10.0.0.0/8"], hq=["10.1.0.0/16", "2001:db8:1::/48"], lab=["10.1.9.0/24"]))
    assert found(address) == site


@pytest.mark.parametrize(
    ("targets", "site"),
    [
        (["10.1.0.0/24"], "hq"), (["10.1.0.0/24", "10.1.4.0-10.1.8.255"], "hq"), (["10.1.9.0/24"], "lab"),
        (["10.1.9.7"], "lab"), (["10.1.0.0/16"], ""), (["10.1.8.0-10.1.9.0"], ""), (["10.1.9.255-10.1.10.0"], ""),
        (["10.1.0.1", "10.2.0.1"], ""), (["10.2.0.0/16"], ""), (["10.3.0.0/23"], "branch"), (["10.3.0.0/22"], ""),
        (["2001:db8:1::/120"], "hq"), (["2001:db8:1::/120", "10.1.0.1"], "hq"), (["2001:db8:2::/120"], ""),
    ],
)  # fmt: skip
def test_a_scan_has_the_site_that_contains_all_its_targets(targets: list[str], site: str) -> None:
    found = _site(hq=["10.1.0.0/16", "2001:db8:1::/48"], lab=["10.1.9.0/24"], branch=["10.3.0.0/24", "10.3.1.0/24"])
    assert settings.site_of_spans(found)(target_syntax.parse(targets).spans) == site


def test_without_sites_a_scan_has_none() -> None:
    assert settings.site_of_spans(_site())(target_syntax.parse(["10.1.0.0/16"]).spans) == ""


def test_an_address_outside_all_subnets_has_no_site() -> None:
    assert settings.site_of(Settings(None, SettingsSections()))("10.1.2.3") is None


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=5) | st.booleans(), max_size=4))
def test_any_table_is_settings_or_one_sentence(table: dict[str, Any]) -> None:
    text = "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in table.items())
    try:
        parse(text)
        message = ""
    except SettingsError as error:
        message = str(error)
    assert "\n" not in message


def test_a_retention_is_a_number_of_days() -> None:
    assert [settings.days(text) for text in (30, "30", "30d", "2w", "1y")] == [30, 30, 30, 14, 365]
    for text in ("", "d", "-3", "0", "3x", "1.5d", "\u0663d"):
        with pytest.raises(SettingsError, match="is not a retention period"):
            settings.days(text)
    for table in ("[inventory]", '[[scan]]\nname = "x"'):
        with pytest.raises(SettingsError, match=r"line \d: \S+\.retention: 'long' is not a retention period"):
            settings.parse(f'{table}\nretention = "long"')
