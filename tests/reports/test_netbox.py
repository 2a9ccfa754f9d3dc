"""The export through NetBox's API, against a stand-in that follows the OpenAPI schema of NetBox 4.2 and of 4.6."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from requests import Request

from scanner.core.errors import NetBoxError, UsageError
from scanner.netbox import export as exporting
from scanner.netbox.client import Client, RejectedWrite
from scanner.netbox.export import Export, permission
from scanner.netbox.known import ADDRESSES, DEVICES, FIELDS, INTERFACES, MACS, PREFIXES, TYPES
from scanner.netbox.plan import Step
from scanner.netbox.words import detail_of
from scanner.reports.netbox.device import CONTEXT, CUSTOM_FIELDS, wanted
from tests.reports.netbox_standin import TOKEN, Record, StandIn, schema
from tests.reports.sample import device

pytestmark = pytest.mark.network

Rows = list[dict[str, Any]]


def rows(count: int) -> Rows:
    """The first devices of the sample fleet as the inventory returns them."""
    lines = ("unknown", "teams", "ucs")
    return [device(n) | {"id": n + 1, "line": lines[n % 3], "state": "present"} for n in range(count)]


@pytest.fixture(params=["4.2", "4.6"])
def netbox(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    server = StandIn(request.param)
    for name in ("berlin", "hq", "oslo"):
        server.add("dcim/sites", name=name.title(), slug=name)
    yield server
    server.close()


def client(netbox: StandIn, token: str = TOKEN, timeout: float = 5) -> Client:
    return Client(netbox.url, token, timeout)


def run(netbox: StandIn, fleet: Rows, former: dict[int, tuple[int, ...]] | None = None, prefix: str = "") -> Export:
    """One export, to its end."""
    found = Export(client(netbox), list(wanted(fleet, former, prefix)))
    for _ in found.run():
        pass
    return found


def steps(netbox: StandIn, fleet: Rows, former: dict[int, tuple[int, ...]] | None = None) -> list[Step]:
    """The steps of a dry run."""
    found = Export(client(netbox), list(wanted(fleet, former)))
    return [step for batch in found.preview() for step in batch]


def counts(found: Export) -> tuple[int, int, int]:
    done = found.written
    return done.created, done.updated, done.same


def stored(netbox: StandIn, path: str) -> list[Record]:
    """The objects of a list as NetBox shows them, by id."""
    return [netbox.shown(path, number) for number in sorted(netbox.tables[path])]


def test_devices_are_created_with_type_interface_mac_and_primary_address(netbox: StandIn) -> None:
    netbox.add(PREFIXES, prefix="198.18.0.0/15", status="active")
    netbox.add(PREFIXES, prefix="198.18.0.0/25", status="active")
    other = netbox.add(PREFIXES, prefix="198.18.0.0/28", status="active")
    netbox.tables[PREFIXES][other["id"]]["vrf"] = {"id": 1}
    fleet = rows(6)
    fleet[1] |= {"mac": None}
    fleet[2] |= {"ip": "2001:db8::7"}
    fleet[3] |= {"ip": None}
    found = run(netbox, fleet)
    assert (counts(found), found.written.failed) == ((6, 0, 0), [])
    devices, ports = stored(netbox, DEVICES), stored(netbox, INTERFACES)
    assert [one["name"] for one in devices] == [f"phone-{n}" for n in range(6)]
    assert {one["device_type"]["slug"] for one in devices} >= {"polycom-vvx-411", "yealink-t56a"}
    assert {(one["u_height"], one["is_full_depth"]) for one in stored(netbox, "dcim/device-types")} == {(0, False)}
    assert [one["platform"] and one["platform"]["name"] for one in devices[:3]] == [None, "Yealink teams", "Fanvil ucs"]
    assert devices[0]["custom_fields"]["phonescan_status"] == "outdated"
    assert devices[0]["local_context_data"][CONTEXT]["firmware"] == "5.8.3.3066"
    assert "last_seen" not in devices[0]["local_context_data"][CONTEXT]
    assert [one["description"] for one in ports[:2]] == [
        "switch sw-0, port Gi1/0/1, VLAN 20", "switch sw-1, port Gi1/0/2, VLAN 20",
    ]  # fmt: skip
    assert [one["mac_address"] for one in ports[:3]] == ["64:16:7F:00:00:00", None, "64:16:7F:00:00:02"]
    assert [(one["primary_ip4"] or {}).get("address") for one in devices] == [
        "198.18.0.1/25", "198.18.0.2/25", None, None, "198.18.0.5/25", "198.18.0.6/25",
    ]  # fmt: skip
    assert devices[2]["primary_ip6"]["address"] == "2001:db8::7/128"


def test_a_second_export_writes_nothing_and_a_change_writes_what_changed(netbox: StandIn) -> None:
    fleet = rows(12)
    run(netbox, fleet)
    before = netbox.writes
    for row in fleet:
        row["last_seen"], row["last_scan"] = "2026-11-24T02:00:00Z", 13
    assert counts(run(netbox, fleet)) == (0, 0, 12)
    assert netbox.writes == before
    fleet[0] |= {"firmware": "5.9.0.9373", "status": "certified", "compliance": "compliant", "switch_port": "Gi1/0/40"}
    shown = [str(change) for step in steps(netbox, fleet) for change in step.changes]
    assert "device description: '5.8.3.3066: outdated' → '5.9.0.9373: certified'" in shown
    assert "field phonescan_status: 'outdated' → 'certified'" in shown
    assert any("Gi1/0/1, VLAN 20' → 'switch sw-0, port Gi1/0/40" in text for text in shown)
    assert netbox.writes == before
    assert counts(run(netbox, fleet)) == (0, 1, 11)
    one, port = stored(netbox, DEVICES)[0], stored(netbox, INTERFACES)[0]
    verdicts = {one["custom_fields"]["phonescan_status"], one["local_context_data"][CONTEXT]["status"]}
    assert verdicts == {one["description"].rpartition(": ")[2]} == {"certified"}
    assert "Gi1/0/40" in port["description"]
    assert netbox.writes == before + 2


def test_values_that_a_person_set_are_kept(netbox: StandIn) -> None:
    fleet = rows(2)
    run(netbox, fleet)
    edited = netbox.tables[DEVICES][1]
    site = netbox.add("dcim/sites", name="Attic", slug="attic")
    netbox.put(
        DEVICES, 1, edited | {"name": "Reception", "site": site["id"], "status": "staged", "description": "by door"}
    )
    netbox.tables[DEVICES][1]["local_context_data"]["room"] = "1.01"
    netbox.tables[DEVICES][1]["platform"] = netbox.add("dcim/platforms", name="Own", slug="own")["id"]
    netbox.tables[INTERFACES][1] |= {"name": "Network", "description": "patched by Kim"}
    fleet[0] |= {"status": "newer", "state": "vanished", "hostname": "other", "switch_port": "Gi9", "line": "teams"}
    assert counts(run(netbox, fleet)) == (0, 1, 1)
    kept = stored(netbox, DEVICES)[0]
    assert (kept["name"], kept["site"]["slug"], kept["status"]["value"]) == ("Reception", "attic", "staged")
    assert (kept["description"], kept["local_context_data"]["room"]) == ("by door", "1.01")
    assert kept["platform"]["name"] == "Own"
    assert stored(netbox, INTERFACES)[0]["description"] == "patched by Kim"
    assert kept["custom_fields"]["phonescan_status"] == "newer"


def test_descriptions_of_earlier_exports_that_differ_from_the_context_are_replaced(netbox: StandIn) -> None:
    fleet = rows(3)
    run(netbox, fleet)
    for number in (1, 2):
        netbox.tables[DEVICES][number]["description"] = "5.0.0.1: certified"
    netbox.tables[INTERFACES][1]["description"] = "switch sw-9, port Gi1/0/9"
    fleet[1] |= {"state": "replaced"}
    assert counts(run(netbox, fleet)) == (0, 2, 1)
    assert [one["description"] for one in stored(netbox, DEVICES)[:2]] == [
        "5.8.3.3066: outdated", "another device has its address",
    ]  # fmt: skip
    assert stored(netbox, INTERFACES)[0]["description"] == "switch sw-0, port Gi1/0/1, VLAN 20"


def test_a_device_is_the_same_one_after_its_mac_becomes_known(netbox: StandIn) -> None:
    fleet = rows(2)
    fleet[0] |= {"mac": None, "serial": None, "model": None, "manufacturer": None, "hostname": None}
    run(netbox, fleet)
    fleet[0] |= {"id": 77, "mac": "64:16:7f:00:00:00", "serial": "S1", "manufacturer": "Polycom", "model": "VVX 411"}
    assert counts(run(netbox, fleet, {77: (1,)})) == (0, 1, 1)
    assert len(netbox.tables[DEVICES]) == 2
    one = stored(netbox, DEVICES)[0]
    assert (one["custom_fields"]["phonescan_id"], one["serial"]) == ("77", "S1")
    assert one["device_type"]["model"] == "VVX 411"
    assert stored(netbox, INTERFACES)[0]["mac_address"] == "64:16:7F:00:00:00"
    assert counts(run(netbox, fleet, {77: (1,)})) == (0, 0, 2)


def test_two_devices_that_turn_out_to_be_one_leave_no_second_verdict(netbox: StandIn) -> None:
    fleet = rows(2)
    fleet[0] |= {"mac": None, "serial": None, "ip": "198.18.0.2"}
    run(netbox, fleet)
    (row,) = fleet[1:]
    assert counts(run(netbox, [row], {2: (1,)})) == (0, 1, 0)
    old, new = stored(netbox, DEVICES)
    assert (old["status"]["value"], new["status"]["value"]) == ("offline", "active")
    assert old["custom_fields"]["phonescan_status"] is None
    assert old["description"] == "the same device as phone-1"
    assert counts(run(netbox, [row], {2: (1,)})) == (0, 0, 1)


def test_a_device_whose_address_another_one_has_counts_no_more(netbox: StandIn) -> None:
    fleet = rows(2)
    run(netbox, fleet)
    fleet[1] |= {"state": "replaced"}
    assert counts(run(netbox, fleet)) == (0, 1, 1)
    old = stored(netbox, DEVICES)[1]
    assert (old["status"]["value"], old["custom_fields"]["phonescan_status"]) == ("offline", None)
    never = rows(3)[2] | {"state": "replaced"}
    assert counts(run(netbox, [*fleet, never])) == (0, 0, 2)


def test_a_vanished_phone_is_offline_and_active_again_when_it_returns(netbox: StandIn) -> None:
    fleet = rows(2)
    run(netbox, fleet)
    for state, status in (("vanished", "offline"), ("present", "active")):
        fleet[0] |= {"state": state}
        assert counts(run(netbox, fleet)) == (0, 1, 1)
        assert stored(netbox, DEVICES)[0]["status"]["value"] == status
        assert counts(run(netbox, fleet)) == (0, 0, 2)
    netbox.tables[DEVICES][1]["status"] = "offline"  # a person's
    assert counts(run(netbox, fleet)) == (0, 0, 2)
    fleet[1] |= {"state": "vanished"}
    run(netbox, fleet)
    netbox.tables[DEVICES][2]["status"] = "active"  # a person's
    assert counts(run(netbox, fleet)) == (0, 0, 2)


def test_devices_of_a_person_are_found_by_mac_serial_and_name(netbox: StandIn) -> None:
    fleet = rows(3)
    run(netbox, fleet[:1])
    about = {key: netbox.tables[DEVICES][1][key] for key in ("device_type", "role", "site")}
    for name in ("By mac", "By serial", "PHONE-2"):
        made = netbox.add(
            DEVICES, name=name, **about, **({"serial": fleet[1]["serial"]} if name == "By serial" else {})
        )
        netbox.add(INTERFACES, device=made["id"], name="Network", type="other")
    fleet[0] |= {"id": 9, "mac": "64:16:7f:00:99:99", "serial": None}
    netbox.add(MACS, mac_address="64:16:7F:00:99:99", assigned_object_type="dcim.interface", assigned_object_id=2)
    found = {step.wanted.ids[0]: (step.verb, step.matched_by, step.name) for step in steps(netbox, fleet)}
    assert found == {
        "9": ("update", "mac", "By mac"), "2": ("update", "serial", "By serial"), "3": ("update", "name", "PHONE-2"),
    }  # fmt: skip
    assert counts(run(netbox, fleet)) == (0, 3, 0)
    assert [one["name"] for one in stored(netbox, INTERFACES)] == ["LAN", "Network", "Network", "Network"]
    assert counts(run(netbox, fleet)) == (0, 0, 3)


@pytest.mark.parametrize("theirs", [{"serial": "OTHER"}, {"mac_address": "64:16:7F:00:99:99"}, {}])
def test_a_device_of_the_same_name_is_another_one_with_another_mac_or_serial(
    netbox: StandIn, theirs: dict[str, str]
) -> None:
    fleet = rows(2)
    fleet[1] |= {"site": fleet[0]["site"]}
    run(netbox, fleet[:1])
    about = {key: netbox.tables[DEVICES][1][key] for key in ("device_type", "role", "site")}
    made = netbox.add(DEVICES, name="phone-1", serial=theirs.get("serial", ""), **about)
    port = netbox.add(INTERFACES, device=made["id"], name="Network", type="other")
    if "mac_address" in theirs:
        netbox.add(MACS, **theirs, assigned_object_type="dcim.interface", assigned_object_id=port["id"])
    assert counts(run(netbox, fleet)) == ((1, 0, 1) if theirs else (0, 1, 1))


def test_a_name_that_another_device_has_is_not_taken(netbox: StandIn) -> None:
    run(netbox, rows(1))
    other = rows(2)[1] | {"hostname": "phone-0"}
    assert counts(run(netbox, [other])) == (1, 0, 0)
    assert [one["name"] for one in stored(netbox, DEVICES)] == ["phone-0", "phone-0-000001"]


def test_several_devices_with_one_mac_or_an_id_of_another_inventory_are_left_alone(netbox: StandIn) -> None:
    fleet = rows(2)
    run(netbox, fleet)
    about = {key: netbox.tables[DEVICES][1][key] for key in ("device_type", "role", "site")}
    for name in ("a", "b"):
        netbox.add(DEVICES, name=name, serial="TWICE", **about)
    other = [
        rows(2)[0] | {"mac": "64:16:7f:00:77:77", "serial": "OTHER"},
        rows(3)[2] | {"serial": "TWICE", "mac": None},
    ]
    found = run(netbox, other)
    assert counts(found) == (0, 0, 0)
    assert "[netbox] inventory" in found.written.failed[0]
    assert "several devices in NetBox have its serial" in found.written.failed[1]
    assert counts(run(netbox, other[:1], prefix="branch:")) == (1, 0, 0)


def test_a_device_with_its_id_and_serial_is_the_same_one_with_another_mac(netbox: StandIn) -> None:
    fleet = rows(1)
    run(netbox, fleet)
    fleet[0] |= {"mac": "64:16:7f:00:77:77"}
    assert counts(run(netbox, fleet)) == (0, 1, 0)
    assert counts(run(netbox, fleet)) == (0, 0, 1)


@pytest.mark.parametrize("known", [{}, {"mac": "02:00:00:00:00:09"}, {"serial": "OTHER"}])
def test_phones_of_two_inventories_without_macs_are_not_mixed(netbox: StandIn, known: dict[str, str]) -> None:
    def exported(row: Record, inventory: str, prefix: str = "") -> Export:
        found = Export(client(netbox), list(wanted([row], None, prefix, inventory)))
        assert len(list(found.run())) == 1
        return found

    nameless = {"mac": None, "serial": "", "hostname": ""}
    first = rows(1)[0] | nameless | {"ip": "198.18.0.1"}
    second = rows(1)[0] | nameless | {"ip": "198.18.0.2"} | known
    assert counts(exported(first, "one")) == (1, 0, 0)
    found = exported(second, "two")
    assert counts(found) == (0, 0, 0)
    assert "has the id 1 and the facts of another inventory: give each" in found.written.failed[0]
    assert counts(exported(second, "two", "two:")) == (1, 0, 0)
    assert counts(exported(first | {"mac": "02:00:00:00:00:01"}, "one")) == (0, 1, 0)  # one whose mac becomes known
    again = exported(first | {"mac": "02:00:00:00:00:01"}, "made anew")  # the mac is the same
    assert counts(again) == (0, 1, 0)


def test_an_address_follows_the_phone_that_has_it_now(netbox: StandIn) -> None:
    fleet = rows(3)
    run(netbox, fleet)
    fleet[0]["ip"], fleet[1]["ip"], fleet[2]["ip"] = fleet[1]["ip"], fleet[0]["ip"], "198.18.5.5"
    assert counts(run(netbox, fleet)) == (0, 3, 0)
    assert [one["primary_ip4"]["address"].partition("/")[0] for one in stored(netbox, DEVICES)] == [
        "198.18.0.2", "198.18.0.1", "198.18.5.5",
    ]  # fmt: skip
    assert [one["assigned_object_id"] for one in stored(netbox, ADDRESSES)] == [2, 1, None, 3]
    assert counts(run(netbox, fleet)) == (0, 0, 3)


def test_a_mac_and_an_address_without_a_device_become_those_of_the_phone(netbox: StandIn) -> None:
    fleet = rows(2)
    run(netbox, [fleet[0] | {"mac": None}])
    for number in (0, 1):
        netbox.add(MACS, mac_address=f"64:16:7F:00:00:0{number}")
    netbox.add(ADDRESSES, address="198.18.0.2/16")
    assert counts(run(netbox, fleet)) == (1, 1, 0)
    assert [one["assigned_object_id"] for one in stored(netbox, MACS)] == [1, 2]
    assert [one["primary_ip4"]["address"] for one in stored(netbox, DEVICES)] == ["198.18.0.1/32", "198.18.0.2/16"]
    assert counts(run(netbox, fleet)) == (0, 0, 2)


def test_a_device_without_context_or_primary_mac_is_completed(netbox: StandIn) -> None:
    """One of the import forms, which have no context, and one of a run that was interrupted."""
    fleet = rows(2)
    run(netbox, fleet)
    netbox.tables[DEVICES][1]["local_context_data"] = None
    netbox.tables[INTERFACES][2]["primary_mac_address"] = None
    fleet[0] |= {"ip": "198.18.5.5"}
    assert counts(run(netbox, fleet)) == (0, 2, 0)
    assert stored(netbox, DEVICES)[0]["primary_ip4"]["address"] == "198.18.5.5/32"
    assert stored(netbox, INTERFACES)[1]["primary_mac_address"]["id"] == 2
    assert counts(run(netbox, fleet)) == (0, 0, 2)


def test_the_interface_of_a_device_without_a_mac_is_lan_among_several(netbox: StandIn) -> None:
    fleet = [rows(1)[0] | {"mac": None}]
    run(netbox, fleet)
    netbox.put(INTERFACES, 1, netbox.tables[INTERFACES][1] | {"name": "PC"})
    netbox.add(INTERFACES, device=1, name="LAN", type="other")
    fleet[0] |= {"mac": "64:16:7f:00:00:00"}
    assert counts(run(netbox, fleet)) == (0, 1, 0)
    assert [one["mac_address"] for one in stored(netbox, INTERFACES)] == [None, "64:16:7F:00:00:00"]


def test_a_vanished_phone_gets_no_address(netbox: StandIn) -> None:
    assert counts(run(netbox, [rows(1)[0] | {"state": "vanished"}])) == (1, 0, 0)
    assert stored(netbox, ADDRESSES) == []


def test_an_address_of_another_object_is_not_taken_and_one_of_two_sites_has_one_device(netbox: StandIn) -> None:
    fleet = rows(3)
    run(netbox, fleet[:1])
    about = {key: netbox.tables[DEVICES][1][key] for key in ("device_type", "role", "site")}
    router = netbox.add(DEVICES, name="router", **about)
    netbox.add(INTERFACES, device=router["id"], name="vlan20", type="virtual")
    netbox.add(ADDRESSES, address="198.18.0.2/24", assigned_object_type="dcim.interface", assigned_object_id=2)
    fleet[2] |= {"ip": fleet[0]["ip"], "site": "hq"}
    found = run(netbox, fleet)
    assert counts(found) == (2, 0, 1)
    assert [text.partition(": ")[2] for text in found.written.notes] == [
        "198.18.0.2 is assigned to another object in NetBox", "198.18.0.1 is the address of another device",
    ]  # fmt: skip
    assert counts(run(netbox, fleet)) == (0, 0, 3)


def test_a_device_of_an_unknown_site_is_skipped_with_the_reason(netbox: StandIn) -> None:
    found = run(netbox, [rows(1)[0] | {"site": "paris"}])
    assert found.written.failed == [
        "phone-0: the site 'paris' is not in NetBox: create it there, or name the site as it is there"
    ]


@pytest.mark.parametrize("after", range(26, 44, 3))
def test_an_interrupted_run_is_completed_by_the_next_one(netbox: StandIn, after: int) -> None:
    fleet = rows(8)
    netbox.fail_after, netbox.mode = after, "error"
    with pytest.raises(NetBoxError):
        run(netbox, fleet)
    netbox.fail_after, netbox.mode = 0, ""
    found = run(netbox, fleet)
    assert found.written.failed == []
    for path in (DEVICES, INTERFACES, MACS, ADDRESSES):
        assert len(netbox.tables[path]) == 8, path
    assert all(one["primary_ip4"] for one in stored(netbox, DEVICES))
    assert all(one["mac_address"] for one in stored(netbox, INTERFACES))
    assert counts(run(netbox, fleet)) == (0, 0, 8)


def test_a_device_that_netbox_refuses_does_not_stop_the_others(netbox: StandIn) -> None:
    fleet = rows(20)
    netbox.refused = {"phone-3", "phone-17"}
    found = run(netbox, fleet)
    assert counts(found) == (18, 0, 0)
    assert [text.partition(":")[0] for text in found.written.failed] == ["phone-3", "phone-17"]
    assert "refuses this object" in found.written.failed[0]
    netbox.refused = set()
    assert counts(run(netbox, fleet)) == (2, 0, 18)


def test_each_right_that_the_token_lacks_is_named_before_anything_is_written(netbox: StandIn) -> None:
    every = {(right, path) for right in ("view", "add", "change") for path in netbox.schema}
    for right, path in sorted(every - {(right, PREFIXES) for right in ("add", "change")}):
        if (right == "change" and path not in exporting.WRITTEN) or (right, path) == ("add", "dcim/sites"):
            continue
        netbox.rights = every - {(right, path)}
        with pytest.raises(NetBoxError, match=f"lacks {permission(right, path)};") as error:
            run(netbox, rows(2))
        assert "\n" not in str(error.value)
    netbox.rights = {(right, path) for right, path in every if right == "view"}
    preview = Export(client(netbox), list(wanted(rows(2))))
    assert [step.verb for batch in preview.preview() for step in batch] == ["create", "create"]
    assert "lacks dcim.add_device" in preview.written.failed[0]
    assert not any(method in ("POST", "PATCH") for method, _, _ in netbox.calls)


def test_the_first_export_needs_few_requests_and_later_ones_fewer(netbox: StandIn) -> None:
    fleet = rows(96)
    assert run(netbox, fleet).client.requests < 60
    assert run(netbox, fleet).client.requests < 15


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "phonescan_status", "type": "integer"}, "phonescan_status in NetBox is not a text of devices"),
        ({"object_types": ["dcim.site"]}, "phonescan_id in NetBox is not a text of devices"),
        ({"filter_logic": "disabled"}, "phonescan_id in NetBox has no filter; set its filter logic to exact there"),
    ],
)
def test_a_custom_field_of_another_shape_is_refused(netbox: StandIn, wrong: Record, words: str) -> None:
    field = {"name": "phonescan_id", "type": "text", "object_types": ["dcim.device"], "filter_logic": "exact"}
    netbox.add(FIELDS, **(field | wrong))
    with pytest.raises(NetBoxError, match=words):
        run(netbox, rows(1))
    assert netbox.writes == 0


def test_custom_fields_that_netbox_refuses_end_the_export_in_one_sentence(netbox: StandIn) -> None:
    netbox.refused = {"phonescan_state"}
    with pytest.raises(NetBoxError, match=r"refuses the custom fields: .*refuses this object") as error:
        run(netbox, rows(1))
    assert "\n" not in str(error.value)
    assert stored(netbox, DEVICES) == []


def test_every_request_follows_the_schema_and_nothing_is_deleted(netbox: StandIn) -> None:
    """The stand-in refuses what the schema does not have; here that it received each sort of object."""
    run(netbox, rows(6))
    assert {path for method, path, _ in netbox.calls if method == "POST"} == set(netbox.schema) - {
        "dcim/sites", PREFIXES,
    }  # fmt: skip
    assert {method for method, _, _ in netbox.calls} == {"GET", "OPTIONS", "POST", "PATCH"}
    for name in CUSTOM_FIELDS:
        assert any(one["name"] == name for one in stored(netbox, FIELDS))


def test_the_stand_in_refuses_what_the_schema_refuses(netbox: StandIn) -> None:
    run(netbox, rows(2))
    about = {key: netbox.tables[DEVICES][1][key] for key in ("device_type", "role", "site")}
    bad: list[tuple[str, Record]] = [
        (DEVICES, {"name": "x"}), (DEVICES, {**about, "name": "x" * 65}), (DEVICES, {**about, "status": "gone"}),
        (DEVICES, {**about, "name": "x", "colour": "red"}), (DEVICES, {**about, "name": "PHONE-1"}),
        (DEVICES, {**about, "site": 99}), (DEVICES, {**about, "custom_fields": {"nope": 1}}),
        (DEVICES, {**about, "serial": None}), (MACS, {"mac_address": 5}),
        (INTERFACES, {"device": 1, "name": "LAN", "type": "other"}),
        (ADDRESSES, {"address": netbox.tables[ADDRESSES][1]["address"]}), (DEVICES, {**about, "primary_ip4": 1}),
    ]  # fmt: skip
    for path, fields in bad:
        before = len(netbox.tables[path])
        with pytest.raises(RejectedWrite, match=r"\w"):
            client(netbox).create(path, [{**about, "name": "fine"} if path == DEVICES else fields, fields])
        assert len(netbox.tables[path]) == before, fields


def test_both_schemas_name_their_source_and_release() -> None:
    for release in ("4.2", "4.6"):
        found = schema(release)
        assert found["version"].startswith(release)
        assert "NetBox" in found["source"]
        assert "Apache" in found["licence"]


def test_the_reasons_of_a_bulk_request_are_those_of_its_objects() -> None:
    reasons = [{"index": 1, "errors": {"name": ["Too long."], "__all__": ["Not unique."]}}]
    assert detail_of({"detail": "Some objects are invalid.", "errors": reasons}) == "name: Too long.; Not unique."
    assert detail_of([{}, {"site": ["Not found."]}]) == "site: Not found."
    assert detail_of({"detail": "Permission denied."}) == "Permission denied."


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("html", "is not NetBox's API (text/html, status 200)"),
        ("error", "is not NetBox's API (text/html, status 500)"),
        ("redirect", "redirects to https://login.example; use its own address"),
        ("hang", "does not respond within"),
        ("drip", "does not respond within"),
    ],
)
def test_what_is_not_netbox_is_one_sentence_within_the_timeout(netbox: StandIn, mode: str, words: str) -> None:
    netbox.mode = mode
    begin = time.monotonic()
    with pytest.raises(NetBoxError) as error:
        list(Export(client(netbox, timeout=0.3), list(wanted(rows(1)))).run())
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert time.monotonic() - begin < 30
    assert error.value.exit_status == 3


def test_a_wrong_token_an_old_release_and_an_unreachable_netbox_are_one_sentence(netbox: StandIn) -> None:
    with pytest.raises(NetBoxError, match=r"refuses the token \(Invalid v1 token\); correct --token") as error:
        list(Export(client(netbox, "wrong-secret"), []).run())
    assert "wrong-secret" not in str(error.value)
    netbox.release = "4.1"
    with pytest.raises(NetBoxError, match=r"is release 4\.1\.0; 4\.2 or later is required"):
        list(Export(client(netbox), []).run())
    with pytest.raises(NetBoxError, match=r"does not respond \(connection refused\); correct the address"):
        Client("http://127.0.0.1:1", "secret").version()


@pytest.mark.parametrize("token", ["", " ", "a\nb", "gr\u00fcn"])
def test_a_token_that_no_header_can_contain_is_wrong_usage_and_not_shown(token: str) -> None:
    with pytest.raises(UsageError, match="the token for NetBox is not one") as error:
        Client("https://netbox.example", token)
    assert "gr" not in str(error.value)


@pytest.mark.parametrize(("token", "sent"), [("abc", "Token abc"), ("nbt_key.abc", "Bearer nbt_key.abc")])
def test_a_token_is_sent_as_its_version_requires(token: str, sent: str) -> None:
    session = Client("https://netbox.example/api/", token).service.session
    prepared = session.prepare_request(Request("GET", "https://netbox.example/api/status/"))
    assert prepared.headers["Authorization"] == sent
    assert Client("https://netbox.example/api/", token).url == "https://netbox.example"


def test_a_type_of_a_person_with_our_slug_is_used_and_a_type_that_netbox_refuses_stops_its_devices_alone(
    netbox: StandIn,
) -> None:
    fleet = [one | {"manufacturer": "Acme", "model": f"M{n}"} for n, one in enumerate(rows(4))]
    maker = netbox.add("dcim/manufacturers", name="Acme", slug="acme")["id"]
    theirs = netbox.add(TYPES, manufacturer=maker, model="The first", slug="acme-m0")
    netbox.add(TYPES, manufacturer=maker, model="M-2", slug="other")
    netbox.add("dcim/platforms", name="Acme ucs", slug="elsewhere")
    before, netbox.write = netbox.write, lambda name, fields, new: before(name, refusing(name, fields), new)  # type: ignore[method-assign]

    def refusing(name: str, fields: Record) -> Record:
        return fields | {"model": ""} if name == TYPES and fields.get("model") == "M3" else fields

    found = run(netbox, fleet)
    assert counts(found) == (3, 0, 0)
    assert [text.partition(":")[0] for text in found.written.failed] == ["phone-3"]
    assert stored(netbox, DEVICES)[0]["device_type"]["id"] == theirs["id"]


def test_models_whose_long_slugs_begin_alike_are_two_types(netbox: StandIn) -> None:
    found = run(netbox, [one | {"manufacturer": "M" * 70, "model": "x" * 60 + str(n)} for n, one in enumerate(rows(3))])
    assert counts(found) == (3, 0, 0)
    assert len({one["slug"] for one in netbox.tables[TYPES].values()}) == 3


def test_names_that_differ_in_letters_beyond_ascii_are_two_objects(netbox: StandIn) -> None:
    netbox.add("dcim/sites", name="Großraum", slug="grossraum")
    fleet = [one | {"manufacturer": "Acme", "line": "unknown", "site": "Großraum"} for one in rows(4)]
    for one, model in zip(fleet, ("電話 2", "携帯 2", "Büro 2", "Buro-2"), strict=True):
        one["model"] = model
    assert counts(run(netbox, fleet)) == (4, 0, 0)
    assert [one["device_type"]["model"] for one in stored(netbox, DEVICES)] == ["電話 2", "携帯 2", "Büro 2", "Büro 2"]
    assert counts(run(netbox, fleet)) == (0, 0, 4)


def test_a_phone_that_changes_between_ipv4_and_ipv6_has_one_primary_address(netbox: StandIn) -> None:
    fleet = rows(2)
    for ip, family in (("2001:db8::1", "primary_ip6"), ("198.18.7.7", "primary_ip4"), ("2001:db8::1", "primary_ip6")):
        fleet[0]["ip"] = ip
        assert run(netbox, fleet).written.failed == []
        phone = stored(netbox, DEVICES)[0]
        has = {name: phone[name]["address"].partition("/")[0] for name in ("primary_ip4", "primary_ip6") if phone[name]}
        assert has == {family: ip}
        assert counts(run(netbox, fleet)) == (0, 0, 2)


def test_objects_that_the_permission_of_the_token_excludes_are_failures_of_their_devices(netbox: StandIn) -> None:
    fleet = rows(4)
    run(netbox, fleet)
    before = netbox.written

    def constrained(method: str, name: str, body: list[Record]) -> tuple[int, Any]:
        return before(method, name, [one for one in body if (name, one.get("id")) != (DEVICES, 2)])

    netbox.written = constrained  # type: ignore[method-assign]
    found = run(netbox, [one | {"firmware": "9.9.9"} for one in fleet])
    assert counts(found) == (0, 3, 0)
    assert found.written.failed == [
        "phone-1: NetBox does not change it: it was deleted, or a constraint of the token's permission excludes it"
    ]


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        (DEVICES, "id", "x"), (DEVICES, "site", None), (DEVICES, "custom_fields", "x"), (DEVICES, "platform", 5),
        (DEVICES, "local_context_data", [1]), (INTERFACES, "device", None), (INTERFACES, "mac_addresses", [1]),
        (ADDRESSES, "assigned_object", "x"), (ADDRESSES, "assigned_object", {"device": {}}),
        (TYPES, "manufacturer", None), ("dcim/sites", "id", None), (FIELDS, "object_types", 5), (MACS, "id", True),
    ],
)  # fmt: skip
def test_an_object_that_does_not_follow_the_schema_is_one_sentence(
    netbox: StandIn, path: str, field: str, value: Any
) -> None:
    fleet = rows(2)
    run(netbox, fleet)
    shown = netbox.shown
    netbox.shown = lambda name, one: shown(name, one) | ({field: value} if name == path else {})  # type: ignore[method-assign]
    fleet[0] |= {"firmware": "9.9.9", "mac": "02:00:00:00:00:99", "serial": "unlike"}
    netbox.add(MACS, mac_address="02:00:00:00:00:99")
    with pytest.raises(NetBoxError, match=f"an object of {path} (has|is)"):
        run(netbox, fleet)


def test_a_device_without_a_name_has_its_number_in_messages(netbox: StandIn) -> None:
    run(netbox, rows(1))
    netbox.put(DEVICES, 1, netbox.tables[DEVICES][1] | {"name": None})
    assert [step.name for step in steps(netbox, rows(1))] == ["device 1"]


def test_the_token_is_sent_also_where_a_netrc_file_has_a_login(
    netbox: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login one password two\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert counts(run(netbox, rows(1))) == (1, 0, 0)
