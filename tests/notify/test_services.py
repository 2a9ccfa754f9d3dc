"""Services other than mail: files where they take them, several messages where they limit the length, one sentence."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.notify.attachments import ReportFile
from scanner.notify.digest import Digest
from scanner.notify.send import Delivery, Terms, send
from tests.schedule.test_runs import receiver

pytestmark = pytest.mark.network

MESSAGE = Digest("phonescan nightly: 30 newly noncompliant", "".join(f"- line {at}\n" for at in range(200)))
TERMS = Terms(datetime(2026, 11, 30, 2, 0, tzinfo=UTC), waits=(0.0, 0.0), pause=lambda seconds: None)


def test_a_service_that_takes_files_is_given_the_reports(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ip\r\n10.0.0.1\r\n")
    with receiver() as (url, taken, _):
        assert send(MESSAGE, url, TERMS, [ReportFile(tmp_path / "a.csv", "csv")]) == Delivery()
    (attached,) = taken[0]["attachments"]
    assert attached["filename"] == "a.csv"
    assert base64.b64decode(attached["base64"]) == b"ip\r\n10.0.0.1\r\n"
    assert "Reports" not in taken[0]["message"]


def test_a_service_that_takes_no_files_has_the_place_of_the_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "attachment_support", False)
    (tmp_path / "a.csv").write_text("ip\r\n")
    with receiver() as (url, taken, _):
        assert (
            send(MESSAGE, url, TERMS, [ReportFile(tmp_path / "a.csv", "csv", "https://x.example/devices")])
            == Delivery()
        )
    assert taken[0]["attachments"] == []
    assert (
        taken[0]["message"]
        .rstrip()
        .endswith(
            f"- a.csv is not attached, this service accepts no files: https://x.example/devices or {tmp_path}/a.csv"
        )
    )


def test_a_message_that_is_longer_than_a_service_permits_is_several(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", 500)
    with receiver() as (url, taken, _):
        assert send(MESSAGE, url, TERMS) == Delivery()
        assert len(taken) > 3
        text = "".join(one["message"] for one in taken)
        assert all(f"line {at}" in text for at in (0, 100, 199))
        taken.clear()
        assert send(MESSAGE, f"{url}?overflow=truncate", TERMS) == Delivery()
        assert len(taken) == 1


def test_a_service_that_refuses_is_sent_the_message_again_and_then_named_without_its_address() -> None:
    with receiver() as (url, taken, refusals):
        refusals[0] = 2
        assert send(MESSAGE, url, TERMS) == Delivery()
        assert len(taken) == 1
        refusals[0] = 3
        refused = send(MESSAGE, url, TERMS, number=2)
    assert not refused.accepted
    assert refused.failures == ("notification 2 (json) was not accepted; try `phonescan schedule notify NAME --test`",)
