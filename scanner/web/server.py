"""The web server: a listening socket and uvicorn, until SIGINT or SIGTERM."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
import socket
import threading
from dataclasses import replace
from typing import Any

from scanner.core.errors import PhonescanError
from scanner.web.access import is_loopback
from scanner.web.clients import Network
from scanner.web.connections import ConnectionLimits, Connections

#: The limits of connections.
LIMITS = ConnectionLimits()
#: Bytes of a request's head, and of the send and receive buffers of a connection in the kernel, which doubles them.
HEAD, SENT, RECEIVED = 32_768, 131_072, 65_536
#: Descriptors that are left to the rest of the program: files, the inventory, the event loop.
DESCRIPTORS = 64
#: Threads of the readers, the writers and Datasette, and descriptors of the event loop, the inventory, one connection
#: and one statement.
NEEDED_THREADS, NEEDED_DESCRIPTORS = 10, 14
#: Seconds that requests in progress get after a signal, and then the queries of those that were not completed.
GRACE, QUERIES = 1, 0.5


def require_resources() -> None:
    """Start the threads and open the descriptors that serving needs, and end and close them.

    Raises what `core.shortage` has a sentence for where they are more than the limits of the process permit: pages
    would fail, or wait for a thread that is never started.
    """
    ended = threading.Event()
    started: list[threading.Thread] = []
    opened: list[int] = []
    try:
        for _ in range(NEEDED_THREADS):
            thread = threading.Thread(target=ended.wait, daemon=True)
            thread.start()
            started.append(thread)
        for _ in range(NEEDED_DESCRIPTORS):
            opened.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        ended.set()
        for thread in started:
            thread.join()
        for descriptor in opened:
            os.close(descriptor)


def own_names(host: str) -> list[str]:
    """The names of this machine that browsers may use, where the address is not loopback."""
    return [] if is_loopback(host) else [socket.gethostname(), socket.getfqdn()]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PhonescanError when the address is not of this machine or in use."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise PhonescanError(f"--host {host} is not an address of this machine ({error.strerror})") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only where `proto` is given
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PhonescanError(
            f"cannot listen on {host} port {port} ({error.strerror}); choose another with --host and --port"
        ) from None
    return listener


def url_of(listener: socket.socket, host: str) -> str:
    """The URL of a listening socket, without a path."""
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _limits() -> ConnectionLimits:
    """The limits, with no more connections than the process may have descriptors."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return LIMITS
    return replace(LIMITS, connections=max(4, min(LIMITS.connections, descriptors - DESCRIPTORS)))


def serve(app: Any, listener: socket.socket, proxies: tuple[Network, ...] = ()) -> None:
    """Serve an ASGI application until SIGINT, SIGTERM or SIGHUP; requests in progress get GRACE seconds.

    Python waits for threads at its end, and a query may take minutes: the process ends QUERIES seconds after that.
    """
    import uvicorn

    from scanner.web.protocol import protocol

    limits = _limits()
    quiet = logging.getLogger().level > logging.INFO
    config = uvicorn.Config(
        app, http=protocol(Connections(limits), proxies), log_config=None, log_level="error" if quiet else None,
        access_log=not quiet, server_header=False, date_header=True, ws="none", lifespan="on",
        proxy_headers=False, timeout_keep_alive=max(1, int(limits.idle)), timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=HEAD,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # uvicorn shuts down and then raises the signal again for the handler before its own, which has nothing left to do
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: None)}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, server.handle_exit)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not server.started:
        raise PhonescanError("the web server did not start; its log has the reason, or repeat with -v")
    end = threading.Timer(QUERIES, os._exit, (0,))
    end.daemon = True
    end.start()
