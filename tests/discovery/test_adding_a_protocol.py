"""A protocol is added by its module, a line of the registry and its fields: three toys, on real sockets and frames."""

from __future__ import annotations

import ast
import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from scanner.app.scan import ScanRequest, plan
from scanner.cli.shared import discoveries
from scanner.core import fields
from scanner.core.errors import EngineError
from scanner.core.target_syntax import parse
from scanner.discovery import registry
from scanner.discovery.options import Options
from scanner.engine import estimate
from scanner.engine.hosts.tcp_connect import PACKETS
from scanner.engine.os.rtnetlink import Link, Network, Reachability, Region
from scanner.engine.rate.limits import PACES
from tests.discovery.toys import multicast, passive, unicast
from tests.loopback import own
from tests.namespaces import Host, hosts, join, wait_until
from tests.reading.captures import ethernet, pcap
from tools.docs import sent

TOYS = (unicast, multicast, passive)
SENDER = "02:00:00:00:77:01"


def phonescan(toy: ModuleType, *words: str, inside: Host | None = None, code: int = 0) -> str:
    """Standard output of a command of the program that a toy was added to."""
    command = [sys.executable, "-m", "tests.discovery.toys", toy.__name__.rpartition(".")[2], *words]
    run = subprocess.run(inside.command(*command) if inside else command, capture_output=True, text=True, timeout=90)
    assert run.returncode == code, run.stderr
    return run.stdout


def observed(toy: ModuleType, db: Path) -> list[tuple[str | None, str | None, str, str]]:
    """Address, MAC, field and value of every observation of an inventory."""
    lines = phonescan(toy, "export", "observations", "--db", str(db)).splitlines()
    rows = [json.loads(line) for line in lines]
    return sorted((row.get("ip"), row.get("mac"), row["field"], row["value"]) for row in rows)


def datagrams_of(sock: socket.socket) -> Iterator[tuple[bytes, tuple[str, int]]]:
    """Datagrams and their senders until the socket is shut down, which reads as an empty one from nowhere."""
    with contextlib.suppress(OSError):
        while True:
            data, sender = sock.recvfrom(2048)
            if not data:
                return
            yield data, sender


@contextlib.contextmanager
def thread(work: Callable[[], None], *sockets: socket.socket) -> Iterator[None]:
    """Runs `work` until its sockets are shut down."""
    running = threading.Thread(target=work, daemon=True)
    running.start()
    try:
        yield
    finally:
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        running.join(10)
        for sock in sockets:
            sock.close()
        assert not running.is_alive()


# -- the places ------------------------------------------------------------------------------------------


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    """All three toys in this process."""
    monkeypatch.setattr(registry, "MODULES", (*registry.MODULES, *TOYS))
    for toy in TOYS:
        for row in toy.FIELDS:
            monkeypatch.setitem(fields.FIELDS, row.name, row)


@pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.__name__.rpartition(".")[2])
def test_a_toy_imports_the_core_codecs_and_the_types_of_declarations_alone(toy: ModuleType) -> None:
    tree = ast.parse(Path(toy.__file__ or "").read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    allowed = {"conversation", "declaration", "announcement", "options"}
    ours = {module for module in imported if module.startswith("scanner.")}
    assert all(
        module.startswith(("scanner.core.", "scanner.wire.")) or module.removeprefix("scanner.discovery.") in allowed
        for module in ours
    )


@pytest.mark.usefixtures("added")
def test_help_completion_and_documentation_list_what_was_added() -> None:
    assert {"toy", "toycast", "toyframe"} <= set(discoveries.names())
    rows = list(sent.rows(registry.all_discoveries(Options()).values()))
    assert [row for row in rows if "`toy`" in row] == [
        "| `toy` | one `TOY?` | every address, UDP 28877 | 1 packet, 70 octets |",
        "| `toy` | `HELLO` and `VERSION` | responsive hosts, TCP 28877 | 16 packets, 1,100 octets, 2 connections |",
    ]
    assert [row for row in rows if "`toycast`" in row] == [
        "| `toycast` | one `WHO` | directly connected links, UDP 239.255.77.7:28878 | 1 packet, 60 octets |",
        "| `toycast` | `GET` of the description that the reply names | hosts whose response names a URL on themselves "
        "| 8 packets, 950 octets, 1 connection |",
    ]
    assert "| `toyframe` | none: it only receives | – | – |" in rows


@pytest.mark.usefixtures("added")
def test_the_plan_of_a_scan_counts_what_was_added() -> None:
    def packets(*discover: str) -> tuple[int, int]:
        planned = plan(ScanRequest(targets=("10.0.0.1",), discover=discover, retries=0))
        besides = sum(load.packets for load in planned.besides)
        return planned.to_one_phone[1].packets, planned.in_all[1].packets - besides

    one = 1 + PACKETS + 16  # a datagram, finding the port open, two requests over TCP
    assert packets("toy") == (one, one)
    assert packets("toycast") == (8, 8)
    assert packets("toyframe") == (0, 0)


@pytest.mark.usefixtures("added")
def test_the_plan_of_a_scan_names_what_goes_to_a_link() -> None:
    link, targets = Link(7, "eth7", b"\2" * 6, True, False, True), parse(("192.0.2.0/29",))
    region = Region(targets.spans[0], Reachability.LINK, 7, 0)
    network = Network({7: link}, (), (region,))
    toycast = registry.all_discoveries(Options())["toycast"]
    planned = estimate.plan(targets, (toycast,), PACES["normal"], network)
    assert [(one.discovery, one.request, one.destination, one.interfaces, one.packets) for one in planned.besides][
        -2:-1
    ] == [("toycast", "one `WHO`", "239.255.77.7 UDP 28878", ("eth7",), 1)]
    with pytest.raises(EngineError, match="there is no interface eth8"):
        estimate.plan(targets, (toycast,), PACES["normal"], network, ("eth8",))


@pytest.mark.usefixtures("added")
def test_a_scan_runs_what_was_added_when_nothing_is_chosen() -> None:
    assert ScanRequest().discover[-3:] == ("toy", "toycast", "toyframe")


@pytest.mark.slow
def test_its_fields_are_known_to_identify_and_it_is_listed_by_scan_and_doctor(tmp_path: Path) -> None:
    listed = phonescan(unicast, "identify", "--fields")
    assert "toy.model" in listed
    assert "toy.version" in listed
    phonescan(unicast, "identify", "toy.model=Yealink SIP-T58A")
    assert "toyframe" in " ".join(phonescan(passive, "scan", "--help").split())
    db = str(tmp_path / "inventory.sqlite")
    listed = subprocess.run(
        [sys.executable, "-m", "tests.discovery.toys", "multicast", "doctor", "--db", db],
        capture_output=True, text=True, timeout=90, check=False,
    ).stdout  # fmt: skip
    assert "asks toys on our links for their descriptions" in listed


# -- unicast ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def toy_at(address: str) -> Iterator[list[bytes]]:
    """A toy that answers over UDP and TCP; what it received over TCP."""
    received: list[bytes] = []
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((address, unicast.PORT))
    listening = socket.create_server((address, unicast.PORT))

    def answer() -> None:
        for data, sender in datagrams_of(datagrams):
            datagrams.sendto(b"TOY " + data.removeprefix(b"TOY? ") + b" Model 7", sender)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with contextlib.suppress(ConnectionError), connection, connection.makefile("rb") as lines:
                    for line in lines:
                        received.append(line)
                        connection.sendall(b"hello\n" if line == b"HELLO\n" else b"1.2.3\n")

    with thread(answer, datagrams), thread(serve, listening):
        yield received


@pytest.mark.network
def test_a_unicast_protocol_sweeps_and_converses(tmp_path: Path) -> None:
    address, db = own("127.61.7.9"), tmp_path / "inventory.sqlite"
    with toy_at(address) as received:
        words = ("scan", own("127.61.7.0/28"), "--discover", "toy", "--db", str(db), "--pace", "fast")
        phonescan(unicast, *words)
    assert observed(unicast, db) == [
        (address, None, "toy.model", "Model 7"),
        (address, None, "toy.version", "1.2.3"),
    ]
    assert received == [b"HELLO\n", b"VERSION\n"]


# -- multicast -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def description_at(address: str) -> Iterator[tuple[int, list[str]]]:
    """A web server with the description of a toy; its port, and the paths that were read."""
    read: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            read.append(self.path)
            body = b"<root><model>Toy Phone 9</model></root>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((address, 0), Handler)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    try:
        yield server.server_address[1], read
    finally:
        server.shutdown()
        server.server_close()
        running.join(10)


@contextlib.contextmanager
def member(address: str, reply: bytes) -> Iterator[list[bytes]]:
    """A toy in the multicast group on loopback, which replies from `address`; the requests that it received."""
    received: list[bytes] = []
    group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    group.bind((multicast.ADDRESS, multicast.PORT))
    membership = socket.inet_aton(multicast.ADDRESS) + socket.inet_aton("127.0.0.1")
    group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    answering.bind((address, 0))

    def answer() -> None:
        for data, sender in datagrams_of(group):
            received.append(data)
            answering.sendto(reply, sender)

    with thread(answer, group), answering:
        yield received


REPLY = "TOYCAST\r\nLOCATION: {}\r\n".replace("TOYCAST\r\n", "TOYCAST\r\ntoy server\r\n", 1)


@pytest.mark.network
@pytest.mark.parametrize(
    ("location", "read"),
    [
        ("http://{address}:{port}/description.xml", ["/description.xml"]),
        ("http://{other}:{port}/description.xml", []),
        ("http://{address}:9100/description.xml", []),
        ("http://{address}:{port}/restart", []),
        ("ftp://{address}:{port}/description.xml", []),
        ("http://[::1", []),
    ],
    ids=["on the same host", "on another host", "a port that is never used", "an action", "not HTTP", "not a URL"],
)
def test_a_multicast_protocol_follows_a_url_on_the_responding_host_alone(
    tmp_path: Path, location: str, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    group = f"239.255.77.{own('127.0.0.1').split('.')[1]}"
    monkeypatch.setenv("TOYCAST_GROUP", group)
    monkeypatch.setattr(multicast, "ADDRESS", group)
    address, other, db = own("127.61.8.9"), own("127.61.8.10"), tmp_path / "inventory.sqlite"
    serving = other if "{other}" in location else address
    with description_at(serving) as (port, paths):
        url = location.format(address=address, other=other, port=port)
        with member(address, REPLY.format(url).encode()) as received:
            words = ("scan", own("127.61.8.8/29"), "--discover", "toycast", "--db", str(db), "--pace", "fast")
            phonescan(multicast, "--loopback", *words, code=0)
    assert [request.partition(b":")[0] for request in received] == [b"WHO 127.0.0.1"]
    expected = [(address, None, "toycast.server", "toy server")]
    if read:
        expected.insert(0, (address, None, "toycast.model", "Toy Phone 9"))
    assert observed(multicast, db) == expected
    assert paths == read


# -- passive ---------------------------------------------------------------------------------------------

FRAMES = [
    ethernet(SENDER, passive.ETHERTYPE, b"TOY Model 8" + bytes(40), to=passive.DESTINATION),
    ethernet(SENDER, passive.ETHERTYPE, b"NOT A TOY" + bytes(40), to=passive.DESTINATION),
]
ANNOUNCED = [(None, SENDER, "toyframe.model", "Model 8")]


def test_a_passive_protocol_is_read_from_a_capture(tmp_path: Path) -> None:
    capture, db = tmp_path / "link.pcap", tmp_path / "inventory.sqlite"
    capture.write_bytes(pcap(FRAMES))
    phonescan(passive, "read", str(capture), "--db", str(db))
    assert observed(passive, db) == ANNOUNCED


SEND = """
import socket, sys
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("eth0", 0))
for frame in sys.argv[1:]:
    link.send(bytes.fromhex(frame))
"""


@pytest.mark.root
@pytest.mark.network
@pytest.mark.daemon("ip")
@pytest.mark.parametrize("how", ["listen", "scan"])
def test_a_passive_protocol_is_received_from_a_link(tmp_path: Path, how: str) -> None:
    db = tmp_path / "inventory.sqlite"
    with hosts("ear", "voice") as made:
        ear, voice = made["ear"], made["voice"]
        join(ear, "eth0", voice, "eth0")
        ear.run("ip", "address", "add", "10.77.0.1/29", "dev", "eth0")
        listen = ["listen", "eth0", "--for", "3"]
        # a scan receives while it waits for a host that does not respond
        scan = ["scan", "10.77.0.0/29", "--discover", "toyframe,sip", "--pace", "gentle"]
        command = [sys.executable, "-m", "tests.discovery.toys", "passive", *(listen if how == "listen" else scan)]
        log = tmp_path / "log"
        process = ear.start(*command, "--db", str(db), log=log)
        wait_until("it listens", lambda: "88b5" in filters(ear) or len(filters(ear).splitlines()) > 1)
        voice.run(sys.executable, "-c", SEND, *(frame.hex() for frame in FRAMES))
        assert process.wait(60) == 0, log.read_text()
    assert observed(passive, db) == ANNOUNCED


def filters(host: Host) -> str:
    return host.run("cat", "/proc/net/packet").stdout


# -- multicast on a link of namespaces -------------------------------------------------------------------

TOY = """
import socket, struct
group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
group.bind(("", PORT))
group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton("10.78.0.2"))
print("ready", flush=True)
while True:
    data, sender = group.recvfrom(2048)
    group.sendto(b"TOYCAST\\r\\ntoy server\\r\\n", sender)
"""


@pytest.mark.root
@pytest.mark.network
@pytest.mark.daemon("ip")
def test_a_multicast_protocol_finds_hosts_on_a_link(tmp_path: Path) -> None:
    db, log = tmp_path / "inventory.sqlite", tmp_path / "toy.log"
    with hosts("ear", "voice") as made:
        ear, voice = made["ear"], made["voice"]
        join(ear, "eth0", voice, "eth0")
        ear.run("ip", "address", "add", "10.78.0.1/29", "dev", "eth0")
        voice.run("ip", "address", "add", "10.78.0.2/29", "dev", "eth0")
        script = TOY.replace("PORT", str(multicast.PORT)).replace("GROUP", repr(multicast.ADDRESS))
        voice.start(sys.executable, "-c", script, log=log)
        wait_until("the toy is in its group", lambda: "ready" in log.read_text())
        phonescan(multicast, "scan", "10.78.0.0/29", "--discover", "toycast", "--db", str(db), inside=ear)
    assert observed(multicast, db) == [("10.78.0.2", None, "toycast.server", "toy server")]


# -- names -----------------------------------------------------------------------------------------------

PACKAGE = Path(__file__).resolve().parents[2] / "scanner"
NAMES = frozenset(registry.default_names())
#: Modules in which names of discoveries may stand side by side: what they list are names of other things.
OTHER_THINGS = {
    "identity/location.py": "ways to find a switch port",
    "discovery/switches": "tables of a switch's neighbours",
    "app/switch_scan.py": "tables of a switch's neighbours",
    "reading/agent.py": "MIB tables",
    "reading/nmap.py": "service names of nmap",
    "reading/sensor_tlvs.py": "protocols of device-sensor",
    "engine/protocols/http_visit.py": "URL schemes",
    "engine/protocols/http_client.py": "URL schemes",
    "discovery/links.py": "URL schemes",
    "compliance/judge.py": "firmware lines",
    "notify": "URL schemes",
    "testing": "surfaces of simulated phones",
}


def lists_of_discoveries(path: Path) -> list[int]:
    """Lines with a literal that names two discoveries, or compares a name with one."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            values = [*node.elts]
        elif isinstance(node, ast.Dict):
            values = [*node.keys]
        words = {value.value for value in values if isinstance(value, ast.Constant)}
        prefixes = {str(word).rstrip(".").removesuffix("-med") for word in words if isinstance(word, str)}
        if len(prefixes & NAMES) > 1:
            found.append(node.lineno)
        if isinstance(node, ast.Compare) and any(
            isinstance(side, ast.Constant) and side.value in NAMES for side in (node.left, *node.comparators)
        ):
            other = next((side for side in (node.left, *node.comparators) if not isinstance(side, ast.Constant)), None)
            word = other.id if isinstance(other, ast.Name) else other.attr if isinstance(other, ast.Attribute) else ""
            if word in ("name", "discovery", "group"):
                found.append(node.lineno)
    return found


def test_discoveries_are_listed_by_the_registry_and_the_fields_alone() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        own_module = path.parent.name == "discovery" and path.stem in NAMES
        if place in ("discovery/registry.py", "core/fields.py") or own_module or place.startswith(tuple(OTHER_THINGS)):
            continue
        found += [f"{place}:{line}" for line in lists_of_discoveries(path)]
    assert found == []


def test_an_ordinary_user_runs_a_variant_of_each_toy() -> None:
    source = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    tests = [node for node in source.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_a_")]
    plain = [test.name for test in tests if not any("mark.root" in ast.unparse(mark) for mark in test.decorator_list)]
    assert all(any(word in name for name in plain) for word in ("unicast", "multicast", "passive"))
