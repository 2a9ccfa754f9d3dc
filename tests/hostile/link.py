"""The round on a link: hostile senders of ARP, LLDP, CDP, DHCP and multicast DNS beside phones, in network namespaces.

Needs root. Each phone has an interface with its own mac, so that ARP is as on a switch.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scanner.testing import SimulatedPhone
from scanner.testing.hostile_link import LINK_KINDS, HostileLinkKind
from scanner.testing.process import FarmProcess
from tests import namespaces
from tests.hostile.lan import HostileLan, hostile_lan
from tests.hostile.rounds import Round
from tests.hostile.scans import phonescan, rows
from tests.hostile.verdict import judge_link

#: Phones on the link, and seconds of listening.
PHONES, LISTENING = 20, 6
_SUBNET, _SCANNER, _CANARY = "198.18.7", "198.18.7.2", "198.18.7.240"


def on_link(kinds: Sequence[HostileLinkKind] = LINK_KINDS) -> Round:
    """A scan at pace fast and a capture, while the hostile senders of the link send."""
    with (
        namespaces.hosts("scanner", "lan") as hosts,
        tempfile.TemporaryDirectory(prefix="phonescan-hostile-") as name,
    ):
        scanner, lan = hosts["scanner"], hosts["lan"]
        namespaces.join(scanner, "eth0", lan, "eth0")
        namespaces.address(scanner, "eth0", f"{_SCANNER}/24")
        phones = _phones(lan)
        victims = {kind.name: phone for kind, phone in zip(kinds, phones, strict=False)}  # each kind harms another
        with FarmProcess(phones, prefix=lan.command()) as farm:
            folder = Path(name)
            words = [f"{kind},{phone.ip},{phone.mac},{_CANARY}" for kind, phone in victims.items()]
            sender = (sys.executable, "-m", "scanner.testing.hostile_link", "eth0", "120")
            lan.start(*sender, *words, log=folder / "sender.txt")
            scan = ["scan", f"{_SUBNET}.0/24", "--allow-public", "--pace", "fast", "--keep-all", "--format", "csv"]
            inside = scanner.command()
            ended = (
                phonescan(*scan, folder=folder, prefix=inside),
                phonescan("listen", "eth0", "--for", str(LISTENING), folder=folder, prefix=inside),
            )
            held = HostileLan(f"{_SUBNET}.0/24", phones, (), replace(phones[0], ip=_CANARY))
            found = rows(folder / "phonescan.sqlite")
            return Round("link", ended, judge_link(held, victims, ended, found, farm.tallies()))


def _phones(lan: namespaces.Host) -> tuple[SimulatedPhone, ...]:
    """Phones with a mac each, on interfaces of their own: each responds to ARP for its own address alone."""
    chosen = [phone for phone in hostile_lan("127.79.1.0/24", ()).phones if phone.truth.status == "certified"][:PHONES]
    for key in ("arp_ignore=1", "arp_announce=2"):
        lan.run("sysctl", "-qw", f"net.ipv4.conf.all.{key}")
    made = []
    for number, phone in enumerate(chosen, 10):
        mac = phone.mac or f"64:16:7f:00:00:{number:02x}"
        ip = f"{_SUBNET}.{number}"
        lan.run("ip", "link", "add", f"p{number}", "link", "eth0", "address", mac, "type", "macvlan", "mode", "bridge")
        lan.run("ip", "addr", "add", f"{ip}/24", "dev", f"p{number}")
        lan.run("ip", "link", "set", f"p{number}", "up")
        made.append(replace(phone, ip=ip, mac=mac, truth=replace(phone.truth, mac=mac)))
    return tuple(made)
