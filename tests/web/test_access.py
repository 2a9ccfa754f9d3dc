"""Access to the web pages: password, cookies, host names, methods and security headers."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urljoin

import pytest

from scanner.core.errors import UsageError
from scanner.web import render
from scanner.web.access import access, is_foreign, is_loopback
from scanner.web.plugin import ROUTES
from scanner.web.script import SOURCE
from scanner.web.sessions import SESSION_SECONDS
from tests.web.conftest import run

OWN = (
    "/",
    "/devices",
    "/devices.csv",
    "/devices.json",
    "/devices.xlsx",
    "/noncompliant.html",
    "/devices/1",
    "/devices/1.json",
    "/noncompliant.csv",
    "/conflicts.csv",
    "/firmware",
    "/firmware.csv",
    "/switches",
    "/switches/ports?switch=sw-1",
    "/switches/unknown",
    "/changes",
    "/scans",
    "/scans/1",
    "/catalogs",
    "/catalogs/lync",
    "/metrics",
)
DATASETTES = (
    "/data",
    "/data.json",
    "/data/inventory",
    "/data/inventory.json",
    "/data/inventory.csv?_stream=on",
    "/data/scans/1",
    "/data?sql=select+1",
    "/data.json?sql=select+1",
    "/-/static/app.css",
    "/-/plugins.json",
    "/-/versions",
    "/-/databases.json",
    "/-/metadata.json",
    "/_internal",
    "/_memory",
    "/data.db",
    "/favicon.ico",
    "/-/actor.json",
    "/nope",
)
POLICY = (
    f"default-src 'none'; script-src {SOURCE}; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def test_the_list_of_pages_is_complete() -> None:
    for pattern, _ in ROUTES:
        assert any(re.match(pattern, path.partition("?")[0]) for path in OWN), pattern


@pytest.mark.parametrize("path", [*OWN, *DATASETTES])
def test_nothing_is_served_without_the_password(closed: Any, path: str) -> None:
    response = closed.get(path)
    assert response.status_code == 401
    assert "Yealink" not in response.text
    assert response.headers["www-authenticate"].startswith("Bearer")
    response = closed.get(path, headers={"accept": "text/html"})
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login?next=")
    assert not response.text


@pytest.mark.parametrize("path", [*OWN, *DATASETTES])
def test_datasette_and_our_routes_check_the_actor_again(closed: Any, path: str) -> None:
    """Behind the gate, where another plugin's wrapper or a mistake might let a request through."""
    inner = closed.app
    closed.app = inner.app
    try:
        response = closed.get(path)
    finally:
        closed.app = inner
    if path in ("/-/static/app.css", "/favicon.ico"):
        return
    assert response.status_code in (400, 403, 404), path
    assert "Yealink" not in response.text
    assert (response.status_code == 403) is (path not in ("/_memory", "/nope"))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong",
        "Bearer",
        "Basic " + base64.b64encode(b"user:wrong").decode(),
        "Basic !!!",
        "Basic",
        "Digest x",
        "",
        "Bearer \xff",
    ],
)
def test_a_wrong_secret_is_refused(closed: Any, header: str) -> None:
    assert closed.get("/devices", headers={"authorization": header.encode("latin-1")}).status_code == 401


SECRETS: dict[str, str] = {
    "of the greatest length": "0123456789abcdef" * 8,
    "of the greatest length, with characters of four octets": "\U0001f40d" * 128,
    "beyond ASCII": "\u00fcber-gro\u00dfe Stra\u00dfe",
    "decomposed, as some keyboards and files have it": "u\u0308ber-groSSe Stra\u00dfe \u1112\u1161\u11ab",
    "with other spaces, also around it": "  correct\u00a0horse\u3000battery staple ",
    "with a colon": "correct:horse:battery:staple",
    "of joined emoji": "correct horse \U0001f468\u200d\U0001f469\u200d\U0001f467 staple",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_password_is_the_same_from_every_client_and_compared_whole(
    make_site: Callable[..., Any], secret: str, form: Literal["NFC", "NFD"]
) -> None:
    site = make_site(rules=access(secret, address="127.0.0.1"))
    given = unicodedata.normalize(form, secret)
    octets = given.encode()
    assert login(site, given).status_code == 303
    assert login(site, given[:-2]).status_code == 401
    for header in (b"Bearer " + octets, b"Basic " + base64.b64encode(b"anybody:" + octets)):
        assert site.get("/devices", headers={"authorization": header}).status_code == 200
        assert site.get("/devices", headers={"authorization": header[:-8]}).status_code == 401


def test_a_program_that_sends_latin_1_is_accepted(make_site: Callable[..., Any]) -> None:
    site = make_site(rules=access("\u00fcber-gro\u00dfe Stra\u00dfe", address="127.0.0.1"))
    octets = "\u00fcber-gro\u00dfe Stra\u00dfe".encode("latin-1")
    for header in (b"Bearer " + octets, b"Basic " + base64.b64encode(b"anybody:" + octets)):
        assert site.get("/devices", headers={"authorization": header}).status_code == 200


def test_a_wrong_secret_is_refused_for_static_files_and_the_login_page_too(closed: Any) -> None:
    assert closed.get("/assets/style.css", headers={"authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize("path", [*OWN, "/data", "/data/inventory.json"])
def test_the_secret_as_bearer_or_basic_is_accepted(closed: Any, secret: str, path: str) -> None:
    assert closed.get(path, headers={"authorization": f"Bearer {secret}"}).status_code == 200
    pair = base64.b64encode(f"anybody:{secret}".encode()).decode()
    assert closed.get(path, headers={"authorization": f"basic {pair}"}).status_code == 200


def cookie_of(response: Any) -> str:
    return str(response.headers["set-cookie"].partition(";")[0].partition("=")[2])


def login(site: Any, password: str, wanted: str = "") -> Any:
    return site.ask("POST", "/login", data={"password": password, "next": wanted})


def test_a_login_sets_a_cookie_that_expires(closed: Any, secret: str) -> None:
    response = login(closed, secret, "devices?status=outdated&site=hq")
    assert response.status_code == 303
    assert response.headers["location"] == "/devices?status=outdated&site=hq"
    assert "HttpOnly; SameSite=Strict" in response.headers["set-cookie"]
    assert secret not in response.headers["set-cookie"]
    cookie = {"cookie": f"phonescan={cookie_of(response)}"}
    assert closed.get("/devices", headers=cookie).status_code == 200
    assert closed.get("/data/inventory", headers=cookie).status_code == 200
    assert closed.get(f"/devices?phonescan={cookie_of(response)}").status_code == 401
    assert cookie_of(response) not in closed.get("/devices", headers=cookie).text
    closed.clock += SESSION_SECONDS - 1
    assert closed.get("/devices", headers=cookie).status_code == 200
    closed.clock += 1
    assert closed.get("/devices", headers=cookie).status_code == 401
    assert "Max-Age=0" in closed.ask("POST", "/logout").headers["set-cookie"]


@pytest.mark.parametrize(
    "sent",
    [
        'theme={"dark": true}; OWN',
        "list[0]=a; OWN",
        "phonescan=1800000100.00; OWN",
        "OWN; phonescan=1800000100.00",
        "\u00fc=\u00fc; OWN",
        f"other={'x' * 9000}; OWN",
        "a; =b; ; OWN",
        "OWN;other",
    ],
)
def test_a_login_is_valid_beside_every_cookie_of_other_programs(closed: Any, secret: str, sent: str) -> None:
    own = f"phonescan={cookie_of(login(closed, secret))}"
    headers = {"cookie": sent.replace("OWN", own).encode("latin-1")}
    assert closed.get("/devices", headers=headers).status_code == 200
    headers = {"cookie": sent.replace("OWN", "phonescan=1").encode("latin-1")}
    assert closed.get("/devices", headers=headers).status_code == 401


def test_a_login_is_valid_in_any_of_several_cookie_headers(closed: Any, secret: str) -> None:
    own = f"phonescan={cookie_of(login(closed, secret))}"
    for pair in (own, "a=b"), ("a=b", own):
        assert closed.get("/devices", headers=[("cookie", each) for each in pair]).status_code == 200


def test_the_login_page_ignores_a_query_string_with_too_many_parameters(closed: Any) -> None:
    assert closed.get("/login?" + "a=1&" * 500).status_code == 200


def test_after_a_login_a_list_has_all_of_its_filters_or_is_not_shown(closed: Any, secret: str) -> None:
    target = "devices?model=" + "x" * 2000
    assert login(closed, secret, target).headers["location"] == "/"


def test_a_wrong_password_is_an_error_without_a_cookie(closed: Any) -> None:
    for password in ("wrong", "", "x" * 7000):
        closed.clock += 3600
        response = login(closed, password, "devices")
        assert response.status_code == 401
        assert "Wrong password or token." in response.text
        assert "set-cookie" not in response.headers
        assert 'value="devices"' in response.text


def test_an_oversized_login_is_refused(closed: Any, secret: str) -> None:
    assert closed.ask("POST", "/login", data={"password": secret, "next": "x" * 20_000}).status_code == 401


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "\\\\evil",
        "devices\r\nSet-Cookie: a=b",
        "../../x",
        "logout",
        "login",
        "\u2028x",
        " //evil.example",
    ],
)
def test_a_login_redirects_below_the_base_path_alone(closed: Any, secret: str, wanted: str) -> None:
    response = login(closed, secret, wanted)
    assert response.headers["location"] == "/"
    assert len(response.headers.get_list("set-cookie")) == 1


@pytest.mark.parametrize(
    "path", ["/\\evil.example/", "//evil.example/", "//\\/evil.example//", "/\\/evil.example/%41/"]
)
def test_no_path_redirects_to_another_server(site: Any, path: str) -> None:
    """A browser reads `\\` in Location as `/`."""

    async def work() -> list[Any]:
        sent: list[Any] = []
        raw = path.encode()
        scope = {
            "type": "http", "method": "GET", "path": unquote(path), "raw_path": raw, "query_string": b"",
            "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1), "scheme": "http",
        }  # fmt: skip

        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            sent.append(message)

        await site.app(scope, receive, send)
        return sent

    start, *_ = run(work())
    location = dict(start["headers"])[b"location"].decode()
    assert urljoin("http://127.0.0.1/", location.replace("\\", "/")).startswith("http://127.0.0.1/"), location


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c[:-1] + ("0" if c[-1] != "0" else "1"),
        lambda c: "9" + c,
        lambda c: c[: len(c) // 2],
        lambda c: "." + c,
        lambda c: "",
        lambda c: "99999999999." + c.partition(".")[2],
        lambda c: "\u0661." + c,
        lambda c: c * 1000,
    ],
)
def test_a_forged_cookie_is_rejected(closed: Any, secret: str, change: Callable[[str], str]) -> None:
    cookie = change(cookie_of(login(closed, secret)))
    assert closed.get("/devices", headers={"cookie": f"phonescan={cookie}".encode()}).status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8001", 200),
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("[::1]:8001", 200),
        ("192.0.2.7:8001", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8001", 421),
        ("", 421),
        ("a b", 421),
        ("phones.example.org", 421),
        ("[::1]evil.example", 421),
        ("127.0.0.1:<b>", 421),
        ("127.0.0.1:80@evil.example", 421),
        ("evil.example/127.0.0.1", 421),
        ("::1", 421),
        ("[127.0.0.1", 421),
    ],
)
def test_an_unknown_host_name_is_refused_against_dns_rebinding(site: Any, host: str, status: int) -> None:
    response = site.get("/devices", headers={"host": host})
    assert response.status_code == status
    if status != 200:
        assert "Yealink" not in response.text


def test_an_allowed_host_name_is_accepted(closed: Any, secret: str) -> None:
    for host in ("phones.example.org", "PHONES.example.org.:443", "10.1.2.3"):
        assert closed.get("/", headers={"host": host, "authorization": f"Bearer {secret}"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/devices", "/data/inventory", "/data", "/-/auth-token"])
def test_nothing_can_be_written(site: Any, method: str, path: str) -> None:
    response = site.ask(method, path, content=b"x=1")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


def test_a_response_to_head_has_no_body(site: Any) -> None:
    for path in ("/", "/devices.csv", "/data/inventory", "/data/inventory.csv?_stream=on"):
        response = site.ask("HEAD", path)
        assert response.status_code == 200
        assert response.content == b""


@pytest.mark.parametrize(
    "path",
    [*OWN, "/assets/style.css", "/nope", "/devices/99999", "/data", "/data/inventory", "/data/scans/1", "/data/none"],
)
def test_all_pages_carry_one_strict_policy(site: Any, path: str) -> None:
    headers = site.get(path).headers
    assert headers.get_list("content-security-policy") == [POLICY]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/-/static/app.css",
        "/-/static/table.js",
        "/-/plugins.json",
        "/-/versions.json",
        "/-/settings",
        "/-/databases.json",
        "/-/metadata.json",
        "/-/threads.json",
        "/-/actor.json",
        "/-/permissions",
        "/-/auth-token?token=x",
        "/-/allow-debug",
        "/-/patterns",
        "/-/messages",
        "/_internal",
        "/_internal/databases.json",
        "/data.db",
    ],
)
def test_datasettes_pages_about_itself_are_not_served(site: Any, path: str) -> None:
    assert site.get(path).status_code in (403, 404)


def test_encoded_paths_do_not_bypass_the_middleware(closed: Any) -> None:
    for path in (
        "/./devices",
        "//devices",
        "/%64evices",
        "/login/../devices",
        "/assets/../devices",
        "/assets/style.css/../../devices",
        "/assets/style.css%2f..%2fdata",
        "/LOGIN",
        "/login%00",
        "/data~2Finventory",
    ):
        assert closed.get(path).status_code in (401, 303, 400), path


def test_sql_pages_are_served_with_the_option_alone(site: Any, make_site: Callable[..., Any]) -> None:
    for path in (
        "/data?sql=select+1",
        "/data.json?sql=select+1",
        "/data/inventory?_where=1=1",
        "/data/inventory.json?_where=1=1",
    ):
        assert site.get(path).status_code in (400, 403), path
    free = make_site(sql=True)
    assert free.get("/data.json?sql=select+count(*)+as+n+from+devices").json()["rows"][0][0] > 50
    for statement in (
        "delete+from+devices",
        "attach+':memory:'+as+x",
        "pragma+writable_schema=1",
        "update+devices+set+site=1",
    ):
        assert free.get(f"/data.json?sql={statement}").status_code == 400, statement


def test_the_database_is_opened_for_reading(site: Any, stocked: Path) -> None:
    import asyncio

    from scanner.web import plugin

    datasette = next(one for one, config in plugin._configs.items() if config == site.config)

    async def write() -> Any:
        return await datasette.get_database("data").execute("DELETE FROM events")

    with pytest.raises(Exception, match="readonly"):
        asyncio.run(write())


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("10.0.0.1", False),
        ("phones", False),
    ],
)
def test_an_address_other_than_loopback_requires_a_password(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback
    assert access("secret", address=address).closed
    if loopback:
        assert not access(None, address=address).closed
    else:
        with pytest.raises(UsageError, match="a password is required"):
            access(None, address=address)


def test_the_representation_of_the_rules_does_not_contain_the_secret() -> None:
    rules = access("hunter2hunter2", address="0.0.0.0")
    assert "hunter2" not in repr(rules)
    assert b"hunter2" not in (rules.digest or b"")


@pytest.mark.parametrize("cut", [True, False], ids=["the proxy cuts the path", "the proxy passes the path on"])
def test_below_a_path_every_link_is_below_it(make_site: Callable[..., Any], secret: str, cut: bool) -> None:
    site = make_site(rules=access(secret, address="127.0.0.1"), base="/phonescan/")
    own = {"authorization": f"Bearer {secret}"}
    prefix = "" if cut else "/phonescan"
    for path in (
        "/",
        "/devices",
        "/devices/1",
        "/firmware",
        "/scans/1",
        "/changes",
        "/catalogs/lync",
        "/data",
        "/data/inventory",
        "/data/scans/1",
    ):
        response = site.get(prefix + path, headers=own)
        assert response.status_code == 200, path
        links = re.findall(r'(?:href|action|src)="([^"]*)"', response.text)
        local = [
            link for link in links if not link.startswith(("data:", "#", "?", "https://datasette.io", "http://www.w3"))
        ]
        assert local
        wrong = [link for link in local if not link.startswith(("/phonescan/", "http://127.0.0.1:8001/phonescan/"))]
        assert not wrong, (path, wrong)
    assert site.get(prefix + "/assets/style.css").status_code == 200
    response = site.get(prefix + "/devices", headers={"accept": "text/html"})
    assert response.headers["location"] == "/phonescan/login?next=devices"
    response = site.ask("POST", prefix + "/login", data={"password": secret, "next": "devices"})
    assert response.headers["location"] == "/phonescan/devices"
    assert "Path=/phonescan/;" in response.headers["set-cookie"]


def test_over_https_the_cookie_is_secure(closed: Any, secret: str) -> None:
    import asyncio

    import httpx

    async def work() -> httpx.Response:
        transport = httpx.ASGITransport(app=closed.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://phones.example.org") as client:
            return await client.post("/login", data={"password": secret})

    response = asyncio.run(work())
    assert response.headers["set-cookie"].startswith("__Host-phonescan=")
    assert response.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
    assert response.headers["strict-transport-security"] == "max-age=31536000"


def test_a_logout_ends_the_session_on_the_server(closed: Any, secret: str) -> None:
    cookie = {"cookie": f"phonescan={cookie_of(login(closed, secret))}"}
    other = {"cookie": f"phonescan={cookie_of(login(closed, secret))}"}
    assert closed.get("/devices", headers=cookie).status_code == 200
    response = closed.ask("POST", "/logout", headers=cookie)
    assert (response.status_code, "Max-Age=0" in response.headers["set-cookie"]) == (303, True)
    assert closed.get("/devices", headers=cookie).status_code == 401
    assert closed.get("/devices", headers=other).status_code == 200


def test_a_login_ends_the_session_that_the_browser_had(closed: Any, secret: str) -> None:
    cookie = {"cookie": f"phonescan={cookie_of(login(closed, secret))}"}
    closed.ask("POST", "/login", data={"password": secret}, headers=cookie)
    assert closed.get("/devices", headers=cookie).status_code == 401


def test_a_browser_with_a_session_is_redirected_from_the_login_page(closed: Any, secret: str) -> None:
    cookie = {"cookie": f"phonescan={cookie_of(login(closed, secret))}"}
    response = closed.get("/login?next=devices%3Fsite%3Dhq", headers=cookie)
    assert (response.status_code, response.headers["location"]) == (303, "/devices?site=hq")


def test_a_link_of_another_page_loads_again_so_that_the_browser_sends_its_cookie(closed: Any) -> None:
    """A browser omits a cookie that is SameSite=Strict where another site links to a page."""
    response = closed.get("/login?next=devices", headers={"sec-fetch-site": "cross-site", "accept": "text/html"})
    assert '<meta http-equiv="refresh" content="0; url=/login?next=devices&amp;again=1">' in response.text
    for site in ("same-origin", "cross-site", "none", ""):  # once, whatever the browser sends then
        again = closed.get("/login?next=devices&again=1", headers={"sec-fetch-site": site})
        assert 'name="password"' in again.text


FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"sec-fetch-site": "cross-site"},
    "another port": {"sec-fetch-site": "same-site"},
    "another site without Fetch metadata": {"origin": "http://evil.example"},
    "an opaque origin": {"origin": "null"},
    "an origin that begins alike": {"origin": "http://127.0.0.1.evil.example"},
    "its own origin, sent by another site": {"origin": "http://127.0.0.1:8001", "sec-fetch-site": "cross-site"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
def test_another_page_can_neither_log_in_nor_log_out(closed: Any, secret: str, headers: dict[str, str]) -> None:
    cookie = {"cookie": f"phonescan={cookie_of(login(closed, secret))}"}
    response = closed.ask("POST", "/logout", headers=cookie | headers)
    assert (response.status_code, "set-cookie" in response.headers) == (403, False)
    assert closed.get("/devices", headers=cookie).status_code == 200
    response = closed.ask("POST", "/login", data={"password": secret}, headers=headers)
    assert (response.status_code, "set-cookie" in response.headers) == (403, False)


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "http://127.0.0.1:8001"}, {"sec-fetch-site": "same-origin", "origin": "https://own"}]
)
def test_a_page_of_this_server_and_a_program_log_in_and_out(closed: Any, secret: str, headers: dict[str, str]) -> None:
    response = closed.ask("POST", "/login", data={"password": secret}, headers=headers)
    cookie = {"cookie": f"phonescan={cookie_of(response)}"}
    page = closed.get("/devices", headers=cookie).text
    token = re.findall(r'name="token" value="([0-9a-f]{64})"', page)
    assert len(token) == 1
    assert closed.ask("POST", "/logout", data={"token": "0" * 64}, headers=cookie | headers).status_code == 403
    assert closed.ask("POST", "/logout", data={"token": token[0]}, headers=cookie | headers).status_code == 303
    assert closed.get("/devices", headers=cookie).status_code == 401


def test_the_form_of_every_page_has_the_token_of_its_session_alone(closed: Any, secret: str) -> None:
    for path in ("/", "/data", "/data/inventory", "/nope"):
        tokens = set()
        for _ in range(2):
            cookie = {"cookie": f"phonescan={cookie_of(login(closed, secret))}"}
            tokens |= set(re.findall(r'name="token" value="([0-9a-f]{64})"', closed.get(path, headers=cookie).text))
        assert len(tokens) == 2, path
    outside = render.form_token.set("of a request that was sent before on this connection")
    bearer = closed.get("/devices", headers={"authorization": f"Bearer {secret}"}).text
    render.form_token.reset(outside)
    assert 'name="token" value=""' in bearer


def test_a_browser_is_foreign_by_its_own_comparison_first() -> None:
    assert not is_foreign("https://phones.example.org", "127.0.0.1:8001", "same-origin")
    assert is_foreign("http://127.0.0.1:8001", "127.0.0.1:8001", "cross-site")
    assert not is_foreign("", "127.0.0.1:8001", "")


@pytest.mark.parametrize("path", [*OWN, "/data/inventory", "/nope", "/login"])
def test_no_cache_stores_a_page(closed: Any, secret: str, path: str) -> None:
    response = closed.get(path, headers={"authorization": f"Bearer {secret}"})
    assert response.headers.get_list("cache-control") == ["no-store"]
    assert "strict-transport-security" not in response.headers
