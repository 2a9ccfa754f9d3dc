"""The NetBox export against a small NetBox on loopback: match first, dry run first, never delete."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scanner.core.errors import PhonescanError, UsageError
from scanner.reports.netbox import api as netbox
from tests.reports.sample import device

pytestmark = pytest.mark.network

ENDPOINTS = ("sites", "manufacturers", "device-types", "device-roles", "devices", "interfaces", "mac-addresses")


class FakeNetBox:
    """As much of NetBox's REST API as the export uses: lists with filters, one object, create, change."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.tables: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in ENDPOINTS}
        self.calls: list[tuple[str, str]] = []
        self.refuse = ""
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                """Say nothing."""

            def answer(self, status: int, body: object) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("API-Version", fake.version)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def handle_call(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                url = urlsplit(self.path)
                fake.calls.append((self.command, url.path))
                self.answer(*fake.answer(self.command, url.path.strip("/").split("/")[1:], parse_qs(url.query), body))

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_call

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        number = len(self.tables[table]) + 1
        record = {"id": number, "url": f"{self.url}/api/dcim/{table}/{number}/", "display": str(number), **values}
        if table == "interfaces":
            record["device"] = self.tables["devices"][int(values["device"])]
        if table == "devices":
            record = {"serial": "", "local_context_data": None, **record}
        self.tables[table][number] = record
        return record

    def answer(self, verb: str, path: list[str], query: dict[str, list[str]], body: Any) -> tuple[int, object]:
        if not path:
            return 200, {}
        table, key = path[1], int(path[2]) if len(path) > 2 else None
        if self.refuse and self.refuse in table and verb == "POST":
            return 400, {"name": ["no room left"]}
        if verb == "POST":
            return 201, self.add(table, **body)
        if verb == "PATCH" and key:
            self.tables[table][key] |= body
            return 200, self.tables[table][key]
        if verb != "GET":
            return 405, {"detail": "not here"}
        if key:
            return 200, self.tables[table][key]
        found = [r for r in self.tables[table].values() if self._matches(r, query)]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}

    @staticmethod
    def _matches(record: dict[str, Any], query: dict[str, list[str]]) -> bool:
        for name, wanted in query.items():
            if name in ("limit", "offset"):
                continue
            value = record.get(name.removesuffix("_id"))
            value = value.get("id") if isinstance(value, dict) else value
            if str(value).lower() not in [w.lower() for w in wanted]:
                return False
        return True

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(params=["4.1", "4.3"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeNetBox]:
    server = FakeNetBox(request.param)
    server.add("sites", name="Berlin", slug="berlin")
    yield server
    server.close()


def test_a_plan_lists_its_steps_and_writes_nothing(fake: FakeNetBox) -> None:
    api = netbox.connect(fake.url, "token")
    steps = list(netbox.plan(api, [device(0), device(1), device(2, site="paris")]))
    assert [step.verb for step in steps] == ["create", "create", "skip"]
    assert "'paris' is not in NetBox" in str(steps[2])
    assert {verb for verb, _ in fake.calls} == {"GET"}


def test_new_devices_are_created_with_their_references_and_later_matched_by_mac(fake: FakeNetBox) -> None:
    api = netbox.connect(fake.url, "token")
    rows = [device(0), device(6), device(1)]
    outcome = netbox.apply(api, netbox.plan(api, rows))
    assert (outcome.created, outcome.failed) == (3, ())
    assert [r["name"] for r in fake.tables["manufacturers"].values()] == ["Polycom", "Yealink"]
    assert [r["model"] for r in fake.tables["device-types"].values()] == ["VVX 411", "T56A"]
    first = fake.tables["devices"][1]
    assert (first["name"], first["serial"], first["role"]) == ("phone-0", "64167F000000", 1)
    assert first["local_context_data"]["phonescan"]["firmware"] == "5.8.3.3066"
    macs = [
        r.get("mac_address") for r in fake.tables["interfaces" if fake.version == "4.1" else "mac-addresses"].values()
    ]
    assert macs == [row["mac"] for row in rows]
    for interface, row in zip(fake.tables["interfaces"].values(), rows, strict=True):
        interface["mac_address"] = str(row["mac"]).upper()  # as NetBox shows the primary mac
    moved = [row | {"hostname": "renamed", "site": "berlin", "ip": "198.18.9.9"} for row in rows]
    again = list(netbox.plan(api, moved))
    assert [(step.verb, step.matched_by, step.device) for step in again] == [
        ("update", "mac", 1), ("update", "mac", 2), ("update", "mac", 3),
    ]  # fmt: skip
    netbox.apply(api, again)
    assert fake.tables["devices"][1]["name"] == "phone-0"
    assert fake.tables["devices"][1]["local_context_data"]["phonescan"]["ip"] == "198.18.9.9"
    assert [step.verb for step in netbox.plan(api, moved)] == ["same", "same", "same"]
    assert len(fake.tables["devices"]) == 3
    assert not any(verb in ("DELETE", "PUT") for verb, _ in fake.calls)


def test_values_that_a_person_edited_in_netbox_are_kept(fake: FakeNetBox) -> None:
    fake.add("devices", name="Reception", site={"id": 1}, serial="64167F000000", local_context_data={"room": "1.01"})
    api = netbox.connect(fake.url, "token")
    (step,) = netbox.plan(api, [device(0)])
    assert (step.verb, step.matched_by, step.name) == ("update", "serial", "Reception")
    assert [name for name, _ in step.changes] == ["local_context_data"]
    netbox.apply(api, [step])
    kept = fake.tables["devices"][1]
    assert (kept["name"], kept["local_context_data"]["room"]) == ("Reception", "1.01")


def test_a_device_of_the_same_name_on_the_site_gets_its_serial(fake: FakeNetBox) -> None:
    fake.add("devices", name="phone-0", site={"id": 1})
    api = netbox.connect(fake.url, "token")
    (step,) = netbox.plan(api, [device(0)])
    assert (step.verb, step.matched_by) == ("update", "name")
    netbox.apply(api, [step])
    assert fake.tables["devices"][1]["serial"] == "64167F000000"


def test_a_device_whose_mac_or_serial_several_devices_have_is_skipped_with_the_reason(fake: FakeNetBox) -> None:
    for name in ("a", "b"):
        made = fake.add("devices", name=name, site={"id": 1}, serial="SAME")
        fake.add("interfaces", device=made["id"], mac_address="64:16:7F:00:00:00")
    api = netbox.connect(fake.url, "token")
    steps = list(netbox.plan(api, [device(0), device(1, serial="SAME", mac=None)]))
    assert [step.verb for step in steps] == ["skip", "skip"]
    assert "several devices" in steps[0].note
    assert netbox.apply(api, steps).failed[0].startswith("phone-0: several devices in NetBox have its mac")


def test_a_rejected_device_does_not_stop_the_others(fake: FakeNetBox) -> None:
    api = netbox.connect(fake.url, "token")
    steps = list(netbox.plan(api, [device(0), device(1)]))
    fake.refuse = "devices"
    outcome = netbox.apply(api, steps)
    assert (outcome.created, len(outcome.failed)) == (0, 2)
    assert "no room left" in outcome.failed[0]


def test_an_unreachable_netbox_is_reported_in_one_sentence() -> None:
    with pytest.raises(PhonescanError, match="does not respond; correct --url") as error:
        list(netbox.plan(netbox.connect("http://127.0.0.1:1", "secret-token"), [device(0)]))
    assert "secret-token" not in str(error.value)
    assert "\n" not in str(error.value)


def test_without_its_extra_the_export_is_an_error_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pynetbox", None)
    with pytest.raises(UsageError, match=r"pip install 'phonescan\[netbox\]'"):
        netbox.connect("http://127.0.0.1:1", "token")
