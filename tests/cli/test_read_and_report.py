"""`read`, `report`, `export`, `explain` and `diff`: from a file of observations to every output."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from scanner.app.reporting import TITLES
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.reading import jsonl

OUTDATED = {
    "ip": "198.18.0.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent",
    "value": "PolycomVVX-VVX_411-UA/5.8.3.3066", "time": "2026-11-01T02:00:00Z",
}  # fmt: skip
CERTIFIED = {
    "ip": "198.18.0.6", "mac": "80:5e:c0:00:00:06", "field": "sip.user-agent",
    "value": "Yealink SIP-T58A 58.15.0.20", "time": "2026-11-01T02:00:00Z",
}  # fmt: skip
NEWER = {**CERTIFIED, "ip": "198.18.0.7", "mac": "80:5e:c0:00:00:07", "value": "Yealink SIP-T58A 58.15.0.26"}
#: Reports without a row for three phones that nothing contradicts.
EMPTY = ("changes", "moved", "suspect", "conflicts", "unscanned")
HOSTILE = '=HYPERLINK("http://x")<b>\x1b[31m\x07\u202e'


def test_problems_are_reported_and_the_rest_is_recorded(run: Any, here: Path) -> None:
    (here / "x.jsonl").write_text(f"{json.dumps(OUTDATED)}\nno json\n", encoding="utf-8")
    ended = run("read", "x.jsonl")
    assert ended.status == 3
    assert "x.jsonl: line 2: not JSON" in ended.err
    assert ended.out == ""
    assert [row["ip"] for row in run("report", "inventory", "--format", "json").json()] == ["198.18.0.5"]
    assert run("scans", "--format", "json").json()[0]["outcome"] == "partial"


def test_many_problems_are_counted_not_listed(run: Any, here: Path) -> None:
    (here / "x.jsonl").write_text(json.dumps(OUTDATED) + "\nx\n" * 500, encoding="utf-8")
    ended = run("read", "x.jsonl")
    assert "480 more problems" in ended.err
    assert len(ended.err.splitlines()) < 30


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["nowhere.jsonl"], 4, "nowhere.jsonl cannot be read"),
        (["odd.txt"], 2, "odd.txt is of an unknown format"),
        (["good.jsonl", "--as", "csv"], 2, "unknown format 'csv'"),
        (["good.jsonl", "--ip", "300.1.1.1"], 2, "is not an address"),
        (["good.jsonl", "good.jsonl", "--ip", "198.18.0.1"], 2, "one recording"),
        (["cut.gz"], 4, "cut.gz cannot be read"),
    ],
)
def test_an_unreadable_file_does_not_change_the_inventory(
    run: Any, here: Path, words: list[str], status: int, says: str
) -> None:
    (here / "good.jsonl").write_text(json.dumps(OUTDATED), encoding="utf-8")
    (here / "odd.txt").write_text("hello\n", encoding="utf-8")
    (here / "cut.gz").write_bytes(gzip.compress(json.dumps(OUTDATED).encode())[:15])
    ended = run("read", *words)
    assert ended.status == status
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not (here / "phonescan.sqlite").exists()


@pytest.mark.parametrize("bad", ["nowhere.jsonl", "odd.txt", "cut.gz", ".", "digits.jsonl", "fault.jsonl"])
def test_a_bad_file_does_not_end_the_reading_of_the_files_after_it(
    run: Any, here: Path, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "a.jsonl").write_text(json.dumps(OUTDATED), encoding="utf-8")
    (here / "b.jsonl").write_text(json.dumps(CERTIFIED), encoding="utf-8")
    (here / "odd.txt").write_text("hello\n", encoding="utf-8")
    (here / "cut.gz").write_bytes(gzip.compress(json.dumps(OUTDATED).encode())[:15])
    (here / "digits.jsonl").write_text('{"field": ' + "9" * 5000 + "}\n", encoding="utf-8")
    (here / "fault.jsonl").write_text(json.dumps({**OUTDATED, "value": "fault"}), encoding="utf-8")
    read = jsonl._observation

    def faulty(row: Any, context: Any) -> Any:
        assert row.value != "fault"
        return read(row, context)

    monkeypatch.setattr(jsonl, "_observation", faulty)
    ended = run("read", "a.jsonl", bad, "b.jsonl")
    assert ended.status == 3, ended.err
    assert bad in ended.err
    assert {row["ip"] for row in run("report", "inventory", "--format", "json").json()} == {"198.18.0.5", "198.18.0.6"}
    scan = run("scans", "--format", "json").json()[0]
    assert scan["outcome"] == "partial"
    assert len(scan["notes"]) == 1


def test_the_complete_part_of_a_truncated_file_is_recorded(run: Any, here: Path) -> None:
    noise = "".join(
        f'{{"ip": "198.18.1.{i % 250}", "field": "dhcp.hostname", "value": "{os.urandom(20).hex()}"}}\n'
        for i in range(6000)
    )
    whole = gzip.compress((json.dumps(OUTDATED) + "\n" + noise).encode())
    (here / "x.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    ended = run("read", "x.jsonl.gz")
    assert ended.status == 3
    assert "the file is truncated" in ended.err
    assert len(run("report", "inventory", "--format", "json").json()) == 1


def test_an_export_is_read_from_standard_input(run: Any, feed: Any) -> None:
    feed(OUTDATED, CERTIFIED)
    lines = run("export", "observations").out
    assert run("read", "-", "--db", "second.sqlite", input=lines).status == 0
    for table in ("inventory", "noncompliant"):
        first = run("report", table, "--format", "json").json()
        second = run("report", table, "--format", "json", "--db", "second.sqlite").json()
        assert first == second
    assert run("export", "observations", "--db", "second.sqlite").out == lines


def test_the_firmware_report_lists_versions_with_their_distance(run: Any, feed: Any) -> None:
    feed({**OUTDATED, "site": "hq"}, CERTIFIED)
    rows = {row["status"]: row for row in run("report", "firmware", "--format", "json").json()}
    assert rows["outdated"]["where"] == "hq"
    assert rows["outdated"]["behind"]
    assert rows["certified"]["behind"] == ""


def test_observations_are_filtered_by_time_and_site_alone(run: Any, feed: Any) -> None:
    feed(OUTDATED, {**CERTIFIED, "time": "2026-11-02T02:00:00Z", "site": "hq"})
    assert len(run("export", "observations", "--since", "2026-11-02T00:00:00Z").out.splitlines()) == 1
    assert len(run("export", "observations", "--site", "hq").out.splitlines()) == 1
    ended = run("export", "observations", "--model", "VVX 411")
    assert ended.status == 2
    assert "--since and --site alone" in ended.err


def test_the_user_names_the_address_of_a_recording_without_one(run: Any, here: Path) -> None:
    (here / "phone.snmprec").write_text("1.3.6.1.2.1.1.1.0|4|Yealink SIP-T58A 58.15.0.20\n", encoding="utf-8")
    assert run("read", "phone.snmprec").status == 3
    ended = run("read", "phone.snmprec", "--ip", "198.18.0.9")
    assert ended.status == 0
    assert run("report", "inventory", "--format", "json").json()[0]["ip"] == "198.18.0.9"


def test_the_devices_that_were_read_are_shown_on_request(run: Any, here: Path) -> None:
    (here / "x.jsonl").write_text(json.dumps(OUTDATED), encoding="utf-8")
    assert run("read", "x.jsonl").out == ""
    rows = run("read", "x.jsonl", "--format", "json").json()
    assert [row["ip"] for row in rows] == [OUTDATED["ip"]]
    assert run("read", "x.jsonl", "--format", "csv").out.startswith("site,ip,mac,")


@pytest.mark.parametrize(
    ("end", "reported"), [("", True), ("\n", False), ("\r\n", False)], ids=["cut", "line end", "line end of Windows"]
)
def test_a_last_value_that_may_be_cut_is_reported(run: Any, here: Path, end: str, reported: bool) -> None:
    text = f"1.3.6.1.2.1.1.1.0|4|Yealink SIP-T58A 58.15.0.2{end}"
    (here / "phone.snmprec").write_text(text, encoding="utf-8", newline="")
    ended = run("read", "phone.snmprec", "--ip", "198.18.0.9")
    assert ended.status == 0
    assert ("the last line has no end" in ended.err) is reported


def test_an_empty_file_is_valid(run: Any, here: Path) -> None:
    (here / "empty.jsonl").write_bytes(b"")
    assert run("read", "empty.jsonl").status == 0


def test_the_settings_supply_the_site_where_none_is_named(run: Any, here: Path) -> None:
    (here / "phonescan.toml").write_text("[[site]]\nname = 'hq'\nsubnets = ['198.18.0.0/24']\n", encoding="utf-8")
    (here / "x.jsonl").write_text(
        json.dumps(OUTDATED) + "\n" + json.dumps({**CERTIFIED, "ip": "198.18.9.9"}), encoding="utf-8"
    )
    run("read", "x.jsonl", "--site", "elsewhere")
    rows = run("report", "inventory", "--format", "json").json()
    assert {row["ip"]: row["site"] for row in rows} == {"198.18.0.5": "hq", "198.18.9.9": "elsewhere"}


def test_option_environment_and_settings_name_the_inventory_in_that_order(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED, db="option.sqlite")
    feed(OUTDATED, CERTIFIED, db="environment.sqlite")
    feed(OUTDATED, CERTIFIED, NEWER, db="settings.sqlite")
    (here / "phonescan.toml").write_text('[inventory]\ndb = "settings.sqlite"\n', encoding="utf-8")

    def count(*words: str, **env: str) -> int:
        return len(run("report", "inventory", "--format", "jsonl", *words, env=env).out.splitlines())

    assert count() == 3
    assert count(PHONESCAN_DB="environment.sqlite") == 2
    assert count("--db", "option.sqlite", PHONESCAN_DB="environment.sqlite") == 1


@pytest.mark.parametrize("kind", list(TITLES))
@pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv", "html", "md"])
def test_every_report_is_written_in_every_format(run: Any, feed: Any, kind: str, format: str) -> None:
    feed(OUTDATED, CERTIFIED, NEWER)
    ended = run("report", kind, "--format", format)
    assert (ended.status, ended.err) == (0, "")
    assert bool(ended.out) is not (format == "jsonl" and kind in EMPTY)
    if format == "json":
        json.loads(ended.out)


def test_a_workbook_is_written_to_a_file_or_a_pipe(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED)
    assert run("report", "noncompliant", "--format", "xlsx", "-o", "r.xlsx").status == 0
    assert (here / "r.xlsx").read_bytes()[:2] == b"PK"
    assert run("export", "xlsx", "-o", "i.xlsx").status == 0


def test_machine_formats_contain_noncompliant_devices_and_review_on_request(run: Any, feed: Any) -> None:
    feed(OUTDATED, CERTIFIED, NEWER)
    rows = run("report", "noncompliant", "--format", "json").json()
    assert [row["ip"] for row in rows] == ["198.18.0.5"]
    assert list(rows[0]) == [*INVENTORY_COLUMNS, "reason"]
    with_review = run("report", "noncompliant", "--format", "json", "--include", "review").json()
    assert [row["ip"] for row in with_review] == ["198.18.0.5", "198.18.0.7"]
    assert "198.18.0.7" in run("report", "noncompliant", "--format", "md").out.replace("\\", "")


@pytest.mark.parametrize(
    ("words", "ips"),
    [
        (["--manufacturer", "polycom"], {"198.18.0.5"}),
        (["--status", "certified", "--status", "newer"], {"198.18.0.6", "198.18.0.7"}),
        (["--model", "T58A"], {"198.18.0.6", "198.18.0.7"}),
        (["--site", "nowhere"], set()),
        (["--kind", "phone"], {"198.18.0.5", "198.18.0.6", "198.18.0.7"}),
        (["--since", "2026-11-02T00:00:00Z"], set()),
        (["--since", "2026-10-02"], {"198.18.0.5", "198.18.0.6", "198.18.0.7"}),
    ],
)
def test_filters_apply_to_report_and_export_alike(run: Any, feed: Any, words: list[str], ips: set[str]) -> None:
    feed(OUTDATED, CERTIFIED, NEWER)
    assert {row["ip"] for row in run("report", "inventory", "--format", "json", *words).json()} == ips
    assert {row["ip"] for row in csv.DictReader(io.StringIO(run("export", "csv", *words).out))} == ips


def test_the_inventory_is_sorted_by_the_requested_column(run: Any, feed: Any) -> None:
    feed(OUTDATED, CERTIFIED, NEWER)
    rows = run("report", "inventory", "--by", "status", "--format", "json").json()
    assert [row["status"] for row in rows] == ["certified", "newer", "outdated"]
    assert next(iter(rows[0])) == "status"


def test_a_table_by_switch_shows_switch_port_and_vlan_whatever_its_width_and_counts(
    run: Any, feed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    seen = [
        {
            **OUTDATED,
            "mac": "64:16:7f:12:34:56",
            "field": field,
            "value": value,
            "source": "switches 10.0.0.1 lldp 0.7.1",
        }
        for field, value in (("switch.name", "access-1"), ("switch.port", "Gi0/7"), ("switch.vlan", "120"))
    ]
    feed({**OUTDATED, "mac": "64:16:7f:12:34:56"}, *seen, CERTIFIED)
    lines = run("report", "inventory", "--by", "switch").out.splitlines()
    assert re.split(r" {2,}", lines[1])[:3] == ["Switch", "Switch port", "VLAN"]
    assert lines[3].split()[:4] == ["access-1", "Gi0/7", "120", OUTDATED["ip"]]
    counts = lines[lines.index("") + 1 :]
    assert [line.split() for line in counts[2:4]] == [["access-1", "1"], ["none", "1"]]
    assert counts[4].startswith("columns omitted to fit the width: ")


@pytest.mark.parametrize(
    "since",
    ["yesterday", "2026-13-01", "7y", "-1d"],
)
def test_an_invalid_time_is_wrong_usage(run: Any, feed: Any, since: str) -> None:
    feed(OUTDATED)
    ended = run("report", "changes", "--since", since)
    assert ended.status == 2
    assert "is not a time" in ended.err


def test_fail_on_exits_1_for_the_devices_that_it_names(run: Any, feed: Any) -> None:
    feed(NEWER, db="review.sqlite")
    feed(CERTIFIED, db="good.sqlite")
    feed(OUTDATED, db="bad.sqlite")
    for db, noncompliant, review in (("good", 0, 0), ("review", 0, 1), ("bad", 1, 1)):
        for kind in ("noncompliant", "inventory"):
            assert run("report", kind, "--db", f"{db}.sqlite", "--fail-on", "noncompliant").status == noncompliant
            assert run("report", kind, "--db", f"{db}.sqlite", "--fail-on", "review").status == review
    assert run("report", "inventory", "--db", "bad.sqlite", "--fail-on", "review", "--model", "T58A").status == 0


def test_a_file_is_written_completely_or_not_at_all(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED)
    (here / "i.csv").write_text("the old one", encoding="utf-8")
    assert run("export", "csv", "-o", "i.csv").status == 0
    assert (here / "i.csv").read_bytes().startswith(",".join(INVENTORY_COLUMNS).encode() + b"\r\n")
    assert sorted(p.name for p in here.iterdir() if p.name.endswith(".part")) == []
    ended = run("export", "csv", "-o", "nowhere/i.csv")
    assert (ended.status, len(ended.err.splitlines())) == (4, 1)
    assert "nowhere/i.csv cannot be written" in ended.err
    (here / "folder").mkdir()
    assert run("export", "csv", "-o", "folder").status == 2


def test_a_link_is_followed_and_not_replaced(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED)
    (here / "real.csv").write_text("old", encoding="utf-8")
    (here / "link.csv").symlink_to("real.csv")
    run("export", "csv", "-o", "link.csv")
    assert (here / "link.csv").is_symlink()
    assert stat.S_ISREG((here / "real.csv").lstat().st_mode)
    assert (here / "real.csv").read_text(encoding="utf-8").startswith("site,ip")


def test_a_pipe_that_a_link_names_is_written_directly(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED)
    reader, writer = os.pipe()
    (here / "stdout").symlink_to(f"/dev/fd/{writer}")
    for path in (f"/dev/fd/{writer}", "stdout"):
        assert run("export", "csv", "-o", path).status == 0
        assert os.read(reader, 65_536).startswith(b"site,ip")
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("what", ["csv", "jsonl", "ansible", "prometheus", "observations"])
def test_every_export_is_the_same_on_standard_output_and_in_files(run: Any, feed: Any, here: Path, what: str) -> None:
    feed(OUTDATED, CERTIFIED)
    ended = run("export", what)
    assert (ended.status, ended.err) == (0, "")
    assert run("export", what, "-o", "out").status == 0
    assert (here / "out").read_bytes().replace(b"\r\n", b"\n") == ended.out.encode().replace(b"\r\n", b"\n") != b""


def test_the_netbox_export_writes_numbered_files_and_names_their_forms(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED, CERTIFIED)
    ended = run("export", "netbox", "--format", "csv", "-o", "netbox")
    assert (ended.status, ended.out) == (0, "")
    files = sorted(path.name for path in (here / "netbox").iterdir())
    assert len(files) == ended.err.count("/import/") >= 8
    assert "07-devices.csv: 2 rows, for /dcim/devices/import/" in ended.err
    switch = {"ip": "198.18.0.9", "field": "snmp.sysdescr", "value": "Cisco IOS Software, C2960 Software"}
    (here / "switch.jsonl").write_text(json.dumps(switch | {"time": OUTDATED["time"]}), encoding="utf-8")
    assert run("read", "switch.jsonl", "--keep-all").status == 0
    assert json.loads(run("report", "inventory", "--format", "json", "--status", "not-a-phone").out) != []
    assert run("export", "netbox", "--format", "csv", "-o", "netbox").err == ended.err
    (here / "netbox" / "04-platforms.csv").write_text("of an earlier export", encoding="utf-8")
    (here / "netbox" / "notes.txt").write_text("of a user", encoding="utf-8")
    assert run("export", "netbox", "-o", "netbox", "--site", "nowhere").status == 0
    assert [path.name for path in (here / "netbox").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["netbox"], "--format csv -o DIR"),
        (["netbox", "--format", "csv"], "name their folder with -o DIR"),
        (["netbox", "--format", "csv", "-o", "-"], "name their folder with -o DIR"),
        (["netbox", "-o", "file"], "-o file is not a folder"),
        (["netbox", "-o", "folder", "--url", "https://netbox.example"], "give one of them"),
        (["csv", "--format", "csv"], "are for `export netbox`"),
        (["csv", "-o", "folder"], "-o folder is a folder"),
    ],
)
def test_an_output_that_cannot_be_is_wrong_usage(run: Any, feed: Any, here: Path, words: list[str], why: str) -> None:
    feed(OUTDATED)
    (here / "file").write_text("", encoding="utf-8")
    (here / "folder").mkdir()
    ended = run("export", *words)
    assert ended.status == 2
    assert why in ended.err


def test_netbox_options_without_netbox_are_wrong_usage(run: Any, feed: Any) -> None:
    feed(OUTDATED)
    assert run("export", "csv", "--url", "https://netbox.example").status == 2
    ended = run("export", "netbox", "--url", "netbox.example")
    assert ended.status == 2
    assert "--url 'netbox.example'" in ended.err


@pytest.mark.parametrize(
    "words",
    [["report", "inventory"], ["report", "noncompliant", "--format", "md"], ["export", "csv"], ["export", "jsonl"],
     ["export", "ansible"], ["export", "netbox", "-o", "netbox"], ["explain", "198.18.0.5"],
     ["history", "198.18.0.5"], ["scans"],
     ["report", "inventory", "--format", "html"], ["explain", "198.18.0.5", "--format", "json"],
     ["export", "observations"], ["identify", f"sip.server={HOSTILE}"]],
)  # fmt: skip
def test_names_that_phones_send_are_harmless(run: Any, feed: Any, words: list[str]) -> None:
    fields = ("snmp.sysname", "snmp.syslocation", "dhcp.hostname", "sip.server", "http.title")
    feed(OUTDATED, *({**OUTDATED, "field": field, "value": HOSTILE} for field in fields))
    ended = run(*words)
    assert ended.status == 0
    for unsafe in ("\x1b", "\x07", "\u202e"):
        assert unsafe not in ended.out


def test_a_missing_or_damaged_inventory_is_one_sentence_and_is_not_changed(run: Any, here: Path) -> None:
    for words in (
        ["report", "inventory"],
        ["export", "csv"],
        ["explain", "x"],
        ["history", "x"],
        ["scans"],
        ["diff", "1", "2"],
    ):
        ended = run(*words)
        assert ended.status == 4
        assert "there is no inventory at phonescan.sqlite" in ended.err
    damaged = b"not a database" * 400
    (here / "phonescan.sqlite").write_bytes(damaged)
    ended = run("read", "-", input=json.dumps(OUTDATED))
    assert ended.status == 4
    assert (here / "phonescan.sqlite").read_bytes() == damaged


def test_a_device_is_explained_by_observation_rule_row_and_reason(run: Any, feed: Any) -> None:
    feed(OUTDATED, {**OUTDATED, "field": "lldp.system-name", "value": "Polycom VVX 411", "source": "lldp eth0"})
    for name in ("198.18.0.5", "64-16-7F-00-00-05", "SEP64167F000005", "1"):
        ended = run("explain", name)
        assert ended.status == 0
        for part in (
            "sip.user-agent",
            "PolycomVVX-VVX_411-UA/5.8.3.3066",
            "by rule polycom/",
            "5.9.0.9373",
            "lldp eth0",
            "Verdict: outdated",
        ):
            assert part in ended.out, part
    data = run("explain", "198.18.0.5", "--format", "json").json()
    assert data["identity"]["model"] == "VVX 411"
    assert data["catalog_rows"]["skype-for-business"][0]["firmware"] == "5.9.0.9373"


def test_an_unknown_device_is_reported_as_unknown(run: Any, feed: Any) -> None:
    feed(OUTDATED)
    for command in ("explain", "history"):
        ended = run(command, "198.18.0.99")
        assert (ended.status, len(ended.err.splitlines())) == (2, 1)
        assert "198.18.0.99" in ended.err


def test_scans_are_compared(run: Any, feed: Any) -> None:
    feed(OUTDATED)
    feed({**OUTDATED, "value": "PolycomVVX-VVX_411-UA/5.9.0.9373", "time": "2026-11-02T02:00:00Z"})
    assert run("diff", "1", "1").status == 0
    ended = run("diff", "1", "2", "--format", "json")
    assert ended.status == 1
    assert {(row["part"], row["old"], row["new"]) for row in ended.json()} >= {("firmware", "5.8.3.3066", "5.9.0.9373")}
    assert run("diff", "1", "9").status == 2
    events = [row["event"] for row in run("history", "198.18.0.5", "--format", "json").json()]
    assert events[0] == "first-seen"
    assert "firmware-changed" in events
    assert {row["event"] for row in run("report", "changes", "--format", "json").json()} >= {
        "firmware-changed",
        "status-changed",
    }


def test_the_noncompliant_view_is_the_report(run: Any, feed: Any) -> None:
    path = feed(OUTDATED, CERTIFIED, NEWER)
    with sqlite3.connect(path) as connection:
        view = connection.execute("SELECT ip, reason FROM noncompliant").fetchall()
    connection.close()
    rows = run("report", "noncompliant", "--format", "json").json()
    assert [(row["ip"], row["reason"]) for row in rows] == view


def test_no_colour_in_a_pipe_and_tables_fit_the_width(run: Any, feed: Any) -> None:
    feed(OUTDATED, CERTIFIED, NEWER)
    for width in ("60", "80", "132"):
        ended = run("report", "inventory", env={"COLUMNS": width})
        assert "\x1b" not in ended.out
        table = ended.out.partition("not shown")[0]
        assert max(len(line) for line in table.splitlines()) <= int(width)


def test_a_pipe_and_a_file_have_all_columns_and_a_line_for_each_row(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED, CERTIFIED, NEWER)
    run("report", "inventory", "-o", "table.txt", env={"COLUMNS": ""})
    for text in (run("report", "inventory", env={"COLUMNS": ""}).out, (here / "table.txt").read_text("utf-8")):
        title, head, _, *rows = text.splitlines()
        assert title == "Inventory"
        assert {"Site", "IP", "MAC", "Manufacturer", "Last scan"} <= set(re.split("  +", head))
        assert [row.split()[:2] for row in rows] == [["default", row["ip"]] for row in (OUTDATED, CERTIFIED, NEWER)]
        assert "omitted" not in text
    for odd in ("0", "-5", "wide", "9" * 30):
        assert run("report", "inventory", env={"COLUMNS": odd}).out == text
