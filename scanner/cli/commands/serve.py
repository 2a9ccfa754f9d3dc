"""`phonescan serve`: the inventory as web pages, read-only; on this machine alone unless there is a password."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
from pathlib import Path
from typing import Any

import click

from scanner.cli.group import DONE
from scanner.cli.shared import frame, ranges
from scanner.core.errors import PhonescanError, UsageError
from scanner.core.limits import LISTEN_PORT

#: Connections at a time, and bytes of a request's head.
CONNECTIONS, HEAD = 200, 32_768


@frame.command(
    "serve",
    help="Serve the inventory as web pages: overview, devices, firmware, changes, scans, catalogs, every table as CSV "
    "and JSON. Read-only, also while a scan writes. Listens on this machine alone; another address needs a password.",
    examples=[
        "phonescan serve",
        "phonescan serve --db /var/lib/phonescan/phonescan.sqlite --port 8080",
        "phonescan serve --host 0.0.0.0 --token env:PHONESCAN_TOKEN --allow-host phones.example.org",
        "phonescan serve --base-path /phonescan/ --password-file /etc/phonescan/password",
    ],
)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=ranges.whole(LISTEN_PORT), default=8001, show_default=True, help="0 takes a free one.")
@click.option("--base-path", metavar="PATH", default="/", show_default=True, help="Path below which a proxy shows it.")
@click.option("--token", metavar="SECRET", help="Password or token of all readers, as env:NAME or file:PATH.")
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="The same, in a file of its own.",
)
@click.option("--allow-host", metavar="NAME", multiple=True, help="Name by which browsers may ask. May be repeated.")
@click.option("--sql", is_flag=True, help="Let readers run their own SELECTs in Datasette.")
def command(
    session: frame.Session,
    host: str,
    port: int,
    base_path: str,
    token: str | None,
    password_file: Path | None,
    allow_host: tuple[str, ...],
    sql: bool,
) -> int:
    """Serve until interrupted."""
    import time

    from scanner.web.access import access
    from scanner.web.face import Face, application
    from scanner.web.face import base_path as path_of

    rules = access(secret(token, password_file), listening_at=host, hosts=[*allow_host, *own_names(host)])
    path = path_of(base_path)
    with session.inventory(readonly=True):
        pass  # what is wrong with the file is said now, and its schema is brought forward
    if password_file or token:
        _warn_of_files(password_file)
    face = Face(session, rules, lambda: int(time.time()), path, sql)
    app = application(face)
    listener = listen(host, port)
    with listener:
        shown = _address(listener, host) + path
        click.echo(f"{session.db} is served at {shown}  (Ctrl-C ends it)", err=True)
        if not rules.closed:
            click.echo("no password is asked for: whoever can use this machine can read it", err=True)
        try:
            _serve(app, listener)
        finally:
            face.desk.close()
    return DONE


def secret(token: str | None, password_file: Path | None) -> str | None:
    """The secret that the options name, None without one. Raises UsageError; the error never shows it."""
    from scanner.settings import secrets

    if token and password_file:
        raise UsageError("--token and --password-file both name the one password; give one of them")
    if password_file:
        return secrets.reveal(f"file:{password_file}", what="--password-file")
    if token is None:
        return None
    if not secrets.is_reference(token):
        raise UsageError(
            "--token takes env:NAME or file:PATH, not the secret itself, which everybody on this machine could read"
        )
    return secrets.reveal(token, what="--token")


def own_names(host: str) -> list[str]:
    """Names of this machine that browsers may use, where it listens to more than itself."""
    from scanner.web.access import is_loopback

    return [] if is_loopback(host) else [socket.gethostname(), socket.getfqdn()]


def _warn_of_files(password_file: Path | None) -> None:
    if password_file and password_file.exists() and password_file.stat().st_mode & 0o077:
        click.echo(f"phonescan: {password_file} can be read by others; chmod 600 it", err=True)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises PhonescanError when the address is not ours or taken."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise PhonescanError(f"--host {host} is no address of this machine ({error.strerror})") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PhonescanError(
            f"{host} port {port} cannot be listened at ({error.strerror}); choose another with --host and --port"
        ) from None
    return listener


def _address(listener: socket.socket, host: str) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _serve(app: Any, listener: socket.socket) -> None:
    """Run until SIGINT or SIGTERM; requests under way are finished first."""
    import uvicorn

    quiet = logging.getLogger().level > logging.INFO
    config = uvicorn.Config(
        app, log_config=None, access_log=not quiet, server_header=False, date_header=True, ws="none", lifespan="on",
        limit_concurrency=CONNECTIONS, timeout_keep_alive=10, timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=HEAD,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # uvicorn ends in good order and then repeats the signal for whoever was there before: for us it is done by then
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)
    if not server.started:
        raise PhonescanError("the web server did not start; see what it logged, or repeat with -v")
