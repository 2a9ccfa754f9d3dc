"""Messages of scheduled scans: an outage first, links, reports of every format, and each destination with its state."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.core.text import moment
from scanner.notify import send
from scanner.notify.send import Delivery
from scanner.schedule import notification
from scanner.schedule.job import RunResult, run_entry
from scanner.schedule.notification import Sent, destinations_of
from tests.schedule.test_runs import GOOD, OLD, SETTINGS, clocked, entry_of, no_network  # noqa: F401

DUE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PHONES = [GOOD] * 12


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """The messages that each destination accepted, by its host; one in `refuse` accepts none."""
    found: dict[str, list[Any]] = {"refuse": []}

    def record(message: Any, url: str, terms: Any, reports: Any = (), number: int = 1) -> Delivery:
        host = url.split("/")[2]
        if host in found["refuse"]:
            return Delivery((f"notification {number} (json) was not accepted",), accepted=False)
        found.setdefault(host, []).append((message, terms, reports))
        return Delivery()

    monkeypatch.setattr(send, "send", record)
    return found


class Nights:
    """Runs of one schedule, a night each; `reports` and `more` are lines of its settings."""

    def __init__(
        self, folder: Path, agents: list[str], more: str, notify: str = '["json://one", "json://two"]'
    ) -> None:
        self.session = clocked(folder, f"{SETTINGS}notify = {notify}\n{more}")
        self.agents, self.count = agents, 0

    def night(self, *agents: str) -> RunResult:
        """One run, in which these phones respond."""
        self.agents[:] = agents
        self.session.hands[0] = moment("2026-11-23T01:00:10Z") + timedelta(days=self.count)
        self.count += 1
        due = DUE + timedelta(days=self.count)
        return run_entry(self.session, entry_of(self.session), due, pause=lambda _: None)


def subjects(messages: list[Any]) -> list[str]:
    return [message.subject.partition(": ")[2] for message, _, _ in messages]


def test_an_outage_is_the_subject_and_the_first_line_of_the_message(
    tmp_path: Path, no_network: list[str], sent: dict[str, list[Any]]  # noqa: F811
) -> None:  # fmt: skip
    nights = Nights(tmp_path, no_network, '[web]\nurl = "https://phones.example.org/"\n', '"json://one"')
    nights.night(*PHONES)
    nights.night(*PHONES)
    before = len(sent.get("one", []))
    nights.night(OLD)
    assert nights.night().words == "done, but 0 of about 12 devices responded"
    nights.night()
    assert nights.night(*PHONES).words == "done"
    fewer, none = sent["one"][before:]
    assert fewer[0].subject.startswith(
        "phonescan nightly: the scan is done, but 1 of about 12 devices responded, 1 newly"
    )
    assert none[0].body.startswith("The scan is done, but 0 of about 12 devices responded:\n- ")
    assert none[0].body.splitlines()[-1] == "https://phones.example.org/scans/4"
    assert "https://phones.example.org/devices/1\n" in fewer[0].body


def test_a_device_that_other_scans_observed_does_not_hide_an_outage(
    tmp_path: Path, no_network: list[str], sent: dict[str, list[Any]]  # noqa: F811
) -> None:  # fmt: skip
    from scanner.core.model import Observation

    nights = Nights(tmp_path, no_network, "", '"json://one"')
    nights.night(*PHONES)
    nights.night(*PHONES)
    with nights.session.inventory() as inventory:
        number = inventory.begin_scan(
            kind="read", targets=("file",), discoveries=(), site="hq", now=nights.session.now()
        )
        inventory.record(
            number,
            [Observation(ip=f"198.19.0.{n}", mac=f"64:16:7f:00:01:{n:02x}", field="sip.user-agent", value=GOOD,
                         source="sip t", site="hq") for n in range(1, 60)],
        )  # fmt: skip
        inventory.finish_scan(
            number, outcome="done", knowledge=nights.session.knowledge(inventory), now=nights.session.now()
        )
    nights.night()
    assert subjects(sent["one"])[-1] == "the scan is done, but 0 of about 12 devices responded"


def test_a_destination_that_failed_has_the_devices_in_its_next_message_and_the_others_have_them_once(
    tmp_path: Path, no_network: list[str], sent: dict[str, list[Any]]  # noqa: F811
) -> None:  # fmt: skip
    nights = Nights(tmp_path, no_network, "")
    nights.night(*PHONES)
    nights.night(*PHONES)
    before = {name: len(sent.get(name, [])) for name in ("one", "two")}
    sent["refuse"] = ["two"]
    assert nights.night(OLD, *PHONES[1:]).failures == ("notification 2 (json) was not accepted",)
    assert nights.night(OLD, OLD, *PHONES[2:]).failures
    sent["refuse"] = []
    assert nights.night(OLD, OLD, *PHONES[2:]).failures == ()
    nights.night(OLD, OLD, *PHONES[2:])
    assert subjects(sent["one"][before["one"] :]) == ["1 newly noncompliant", "1 newly noncompliant"]
    assert subjects(sent["two"][before["two"] :]) == ["2 newly noncompliant"]
    body = sent["two"][-1][0].body
    assert body.index("198.18.0.1 (hq, 64:16:7f:00:00:01): Polycom VVX 411") < body.index("198.18.0.2 (hq")


def test_a_device_that_was_updated_before_its_message_is_accepted_is_not_reported(
    tmp_path: Path, no_network: list[str], sent: dict[str, list[Any]]  # noqa: F811
) -> None:  # fmt: skip
    nights = Nights(tmp_path, no_network, "", '"json://one"')
    nights.night(*PHONES)
    nights.night(*PHONES)
    sent["refuse"], before = ["one"], len(sent.get("one", []))
    nights.night(OLD, *PHONES[1:])
    sent["refuse"] = []
    nights.night(*PHONES)
    assert sent.get("one", [])[before:] == []


def test_the_reports_that_the_settings_attach_are_given_with_their_pages_and_the_limit(
    tmp_path: Path, no_network: list[str], sent: dict[str, list[Any]]  # noqa: F811
) -> None:  # fmt: skip
    more = """
attach_limit = 2.5
reports = [
  { kind = "noncompliant", format = "html", path = "{name}.html" },
  { kind = "noncompliant", format = "xlsx", path = "{name}.xlsx", attach = true },
  { kind = "inventory", format = "csv", path = "{name}.csv", attach = true },
  { kind = "inventory", format = "json", path = "{name}.json" },
]
[web]
url = "https://phones.example.org"
"""
    nights = Nights(tmp_path, no_network, more, '"json://one"')
    nights.night(*PHONES)
    nights.night(OLD)
    _, terms, reports = sent["one"][-1]
    assert terms.limit == 2_500_000
    assert [(one.path.name, one.format) for one in reports] == [
        ("nightly.html", "html"), ("nightly.xlsx", "xlsx"), ("nightly.csv", "csv"),
    ]  # fmt: skip
    assert reports[2].page == "https://phones.example.org/devices"
    assert reports[2].place == f"{tmp_path}/nightly.csv"


def test_the_state_of_a_destination_of_before_there_was_one_for_each_is_read() -> None:
    assert Sent.of(None) == Sent()
    assert Sent.of('{"A catalog is old": "x"}') == Sent({"A catalog is old": "x"})
    assert Sent.of(Sent({"a": "b"}, (3, 4)).mark()) == Sent({"a": "b"}, (3, 4))


def test_the_states_that_an_earlier_version_sent_are_not_sent_again(
    tmp_path: Path, no_network: list[str], sent: dict[str, list[Any]]  # noqa: F811
) -> None:  # fmt: skip
    nights = Nights(tmp_path, no_network, "", '"json://one"')
    nights.night(*PHONES)
    nights.night(*PHONES)
    assert subjects(sent["one"]) == ["a catalog is old"]
    (destination,) = destinations_of(nights.session, entry_of(nights.session))
    with nights.session.inventory() as inventory:
        mark, now = f"digest nightly {destination.key}", nights.session.now()
        inventory.set_mark("digest nightly", json.dumps(Sent.of(inventory.mark(mark)).reported), now)
        inventory.set_mark(mark, "", now)
    nights.night(*PHONES)
    assert len(sent["one"]) == 1


def test_a_destination_that_never_accepts_keeps_a_bounded_number_of_scans(
    tmp_path: Path, no_network: list[str], sent: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    monkeypatch.setattr(notification, "UNSENT", 2)
    nights = Nights(tmp_path, no_network, "", '"json://one"')
    nights.night(*PHONES)
    sent["refuse"] = ["one"]
    for number in range(1, 5):
        nights.night(*[OLD] * number, *PHONES[number:])
    sent["refuse"] = []
    nights.night(*[OLD] * 4, *PHONES[4:])
    assert "2 newly noncompliant" in subjects(sent["one"])[0]


def test_the_names_under_which_states_are_stored_contain_no_secret_and_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys(password: str) -> list[str]:
        monkeypatch.setenv("PHONESCAN_TEST_NOTIFY", f"mailto://u:{password}@mail.example.org?to=a@x.org")
        notify = [
            "env:PHONESCAN_TEST_NOTIFY",
            f"mailto://u:{password}@mail.example.org?to=b@x.org",
            "json://x.org",
            "json://x.org",
            "slack://xoxb-hidden/channel",
        ]
        session = clocked(tmp_path, f"{SETTINGS}notify = {json.dumps(notify)}\n")
        return [one.key for one in destinations_of(session, entry_of(session))]

    found = keys("hidden")
    assert len(set(found)) == 5
    assert "hidden" not in " ".join(found)
    assert keys("changed") == found
