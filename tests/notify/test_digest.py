"""A digest reports changes once, states once and again when they recur, and nothing about a first scan."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.core.errors import SettingsError
from scanner.inventory import Summary
from scanner.notify.digest import Digest, digest
from scanner.notify.send import SCHEMES, checked

ROW = {
    "ip": "10.0.0.5", "manufacturer": "Polycom", "model": "VVX 411", "firmware": "5.8.0.1", "status": "outdated",
    "certified_firmware": "5.9.0.9373",
}  # fmt: skip


def summary(outcome: str = "done", devices: int = 100, baseline: bool = False, notes: tuple[str, ...] = ()) -> Summary:
    return Summary(
        scan=7, outcome=outcome, baseline=baseline, observations=9, devices=devices, unresolved=0, notes=notes,
        statuses={"certified": devices},
    )  # fmt: skip


def message_about(*rows: dict[str, Any], **more: Any) -> Digest:
    return digest("nightly", more.pop("summary", summary()), rows, **more)


def test_a_newly_noncompliant_phone_is_listed_with_the_certified_version() -> None:
    message = message_about(ROW)
    assert message.subject == "phonescan nightly: 1 newly noncompliant"
    assert "Polycom VVX 411 at 10.0.0.5 with 5.8.0.1: outdated, certified is 5.9.0.9373" in message.body


def test_a_first_scan_has_no_message() -> None:
    baseline = summary(baseline=True)
    assert message_about(ROW, summary=baseline, devices_before=(1000,), old_catalogs=("old",)).subject == ""


@pytest.mark.parametrize(
    ("devices", "before", "fewer"), [(49, (100,) * 5, True), (50, (100,) * 5, False), (0, (3,), False)]
)
def test_far_fewer_devices_than_usual_are_reported(devices: int, before: tuple[int, ...], fewer: bool) -> None:
    message = message_about(summary=summary(devices=devices), devices_before=before)
    assert ("Far fewer" in message.body) is fewer


def test_a_state_is_reported_once_and_again_when_it_recurs() -> None:
    failed = summary("failed", notes=("the database is locked",))
    first = message_about(summary=failed)
    assert "the database is locked" in first.body
    assert message_about(summary=failed, reported=first.reported).subject == ""
    good = message_about(reported=first.reported)
    assert good.subject == ""
    assert message_about(summary=failed, reported=good.reported).subject == first.subject


def test_many_devices_are_counted() -> None:
    message = message_about(*[ROW] * 100)
    assert "100 newly noncompliant" in message.subject
    assert "- and 70 more" in message.body
    assert len(message.body.splitlines()) < 40


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
