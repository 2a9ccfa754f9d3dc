"""A scan of hostile hosts: it ends, contacts no other host, and stores and shows values as text."""

from __future__ import annotations

import gzip
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from scanner.core.text import VALUE_LIMIT, shown
from scanner.inventory import Inventory, queries
from tests.loopback import own

NET = own("127.78.0.")
WEB, TLS = 8080, 8443
#: What a terminal, a page and a spreadsheet would run.
NASTY = "=cmd|'/c calc'!A1 \x1b[31m\x1b]0;pwn\x07 \u202egnp.exe <script>alert(1)</script> {{7*7}} \x01\x85"
Datagrams = Callable[[bytes], list[bytes]]
Stream = Callable[[socket.socket], None]


def header(request: bytes, name: str) -> bytes:
    found = re.search(rb"(?im)^" + name.encode() + rb":\s*(.*?)\r\n", request)
    return found[1] if found else b""


def reply(
    request: bytes, agent: bytes = b"Yealink SIP-T46S 66.84.0.10", *, more: bytes = b"", via: bytes = b""
) -> bytes:
    lines = [
        b"SIP/2.0 200 OK", b"Via: " + (via or header(request, "Via")), b"From: " + header(request, "From"),
        b"To: " + header(request, "To") + b";tag=x", b"Call-ID: " + header(request, "Call-ID"), b"CSeq: 1 OPTIONS",
        b"User-Agent: " + agent,
    ]  # fmt: skip
    return b"\r\n".join(lines) + b"\r\n" + more + b"Content-Length: 0\r\n\r\n"


def forged(request: bytes) -> bytes:
    stranger = reply(request, via=b"SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bKdead")
    return re.sub(rb"(tag=|Call-ID: )\w+", rb"\1dead", stranger)


#: Last part of the address → what it answers over UDP 5060.
TALKERS: dict[int, Datagrams] = {
    1: lambda asked: [(reply(asked) + b"A" * 65_000)[:65_000]],
    2: lambda asked: [bytes(range(256)) * 12],
    3: lambda asked: [b"SIP/2.0 200 OK\r\n\r\n"],
    4: lambda asked: [forged(asked)],
    5: lambda asked: [asked],
    6: lambda asked: [reply(asked, NASTY.encode())],
    7: lambda asked: [reply(asked, b"Yealink " + b"B" * 60_000)],
    8: lambda asked: [reply(asked, more=b"X: y\r\n" * 5_000)],
    9: lambda asked: [reply(asked, b"Poly\xff\xfe\xc3(com \xed\xa0\x80 VVX\x00")],
    10: lambda asked: [reply(asked, b"Snom710/%d" % n) for n in range(200)],
    11: lambda asked: [reply(asked).replace(b"200 OK", b"9" * 30 + b" X")],
    12: lambda asked: [reply(asked, b"a" + b"\r\n b" * 3_000)],
}


def page(head: str = "", body: bytes = b"", status: str = "200 OK") -> Stream:
    def serve(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("utf-8", "surrogateescape") + body)

    return serve


def without_end(start: bytes, more: bytes, pause: float = 0.0) -> Stream:
    def serve(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(start)
        while True:
            client.sendall(more)
            time.sleep(pause)

    return serve


def silent(client: socket.socket) -> None:
    while client.recv(4096):
        pass


def leads(where: str) -> Stream:
    return page(f"Location: {where}\r\nContent-Length: 0\r\n", status="302 Found")


BOMB = gzip.compress(b"\0" * 50_000_000)
CANARY = 99
#: Last part of the address → what it answers at the web ports.
SERVERS: dict[int, Stream] = {
    20: without_end(b"HTTP/1.1 200 OK\r\nServer: s", b"s", 0.05),
    21: without_end(b"HTTP/1.1 200 OK\r\n\r\n<title>Polycom - VVX 411 Configuration Utility</title>", b"z" * 65_536),
    22: without_end(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 1_000 + b"\r\n"),
    23: without_end(b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * 65_536),
    24: page(f"Content-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\n", BOMB),
    25: leads(f"http://{NET}{CANARY}:{WEB}/x"),
    26: leads("file:///etc/passwd"),
    27: leads("/"),
    28: leads(f"http://{NET}28:9100/"),
    29: leads(f"http://{NET}29@{NET}{CANARY}:{WEB}/"),
    30: leads(f"//{NET}{CANARY}:{WEB}/"),
    31: leads(f"http://[::ffff:{NET}{CANARY}]:{WEB}/"),
    32: leads("\x00\udcff http://\r\n x"),
    33: page(body=b"never TLS " * 2_000),
    34: silent,
    35: lambda client: None,
    36: without_end(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
    37: without_end(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n", b"q" * 65_536),
    38: page("nocolon\r\n: empty\r\nServer: \x1b[2J\udcff\r\n", f"<title>{NASTY}</title>".encode()),
    39: page(body=b"<title>" + b"&amp;" * 50_000),
    40: page(body=b"<title " * 30_000 + b"<" * 50_000),
    41: page(
        body=f'<link rel="icon" href="file:///etc/passwd"><link rel=icon href="//{NET}{CANARY}:{WEB}/f">'.encode()
    ),
    42: page('WWW-Authenticate: Basic realm="a\x1b[1m"\r\n' * 99, status="401 No"),
    43: page("Content-Length: -5\r\nContent-Length: 99999999999999999999\r\n", b"hi"),
}


class Lan:
    """The hosts above and one that nobody may be led to; `visits` are connections to it, and to a printer's port."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        self._sockets: list[socket.socket] = []
        for last, talk in TALKERS.items():
            self._serve(self._bound(socket.SOCK_DGRAM, last, 5060), self._talk, talk)
        for last, stream in SERVERS.items():
            for port in (WEB, TLS):
                self._serve(self._listening(last, port), self._accept, stream)
        self._serve(self._listening(CANARY, WEB), self._accept, self._visited)
        self._serve(self._listening(28, 9100), self._accept, self._visited)

    def _bound(self, kind: socket.SocketKind, last: int, port: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((f"{NET}{last}", port))
        self._sockets.append(sock)
        return sock

    def _listening(self, last: int, port: int) -> socket.socket:
        sock = self._bound(socket.SOCK_STREAM, last, port)
        sock.listen()
        return sock

    def _serve(self, sock: socket.socket, how: Callable[[socket.socket, Any], None], what: Any) -> None:
        threading.Thread(target=how, args=(sock, what), daemon=True).start()

    def _talk(self, sock: socket.socket, talk: Datagrams) -> None:
        with suppress(OSError):
            while (heard := sock.recvfrom(65_535))[1]:  # nobody: the socket was shut down
                for answer in talk(heard[0]):
                    sock.sendto(answer, heard[1])

    def _accept(self, sock: socket.socket, stream: Stream) -> None:
        with suppress(OSError):
            while True:
                self._serve(sock.accept()[0], self._one, stream)

    def _one(self, client: socket.socket, stream: Stream) -> None:
        with client, suppress(OSError):
            stream(client)

    def _visited(self, client: socket.socket) -> None:
        self.visits.append(str(client.getsockname()))

    def close(self) -> None:
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


@pytest.fixture
def lan() -> Iterator[Lan]:
    made = Lan()
    try:
        yield made
    finally:
        made.close()


@pytest.mark.network
def test_a_hostile_lan_costs_its_deadlines_and_has_no_effect(run: Any, here: Path, lan: Lan) -> None:
    words = [
        "--exclude",
        f"{NET}{CANARY}",
        "--pace",
        "fast",
        "--timeout",
        "0.3",
        "--discover",
        "sip,http",
        "--keep-all",
    ]
    ended = run("scan", f"{NET}0/24", *words, "--format", "csv")
    assert ended.status == 3, ended.err
    assert "addresses were not covered: sent more than is read of one host (" in ended.err
    assert lan.visits == []
    with Inventory.open(here / "phonescan.sqlite", readonly=True) as inventory:
        values = [(one.ip, one.field, one.value) for one in queries.all_observations(inventory)]
        models = {row["ip"]: row["model"] for row in queries.inventory_rows(inventory)}
        missed = {row["ip"] for row in queries.unscanned(inventory) if row["discovery"] == "http"}
    assert max(len(value) for _, _, value in values) <= VALUE_LIMIT
    assert not any("\x00" in value for _, _, value in values)
    assert {ip for ip, field, _ in values if field == "sip.status"} == {f"{NET}{n}" for n in (1, 6, 7, 8, 9, 10, 12)}
    assert (models[f"{NET}1"], models[f"{NET}8"], models[f"{NET}21"]) == ("T46S", "T46S", "VVX 411")
    assert {f"{NET}{n}" for n in (20, 22, 23, 28, 34, 35, 36)} <= missed
    for text in (ended.out, run("explain", f"{NET}6").out, run("report", "inventory", "--format", "md").out):
        assert all(shown(line) == line for line in text.splitlines())
    exported = run("export", "observations")
    (here / "all.jsonl").write_text(exported.out, encoding="utf-8")
    assert run("read", "all.jsonl", "--db", "again.sqlite", "--keep-all").status == 0
    assert run("export", "csv", "--db", "again.sqlite").out == run("export", "csv").out
