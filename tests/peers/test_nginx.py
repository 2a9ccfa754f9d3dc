"""nginx as the web server of a phone: plain, current TLS, TLS 1.0 with an old cipher, compressed, redirecting."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.core.outcomes import Outcome
from scanner.discovery import http as discovery
from scanner.discovery.declaration import Exchange
from scanner.discovery.options import USER_AGENT, Options
from scanner.engine.protocols import http_visit as engine
from scanner.engine.workers.api import ConversationResult
from scanner.testing.certificates import pem
from scanner.testing.phones import CertificateNames
from tests.peers.daemons import LOCALHOST, accepts, context, free_port, running

pytestmark = [pytest.mark.network, pytest.mark.daemon("nginx")]

CONFIGURATION = """
daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log stderr;
events {{}}
http {{
  log_format asked '$request|$http_user_agent|$http_authorization|$http_cookie';
  access_log "{folder}/access.log" asked;
  client_body_temp_path "{folder}/body"; proxy_temp_path "{folder}/proxy"; fastcgi_temp_path "{folder}/fastcgi";
  uwsgi_temp_path "{folder}/uwsgi"; scgi_temp_path "{folder}/scgi";
  gzip on; gzip_min_length 1; gzip_types text/xml;
  default_type text/html;
  ssl_certificate "{folder}/phone.pem"; ssl_certificate_key "{folder}/phone.pem";
  server {{
    listen {localhost}:{plain};
    location = / {{ return 302 https://{localhost}:{modern}/; }}
  }}
  server {{
    listen {localhost}:{modern} ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    location = / {{ add_header Set-Cookie "JSESSION=1; Path=/"; return 200 "<title>Cisco Systems, Inc.</title>"; }}
    location = /DeviceInformationX {{
      default_type text/xml;
      return 200 "<MACAddress>00170E8F1A2B</MACAddress><modelNumber>CP-8851</modelNumber>";
    }}
  }}
  server {{
    listen {localhost}:{old} ssl;
    ssl_protocols TLSv1;
    ssl_certificate "{folder}/old.pem"; ssl_certificate_key "{folder}/old.pem";
    ssl_ciphers AES128-SHA:AES256-SHA:@SECLEVEL=0;
    location = / {{ add_header WWW-Authenticate 'Basic realm="Enterprise IP phone SIP-T20P"' always; return 401; }}
  }}
}}
"""

CISCO = CertificateNames(
    subject="SERIALNUMBER=PID:CP-8851 SN:FCH1,CN=CP-8851-SEP00170E8F1A2B,O=Cisco Systems Inc.",
    issuer="CN=Cisco Manufacturing CA SHA2,O=Cisco",
    names=(),
)
YEALINK = CertificateNames(subject="CN=001565AABBCC,O=Yealink", issuer="CN=Yealink Equipment Issuing CA", names=())


class Web:
    """Where nginx listens, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain, self.modern, self.old = free_port(), free_port(), free_port()

    def asked(self) -> list[list[str]]:
        """Request line, User-Agent, Authorization and Cookie of each request."""
        return [line.split("|") for line in (self.folder / "access.log").read_text(encoding="utf-8").splitlines()]


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[Web]:
    web = Web(folder)
    (folder / "phone.pem").write_bytes(pem(CISCO))
    (folder / "old.pem").write_bytes(pem(YEALINK, legacy=True))
    places = {"folder": folder, "localhost": LOCALHOST, "plain": web.plain, "modern": web.modern, "old": web.old}
    (folder / "nginx.conf").write_text(CONFIGURATION.format(**places), encoding="utf-8")
    words = ("nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf"))
    with running(*words, log=folder / "nginx.log", ready=lambda: accepts(web.old)):
        yield web


def visit(ports: tuple[int, ...], tls: frozenset[int], opened: tuple[int, ...] | None = None) -> ConversationResult:
    step = discovery.declare(Options(http_ports=ports, https_ports=tls)).steps[0]
    assert isinstance(step, Exchange)
    return engine.converse(step, context(open_ports=ports if opened is None else opened))


def said(heard: ConversationResult) -> dict[str, str]:
    return dict(pair for told in heard.found for pair in told.findings)


def test_a_redirect_to_https_on_the_same_host_leads_to_the_vendors_page(tmp_path: Path) -> None:
    with nginx(tmp_path) as web:
        heard = visit((web.plain, web.modern), frozenset({web.modern}), opened=(web.plain,))
        asked = web.asked()
    found = said(heard)
    assert heard.outcome is Outcome.ANSWERED
    assert found["http.server"].startswith("nginx/")
    assert found["http.title"] == "Cisco Systems, Inc."
    assert "<modelNumber>CP-8851</modelNumber>" in found["http.body"]
    assert found["https.cert-subject"] == CISCO.subject
    assert found["https.cert-issuer"] == CISCO.issuer
    assert found["http.cookie"] == "JSESSION"
    assert [line[0].split()[1] for line in asked] == ["/", "/", "/DeviceInformationX"]
    assert {tuple(line[1:]) for line in asked} == {(USER_AGENT, "-", "-")}
    assert {line[0].split()[0] for line in asked} == {"GET"}


def test_the_banner_is_read_over_tls_of_2010(tmp_path: Path) -> None:
    with nginx(tmp_path) as web:
        heard = visit((web.old,), frozenset({web.old}))
    found = said(heard)
    assert found["http.realm"] == "Enterprise IP phone SIP-T20P"
    assert found["https.cert-subject"] == YEALINK.subject


def test_tls_on_an_unusual_port_is_detected(tmp_path: Path) -> None:
    with nginx(tmp_path) as web:
        heard = visit((web.modern,), frozenset())
    assert said(heard)["http.title"] == "Cisco Systems, Inc."
