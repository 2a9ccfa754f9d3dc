"""Exim as the mail server of a test: TLS, a login, a size limit, recipients that it refuses. It delivers nothing."""

from __future__ import annotations

import email
import email.policy
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from tests.programs import running

#: Largest message in bytes that it accepts, and announces.
SIZE = 300_000
_SETTINGS = """
primary_hostname = mail.example.org
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/log/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port} : {tls_port}
tls_on_connect_ports = {tls_port}
tls_advertise_hosts = *
tls_certificate = {folder}/certificate.pem
tls_privatekey = {folder}/key.pem
auth_advertise_hosts = *
message_size_limit = {size}
queue_only
rfc1413_hosts =
smtp_enforce_sync = true
acl_smtp_mail = sender
acl_smtp_rcpt = recipient
acl_smtp_data = content
begin acl
sender:
  deny  senders = banned@example.org
        message = sender rejected
  accept
recipient:
  deny  local_parts = nobody
        message = Unknown user
  defer local_parts = later
        message = Greylisted, try again
  deny  local_parts = members
        !authenticated = *
        message = Authentication required
  accept
content:
  deny  condition = ${{if match{{$h_subject:}}{{refused}}}}
        message = Content refused
  defer condition = ${{if match{{$h_subject:}}{{deferred}}}}
        message = Try again
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{{{eq{{$auth2}}{{scan}}}}{{eq{{$auth3}}{{s:e/c@t}}}}}}}}
  server_set_id = $auth2
"""


@dataclass(frozen=True, slots=True)
class Exim:
    """A running server: its ports, for STARTTLS and for TLS from the first byte, and its folder."""

    port: int
    tls_port: int
    folder: Path

    @property
    def certificate(self) -> Path:
        """Its certificate, for 127.0.0.1, signed by itself."""
        return self.folder / "certificate.pem"

    def mails(self) -> list[EmailMessage]:
        """The mails that it accepted, oldest first, as it would deliver them."""
        found = []
        for name in sorted(path.name[:-2] for path in (self.folder / "spool/input").glob("**/*-H")):
            raw = subprocess.run(
                ["exim4", "-C", str(self.folder / "exim.conf"), "-Mvc", name], capture_output=True, check=True
            ).stdout
            found.append(email.message_from_bytes(raw, policy=email.policy.default))
        return found

    def recipients(self) -> set[str]:
        """The envelope recipients of the mails that it accepted."""
        lines = [
            line.strip()
            for path in (self.folder / "spool/input").glob("**/*-H")
            for line in path.read_text(errors="replace").partition("\n\n")[0].splitlines()
        ]
        return {line for line in lines if "@" in line and " " not in line and not line.startswith("<")}

    def clear(self) -> None:
        """Remove the accepted mails."""
        for path in (self.folder / "spool/input").glob("**/*-[HD]"):
            path.unlink()


@contextmanager
def exim() -> Iterator[Exim]:
    """The server, started on free ports of loopback. It gives up root, so its folder is outside of pytest's."""
    user = pwd.getpwnam("Debian-exim")
    with tempfile.TemporaryDirectory(prefix="exim-") as name:
        folder = Path(name)
        server = Exim(_free(), _free(), folder)
        folder.chmod(0o755)
        for each in ("spool", "log"):
            (folder / each).mkdir()
            os.chown(folder / each, user.pw_uid, user.pw_gid)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=mail.example.org", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
             str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
            check=True, capture_output=True,
        )  # fmt: skip
        shutil.chown(folder / "key.pem", user.pw_uid, user.pw_gid)
        settings = _SETTINGS.format(folder=folder, port=server.port, tls_port=server.tls_port, size=SIZE)
        (folder / "exim.conf").write_text(settings)
        with running(["exim4", "-bdf", "-C", str(folder / "exim.conf")], stderr=subprocess.PIPE) as process:
            for _ in range(200):
                with suppress(OSError), socket.create_connection(("127.0.0.1", server.tls_port), timeout=1):
                    break
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                time.sleep(0.05)
            yield server


def _free() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
