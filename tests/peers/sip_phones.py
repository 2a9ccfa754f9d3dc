"""Phones that register: SIPp with the messages of desk phones, and the softphones baresip and linphonec."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.namespaces import Host

#: A registration as desk phones send it, to its end.
REGISTRATION = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="a desk phone registers">
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:[service]@[remote_ip]>;tag=[pid]SIPpTag[call_number]
To: <sip:[service]@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:[service]@[local_ip]:[local_port]>[instance]
Allow: INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER, SUBSCRIBE, REFER, PUBLISH, UPDATE, MESSAGE
User-Agent: [agent]
Max-Forwards: 70
Expires: 600
Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>
"""
ACCOUNT_OF_LINPHONE = """[sip]
sip_port=5060
default_proxy=0
[proxy_0]
reg_proxy=<sip:{server}>
reg_identity=sip:{user}@{server}
reg_expires=600
reg_sendregister=1
"""


class SipPhone(NamedTuple):
    """A phone: its address, how it registers as `user` at a server, and what its messages contain."""

    user: str
    ip: str
    register: Callable[[SipPhone, Host, str, Path], None]
    agent: str
    mac: str | None = None


def of_sipp(phone: SipPhone, host: Host, server: str, folder: Path) -> None:
    """Register by SIPp; the mac is in `+sip.instance`, as Yealink, Polycom and others write it."""
    scenario = folder / "register.xml"
    scenario.write_text(REGISTRATION, encoding="utf-8")
    bare = (phone.mac or "").replace(":", "")
    instance = f';+sip.instance="<urn:uuid:00000000-0000-1000-8000-{bare}>"' if bare else ""
    host.run(
        "sipp", f"{server}:5060", "-sf", str(scenario), "-s", phone.user, "-i", phone.ip, "-p", "5060", "-m", "1",
        "-key", "agent", phone.agent, "-key", "instance", instance, "-nostdin", "-timeout", "20s",
    )  # fmt: skip


def of_baresip(phone: SipPhone, host: Host, server: str, folder: Path) -> None:
    """Run baresip, which registers when it starts."""
    own = folder / phone.user
    own.mkdir()
    (own / "config").write_text("module_path /usr/lib/baresip/modules\nmodule_app account.so\nmodule g711.so\n")
    (own / "accounts").write_text(f"<sip:{phone.user}@{server}>;regint=600;auth_pass=none\n")
    host.start("baresip", "-f", str(own), log=own / "log")


def of_linphone(phone: SipPhone, host: Host, server: str, folder: Path) -> None:
    """Run linphonec, which registers when it starts, and ends with its standard input."""
    own = folder / phone.user
    (own / ".local/share/linphone").mkdir(parents=True)
    (own / "linphonerc").write_text(ACCOUNT_OF_LINPHONE.format(server=server, user=phone.user))
    run = f"tail -f /dev/null | linphonec -c {own}/linphonerc"
    host.start("env", f"HOME={own}", "sh", "-c", run, log=own / "log")


PHONES = (
    SipPhone("201", "10.84.0.11", of_sipp, "Yealink SIP-T46U 108.86.0.90", "80:5e:c0:12:34:56"),
    SipPhone("202", "10.84.0.12", of_sipp, "PolycomVVX-VVX_411-UA/5.9.0.9373", "64:16:7f:12:34:56"),
    SipPhone("203", "10.84.0.13", of_sipp, "Fanvil X4 2.10.2"),
    SipPhone("204", "10.84.0.14", of_baresip, "baresip v1.0.0 (x86_64/linux)"),
    SipPhone("205", "10.84.0.15", of_linphone, "Linphonec/5.1.65"),
)
