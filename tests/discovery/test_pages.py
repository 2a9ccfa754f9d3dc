"""What a page says, and which page is asked next."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.text import VALUE_LIMIT
from scanner.discovery import http as discovery
from scanner.discovery import pages
from scanner.discovery.conversation import Certificate, Get, Page, Peer
from scanner.discovery.declaration import Exchange
from scanner.discovery.options import Options
from tests.nonempty import some


def page(body: bytes = b"", *headers: tuple[str, str], path: str = "/", status: int = 200, **more: object) -> Page:
    return Page(path, status, headers, body, **more)  # type: ignore[arg-type]


def said(given: Page) -> dict[str, str]:
    return dict(discovery.read(given))


REALMS = [
    ('Basic realm="Enterprise IP phone SIP-T20P"', "Enterprise IP phone SIP-T20P"),
    ('Digest qop="auth", realm="Aastra 6757i", nonce="x"', "Aastra 6757i"),
    ("Basic realm=bare", "bare"),
    ('Basic realm="never closed', "never closed"),
    (r'Basic realm="a \"quoted\" one"', 'a "quoted" one'),
    ("Basic", None),
]


@pytest.mark.parametrize(("header", "realm"), REALMS)
def test_a_realm_is_read_however_it_is_spelled(header: str, realm: str | None) -> None:
    assert said(page(b"", ("www-authenticate", header), status=401)).get("http.realm") == realm


TITLES = [
    (b"<TITLE>SIP-T43U</TITLE>", "SIP-T43U"),
    (b"<title id='x'>\r\n  Polycom -\tVVX 500 &reg; </title>", "Polycom - VVX 500 ®"),
    (b"<title></title>", None),
    (b"<title>never closed", None),
    ("<meta charset=iso-8859-1><title>Tür</title>".encode("latin-1"), "Tür"),
    (b"<meta charset=x-unknown><title>a\xffb</title>", "a\ufffdb"),
    (b"<meta charset=punycode><title>a-b</title>" + b"z" * 200_000, "a-b"),
    (b"<meta charset=zlib_codec><title>a</title>", "a"),
    (b"<title>" * 9_000 + b"x" * 3_000 + b"</title>", None),
]


@pytest.mark.parametrize(("body", "title"), TITLES)
def test_a_title_is_read_as_a_person_would(body: bytes, title: str | None) -> None:
    assert said(page(body)).get("http.title") == title


def test_a_certificate_a_status_and_a_path_are_findings() -> None:
    shown = Certificate("CN=001565AABBCC,O=Yealink", "CN=CA", ("a", "b"))
    told = said(page(b"x", path="/servlet?p=login", certificate=shown))
    assert told["https.cert-subject"] == "CN=001565AABBCC,O=Yealink"
    assert told["https.cert-issuer"] == "CN=CA"
    assert told["https.cert-san"] == "a, b"
    assert told["http.path"] == "/servlet?p=login"
    assert told["http.status"] == "200"


def test_an_error_page_of_a_tried_path_yields_no_title_and_no_path() -> None:
    assert "http.title" not in said(page(b"<title>404 Not Found</title>", path="/login.htm", status=404))
    assert "http.path" not in said(page(b"", path="/login.htm", status=404))
    told = said(page(b'{"phoneName":"T54W","firmware":"96.86.0.45"}', path="/api/auth/login", status=401))
    assert "T54W" in told["http.body"]
    assert said(page(b"<title>Aastra</title>", status=401))["http.title"] == "Aastra"


def test_a_favicon_is_hashed_whole_or_not_at_all() -> None:
    icon = page(b"icon", ("content-type", "image/x-icon"), path="/favicon.ico")
    assert said(icon)["http.favicon"] == f"md5:{hashlib.md5(b'icon').hexdigest()}"
    assert "http.body" not in said(icon)
    cut = page(b"x" * discovery.BODY_LIMIT, ("content-type", "image/png"), path="/favicon.png")
    assert "http.favicon" not in said(cut)


def test_model_and_firmware_deep_in_a_long_page_are_kept() -> None:
    filler = "<p>nothing</p>" * 2000
    body = f'<title>Login</title>{filler}var g_phonetype="T46S";{filler}var g_strFirmware="66.84.0.15";{filler}'
    kept = said(page(body.encode()))["http.body"]
    assert len(kept) <= VALUE_LIMIT
    assert kept.startswith("<title>Login</title>")
    assert 'g_phonetype="T46S"' in kept
    assert 'g_strFirmware="66.84.0.15"' in kept


@given(st.binary(max_size=3000), st.integers(0, 40))
def test_whatever_a_page_holds_findings_are_bounded(body: bytes, times: int) -> None:
    for field, value in some(discovery.read(page(body * times, ("server", "x" * 100_000)))):
        assert 0 < len(value) <= VALUE_LIMIT, field


LINKS = [
    ("/", "/login.htm", "/login.htm"),
    ("/a/b.htm", "c.htm?x=1", "/a/c.htm?x=1"),
    ("/a/b.htm", "../c.htm", "/c.htm"),
    ("/", "http://192.0.2.1/x", None),
    ("/", "//evil.example/x", None),
    ("/", "javascript:alert(1)", None),
    ("/", "/logout.cgi", None),
    ("/", "/cgi-bin/api?action=reboot", None),
    ("/", "/x" * 400, None),
    ("/", "/a b", None),
    ("/", "/ü", None),
    ("/", "/servlet?m=mod_listener&amp;p=login", "/servlet?m=mod_listener&p=login"),
]


@pytest.mark.parametrize(("base", "link", "path"), LINKS)
def test_a_link_leads_to_the_same_host_and_does_nothing(base: str, link: str, path: str | None) -> None:
    assert pages.same_host(base, link) == path


LED = [
    '<meta http-equiv="refresh" content="0; url=/login.htm">',
    "<META HTTP-EQUIV=Refresh CONTENT='0;URL=login.htm'>",
    '<script>window.location.href = "/login.htm";</script>',
    "<script>location.replace('/login.htm')</script>",
    "<script>top.location='login.htm'</script>",
]


@pytest.mark.parametrize("body", LED)
def test_a_page_that_only_leads_on_is_followed_once(body: str) -> None:
    assert pages.next_pages((("http.body", body),), ("/",)) == ("/login.htm",)
    assert pages.next_pages((("http.body", body),), ("/", "/login.htm")) == ()


HINTS = [
    (("http.server", "yealink embed httpd"), "/api/auth/login?p=Login&t=1"),
    (("https.cert-issuer", "CN=Yealink Equipment Issuing CA"), "/api/auth/login?p=Login&t=1"),
    (("sip.user-agent", "Cisco-CP8851-3PCC/11.2"), "/DeviceInformationX"),
    (("http.title", "Cisco Systems, Inc."), "/DeviceInformationX"),
    (("http.server", "Grandstream GXP1400"), "/manager?action=product&time=0"),
    (("snmp.sysdescr", "Fanvil X4"), "/title.htm"),
    (("http.server", "Poly CCX Telephone HTTPd"), "/login.htm"),
]


@pytest.mark.parametrize(("finding", "path"), HINTS)
def test_a_vendors_page_is_requested_where_a_finding_names_the_vendor(finding: tuple[str, str], path: str) -> None:
    assert pages.next_pages((finding,), ("/",)) == (path,)


NOT_ASKED = [
    (("http.server", "nginx"),),
    (("http.server", "cisco-IOS"), ("http.realm", "level_15_access")),
    (("snmp.syslocation", "yealink store room"),),
    (("http.server", "yealink embed httpd"), ("http.body", 'var g_strFirmware="66.84.0.15"')),
]


@pytest.mark.parametrize("findings", NOT_ASKED)
def test_no_page_is_requested_without_a_vendor_or_with_model_and_firmware_known(
    findings: tuple[tuple[str, str], ...],
) -> None:
    assert pages.next_pages(findings, ("/",)) == ()


def test_the_maker_of_the_mac_chooses_pages_too() -> None:
    step = discovery.declare(Options(maker=lambda mac: "Yealink" if mac == "00:15:65:aa:bb:cc" else None)).steps[0]
    assert isinstance(step, Exchange)

    def after_an_empty_page(mac: str) -> object:
        conversation = step.conversation(Peer("192.0.2.7", 80, findings=(("arp.mac", mac),)))
        assert next(conversation) == Get("/")
        try:
            return conversation.send((Page("/", 200, (), b""),))
        except StopIteration:
            return None

    assert after_an_empty_page("00:15:65:aa:bb:cc") == Get("/api/auth/login?p=Login&t=1")
    assert after_an_empty_page("00:15:65:aa:bb:cd") is None


def test_a_visit_ends() -> None:
    findings: tuple[tuple[str, str], ...] = (("http.server", "yealink Cisco Polycom Fanvil Grandstream"),)
    read: tuple[str, ...] = ("/",)
    while following := pages.next_pages(findings, read):
        read += following
        assert len(read) < 10


def test_an_icon_is_requested_when_a_page_names_it_and_the_vendor_is_unknown() -> None:
    body = ("http.body", '<head><link rel="shortcut icon" href="/img/fav.ico"></head>' + "x" * 2000)
    assert pages.next_pages((body,), ("/",)) == ("/img/fav.ico",)
    assert pages.next_pages((body,), ("/", "/img/fav.ico")) == ()
    elsewhere = ("http.body", '<link rel="icon" href="https://cdn.example/fav.ico">')
    assert pages.next_pages((elsewhere,), ("/",)) == ()


def test_every_vendor_page_is_a_get_that_changes_nothing() -> None:
    for vendor in pages.VENDORS:
        for path in some(vendor.paths):
            assert pages.same_host("/", path) == path
