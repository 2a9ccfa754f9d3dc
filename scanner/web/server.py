"""The web server: a listening socket and uvicorn, until SIGINT or SIGTERM."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
from typing import Any

from scanner.core.errors import PhonescanError
from scanner.web.access import is_loopback

#: Connections at a time, and bytes of a request's head.
CONNECTIONS, HEAD = 200, 32_768


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


def serve(app: Any, listener: socket.socket) -> None:
    """Serve an ASGI application until SIGINT or SIGTERM; requests in progress are completed."""
    import uvicorn

    quiet = logging.getLogger().level > logging.INFO
    config = uvicorn.Config(
        app, log_config=None, access_log=not quiet, server_header=False, date_header=True, ws="none", lifespan="on",
        proxy_headers=False, limit_concurrency=CONNECTIONS, timeout_keep_alive=10, timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=HEAD,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # uvicorn shuts down and then raises the signal again for the handler before its own, which has nothing left to do
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)
    if not server.started:
        raise PhonescanError("the web server did not start; its log has the reason, or repeat with -v")
