"""A scan searches UPnP devices on a link of namespaces, and requests descriptions from the responding hosts alone."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.discovery.test_fuzz import DESCRIPTION
from tests.namespaces import address, hosts, join, wait_until

pytestmark = [pytest.mark.root, pytest.mark.daemon("ip"), pytest.mark.slow]
VICTIM = "10.80.0.10"
#: Address of a device → the URL that it names.
LOCATIONS = {
    "10.80.0.2": "http://10.80.0.2:49000/tr64desc.xml",
    "10.80.0.3": f"http://{VICTIM}:49000/of-another-host",
    "10.80.0.4": "http://10.80.0.4:22/a-low-port",
    "10.80.0.5": "http://10.80.0.5:9100/a-printer",
    "10.80.0.6": "http://10.80.0.6:49000/reboot",
    "10.80.0.7": "http://10.80.0.7:49000/redirects",
    "10.80.0.8": "http://[::1]:49000/loopback",
    "10.80.0.9": f"http://10.80.0.9@{VICTIM}:49000/user",
}
#: Web servers that write what they receive, and devices that respond to a search.
DEVICES = """
import json, socket, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
locations, body = json.loads(sys.argv[1]), bytes.fromhex(sys.argv[2])
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        host, port = self.connection.getsockname()[:2]
        print(f"GET {host}:{port}{self.path}", flush=True)
        self.send_response(302 if self.path == "/redirects" else 200)
        if self.path == "/redirects":
            self.send_header("Location", "/further")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
for port in (22, 9100, 49000):
    threading.Thread(target=ThreadingHTTPServer(("", port), Handler).serve_forever, daemon=True).start()
group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
group.bind(("", 1900))
member = socket.inet_aton("239.255.255.250") + socket.inet_aton("10.80.0.2")
group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
print("ready", flush=True)
while True:
    data, sender = group.recvfrom(2048)
    print(data.split(b"\\r\\n")[0].decode(), flush=True)
    for address, url in locations.items():
        lines = ("HTTP/1.1 200 OK", f"LOCATION: {url}", f"SERVER: device {address}", "ST: upnp:rootdevice", "", "")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            device.bind((address, 1900))
            device.sendto("\\r\\n".join(lines).encode(), sender)
"""


def test_only_the_responding_host_is_visited_and_no_redirect_is_followed(tmp_path: Path) -> None:
    db, log = tmp_path / "inventory.sqlite", tmp_path / "devices"
    with hosts("ear", "devices") as made:
        ear, devices = made["ear"], made["devices"]
        join(ear, "eth0", devices, "eth0")
        address(ear, "eth0", "10.80.0.1/28")
        address(devices, "eth0", *(f"{one}/28" for one in (*LOCATIONS, VICTIM)))
        devices.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start")
        devices.start(sys.executable, "-c", DEVICES, json.dumps(LOCATIONS), DESCRIPTION.hex(), log=log)
        wait_until("the devices are there", lambda: "ready" in log.read_text())
        words = ("scan", "10.80.0.0/28", "--discover", "ssdp", "--db", str(db))
        scan = ear.run(sys.executable, "-m", "scanner", *words, check=False)
    assert scan.returncode == 0, scan.stderr
    received = log.read_text().splitlines()[1:]
    assert sorted(received) == [
        "GET 10.80.0.2:49000/tr64desc.xml",
        "GET 10.80.0.7:49000/redirects",
        "M-SEARCH * HTTP/1.1",
    ]
    with closing(sqlite3.connect(db)) as file:
        rows = set(file.execute("SELECT ip, field, value FROM observations WHERE field LIKE 'ssdp%'"))
    assert {(ip, field) for ip, field, _ in rows} == {
        *((ip, "ssdp.server") for ip in LOCATIONS),
        *(("10.80.0.2", f"ssdp.{name}") for name in ("version", "model", "serial")),
    }
