"""nginx with TLS in front of `phonescan serve`: cookies, paths, addresses of clients, and limits."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from scanner.web.guesses import FREE
from tests.programs import SYSTEM_PATH, line_with, running
from tests.web.conftest import FROZEN

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.daemon("nginx"), pytest.mark.daemon("openssl")]
TOKEN = "sesame-open-wide"
HOST = "phones.example.org"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def ports(stocked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The ports of nginx, with TLS, and of the server behind it, which trusts 127.0.0.1 alone."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={HOST}", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    run = [sys.executable, "-c", FROZEN, "serve", "--db", str(stocked), "--port", "0", "--base-path", "/phonescan/"]
    run += ["--token", "env:WEB_TOKEN", "--allow-host", HOST, "--trust-proxy", "127.0.0.1"]
    with ExitStack() as stack:
        served = stack.enter_context(running(run, stderr=subprocess.PIPE, env={**os.environ, "WEB_TOKEN": TOKEN}))
        found = re.search(r"http://127.0.0.1:(\d+)", line_with(served.stderr, "http://"))
        assert found
        temporary = " ".join(
            f'{kind}_temp_path "{folder}/{kind}";' for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f'daemon off; pid "{folder}/pid"; error_log "{folder}/error.log"; events {{ worker_connections 1024; }}\n'
            f"http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port} ssl;\n"
            f'ssl_certificate "{folder}/cert.pem"; ssl_certificate_key "{folder}/key.pem";\n'
            "ssl_protocols TLSv1.2 TLSv1.3;\n"
            f"location /phonescan/ {{ proxy_pass http://127.0.0.1:{found[1]}; proxy_set_header Host $host;\n"
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
            "proxy_set_header X-Forwarded-Proto $scheme; } } }\n"
        )
        command = ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf", "-p", str(folder)]
        stack.enter_context(running(command, env={**os.environ, "PATH": SYSTEM_PATH}))
        for each in (port, int(found[1])):
            for _ in range(1200):
                try:
                    socket.create_connection(("127.0.0.1", each)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
        yield port, int(found[1])


def client(ports: tuple[int, int], own: str, *, direct: bool = False, **headers: str) -> httpx.Client:
    """A client with an address of this machine, at the proxy or at the server itself."""
    transport = httpx.HTTPTransport(local_address=own, verify=False)
    url = f"http://127.0.0.1:{ports[1]}" if direct else f"https://127.0.0.1:{ports[0]}"
    return httpx.Client(transport=transport, base_url=url, headers={"host": HOST, **headers}, timeout=60)


def log_in(browser: httpx.Client, password: str = TOKEN, **headers: str) -> httpx.Response:
    origin = {"origin": f"https://{HOST}", "sec-fetch-site": "same-origin"}
    return browser.post("/phonescan/login", data={"password": password, "next": "devices"}, headers=origin | headers)


def test_a_login_over_tls_has_a_secure_cookie_below_the_path_and_ends_with_its_logout(ports: tuple[int, int]) -> None:
    with client(ports, "127.0.0.2") as browser:
        response = browser.get("/phonescan/devices", headers={"accept": "text/html"})
        assert (response.status_code, response.headers["location"]) == (303, "/phonescan/login?next=devices")
        response = log_in(browser)
        assert (response.status_code, response.headers["location"]) == (303, "/phonescan/devices")
        given = response.headers["set-cookie"]
        assert given.startswith("__Secure-phonescan=")
        assert given.endswith("; Path=/phonescan/; HttpOnly; SameSite=Strict; Secure")
        cookie = {"cookie": given.partition(";")[0]}
        response = browser.get("/phonescan/devices", headers=cookie)
        assert response.status_code == 200
        assert response.headers["strict-transport-security"] == "max-age=31536000"
        plain = {"cookie": given.partition(";")[0].removeprefix("__Secure-")}
        assert browser.get("/phonescan/devices", headers=plain).status_code == 401
        token = re.findall(r'name="token" value="([0-9a-f]{64})"', response.text)[0]
        out = browser.post("/phonescan/logout", data={"token": token}, headers=cookie | {"origin": f"https://{HOST}"})
        assert (out.status_code, "Max-Age=0" in out.headers["set-cookie"]) == (303, True)
        assert browser.get("/phonescan/devices", headers=cookie).status_code == 401


def test_another_site_can_neither_log_in_nor_out_through_the_proxy(ports: tuple[int, int]) -> None:
    with client(ports, "127.0.0.2") as browser:
        assert log_in(browser, **{"origin": "https://evil.example", "sec-fetch-site": "cross-site"}).status_code == 403
        assert log_in(browser, **{"origin": "https://evil.example", "sec-fetch-site": ""}).status_code == 403
        assert browser.get("/phonescan/devices", headers={"host": "evil.example"}).status_code == 421


def test_the_limit_of_guesses_is_that_of_the_client_and_not_of_the_proxy(ports: tuple[int, int]) -> None:
    """A client that writes another address into X-Forwarded-For in each request has its own address still."""
    with client(ports, "127.0.0.3") as attacker, client(ports, "127.0.0.4") as reader:
        forged = [{"x-forwarded-for": f"198.51.100.{number}"} for number in range(FREE + 3)]
        statuses = [log_in(attacker, "wrong", **headers).status_code for headers in forged]
        assert statuses == [401] * FREE + [429] * 3
        assert log_in(attacker).status_code == 429
        assert log_in(reader).status_code == 303


def test_a_client_beside_the_proxy_is_not_believed(ports: tuple[int, int]) -> None:
    with client(ports, "127.0.0.5", direct=True, **{"x-forwarded-proto": "https"}) as attacker:
        statuses = []
        for number in range(FREE + 3):
            forged = {"x-forwarded-for": f"203.0.113.{number}", "origin": f"http://{HOST}"}
            statuses.append(log_in(attacker, "wrong", **forged, **{"sec-fetch-site": ""}).status_code)
        assert statuses == [401] * FREE + [429] * 3
        response = attacker.get("/phonescan/devices")
        assert (response.status_code, "strict-transport-security" in response.headers) == (401, False)


@pytest.mark.parametrize("sent", [b"", b"GET /phonescan/devi"], ids=["no byte", "half of a head"])
def test_210_connections_at_the_proxy_that_wait_keep_no_client_out(ports: tuple[int, int], sent: bytes) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as stack, client(ports, "127.0.0.6") as browser:
        for _ in range(210):
            raw: Any = socket.create_connection(("127.0.0.1", ports[0]), timeout=30)
            if sent:
                raw = context.wrap_socket(raw, server_hostname=HOST)
                raw.sendall(sent)
            stack.enter_context(closing(raw))
        assert browser.get("/phonescan/assets/style.css").status_code == 200


def test_410_connections_of_the_proxy_itself_that_wait_keep_no_client_out(ports: tuple[int, int]) -> None:
    """As a proxy makes them that passes on a connection before its first request."""
    with ExitStack() as stack, client(ports, "127.0.0.6") as browser:
        for _ in range(410):
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", ports[1]), timeout=30)))
        assert browser.get("/phonescan/assets/style.css").status_code == 200
