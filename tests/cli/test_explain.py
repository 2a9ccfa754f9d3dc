"""`explain`: for each part what won and by which row, what lost and why, and what would change the verdict."""

from __future__ import annotations

from typing import Any

import pytest

IP, MAC = "198.18.0.5", "64:16:7f:00:00:05"
TIME = "2026-11-10T02:00:00Z"


def seen(field: str, value: str, **more: Any) -> dict[str, Any]:
    return {"ip": IP, "field": field, "value": value, "time": TIME, "source": f"{field.split('.')[0]} {IP}", **more}


NEW = seen("sip.user-agent", "PolycomVVX-VVX_411-UA/5.9.0.9373")
ARP = seen("arp.mac", MAC, mac=MAC, source="arp eth0")
LLDP = {"ip": None, "mac": MAC, "source": "switches 198.18.0.1 lldp 0.1.1"}


def told(run: Any) -> dict[str, Any]:
    """The account of the device at IP as data, by part."""
    account = run("explain", IP, "--format", "json").json()["account"]
    return {"changes": account["changes"], "in_conflict": account["in_conflict"]} | {
        one["part"]: one for one in account["parts"]
    }


@pytest.mark.parametrize(
    ("banner", "change"),
    [
        ("PolycomVVX-VVX_411-UA/5.8.3.3066", "compliant if the firmware were 5.9.0.9373"),
        ("PolycomVVX-VVX_411-UA", "assessed as soon as the firmware is known"),
        ("Polycom", "assessed as soon as the model is known"),
        ("PolycomVVX-VVX_411-UA/5.9.0.9373", "if a later observation shows another firmware than 5.9.0.9373"),
        ("Yealink SIP-T46S 66.84.0.15", "if a catalog of the policy listed Yealink T46S"),
    ],
)
def test_what_would_change_a_verdict_is_stated(run: Any, feed: Any, banner: str, change: str) -> None:
    feed({**NEW, "value": banner}, seen("sip.allow", "INVITE"), ARP)
    assert change in run("explain", IP).out
    assert any(change in one for one in told(run)["changes"])


@pytest.mark.parametrize(
    ("source", "row"),
    [("switches 198.18.0.1 lldp 0.1.1", "LLDP or CDP table, rank 2"), ("lldp eth0", "own frame, rank 1")],
)
def test_the_frame_that_a_switch_repeats_is_a_row_of_its_table(run: Any, feed: Any, source: str, row: str) -> None:
    values = {"manufacturer": "Polycom", "model": "VVX 411", "software-revision": "5.9.0.9373"}
    sent = {**LLDP, "source": source}
    feed(ARP, *(seen(f"lldp-med.{name}", value, **sent) for name, value in values.items()))
    assert [one["row"] for one in told(run)["firmware"]["won"]] == [row]


def test_a_part_names_the_row_by_which_it_won_and_who_claims_what_lost(run: Any, feed: Any) -> None:
    feed(NEW, ARP, seen("lldp-med.software-revision", "5.8.3.3066", **LLDP))
    found = told(run)
    assert found["in_conflict"]
    assert [one["row"] for one in found["mac"]["won"]] == ["neighbour table, rank 2", "LLDP or CDP table, rank 3"]
    assert found["address"]["won"][0]["row"] == "own response, rank 1"
    assert {found["firmware"]["value"], *(one["value"] for one in found["firmware"]["lost"])} == {
        "5.9.0.9373",
        "5.8.3.3066",
    }
    text = run("explain", IP).out
    assert ", in conflict" in text.partition("Verdict: ")[2].splitlines()[0]
    assert "review until the firmware is certain" in text


def test_a_family_name_agrees_and_adds_nothing(run: Any, feed: Any) -> None:
    feed(
        seen("sip.user-agent", "Yealink SIP-T58A 58.15.0.20", mac="80:5e:c0:00:00:06"),
        seen("lldp.system-name", "SIP-T58", **{**LLDP, "mac": "80:5e:c0:00:00:06"}),
    )
    found = told(run)
    assert found["model"]["value"] == "T58A"
    assert not found["in_conflict"]
    assert [one["why"] for one in found["model"]["lost"]] == ["a family name of T58A: it agrees and adds nothing"]


def test_what_is_older_is_shown_as_of_when(run: Any, feed: Any) -> None:
    feed(NEW, ARP)
    feed({**NEW, "value": "PolycomVVX-VVX_411-UA/5.8.3.3066", "time": "2026-11-01T02:00:00Z"})
    feed(seen("lldp.system-name", "Polycom VVX 411", **{**LLDP, "time": "2026-11-12T02:00:00Z"}))
    found = told(run)
    assert (found["firmware"]["value"], found["firmware"]["as_of"]) == ("5.9.0.9373", TIME)
    assert [one["why"] for one in found["firmware"]["lost"]] == ["older: last observed 2026-11-01T02:00:00Z"]
    assert f"5.9.0.9373, as of {TIME}" in run("explain", IP).out
