"""`phonescan serve`: the inventory as web pages; on this machine alone unless there is a password."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, ranges
from scanner.cli.shared.exit_status import DONE
from scanner.cli.shared.messages import print_message
from scanner.core.errors import UsageError
from scanner.core.limits import LISTEN_PORT
from scanner.core.paths import expanded

_log = logging.getLogger(__name__)
#: The word of --token that makes a token.
GENERATE = "generate"


@click_command.define(
    "serve",
    help="Serve the inventory as web pages: overview, devices, firmware, switches, changes, scans, catalogs, every "
    "table as CSV and JSON. Read-only without --allow-edit, also during a scan. Listens on this machine alone; another "
    "address requires a password.",
    examples=[
        "phonescan serve",
        "phonescan serve --db /var/lib/phonescan/phonescan.sqlite --port 8080",
        "phonescan serve --host 0.0.0.0 --token env:PHONESCAN_TOKEN --allow-host phones.example.org",
        "phonescan serve --base-path /phonescan/ --password-file /etc/phonescan/password --allow-edit",
    ],
)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=ranges.whole(LISTEN_PORT), default=8001, show_default=True, help="0 takes a free one.")
@click.option("--base-path", metavar="PATH", default="/", show_default=True, help="Path below which a proxy serves it.")
@click.option(
    "--token",
    metavar="SECRET",
    help="Password or token of all readers, as env:NAME or file:PATH; `generate` makes one and prints it once, on "
    "standard output.",
)
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="A file that contains the password or token.",
)
@click.option("--allow-host", metavar="NAME", multiple=True, help="Host name that browsers may use. May be repeated.")
@click.option(
    "--trust-proxy",
    metavar="ADDRESS",
    multiple=True,
    help="Address or network of a proxy that names the client in X-Forwarded-For. By default those of this machine, "
    "where the server listens on loopback alone. May be repeated.",
)
@click.option(
    "--allow-edit",
    is_flag=True,
    help="Allow readers to edit owner, room, asset tag and note of devices; requires a password. "
    "edit in [web] of the settings does the same.",
)
@click.option("--sql", is_flag=True, help="Allow readers to run SELECTs in Datasette.")
def command(
    session: Session,
    host: str,
    port: int,
    base_path: str,
    token: str | None,
    password_file: Path | None,
    allow_host: tuple[str, ...],
    trust_proxy: tuple[str, ...],
    allow_edit: bool,
    sql: bool,
) -> int:
    """Serve until interrupted."""
    from scanner.engine.os.allocator import return_memory
    from scanner.web import clients, server
    from scanner.web.access import access, is_loopback
    from scanner.web.application import application
    from scanner.web.config import WebConfig
    from scanner.web.config import base_path as path_of

    secret = _secret(token, password_file)
    rules = access(secret, address=host, hosts=[*allow_host, *server.own_names(host)])
    proxies = clients.proxies(trust_proxy) or (clients.LOOPBACK if is_loopback(host) else ())
    path = path_of(base_path)
    allow_edit = allow_edit or session.settings.sections.web.edit
    config = WebConfig(
        session, rules, time.monotonic, path, sql, allow_edit, proxies, _changes(_file_of(token, password_file))
    )
    with session.inventory(readonly=not allow_edit):
        pass  # reports an unreadable file before the server starts, and migrates its schema
    if (file := _file_of(token, password_file)) and file.is_file() and file.stat().st_mode & 0o077:
        print_message(f"{file} can be read by others; chmod 600 it")
    return_memory()
    app = application(config)
    server.require_resources()
    with server.listen(host, port) as listener:
        click.echo(f"{session.db} is served at {server.url_of(listener, host)}{path}  (Ctrl-C ends it)", err=True)
        if token == GENERATE:
            click.echo(secret)
        if not rules.closed:
            click.echo("no password is required: every user of this machine has access", err=True)
        try:
            server.serve(app, listener, proxies)
        finally:
            config.reader.close()
    return DONE


def _file_of(token: str | None, password_file: Path | None) -> Path | None:
    """The file that contains the secret, None where it is not in one."""
    if token and token.startswith("file:"):
        return expanded(token.removeprefix("file:"))
    return password_file


def _changes(path: Path | None) -> Callable[[], str | None]:
    """A function that returns the secret of a file once after each change of the file, None otherwise.

    A new secret that cannot be read, or is weak, is a warning, and the one before it remains. A pipe is read at the
    start alone, because nothing else is served while its writer is waited for.
    """
    import stat

    from scanner.settings import secrets
    from scanner.web import strength

    def stamp() -> tuple[int, int, int] | None:
        try:
            found = path.stat() if path else None
        except OSError:
            return None
        if found is None or not stat.S_ISREG(found.st_mode):
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    known = stamp()

    def changed() -> str | None:
        nonlocal known
        now = stamp()
        if path is None or now in (None, known):
            return None
        known = now
        try:
            secret = secrets.reveal(f"file:{path}", what="the new password")
            strength.check(secret)
        except UsageError as error:
            _log.warning("%s; the password before it remains", error)
            return None
        return secret

    return changed


def _secret(token: str | None, password_file: Path | None) -> str | None:
    """The secret that the options name, None without one. Raises UsageError; the message never contains it."""
    from scanner.settings import secrets
    from scanner.web import strength

    if token and password_file:
        raise UsageError("--token and --password-file both name the one password; give one of them")
    if password_file:
        secret = secrets.reveal(f"file:{password_file}", what="--password-file")
    elif token is None:
        return None
    elif token == GENERATE:
        secret = strength.generated()
        secrets.hide(secret)
    elif secrets.is_reference(token):
        secret = secrets.reveal(token, what="--token")
    else:
        raise UsageError(
            "--token takes env:NAME or file:PATH, or generate, not the secret itself, which every user of this machine "
            "could read"
        )
    strength.check(secret)
    return secret
