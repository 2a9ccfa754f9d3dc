"""The quick start, step by step: its settings, simulated phones, and a mail server that receives the report."""

from __future__ import annotations

import email
import email.policy
import re
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.testing import Farm, catalogue
from tests.docs import material

SUBNET = material.own_net("127.33.0.0/24")
PAGE = material.DOCS / "quick-start.md"


class _MailServer(socketserver.StreamRequestHandler):
    """The commands of RFC 5321 for one message."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 yes\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def mail() -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), _MailServer) as server:
        server.mails = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.slow
@pytest.mark.network
def test_the_quick_start_results_in_a_mailed_report(mail: Any, tmp_path: Path) -> None:
    world = tmp_path / "world"
    material.build_world(world)
    settings = world / "etc/phonescan/phonescan.toml"
    net = SUBNET.removesuffix(".0/24")
    targets = f'["{net}.0/25", "{net}.128/25"]'
    text = settings.read_text().replace('["10.1.2.0/24", "10.1.3.0/24"]', targets)
    text = text.replace('subnets = ["10.1.0.0/16"]', f'subnets = ["{SUBNET}"]').replace(
        '["10.1.2.250"]', f'["{net}.250"]'
    )
    settings.write_text(text)
    variables = material.environment(world) | {
        "PHONESCAN_MAIL": f"mailto://127.0.0.1:{mail.server_address[1]}?from=phonescan@example.org"
        "&to=network-team@example.org&mode=insecure"
    }

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=world, env=variables, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    step = next(block for block in material.blocks("console", page=PAGE) if "--once" in block.text)
    commands = re.findall(r"^\$ (phonescan .+)$", material.here(step.text, world), re.M)
    assert [re.sub(r" --config.*", "", command) for command in commands] == [
        "phonescan doctor",
        "phonescan schedule list",
        "phonescan schedule run --once nightly",
        "phonescan schedule notify nightly --test",
    ]
    with Farm(catalogue(SUBNET)[:8]):
        printed = [run(command) for command in commands]
    assert "WRONG" not in printed[0]
    assert "nightly" in printed[1]
    assert "done" in printed[2]
    (raw,) = mail.mails
    message = email.message_from_bytes(raw, policy=email.policy.default)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "text/html"
    assert SUBNET.rpartition(".")[0] in attachment.get_content()
    reports = {path.name for path in (world / "var/lib/phonescan/reports").iterdir()}
    assert any(re.fullmatch(r"nightly-\d{4}-\d\d-\d\d\.html", name) for name in reports)
    assert "inventory.csv" in reports
    assert "has run already" in run(commands[2])
