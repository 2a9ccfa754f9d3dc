"""Runs in a namespace of a test, by path: `inside.py farm …` responds for many addresses, `inside.py scan …` scans.

farm PORT: a UDP responder that sends "I am …" from the destination address, and a TCP listener at the same port.
scan JSON: {"target", "port", "pace", "options", "seconds", "discover"}: runs the engine, prints one JSON object.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

IP_PKTINFO = 8  # ip(7); Python does not name it
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def farm(port: int) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    listener.listen(1024)

    def accept() -> None:
        while True:
            listener.accept()[0].close()

    threading.Thread(target=accept, daemon=True).start()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind(("0.0.0.0", port))
    print("up", flush=True)
    while True:
        data, ancillary, _, sender = sock.recvmsg(2048, 128)
        own = next(content[8:12] for _, kind, content in ancillary if kind == IP_PKTINFO)
        info = struct.pack("=i4s4s", 0, own, own)
        with contextlib.suppress(OSError):  # what the test's own firewall drops is EPERM to the sender
            sock.sendmsg([b"I am " + data], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, sender)


def scan(settings: dict[str, object]) -> None:
    from scanner.core.outcomes import Outcome
    from scanner.core.target_syntax import parse
    from scanner.discovery.conversation import Response
    from scanner.discovery.declaration import Discovery, Exchange, LinkSweep, Transport, UdpSweep
    from scanner.engine.liveness.control import ControlHosts
    from scanner.engine.os.rtnetlink import read_network
    from scanner.engine.rate.limits import choose
    from scanner.engine.run import Work, run
    from scanner.engine.workers.api import ConversationResult

    found: dict[str, set[str]] = {}
    progress: list[tuple[str, int]] = []
    lost: set[tuple[str, str, str]] = set()
    saved: list[object] = []

    class Sink:
        def observed(self, observations):  # type: ignore[no-untyped-def]
            for one in observations:
                found.setdefault(one.ip, set()).add(one.field)

        def missed(self, missed):  # type: ignore[no-untyped-def]
            lost.update((one.discovery, one.where, str(one.outcome)) for one in missed)

        def went_back(self, missed):  # type: ignore[no-untyped-def]
            lost.difference_update((one.discovery, one.where, str(one.outcome)) for one in missed)

        def checkpoint(self, state):  # type: ignore[no-untyped-def]
            saved[:] = [json.loads(json.dumps(state))]

        def progressed(self, one):  # type: ignore[no-untyped-def]
            progress.append((one.stage, one.sent))
            print(json.dumps({"stage": one.stage, "found": one.found}), file=sys.stderr, flush=True)

        def may_probe(self, address, findings):  # type: ignore[no-untyped-def]
            return True

        def finished(self, address, findings):  # type: ignore[no-untyped-def]
            return True

        def recall(self, address):  # type: ignore[no-untyped-def]
            return ()

    def answer(data: bytes, cookie: int, address: str) -> Response | None:
        good = data == b"I am %d" % cookie
        return Response(Outcome.ANSWERED, (("sip.user-agent", "x"),)) if good else None

    detect = ControlHosts.unresponsive

    def unresponsive(self, now):  # type: ignore[no-untyped-def]
        quiet = detect(self, now)
        if quiet:
            print(json.dumps({"unresponsive": len(quiet)}), file=sys.stderr, flush=True)
        return quiet

    ControlHosts.unresponsive = unresponsive  # type: ignore[method-assign]
    port = int(str(settings["port"]))
    page = Exchange(Transport.HTTP, (port,), lambda peer: (yield), unprompted=(port,))
    sweep = UdpSweep((port,), lambda address, port, cookie, attempt, here: b"%d" % cookie, answer)
    known = (
        Discovery("arp", "", (LinkSweep(),)),
        Discovery("sip", "", (sweep,)),
        Discovery("http", "", (page,)),
    )
    targets = parse([str(settings["target"])])
    work = Work(
        targets=targets,
        network=read_network(targets.spans),
        discoveries=tuple(one for one in known if one.name in str(settings.get("discover", "arp sip http")).split()),
        pace=choose(str(settings.get("pace", "fast")), **settings.get("options", {})),  # type: ignore[arg-type]
        seed=5,
        secret=b"s" * 32,
    )
    if settings.get("seconds"):
        work = replace(work, deadline=float(str(settings["seconds"])))
    if settings.get("patience"):
        work = replace(work, patience=float(str(settings["patience"])))
    began = time.monotonic()
    report = run(
        work, Sink(), state=settings.get("state"), execute=lambda step, host: ConversationResult(Outcome.ANSWERED)
    )  # type: ignore[arg-type]
    result = {
        "found": {address: sorted(fields) for address, fields in found.items()},
        "complete": report.complete,
        "notes": report.notes,
        "counters": report.counters,
        "seconds": time.monotonic() - began,
        "covered": [one.discovery for one in report.covered],
        "spans": {one.discovery: [str(span) for span in one.spans] for one in report.covered},
        "interrupted": report.interrupted,
        "incomplete": report.incomplete,
        "missed": sorted(lost),
        "state": saved[0] if saved else None,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    if sys.argv[1] == "farm":
        farm(int(sys.argv[2]))
    else:
        scan(json.loads(sys.argv[2]))
