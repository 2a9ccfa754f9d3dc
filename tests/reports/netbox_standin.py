"""A stand-in for NetBox's REST API that follows its OpenAPI schema field by field, with NetBox's own rules beside.

It is stricter than NetBox where that finds faults: a field or filter that the schema does not have is refused. The
rules were compared with NetBox 4.7.3 (PyPI): bulk requests are all or nothing, OPTIONS names the actions of the token,
a filter on a custom field that does not exist is ignored, a name is unique in its site in any case, an address that is
primary is not reassigned.
"""

from __future__ import annotations

import ipaddress
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "0123456789abcdef"
Record = dict[str, Any]

#: Reference field → the list of the object.
REFERENCES = {
    "site": "dcim/sites", "manufacturer": "dcim/manufacturers", "role": "dcim/device-roles", "device": "dcim/devices",
    "platform": "dcim/platforms", "device_type": "dcim/device-types", "primary_ip4": "ipam/ip-addresses",
    "primary_ip6": "ipam/ip-addresses", "primary_mac_address": "dcim/mac-addresses",
}  # fmt: skip
#: List → the fields that are unique together, compared without case.
UNIQUE = {
    "dcim/devices": [("site", "name")], "dcim/interfaces": [("device", "name")], "extras/custom-fields": [("name",)],
    "dcim/device-types": [("manufacturer", "model"), ("manufacturer", "slug")], "ipam/ip-addresses": [("address",)],
    **{f"dcim/{name}": [("name",), ("slug",)] for name in ("sites", "manufacturers", "device-roles", "platforms")},
}  # fmt: skip
DEFAULTS = {
    "dcim/devices": {"status": "active", "serial": "", "description": "", "custom_fields": {}, "platform": None,
                     "local_context_data": None, "primary_ip4": None, "primary_ip6": None},
    "dcim/interfaces": {"description": "", "primary_mac_address": None},
    "dcim/mac-addresses": {"assigned_object_type": None, "assigned_object_id": None},
    "ipam/ip-addresses": {"assigned_object_type": None, "assigned_object_id": None, "status": "active",
                          "description": "", "vrf": None},
    "ipam/prefixes": {"vrf": None, "scope_type": None, "scope_id": None},
    "dcim/device-types": {"u_height": 1, "is_full_depth": True},
    "extras/custom-fields": {"filter_logic": "loose"},
}  # fmt: skip


def schema(release: str) -> dict[str, Any]:
    """The reduced schema of a release."""
    return json.loads((Path(__file__).parent / "netbox_data" / f"schema-{release}.json").read_text(encoding="utf-8"))


class Refused(Exception):
    """A request that NetBox refuses: the status and the body of the response."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


class StandIn:
    """A NetBox of one release on loopback.

    `rights` None permits everything, else `(verb, list)` pairs; `mode` is how it fails: `html`, `hang`, `drip`,
    `redirect`, `error`, `limit`. `fail_after` lets that many requests succeed first. `writes` counts objects written.
    """

    def __init__(self, release: str) -> None:
        self.release, self.schema = release, schema(release)["lists"]
        self.tables: dict[str, dict[int, Record]] = {path: {} for path in self.schema}
        self.calls: list[tuple[str, str, Any]] = []
        self.rights: set[tuple[str, str]] | None = None
        self.mode, self.fail_after, self.writes = "", 0, 0
        self.refused: set[str] = set()
        self._last = dict.fromkeys(self.schema, 0)
        self._index: dict[tuple[str, str, str], set[int]] = {}
        self.stopped = threading.Event()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *args: object) -> None:
                """Log nothing."""

            def respond(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length) if length else b""
                if standin.fail_after:
                    standin.fail_after -= 1
                elif standin.mode:
                    standin.misbehave(self)
                    return
                url = urlsplit(self.path)
                body = json.loads(raw) if raw else None
                standin.calls.append((self.command, url.path.removeprefix("/api/").strip("/"), body))
                try:
                    if self.headers.get("Authorization") != f"Token {TOKEN}":
                        raise Refused(403, {"detail": "Invalid v1 token"})
                    status, found = standin.handle(self.command, url.path, parse_qsl(url.query), body)
                except Refused as refusal:
                    status, found = refusal.status, refusal.body
                data = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("API-Version", standin.release)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = respond

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """End the server."""
        self.stopped.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def misbehave(self, handler: BaseHTTPRequestHandler) -> None:
        """Respond as something that is not NetBox, or not at all."""
        handler.close_connection = True
        if self.mode == "hang":
            self.stopped.wait(60)
            return
        page = b"<html><body>Bad gateway</body></html>"
        status = {"html": 200, "drip": 200, "redirect": 302, "error": 500, "limit": 429}[self.mode]
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Connection", "close")  # else a retry may use the connection just before it is closed
        handler.send_header("Content-Length", "100000" if self.mode == "drip" else str(len(page)))
        if self.mode == "redirect":
            handler.send_header("Location", "https://login.example/?next=/api/")
        handler.end_headers()
        while self.mode == "drip" and not self.stopped.wait(0.05):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return
        if self.mode != "drip":
            handler.wfile.write(page)

    # requests

    def handle(self, method: str, path: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        """The status and body of a response. Raises Refused."""
        if path == "/api/status/":
            return 200, {"netbox-version": f"{self.release}.0", "django-version": "5.2"}
        name = path.removeprefix("/api/").strip("/")
        if name not in self.tables or method not in ("GET", "POST", "PATCH", "OPTIONS"):
            raise Refused(404, {"detail": "Not found."})
        if method == "OPTIONS":
            actions = {verb: {} for verb, right in (("POST", "add"), ("PUT", "change")) if self.may(right, name)}
            return 200, {"name": name, **({"actions": actions} if actions else {})}
        if not self.may({"GET": "view", "POST": "add", "PATCH": "change"}[method], name):
            raise Refused(403, {"detail": "You do not have permission to perform this action."})
        if method == "GET":
            return 200, self.listed(name, query)
        if not isinstance(body, list) or not body:
            raise Refused(400, {"detail": "The export writes lists of objects."})
        return self.written(method, name, body)

    def may(self, right: str, name: str) -> bool:
        """Whether the token has a right."""
        return self.rights is None or (right, name) in self.rights

    def listed(self, name: str, query: list[tuple[str, str]]) -> Record:
        """A page of a list."""
        limit, offset = 50, 0
        wanted: dict[str, list[str]] = {}
        for key, value in query:
            if key == "limit":
                limit = min(int(value), 1000) or 1000
            elif key == "offset":
                offset = int(value)
            elif key.startswith("cf_"):
                if any(one["name"] == key[3:] for one in self.tables["extras/custom-fields"].values()):
                    wanted.setdefault(key, []).append(value)
            elif key not in ("brief", *self.schema[name]["filters"]):
                raise Refused(400, {key: ["Unknown filter field"]})
            elif key != "brief":  # of the documentation, in the schema since 4.6
                wanted.setdefault(key, []).append(value)
        table = self.tables[name]
        found = set(table)
        for key, values in wanted.items():
            if name == "ipam/prefixes":
                found &= {one for one in table if self.prefix_matches(table[one], key, values)}
            else:
                parts = (self._index.get((name, key, self.folded(name, key, value)), set()) for value in values)
                found &= set().union(*parts)
        page = sorted(found)[offset : offset + limit]
        return {"count": len(found), "next": None, "previous": None, "results": [self.shown(name, one) for one in page]}

    def prefix_matches(self, record: Record, key: str, values: list[str]) -> bool:
        """Whether a prefix matches a filter."""
        network = ipaddress.ip_network(record["prefix"])
        for value in values:
            if key in ("contains", "within_include"):
                other = ipaddress.ip_network(value, strict=False)
                if other.version == network.version:
                    inner, outer = (other, network) if key == "contains" else (network, other)
                    if inner.subnet_of(outer):  # type: ignore[arg-type]
                        return True
            elif key == "site" and record["scope_type"] == "dcim.site":
                if self.tables["dcim/sites"][record["scope_id"]]["slug"] == value:
                    return True
            elif key == "status" and record["status"] == value:
                return True
        return False

    def written(self, method: str, name: str, body: list[Record]) -> tuple[int, Any]:
        """Create or change objects, all or none."""
        before = {one["id"]: dict(self.tables[name].get(one["id"], {})) for one in body if "id" in one}
        highest = self._last[name]
        done, errors = [], []
        for place, one in enumerate(body):
            try:
                done.append(self.write(name, one, method == "POST"))
            except Refused as refusal:
                errors.append({"index": place, "errors": refusal.body})
        if errors:
            for number in range(highest + 1, self._last[name] + 1):
                self.drop(name, number)
            for number, record in before.items():
                if record:
                    self.put(name, number, record)
            many = {"detail": f"{len(errors)} of {len(body)} objects could not be written.", "errors": errors}
            raise Refused(400, many if self.release >= "4.6" else errors[0]["errors"])
        self.writes += len(done)
        return 201 if method == "POST" else 200, [self.shown(name, number) for number in done]

    def write(self, name: str, fields: Record, new: bool) -> int:
        """Validate and store one object; its id. Raises Refused with the reasons by field."""
        table, rules = self.tables[name], self.schema[name]
        given = {key: value for key, value in fields.items() if new or key != "id"}
        errors = {key: [why] for key, value in given.items() if (why := self.wrong(name, key, value))}
        if new:
            errors |= {key: ["This field is required."] for key in rules["required"] if key not in given}
        if str(given.get("name") or given.get("address") or "") in self.refused:
            errors["name"] = ["The stand-in refuses this object."]
        if errors:
            raise Refused(400, errors)
        if not new and fields.get("id") not in table:
            raise Refused(400, {"id": ["Object does not exist."]})
        number = self._last[name] + 1 if new else int(fields["id"])
        old = table.get(number, {})
        record = {**DEFAULTS.get(name, {}), **old, **given, "id": number}
        if "custom_fields" in given:
            record["custom_fields"] = {**old.get("custom_fields", {}), **given["custom_fields"]}
        self.check(name, number, record, old)
        self._last[name] = max(self._last[name], number)
        self.put(name, number, record)
        return number

    def wrong(self, name: str, key: str, value: Any) -> str:
        """Why a value does not follow the schema; empty when it does."""
        rule = self.schema[name]["request"].get(key)
        if rule is None:
            return "This field is not in the schema."
        if value is None:
            return "" if rule.get("nullable") else "This field may not be null."
        if rule.get("reference"):
            there = isinstance(value, int) and (key not in REFERENCES or value in self.tables[REFERENCES[key]])
            return "" if there else f"Related object not found using the provided ID: {value}"
        kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
        if "type" in rule and not isinstance(value, kinds[rule["type"]]):
            return f"Not a valid {rule['type']}."
        if isinstance(value, str):
            if len(value) > rule.get("maxLength", len(value)):
                return f"Ensure this field has no more than {rule['maxLength']} characters."
            if len(value) < rule.get("minLength", 0):
                return "This field may not be blank."
            if "enum" in rule and value not in rule["enum"]:
                return f"{value} is not a valid choice."
            if "pattern" in rule and not re.search(rule["pattern"], value):
                return "Enter a valid value."
        if key == "custom_fields":
            known = {one["name"] for one in self.tables["extras/custom-fields"].values()}
            return "; ".join(f"Custom field '{one}' does not exist for this object type." for one in set(value) - known)
        return ""

    def check(self, name: str, number: int, record: Record, old: Record) -> None:
        """NetBox's own rules. Raises Refused."""
        for keys in UNIQUE.get(name, ()):
            same = self._index.get((name, *_unique(keys, record)), set()) - {number}
            if same:
                raise Refused(400, {"__all__": [f"{name} with this {' and '.join(keys)} already exists."]})
        mac = record["primary_mac_address"] if name == "dcim/interfaces" else None
        if mac and self.tables["dcim/mac-addresses"][mac]["assigned_object_id"] != number:
            raise Refused(400, {"primary_mac_address": ["The MAC address is not assigned to this interface."]})
        if name == "dcim/devices":
            for family in ("primary_ip4", "primary_ip6"):
                if record[family] and self.device_of("ipam/ip-addresses", record[family]) != number:
                    raise Refused(400, {family: ["The specified IP address is not assigned to this device."]})
        if name == "ipam/ip-addresses" and old and old["assigned_object_id"] != record["assigned_object_id"]:
            holder = self.tables["dcim/devices"].get(self.device_of(name, number) or 0, {})
            if number in (holder.get("primary_ip4"), holder.get("primary_ip6")):
                raise Refused(
                    400, {"__all__": ["Cannot reassign IP address while it is the primary IP of its parent."]}
                )

    # tables

    def add(self, path: str, /, **fields: Any) -> Record:
        """Store an object as a person does; returns it."""
        number = self.write(path, fields, True)
        return self.tables[path][number]

    def put(self, name: str, number: int, record: Record) -> None:
        """Store a record and index it."""
        self.drop(name, number)
        self.tables[name][number] = record
        for key, value in self.keys(name, record):
            self._index.setdefault((name, key, value), set()).add(number)
        if name == "dcim/interfaces":  # filters by device follow the interface
            for path in ("dcim/mac-addresses", "ipam/ip-addresses"):
                for one in list(self._index.get((path, "assigned", str(number)), ())):
                    self.put(path, one, self.tables[path][one])

    def drop(self, name: str, number: int) -> None:
        """Remove a record."""
        if record := self.tables[name].pop(number, None):
            for key, value in self.keys(name, record):
                self._index.get((name, key, value), set()).discard(number)

    def keys(self, name: str, record: Record) -> Iterator[tuple[str, str]]:
        """(filter, value) pairs by which a record is found."""
        yield "id", str(record["id"])
        for key in ("name", "slug", "serial", "address", "mac_address"):
            if record.get(key):
                yield key, self.folded(name, key, str(record[key]))
        if record.get("name"):
            yield "name__ie", _fold(record["name"])
        for key in ("site", "device", "manufacturer"):
            if record.get(key):
                yield f"{key}_id", str(record[key])
        for keys in UNIQUE.get(name, ()):
            yield _unique(keys, record)
        for key, value in (record.get("custom_fields") or {}).items():
            if value:
                yield f"cf_{key}", str(value)
        if record.get("assigned_object_id"):
            yield "assigned", str(record["assigned_object_id"])
            yield "interface_id", str(record["assigned_object_id"])
            port = self.tables["dcim/interfaces"].get(record["assigned_object_id"])
            if port:
                yield "device_id", str(port["device"])

    @staticmethod
    def folded(name: str, key: str, value: str) -> str:
        """A value as the index has it: macs in capitals, addresses without their length."""
        if key == "mac_address":
            return value.upper().replace("-", ":")
        return value.partition("/")[0].lower() if key == "address" else _fold(value) if key == "name__ie" else value

    def device_of(self, name: str, number: int) -> int | None:
        """The device to whose interface an address or mac is assigned."""
        port = self.tables["dcim/interfaces"].get(self.tables[name][number]["assigned_object_id"] or 0)
        return None if port is None else int(port["device"])

    def shown(self, name: str, number: int) -> Record:
        """An object as a response has it: references and choices as objects, and what NetBox derives."""
        found = dict(self.tables[name][number])
        for key, path in REFERENCES.items():
            if isinstance(found.get(key), int):
                one = self.tables[path][found[key]]
                found[key] = {part: one[part] for part in ("id", "name", "slug", "model", "address") if part in one}
                found[key] |= {"mac_address": one["mac_address"].upper()} if "mac_address" in one else {}
        for key in ("status", "type", "filter_logic"):
            if isinstance(found.get(key), str):
                found[key] = {"value": found[key], "label": found[key].title()}
        if name == "dcim/interfaces":
            macs = [
                {"id": one, "mac_address": self.tables["dcim/mac-addresses"][one]["mac_address"].upper()}
                for one in sorted(self._index.get(("dcim/mac-addresses", "assigned", str(number)), ()))
            ]
            found |= {"mac_addresses": macs, "mac_address": (found["primary_mac_address"] or {}).get("mac_address")}
        if "assigned_object_id" in found:
            port = self.tables["dcim/interfaces"].get(found["assigned_object_id"] or 0)
            found["assigned_object"] = port and {
                "id": port["id"],
                "name": port["name"],
                "device": {"id": port["device"]},
            }
        if found.get("mac_address"):
            found["mac_address"] = found["mac_address"].upper()
        outside = set(found) - set(self.schema[name]["response"])
        assert not outside, f"the stand-in responds with {outside}, which the schema of {name} does not have"
        return found


def _unique(keys: tuple[str, ...], record: Record) -> tuple[str, str]:
    return f"unique {' '.join(keys)}", " ".join(_fold(record.get(key)) for key in keys)


def _fold(value: Any) -> str:
    return str(value or "").casefold()
