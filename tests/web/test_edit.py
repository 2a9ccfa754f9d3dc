"""Editing of devices: refused without option, password, session, token or origin, and recorded otherwise."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scanner.core.errors import UsageError
from scanner.inventory import Inventory
from scanner.web.access import access, is_same_origin
from scanner.web.pages.edit import BODY
from scanner.web.sessions import SESSION_SECONDS
from tests.web.conftest import HOSTILE, SECRET

ORIGIN = "http://127.0.0.1:8001"
PATH = "/devices/1/fields"


@pytest.fixture
def path(tmp_path: Path, restock: Callable[..., None]) -> Path:
    """An inventory of its own, because these tests write."""
    restock(tmp_path / "own.sqlite")
    return tmp_path / "own.sqlite"


class Editor:
    """A browser with a session, and the form of a device."""

    def __init__(self, site: Any, path: Path) -> None:
        self.site, self.path = site, path
        login = site.ask("POST", "/login", data={"password": SECRET})
        self.cookie = login.headers["set-cookie"].partition(";")[0]

    def page(self, device: int = 1) -> str:
        return str(self.site.get(f"/devices/{device}", headers={"cookie": self.cookie}).text)

    def form(self, device: int = 1) -> dict[str, str]:
        hidden = re.findall(r'<input type="hidden" name="(token|version)" value="([^"]+)">', self.page(device))
        return dict(hidden)

    def save(self, path: str = PATH, headers: dict[str, str] | None = None, **values: str) -> Any:
        own = {"cookie": self.cookie, "origin": ORIGIN} | (headers or {})
        sent = {name: value for name, value in own.items() if value}
        return self.site.ask("POST", path, data=self.form() | values, headers=sent)

    def stored(self) -> list[tuple[str, str, str]]:
        with closing(sqlite3.connect(self.path)) as db:
            return db.execute("SELECT key, value, author FROM device_fields ORDER BY id").fetchall()


@pytest.fixture
def editor(make_site: Callable[..., Any], path: Path) -> Editor:
    return Editor(make_site(path, access(SECRET, address="127.0.0.1"), edit=True), path)


def test_owner_and_note_are_saved_with_time_name_and_address(editor: Editor) -> None:
    response = editor.save(owner="A. Example", note="line one\r\nline <b>two</b>", by="Operator")
    assert (response.status_code, response.headers["location"]) == (303, "/devices/1#fields")
    assert editor.stored() == [
        ("owner", "A. Example", "Operator, web, 127.0.0.1"),
        ("note", "line one\nline <b>two</b>", "Operator, web, 127.0.0.1"),
    ]
    page = editor.page()
    assert "line one\nline &lt;b&gt;two&lt;/b&gt;" in page
    assert page.count("Operator, web, 127.0.0.1") == 4
    entered = editor.site.get("/devices/1.json", headers={"cookie": editor.cookie}).json()["fields"]
    assert entered["owner"]["value"] == "A. Example"
    assert set(entered["note"]) == {"value", "time", "author"}


def test_a_form_writes_the_editable_fields_alone(editor: Editor) -> None:
    others = {"site": "x", "mac": "02:00:00:00:00:01", "id": "2", "key": "site", "author": "x", "time": "2020-01-01"}
    before = editor.site.get("/devices/1.json", headers={"cookie": editor.cookie}).json()
    assert editor.save(owner="A", **others).status_code == 303
    after = editor.site.get("/devices/1.json", headers={"cookie": editor.cookie}).json()
    assert editor.stored() == [("owner", "A", "web, 127.0.0.1")]
    assert {**after, "fields": {}} == before


def test_a_field_that_is_cleared_or_unchanged_is_recorded_once(editor: Editor) -> None:
    editor.save(owner="A", note="n")
    editor.save(owner="A", note="")
    assert [(key, value) for key, value, _ in editor.stored()] == [("owner", "A"), ("note", "n"), ("note", "")]
    assert "fields" in editor.page()
    assert list(editor.site.get("/devices/1.json", headers={"cookie": editor.cookie}).json()["fields"]) == ["owner"]


def test_nothing_is_written_without_the_option(make_site: Callable[..., Any], path: Path) -> None:
    editor = Editor(make_site(path, access(SECRET, address="127.0.0.1")), path)
    assert "<textarea" not in editor.page()
    token = editor.site.config.access.form_token(editor.cookie.partition("=")[2])
    assert editor.save(owner="x", token=token, version="0").status_code == 405
    assert editor.stored() == []


def test_editing_requires_a_password(make_site: Callable[..., Any], path: Path) -> None:
    with pytest.raises(UsageError, match="requires a password"):
        make_site(path, edit=True)


REFUSALS: dict[str, tuple[dict[str, Any], int]] = {
    "no session": ({"headers": {"cookie": ""}}, 401),
    "a forged session": ({"headers": {"cookie": "phonescan=9999999999.00"}}, 401),
    "a bearer token alone": ({"headers": {"cookie": "", "authorization": f"Bearer {SECRET}"}}, 401),
    "no token": ({"token": ""}, 403),
    "a wrong token": ({"token": "0" * 64}, 403),
    "a token that is no ASCII": ({"token": "\u0661" * 64}, 403),
    "a long token": ({"token": "0" * 50_000}, 403),
    "another origin": ({"headers": {"origin": "http://evil.example"}}, 403),
    "no origin": ({"headers": {"origin": ""}}, 403),
    "an opaque origin": ({"headers": {"origin": "null"}}, 403),
    "an origin that begins alike": ({"headers": {"origin": "http://127.0.0.1.evil.example"}}, 403),
    "another scheme": ({"headers": {"origin": "file://127.0.0.1"}}, 403),
    "a page of another port": ({"headers": {"sec-fetch-site": "same-site"}}, 403),
    "a page of another site": ({"headers": {"sec-fetch-site": "cross-site"}}, 403),
    "another host name": ({"headers": {"host": "evil.example", "origin": "http://evil.example"}}, 421),
    "no form": ({"headers": {"content-type": "text/plain"}}, 415),
    "JSON": ({"headers": {"content-type": "application/json"}}, 415),
    "too large a body": ({"note": "x" * BODY}, 413),
    "too long a note": ({"note": "x" * 4001}, 400),
    "too long an owner": ({"owner": "x" * 201}, 400),
    "two lines of an owner": ({"owner": "a\nb"}, 400),
    "a control character": ({"note": "a\x1b[31m"}, 400),
    "a bidi mark": ({"owner": "a\u202egnp.exe"}, 400),
    "an unknown device": ({"path": "/devices/99999/fields"}, 400),
    "a huge number": ({"path": f"/devices/{'9' * 18}/fields"}, 400),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_request_is_refused_and_writes_nothing(editor: Editor, name: str) -> None:
    options, status = REFUSALS[name]
    response = editor.save(**({"owner": "x"} | options))
    assert response.status_code == status, response.text
    assert editor.stored() == []
    assert "Traceback" not in response.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_other_method_writes(editor: Editor, method: str) -> None:
    headers = {"cookie": editor.cookie, "origin": ORIGIN}
    response = editor.site.ask(method, PATH, params=editor.form() | {"owner": "x"}, headers=headers)
    assert response.status_code in (404, 405)
    assert editor.stored() == []


@pytest.mark.parametrize(
    "other", ["/devices/1", "/devices/1/fields/", "/devices//fields", "/devices/x/fields", "/data/devices/1"]
)
def test_no_other_path_takes_a_form(editor: Editor, other: str) -> None:
    assert editor.save(other, owner="x").status_code == 405
    assert editor.stored() == []


def test_a_token_ends_with_its_session(editor: Editor) -> None:
    old = editor.form()
    editor.site.clock += SESSION_SECONDS
    assert (
        editor.site.ask("POST", PATH, data=old, headers={"cookie": editor.cookie, "origin": ORIGIN}).status_code == 401
    )
    other = Editor(editor.site, editor.path)
    assert other.save(token=old["token"], owner="x").status_code == 403
    assert other.save(owner="x").status_code == 303


def test_a_form_that_is_older_than_the_last_change_overwrites_nothing(editor: Editor) -> None:
    old = editor.form()
    editor.save(owner="first")
    response = editor.save(owner="second", version=old["version"])
    assert response.status_code == 400
    assert "have changed meanwhile" in response.text
    for version in ("", "x", "-1", "9" * 30):
        assert editor.save(owner="second", version=version).status_code == 400
    assert [value for _, value, _ in editor.stored()] == ["first"]


def test_a_form_with_too_many_values_is_refused(editor: Editor) -> None:
    assert editor.save(**{f"x{n}": "1" for n in range(30)}).status_code == 403


def test_hostile_texts_are_shown_as_text(editor: Editor) -> None:
    for text in HOSTILE:
        if text.isprintable():
            assert editor.save(owner=text, note=text, by=text).status_code == 303, text
            page = editor.page()
            assert "<img" not in page
            assert "<svg onload" not in page
            assert "document.title='owned'" not in page
    table = editor.site.get("/data/device_fields.csv", headers={"cookie": editor.cookie}).text
    assert ",=HYPERLINK" not in table


def test_an_inventory_that_cannot_be_written_is_one_sentence(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.inventory.db.connect.BUSY_MS", 50)
    form = editor.form()
    with closing(sqlite3.connect(editor.path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        response = editor.save(owner="x", **form)
        db.execute("ROLLBACK")
    assert response.status_code == 503
    assert "is locked by another program" in response.text


def test_a_scan_keeps_the_fields(editor: Editor, restock: Callable[..., None]) -> None:
    editor.save(owner="A. Example")
    restock(editor.path)
    assert "A. Example" in editor.page()
    with Inventory.open(editor.path, readonly=True) as inventory:
        assert inventory.connection.execute("SELECT count(*) FROM scans").fetchone()[0] == 8


@pytest.mark.parametrize(
    ("origin", "host", "site", "same"),
    [
        ("http://127.0.0.1:8001", "127.0.0.1:8001", "", True),
        ("https://phones.example.org", "phones.example.org", "same-origin", True),
        ("https://phones.example.org:8443", "phones.example.org", "same-origin", True),
        ("http://[::1]:8001", "[::1]:8001", "", True),
        ("http://phones.example.org", "phones.example.org", "none", False),
        ("http://x.phones.example.org", "phones.example.org", "", False),
        ("phones.example.org", "phones.example.org", "", False),
        ("http://", "", "", False),
        ("", "", "", False),
        ("http://[::1]evil.example", "[::1]evil.example", "", False),
    ],
)
def test_the_origin_is_that_of_this_server(origin: str, host: str, site: str, same: bool) -> None:
    assert is_same_origin(origin, host, site) is same
