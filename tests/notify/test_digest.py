"""A digest reports changes once, an outage first, states once and again when they recur, no change of a first scan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanner.core.errors import SettingsError
from scanner.inventory import Summary
from scanner.inventory.queries import ScanHealth
from scanner.inventory.records import ScanRow
from scanner.notify.digest import LONGEST_SUBJECT, Digest, digest
from scanner.notify.send import SCHEMES, checked

ROW = {
    "device": 5, "ip": "10.0.0.5", "mac": "64:16:7f:00:00:05", "site": "hq", "manufacturer": "Polycom",
    "model": "VVX 411", "firmware": "5.8.0.1", "status": "outdated", "certified_firmware": "5.9.0.9373",
}  # fmt: skip


def summary(outcome: str = "done", devices: int = 100, baseline: bool = False, notes: tuple[str, ...] = ()) -> Summary:
    return Summary(
        scan=7, outcome=outcome, baseline=baseline, observations=9, devices=devices, unresolved=0, notes=notes,
        statuses={"certified": devices},
    )  # fmt: skip


def health(devices: int, expected: int | None, outcome: str = "done") -> ScanHealth:
    scan = ScanRow(
        id=7, kind="scan", site="hq", started="", finished="", outcome=outcome, targets=(), discoveries=(), settings={},
        notes=(), baseline=False, state={}, observations=0, unresolved=0,
    )  # fmt: skip
    return ScanHealth(scan, devices, expected)


def message_about(*rows: dict[str, Any], **more: Any) -> Digest:
    return digest("nightly", more.pop("summary", summary()), rows, **more)


def test_an_outage_of_one_site_is_in_the_subject_and_is_reported_once() -> None:
    oslo = replace(health(0, 8), site="oslo\nBcc: x")
    first = message_about(health=health(20, 28), sites_out=(oslo,))
    words = "t site oslo\\x0aBcc: x the scan is done, but 0 of about 8 devices responded"
    assert (first.subject, first.body.splitlines()[0]) == (f"phonescan nightly: a{words}", f"A{words}:")
    again = message_about(health=health(20, 28), sites_out=(replace(oslo, devices=1),), reported=first.reported)
    assert again.subject == ""
    ended = message_about(health=health(28, 28), reported=again.reported)
    assert (ended.subject, dict(ended.reported)) == ("", {})


def test_an_outage_whose_notes_vary_is_reported_once() -> None:
    notes = ("5 addresses were not scanned", "6 addresses were not scanned")
    first, again = (summary(devices=0, notes=(note,)) for note in notes)
    reported = message_about(summary=first, health=health(0, 96)).reported
    assert message_about(summary=again, health=health(0, 96), reported=reported).subject == ""
    assert message_about(summary=again, health=health(0, 96)).subject != ""


def test_a_subject_has_a_bounded_length_however_many_sites_have_an_outage() -> None:
    out = [replace(health(0, 8), site=f"site-{number}") for number in range(50)]
    message = message_about(sites_out=out)
    assert len(message.subject) == LONGEST_SUBJECT
    assert "At site site-49 the scan is done" in message.body


def test_a_newly_noncompliant_phone_has_site_mac_and_both_versions() -> None:
    message = message_about(ROW)
    assert message.subject == "phonescan nightly: 1 newly noncompliant"
    line = "- 10.0.0.5 (hq, 64:16:7f:00:00:05): Polycom VVX 411 with 5.8.0.1, outdated; certified is 5.9.0.9373"
    assert message.body.splitlines()[:2] == ["1 newly noncompliant:", line]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"mac": None}, "10.0.0.5 (hq): "),
        ({"ip": None}, "64:16:7f:00:00:05 (hq): "),
        ({"ip": None, "mac": None}, "hq: "),
        ({"ip": None, "mac": None, "site": None}, "?: "),
        ({"firmware": None}, "Polycom VVX 411 with unknown firmware, outdated"),
        ({"certified_firmware": None}, "with 5.8.0.1, outdated\n"),
        ({"manufacturer": None, "model": None}, ": a phone with 5.8.0.1"),
    ],
)
def test_a_line_contains_what_is_known(changed: dict[str, Any], line: str) -> None:
    assert line in message_about({**ROW, **changed}).body


def test_devices_are_in_the_order_of_their_addresses_and_each_is_named_once() -> None:
    addresses = ["10.0.0.100", "fe80::10", "10.0.0.9", None, "9.255.0.1", "fe80::9", "10.0.0.10", "fe80::2%eth0", "bad"]
    rows = [{**ROW, "device": at, "ip": ip, "mac": f"64:16:7f:00:00:{at:02x}"} for at, ip in enumerate(addresses)]
    body = message_about(*rows, *rows).body
    assert body.startswith("9 newly noncompliant")
    ordered = [line.split()[1] for line in body.splitlines()[1:10]]
    assert ordered == ["9.255.0.1", "10.0.0.9", "10.0.0.10", "10.0.0.100", "fe80::2%eth0", "fe80::9", "fe80::10",
                       "64:16:7f:00:00:03", "bad"]  # fmt: skip


def test_a_first_scan_has_no_message_unless_no_device_responds() -> None:
    baseline = summary(baseline=True)
    assert message_about(ROW, summary=baseline, health=health(100, None), old_catalogs=("old",)).subject == ""
    none = message_about(ROW, summary=summary(baseline=True, devices=0), health=health(0, None))
    assert none.subject == "phonescan nightly: the scan is done, but no device responded"
    assert "newly" not in none.body


@pytest.mark.parametrize(
    ("devices", "expected", "sentence"),
    [
        (0, 96, "the scan is done, but 0 of about 96 devices responded"),
        (47, 96, "the scan is done, but 47 of about 96 devices responded"),
        (48, 96, ""),
        (0, 3, "the scan is done, but 0 of about 3 devices responded"),
        (0, None, "the scan is done, but no device responded"),
    ],
)
def test_an_outage_is_the_subject_and_the_first_line(devices: int, expected: int | None, sentence: str) -> None:
    message = message_about(ROW, health=health(devices, expected), old_catalogs=["old"], failures=["full"])
    pieces = [sentence] * bool(sentence) + [
        "1 newly noncompliant",
        "a catalog is old",
        "an output could not be written",
    ]
    assert message.subject == f"phonescan nightly: {', '.join(pieces)}"
    assert message.body.lower().startswith(f"{pieces[0]}:\n- ")


def test_an_outage_is_reported_once_whatever_its_number_and_again_when_it_becomes_total() -> None:
    first = message_about(health=health(40, 96))
    assert "40 of about 96" in first.subject
    assert message_about(health=health(39, 96), reported=first.reported).subject == ""
    total = message_about(health=health(0, 96), reported=first.reported)
    assert "0 of about 96" in total.subject
    ended = message_about(health=health(96, 96), reported=total.reported)
    assert ended.subject == ""
    assert message_about(health=health(0, 96), reported=ended.reported).subject == total.subject


def test_a_message_links_to_the_pages_of_its_scan_and_devices() -> None:
    message = message_about(ROW, page=lambda path: f"https://phones.example.org{path}")
    assert message.body.splitlines()[2] == "  https://phones.example.org/devices/5"
    assert message.body.splitlines()[-1] == "https://phones.example.org/scans/7"
    assert message.facts["url"] == "https://phones.example.org/scans/7"
    assert "http" not in message_about(ROW).body


def test_a_state_is_reported_once_and_again_when_it_recurs() -> None:
    failed = summary("failed", notes=("the database is locked",))
    first = message_about(summary=failed)
    assert first.body.startswith("The scan failed:")
    assert "the database is locked" in first.body
    assert message_about(summary=failed, reported=first.reported).subject == ""
    good = message_about(reported=first.reported)
    assert good.subject == ""
    assert message_about(summary=failed, reported=good.reported).subject == first.subject


def test_many_devices_are_counted() -> None:
    message = message_about(*[{**ROW, "device": at} for at in range(100)])
    assert "100 newly noncompliant" in message.subject
    assert "- and 70 more" in message.body
    assert len(message.body.splitlines()) < 40


def test_many_notes_of_a_scan_are_counted_and_each_is_one_line() -> None:
    failed = summary("failed", notes=tuple(f"subnet {at}\r\n- forged" for at in range(500)))
    lines = message_about(summary=failed).body.splitlines()
    assert "- and 470 more" in lines
    assert len(lines) < 40
    assert not [line for line in lines if line.startswith("- forged")]


def test_values_from_the_network_are_escaped() -> None:
    message = message_about({**ROW, "model": "\x1b[31mVVX\n- forged line\u202e"})
    assert "\x1b" not in message.body
    assert "\u202e" not in message.body
    assert "\n- forged" not in message.body


def test_only_allowed_schemes_are_used_and_an_error_contains_no_secret() -> None:
    assert checked("mailtos://user:secret@example.org", "x").endswith("example.org")
    for url in ("exec://secret", "http://secret", "secret", "windows://secret", "://secret"):
        with pytest.raises(SettingsError) as raised:
            checked(url, "[[scan]] 'nightly', notify")
        assert "secret" not in str(raised.value)
    assert not {"exec", "dbus", "http", "https", "file"} & set(SCHEMES)
