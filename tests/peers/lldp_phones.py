"""lldpd as a phone: an LLDP-MED class III endpoint with the inventory of a catalog phone."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.namespaces import Host, wait_until


class LldpPhone(NamedTuple):
    """What one simulated phone announces."""

    name: str
    mac: str
    ip: str
    manufacturer: str
    model: str
    firmware: str
    serial: str
    system_name: str
    description: str
    status: str


#: Three catalog vendors: certified, one build older, and another line.
PHONES = (
    LldpPhone("polycom", "64:16:7f:12:34:56", "198.18.0.11", "Polycom", "VVX 411", "5.9.0.9373", "64167F123456",
              "Polycom VVX 411", "Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.0.9373/13-Jun-19 09:28;UP/5.9.0.9373;",
              "certified"),
    LldpPhone("yealink", "80:5e:c0:12:34:56", "198.18.0.12", "Yealink", "T58A", "58.15.0.19", "8001234567890",
              "SIP-T58A", "58.15.0.19", "outdated"),
    LldpPhone("audiocodes", "00:90:8f:12:34:56", "198.18.0.13", "AudioCodes", "440HD", "2.2.16.704", "12345678",
              "440HD", "AUDC-IPPhone/2.2.16.704 (440HDG-Rev0; 00908F123456)", "other-line"),
)  # fmt: skip


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder for lldpd's sockets: lldpcli runs as another user, to whom pytest's folders are closed."""
    with tempfile.TemporaryDirectory(prefix="lldp-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def start(host: Host, phone: LldpPhone, folder: Path, *, cdp: bool = False) -> None:
    """Run lldpd in `host` as that phone, announcing every second."""
    socket = folder / f"{phone.name}.sock"
    arguments = ["lldpd", "-d", "-u", str(socket), "-M", "3", "-I", "eth0", "-S", phone.description]
    if cdp:
        arguments += ["-l", "-ccc", "-P", phone.description]  # -l: LLDP as well, though CDP is spoken
    Path("/run/lldpd").mkdir(exist_ok=True)  # its empty chroot, made by the package's service elsewhere
    host.start(*arguments, log=folder / f"{phone.name}.log")
    wait_until("lldpd listens", socket.exists)
    configure(
        socket,
        f"configure system hostname '{phone.system_name}'",
        "configure lldp portidsubtype macaddress",
        f"configure inventory manufacturer '{phone.manufacturer}'",
        f"configure inventory model '{phone.model}'",
        f"configure inventory software-revision '{phone.firmware}'",
        f"configure inventory firmware-revision '{phone.firmware}'",
        f"configure inventory serial-number {phone.serial}",
        "configure med policy application voice tagged vlan 120 priority voice dscp 46",
        "configure system capabilities enabled bridge,telephone",
        "configure lldp tx-interval 1",
    )


def configure(socket: Path, *commands: str) -> None:
    """Give lldpd commands."""
    for command in commands:
        done = subprocess.run(
            ["lldpcli", "-u", str(socket)], input=command + "\n", capture_output=True, text=True, timeout=20, check=True
        )
        assert "unknown command" not in done.stdout + done.stderr, f"{command}: {done.stdout}{done.stderr}"
