"""One phone made of snmpd, nginx, sipp and avahi in a namespace: a scan finds one complete device."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from scanner.testing.certificates import pem
from scanner.testing.phones import CertificateNames
from tests.namespaces import Host, address, hosts, join, wait_until
from tests.peers.test_sipp import SCENARIO

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.daemon("snmpd", "nginx", "sipp", "ip")]

PHONE, MAC = "198.18.6.20", "64:16:7f:00:00:01"
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log {folder}/access.log; default_type text/html;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  ssl_certificate {folder}/phone.pem; ssl_certificate_key {folder}/phone.pem;
  server {{ listen 80; location = / {{ return 301 https://$host/; }} }}
  server {{ listen 443 ssl; location = / {{ return 200 "<title>Polycom - VVX 411 Configuration Utility</title>"; }} }}
}}
"""
SNMPD = "agentgroup root\nrocommunity public\nsysDescr Linux phone\nsysName VVX411\n"


def be_a_phone(host: Host, folder: Path) -> None:
    """Start the daemons that make up the phone."""
    names = CertificateNames(
        subject="CN=64167F000001,O=Polycom Inc.", issuer="CN=Polycom Equipment Issuing CA 1", names=()
    )
    (folder / "phone.pem").write_bytes(pem(names))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder), encoding="utf-8")
    (folder / "snmpd.conf").write_text(SNMPD, encoding="utf-8")
    (folder / "phone.xml").write_text(SCENARIO.format(status="200 OK"), encoding="utf-8")
    host.start("nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf"), log=folder / "nginx.log")
    host.start(
        "env", f"SNMP_PERSISTENT_DIR={folder}", "MIBS=", "snmpd", "-f", "-Lo", "-C", "-c", str(folder / "snmpd.conf"),
        f"udp:{PHONE}:161", log=folder / "snmpd.log",
    )  # fmt: skip
    host.start(
        "sipp", "-sf", str(folder / "phone.xml"), "-i", PHONE, "-p", "5060", "-t", "u1", "-nostdin",
        log=folder / "sipp.log",
    )  # fmt: skip

    def listening() -> bool:
        sockets = host.run("ss", "-Hltun").stdout
        return all(f":{port} " in sockets for port in (80, 443, 161, 5060))

    wait_until("nginx, snmpd and sipp listen", listening)


def test_a_phone_of_four_daemons_is_one_complete_device(tmp_path: Path) -> None:
    database = str(tmp_path / "scan.sqlite")
    with hosts("scanner", "phone") as made:
        join(made["scanner"], "eth0", made["phone"], "eth0", right_mac=MAC)
        address(made["scanner"], "eth0", "198.18.6.1/24")
        address(made["phone"], "eth0", f"{PHONE}/24")
        be_a_phone(made["phone"], tmp_path)
        phonescan = (sys.executable, "-m", "scanner")
        made["scanner"].run(
            *phonescan, "scan", "198.18.6.0/27", "--db", database, "--format", "none", "--allow-public", timeout=120
        )
        rows = list(
            csv.DictReader(io.StringIO(made["scanner"].run(*phonescan, "export", "csv", "--db", database).stdout))
        )
        observed = made["scanner"].run(*phonescan, "export", "observations", "--db", database).stdout
    assert len(rows) == 1
    wanted = {"ip": PHONE, "mac": MAC, "manufacturer": "Polycom", "model": "VVX 411", "firmware": "5.9.0.9373"}
    assert {key: rows[0][key] for key in wanted} == wanted
    assert rows[0]["status"] == "certified"
    fields = {json.loads(line)["field"] for line in observed.splitlines()}
    assert {"arp.mac", "sip.user-agent", "snmp.sysdescr", "http.title", "https.cert-subject"} <= fields
