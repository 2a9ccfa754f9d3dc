"""Conflicts: the row of the table that decided, the claimant, and rows written before these were recorded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scanner.core.model import Conflict
from scanner.identity.authority import decision

X, POLY = "10.1.0.5", "64:16:7f:00:00:01"
ROUTER = {"ip": X, "mac": POLY, "field": "snmp.sysdescr", "value": "RouterOS RB750", "source": f"snmp {X}"}


def conflicts(store: Any) -> list[Conflict]:
    """The stored conflicts of the only device."""
    ((text,),) = store.sql("SELECT conflicts FROM devices")
    return list(msgspec.json.decode(text, type=tuple[Conflict, ...]))


def test_a_conflict_names_the_row_that_decided_and_who_claims_the_other_value(store: Any) -> None:
    store.feed([store.sip(X, "Yealink SIP-T58A 58.86.0.20", mac=POLY), ROUTER], keep_all=True)
    (kind,) = [one for one in conflicts(store) if one.part == "kind"]
    assert (kind.chosen, kind.other) == ("other", "phone")
    assert kind.row == "own management before own response"
    assert kind.claimant == f"{X} ({POLY}), sip.user-agent"


def test_a_conflict_of_a_row_that_has_neither_is_decoded() -> None:
    old = b'{"part":"model","chosen":"T58A","chosen_rule":"a","other":"T46S","other_rule":"b"}'
    one = msgspec.json.decode(old, type=Conflict)
    assert (one.chosen, one.row, one.claimant) == ("T58A", "", "")
    assert msgspec.json.encode(one) == old


@pytest.mark.parametrize(
    ("chosen", "other", "words"),
    [
        ("arp.mac", "https.cert-subject", "neighbour table before certificate"),
        ("sip.user-agent", "http.title", "own response against its like"),
        ("https.cert-subject", "arp.mac", ""),
    ],
)
def test_the_words_of_a_decision_are_those_of_the_table(chosen: str, other: str, words: str) -> None:
    assert decision("mac", chosen, other) == words
