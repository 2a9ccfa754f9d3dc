"""Kamailio as a registrar without passwords: its configuration, the command that runs it, and the one of its dump."""

from __future__ import annotations

from pathlib import Path

CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
tcp_accept_no_cl=yes
listen=udp:{address}:{sip}
listen=tcp:{address}:{http}
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "xhttp.so"
loadmodule "jsonrpcs.so"
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:{folder}/ctl")
modparam("jsonrpcs", "transport", 1)
modparam("nathelper|registrar", "received_avp", "$avp(received)")
request_route {{
  if (method == "REGISTER") {{ fix_nated_register(); save("location"); exit; }}
  sl_send_reply("405", "Method Not Allowed");
}}
event_route[xhttp:request] {{
  if ($hu =~ "^/RPC") {{ jsonrpc_dispatch(); exit; }}
  xhttp_reply("404", "Not Found", "", "");
}}
"""


def command(folder: Path, address: str, sip: int, http: int) -> tuple[str, ...]:
    """The command of a registrar at these ports, with its configuration and control socket in `folder`."""
    config = folder / "kamailio.cfg"
    config.write_text(CONFIG.format(address=address, sip=sip, http=http, folder=folder))
    return ("kamailio", "-f", str(config), "-DD", "-E", "-m", "32", "-M", "4")


def dump(folder: Path) -> tuple[str, ...]:
    """The command that prints the location table."""
    return ("kamcmd", "-s", f"unix:{folder}/ctl", "ul.dump")
