"""A switch of real daemons: a Linux bridge with lldpd on its ports, a subagent of net-snmp's snmpd over AgentX.

phones with lldpd are connected to its ports, the SNMP manager is `desk`. All are namespaces without another network.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.namespaces import Host, _ip, address, hosts, join, wait_until
from tests.peers.lldp_phones import PHONES, open_folder, start

SWITCH, DESK = "198.18.0.2", "198.18.0.1"
#: Where the MED inventory of the remote table begins (LLDP-EXT-MED-MIB lldpXMedRemModelName).
MODELS = ".1.0.8802.1.1.2.1.5.4795.1.3.3.1.6"

SNMPD = """
rocommunity public
master agentx
agentXSocket {folder}/agentx
agentXPerms 0777 0777
sysName access-1
sysObjectID .1.3.6.1.4.1.8072.3.2.10
com2sec old default veteran
group old v1 old
view all included .1
access old "" any noauth exact all none none
createUser scanner SHA authentic-secret AES private-secret
rouser scanner authPriv
"""

#: Each phone answers SIP and HTTPS as its maker's phones do; run inside the phone's own namespace.
SURFACES = """
import sys, threading
from scanner.testing import CertificateNames, Farm, SimulatedPhone, SipSurface, Surfaces, Truth, WebPage, WebSurface
ip, agent, subject = sys.argv[1:]
phone = SimulatedPhone(
    ip=ip,
    surfaces=Surfaces(
        sip=SipSurface(user_agent=agent),
        web=(
            WebSurface(
                port=443,
                pages={"/": WebPage("<html><title>Login</title></html>")},
                certificate=CertificateNames(subject, subject),
            ),
        ),
    ),
    truth=Truth(status="unidentified", compliance="review"),
)
with Farm([phone]) as farm:
    print("ready", farm.left_out, flush=True)
    threading.Event().wait(600)
"""
AGENTS = {
    "polycom": ("PolycomVVX-VVX_411-UA/5.9.0.9373", "CN=64167F123456,O=Polycom Inc."),
    "yealink": ("Yealink SIP-T58A 58.15.0.19", "CN=805ec0123456,O=Yealink(Xiamen) Network Technology Co.\\,Ltd."),
    "audiocodes": ("AUDC-IPPhone/2.2.16.704 (440HDG-Rev0; 00908F123456)", "CN=00908f123456,O=AudioCodes"),
}


@dataclass(frozen=True, slots=True)
class Network:
    """The switch, the host that queries it, and the folder of the log files."""

    switch: Host
    desk: Host
    phones: dict[str, Host]
    folder: Path


@contextmanager
def network() -> Iterator[Network]:
    """The whole of it, from when the switch's agent knows all phones."""
    with open_folder() as folder, hosts("switch", "desk", *(phone.name for phone in PHONES)) as made:
        switch, desk = made["switch"], made["desk"]
        _ip("-n", switch.name, "link", "add", "br0", "type", "bridge")
        ends = {**{f"port{n}": made[phone.name] for n, phone in enumerate(PHONES, 1)}, "uplink": desk}
        macs = {f"port{n}": phone.mac for n, phone in enumerate(PHONES, 1)}
        for port, host in ends.items():
            join(host, "eth0", switch, port, left_mac=macs.get(port, ""))
            _ip("-n", switch.name, "link", "set", port, "master", "br0")
        _ip("-n", switch.name, "link", "set", "br0", "up")
        address(switch, "br0", f"{SWITCH}/24")
        address(desk, "eth0", f"{DESK}/24")
        for phone in PHONES:
            address(made[phone.name], "eth0", f"{phone.ip}/24")
            start(made[phone.name], phone, folder)
        (folder / "snmpd.conf").write_text(SNMPD.format(folder=folder))
        switch.start(
            "env", f"SNMP_PERSISTENT_DIR={folder}", "MIBS=",
            "snmpd", "-f", "-Lo", "-C", "-c", str(folder / "snmpd.conf"), f"udp:{SWITCH}:161",
            log=folder / "snmpd.log",
        )  # fmt: skip
        wait_until("snmpd is ready", lambda: "NET-SNMP version" in (folder / "snmpd.log").read_text(errors="replace"))
        switch.start(
            "lldpd", "-d", "-x", "-X", str(folder / "agentx"), "-u", str(folder / "switch.sock"), "-I", "port*",
            log=folder / "switch.log",
        )  # fmt: skip
        wait_until("the agent knows three models", lambda: models(desk) == {phone.model for phone in PHONES})
        yield Network(switch, desk, {phone.name: made[phone.name] for phone in PHONES}, folder)


def models(desk: Host) -> set[str]:
    """Models in the agent's own table, asked with net-snmp's own command."""
    walk = ("snmpbulkwalk", "-m", "", "-v2c", "-c", "public", "-t", "1", "-r", "1", "-Oqv", SWITCH, MODELS)
    return {line.strip('"') for line in desk.run(*walk, check=False).stdout.splitlines()}


def answer_calls(net: Network) -> None:
    """From here on the phones answer SIP and HTTPS as well."""
    for phone in PHONES:
        log = net.folder / f"{phone.name}-surfaces.log"
        net.phones[phone.name].start(sys.executable, "-c", SURFACES, phone.ip, *AGENTS[phone.name], log=log)
        wait_until("the phone answers", lambda log=log: "ready" in log.read_text(errors="replace"))
