"""What a scan did not cover: each outcome is counted in one line or is none, and no such address counts as missing."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.app import notes
from scanner.core.outcomes import KEPT, LOST, Outcome
from scanner.inventory import Inventory, Missed, queries

X = "10.1.0.5"


def line(store: Any, *missed: Missed) -> list[str]:
    """The line of a scan with these records of failures."""
    store.feed([], store.day(1))
    with Inventory.open(store.path) as inventory:
        inventory.missed(1, missed)
        return notes.of_losses(inventory, 1)


def test_every_outcome_is_one_that_is_counted_or_one_that_is_not() -> None:
    assert set(LOST) | KEPT == set(Outcome)
    assert not set(LOST) & KEPT
    assert all(loss.words and loss.mended for loss in LOST.values())


def test_only_what_responded_or_was_not_to_be_asked_is_no_loss() -> None:
    assert sorted(KEPT) == ["answered", "excluded", "malformed", "other-protocol", "refused"]


@pytest.mark.parametrize("outcome", LOST)
def test_an_outcome_that_is_a_loss_is_one_line(store: Any, outcome: Outcome) -> None:
    assert line(store, Missed("http", X, outcome), Missed("sip", X, outcome)) == [
        f"1 address was not covered: {LOST[outcome].words}"
    ]


@pytest.mark.parametrize("outcome", sorted(KEPT))
def test_an_outcome_that_is_no_loss_is_no_line(store: Any, outcome: Outcome) -> None:
    assert line(store, Missed("http", X, outcome)) == []


def test_spans_and_numbers_are_counted_as_addresses_and_reasons_are_in_order(store: Any) -> None:
    assert line(
        store,
        Missed("sip", "10.1.0.0-10.1.0.99", Outcome.UNREACHABLE, "no route"),
        Missed("arp", "10.1.0.0-10.1.0.99", Outcome.UNREACHABLE, "no route"),
        Missed("sip", "1234 addresses", Outcome.SKIPPED, "interrupted"),
        Missed("sip", X, Outcome.NOT_SENT, "of one host"),
        Missed("sip", "10.1.0.6", Outcome.EXCLUDED),
    ) == ["1,335 addresses were not covered: interrupted (1,234), no route (100), could not be sent to (1)"]


def test_many_reasons_are_still_one_line(store: Any) -> None:
    reasons = [Missed("sip", f"10.1.0.{n}", Outcome.UNREACHABLE, f"reason {n}") for n in range(9)]
    (found,) = line(store, *reasons)
    assert found.startswith("9 addresses were not covered: ")
    assert found.endswith(", other reasons (4)")


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.SKIPPED, Outcome.TIMED_OUT, Outcome.RATE_LIMITED])
def test_a_device_to_which_nothing_was_sent_does_not_count_as_missing(store: Any, outcome: Outcome) -> None:
    store.feed([store.sip(X, "a phone")], store.day(1), cover=[("sip", "10.1.0.0/24")])
    for night in range(2, 8):
        store.feed([], store.day(night), cover=[("sip", "10.1.0.0/24")], missed=[Missed("sip", X, outcome)])
    assert store.events() == []


@pytest.mark.parametrize(
    ("outcome", "skipped", "resumable"),
    [("partial", True, True), ("partial", False, False), ("interrupted", False, True), ("failed", False, True),
     ("done", False, False)],
)  # fmt: skip
def test_a_scan_that_ended_early_can_be_resumed(store: Any, outcome: str, skipped: bool, resumable: bool) -> None:
    missed = [Missed("sip", "9 addresses", Outcome.SKIPPED)] if skipped else []
    store.feed([], store.day(1), outcome=outcome, missed=missed)
    with Inventory.open(store.path) as inventory:
        inventory.checkpoint(1, {"stage": "sweep"})
        assert (inventory.unfinished(1) is not None) is resumable


def test_failures_that_fell_into_an_outage_are_deleted(store: Any) -> None:
    store.feed([], store.day(1))
    kept, repeated = Missed("sip", X, Outcome.TIMED_OUT), Missed("http", X, Outcome.WENT_QUIET)
    with Inventory.open(store.path) as inventory:
        inventory.missed(1, [kept, repeated])
        inventory.not_missed(1, [repeated])
        assert queries.losses(inventory, 1) == {"not complete in time": 1}
