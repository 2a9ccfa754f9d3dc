"""`phonescan serve` as a process: addresses, refusals, and a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from scanner.cli.commands.serve import _changes
from scanner.web.guesses import FREE
from tests.programs import line_with, running
from tests.web.conftest import FROZEN

pytestmark = pytest.mark.slow

Started = tuple["subprocess.Popen[str]", str]


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, where it is expected to refuse."""
    run = [sys.executable, "-m", "scanner", "serve", "--port", "0", *words]
    return subprocess.run(run, capture_output=True, text=True, timeout=60, env={**os.environ, **environment})


@pytest.fixture
def start(stocked: Path) -> Iterator[Callable[..., Started]]:
    """Starts the command and waits for the address that it tells."""
    with ExitStack() as stack:

        def begin(*words: str, program: tuple[str, str] = ("-m", "scanner"), **environment: str) -> Started:
            run = [sys.executable, *program, "serve", "--db", str(stocked), "--port", "0", *words]
            started = running(run, stderr=subprocess.PIPE, env={**os.environ, **environment})
            process = stack.enter_context(started)
            found = re.search(r"http://\S+", line_with(process.stderr, "http://"))
            assert found
            return process, found[0]

        yield begin


def get(url: str, **options: object) -> httpx.Response:
    for _ in range(1200):
        try:
            return httpx.get(url, trust_env=False, timeout=30, **options)  # type: ignore[arg-type]
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError(f"{url} never answered")


@pytest.mark.network
@pytest.mark.slow
def test_serve_listens_on_loopback_and_ends_on_a_signal(start: Callable[..., Started]) -> None:
    process, url = start()
    assert url.startswith("http://127.0.0.1:")
    response = get(url)
    assert response.status_code == 200
    assert "server" not in response.headers
    assert get(url + "data/inventory.json").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


#: The command, with queries that do not end.
ENDLESS = """
import sys
from scanner.cli.main import main
from scanner.web import reader
reader.PAGE_SECONDS = reader.FILE_SECONDS = 3600.0
query = reader.InventoryReader._with_inventory
numbers = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
def endless(self, _, seconds=None):
    print("a query begins", file=sys.stderr, flush=True)
    return query(self, lambda inventory: inventory.connection.execute(numbers).fetchone(), seconds)
reader.InventoryReader._with_inventory = endless
main()
"""


@pytest.mark.network
@pytest.mark.parametrize("path", ["changes", "devices.csv"])
def test_a_signal_ends_serve_although_a_query_does_not_end(start: Callable[..., Started], path: str) -> None:
    process, url = start(program=("-c", ENDLESS))
    address = httpx.URL(url)
    with closing(socket.create_connection((address.host, address.port or 0))) as connection:
        connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: {address.host}\r\n\r\n".encode())
        line_with(process.stderr, "a query begins")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert process.stderr
    assert "Traceback" not in process.stderr.read()


@pytest.mark.network
@pytest.mark.slow
def test_serve_requires_the_token_and_never_prints_it(start: Callable[..., Started]) -> None:
    token = "a-token-for-this-test"
    process, url = start("-vv", "--token", "env:WEB_TOKEN", "--base-path", "phonescan", WEB_TOKEN=token)
    assert url.endswith("/phonescan/")
    assert get(url + "devices").status_code == 401
    assert get(url + "devices", headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert get(url + "devices?token=" + token).status_code == 401
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in (0, 130)
    assert process.stderr
    assert token not in process.stderr.read()


@pytest.mark.network
def test_a_generated_token_is_printed_once_on_standard_output(stocked: Path) -> None:
    run = [sys.executable, "-m", "scanner", "serve", "--db", str(stocked), "--port", "0", "-vv", "--token", "generate"]
    with running(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        token = line_with(process.stdout, "\n").strip()
        found = re.search(r"http://\S+", log := line_with(process.stderr, "http://"))
        assert found
        assert len(token) == 43
        assert get(found[0] + "devices").status_code == 401
        assert get(found[0] + "devices?token=" + token, headers={"authorization": f"Bearer {token}"}).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.stdout
        assert process.stderr
        assert token not in process.stdout.read() + process.stderr.read() + log


@pytest.mark.network
def test_of_four_hundred_guesses_with_the_right_one_in_their_midst_none_is_admitted(
    start: Callable[..., Started],
) -> None:
    _, url = start("--token", "env:WEB_TOKEN", program=("-c", FROZEN), WEB_TOKEN="a-token-for-this-test")
    right = {"authorization": "Bearer a-token-for-this-test"}
    statuses = []
    get(url + "login")
    with httpx.Client(trust_env=False) as client:
        for number in range(400):
            headers = right if number % 40 == 20 else {"authorization": f"Bearer guess {number}"}
            statuses.append(client.get(url + "devices", headers=headers).status_code)
    assert statuses == [401] * FREE + [429] * (400 - FREE)


@pytest.mark.network
def test_another_password_in_the_file_ends_every_session_at_once(start: Callable[..., Started], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a-token-for-this-test\n")
    _, url = start("--token", f"file:{tmp_path}/password")
    get(url + "login")
    response = httpx.post(url + "login", data={"password": "a-token-for-this-test"}, trust_env=False)
    cookie = {"cookie": response.headers["set-cookie"].partition(";")[0]}
    (tmp_path / "password").write_text("weak\n")  # is not used
    assert get(url + "devices", headers=cookie).status_code == 200
    (tmp_path / "password").write_text("sesame-open-wide-again\n")
    assert get(url + "devices", headers=cookie).status_code == 401
    for secret, status in (("a-token-for-this-test", 401), ("sesame-open-wide-again", 200)):
        assert get(url + "devices", headers={"authorization": f"Bearer {secret}"}).status_code == status


def test_a_pipe_in_the_place_of_the_password_file_is_not_waited_for(tmp_path: Path) -> None:
    """Requests wait while the file is read, and so does SIGTERM."""
    path = tmp_path / "password"
    path.write_text("a-token-for-this-test\n")
    changed = _changes(path)
    path.unlink()
    assert changed() is None
    os.mkfifo(path)
    assert changed() is None
    path.unlink()
    path.mkdir()
    assert changed() is None
    path.rmdir()
    path.write_text("sesame-open-wide-again\n")
    assert [changed(), changed()] == ["sesame-open-wide-again", None]


@pytest.mark.network
def test_a_restart_ends_every_session(start: Callable[..., Started]) -> None:
    cookies = []
    for _ in range(2):
        _, url = start("--token", "env:WEB_TOKEN", WEB_TOKEN="a-token-for-this-test")
        get(url + "login")
        response = httpx.post(url + "login", data={"password": "a-token-for-this-test"}, trust_env=False)
        cookies.append({"cookie": response.headers["set-cookie"].partition(";")[0]})
    assert [get(url + "devices", headers=each).status_code for each in cookies] == [401, 200]


@pytest.mark.network
def test_a_statement_of_a_reader_has_a_limit_of_memory(start: Callable[..., Started]) -> None:
    process, url = start("--sql")
    for statement in (
        "select zeroblob(1000000000)",
        "with recursive c(x) as (select 1 union all select x+1 from c) select json_group_array(x) from c",
        "select a.value || b.value as x from observations a, observations b, observations c order by x",
    ):
        response = get(url + "data.json", params={"sql": statement})
        assert (response.status_code, response.json()["ok"]) == (400, False), statement
    largest = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    assert int(re.findall(r"VmHWM:\s+(\d+) kB", largest)[0]) < 300_000
    assert get(url + "data.json", params={"sql": "select count(*) from devices"}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])
def test_serve_on_another_address_requires_a_password(stocked: Path, host: str) -> None:
    done = command("--db", str(stocked), "--host", host)
    assert done.returncode == 2
    assert "a password is required" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--token", "plain-secret"], 2, "env:NAME or file:PATH"),
        (["--token", "env:NOT_SET_ANYWHERE"], 2, "NOT_SET_ANYWHERE is not set"),
        (["--password-file", "no-such-file"], 2, "no-such-file cannot be read"),
        (["--password-file", "x", "--token", "env:X"], 2, "give one of them"),
        (["--allow-edit"], 2, "requires a password"),
        (["--host", "0.0.0.0", "--token", "env:WEAK"], 2, "the password or token has fewer than 12 characters"),
        (["--token", "env:WEAK"], 2, "the password or token has fewer than 12 characters"),
        (["--token", "env:COMMON"], 2, "the password or token is easy to guess"),
        (["--token", "env:LONG"], 2, "the password or token has more than 128 characters"),
        (["--trust-proxy", "proxy"], 2, "--trust-proxy 'proxy' is not an address"),
        (["--base-path", "/a b/"], 2, "is not a path"),
        (["--base-path", "a//b"], 2, "is not a path"),
        (["--base-path", "/../x"], 2, "is not a path"),
        (["--host", "192.0.2.1", "--token", "env:STRONG"], 4, "192.0.2.1"),
    ],
)
def test_invalid_options_are_one_sentence(stocked: Path, words: list[str], status: int, said: str) -> None:
    done = command(
        "--db",
        str(stocked),
        *words,
        WEAK="x",
        COMMON="password123456",
        LONG="a1b2c3d4" * 600,
        STRONG="sesame-open-wide",
    )
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "password123456" not in done.stderr
    assert "plain-secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_edit_in_the_settings_requires_a_password_as_the_option_does(stocked: Path, tmp_path: Path) -> None:
    (tmp_path / "phonescan.toml").write_text("[web]\nedit = true\n")
    done = command("--db", str(stocked), "--config", str(tmp_path / "phonescan.toml"))
    assert (done.returncode, "requires a password" in done.stderr) == (2, True)


def test_an_empty_password_file_is_an_error(stocked: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")
    done = command("--db", str(stocked), "--host", "0.0.0.0", "--password-file", str(tmp_path / "password"))
    assert done.returncode == 2
    assert "is empty" in done.stderr


def test_a_port_in_use_is_an_error(stocked: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command("--db", str(stocked), "--port", str(taken.getsockname()[1]))
    assert done.returncode == 4
    assert "cannot listen on 127.0.0.1 port" in done.stderr


def test_a_missing_inventory_is_an_error(tmp_path: Path) -> None:
    done = command("--db", str(tmp_path / "none.sqlite"))
    assert done.returncode == 4
    assert "there is no inventory at" in done.stderr


def test_help_names_an_example() -> None:
    done = command("--help")
    assert "phonescan serve --host 0.0.0.0 --token env:PHONESCAN_TOKEN" in done.stdout


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.daemon("nginx")
@pytest.mark.parametrize("cut", [True, False], ids=["nginx cuts the path", "nginx passes the path on"])
def test_behind_nginx_below_a_path(start: Callable[..., Started], tmp_path: Path, cut: bool) -> None:
    _, url = start(
        "--base-path",
        "/phonescan/",
        "--token",
        "env:WEB_TOKEN",
        "--allow-host",
        "phones.example.org",
        WEB_TOKEN="sesame-open-wide",
    )
    backend = url.removeprefix("http://").partition("/")[0]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folders = " ".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {folders} server {{ listen 127.0.0.1:{port};\n"
        f"location /phonescan/ {{ proxy_pass http://{backend}{'/' if cut else ''}; proxy_set_header Host $host;\n"
        "proxy_set_header X-Forwarded-Proto https; } } }\n"
    )
    with (
        running(["nginx", "-e", f"{tmp_path}/error.log", "-c", f"{tmp_path}/nginx.conf", "-p", str(tmp_path)]),
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, headers={"host": "phones.example.org"}
        ) as client,
    ):
        for _ in range(1200):
            try:
                response = client.get("/phonescan/devices", headers={"accept": "text/html"})
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        assert response.status_code == 303
        assert response.headers["location"] == "/phonescan/login?next=devices"
        response = client.post("/phonescan/login", data={"password": "sesame-open-wide", "next": "devices"})
        assert response.headers["location"] == "/phonescan/devices"
        assert "; Secure" in response.headers["set-cookie"]
        cookie = {"cookie": response.headers["set-cookie"].partition(";")[0]}
        for path in (
            "",
            "devices",
            "devices.csv",
            "data/inventory",
            "data/inventory.csv?_stream=on",
            "assets/style.css",
            "metrics",
        ):
            assert client.get("/phonescan/" + path, headers=cookie).status_code == 200, path
