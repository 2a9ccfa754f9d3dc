"""Secrets: resolved when they are used, from environment or file, and removed from every log message."""

from __future__ import annotations

import io
import logging
import os
import threading
from pathlib import Path

import pytest

from scanner import settings
from scanner.core.errors import SettingsError
from scanner.settings import Settings, parse, secrets

TEXT = """
[[credentials]]
name = "campus"
targets = ["10.0.0.0/8"]
community = "env:PHONESCAN_TEST_COMMUNITY"

[[credentials]]
name = "core"
user = "reader"
auth = "sha"
auth_key = "file:auth.key"
"""


def test_secrets_resolve_when_they_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Settings(tmp_path / "phonescan.toml", parse(TEXT))
    with pytest.raises(
        SettingsError, match=r"'campus', community: the environment variable PHONESCAN_TEST_COMMUNITY is not"
    ):
        settings.credentials(found)
    monkeypatch.setenv("PHONESCAN_TEST_COMMUNITY", "s3cret-community")
    with pytest.raises(SettingsError, match=r"'core', auth_key: the secret file .*auth\.key cannot be read"):
        settings.credentials(found)
    (tmp_path / "auth.key").write_text("s3cret-key\n", encoding="utf-8")
    campus, core = settings.credentials(found)
    assert (campus.community, campus.targets, core.user, core.auth_key) == (
        "s3cret-community", ("10.0.0.0/8",), "reader", "s3cret-key",
    )  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff\xfe\x00", b"x" * 4097])
def test_an_empty_binary_or_long_secret_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SettingsError):
        secrets.reveal("file:key", what="x", folder=tmp_path)


def test_a_pipe_is_read_to_its_end_and_one_without_a_writer_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    late = threading.Timer(0.2, lambda: (os.write(writing, b"of the pipe\n"), os.close(writing)))
    late.start()
    assert secrets.reveal(f"file:/dev/fd/{reading}", what="key") == "of the pipe"
    late.join()
    os.close(reading)
    monkeypatch.setattr(secrets, "PIPE_SECONDS", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettingsError, match="nothing is written to it"):
        secrets.reveal(f"file:{tmp_path}/pipe", what="key")


def test_a_text_that_is_not_a_reference_is_the_secret() -> None:
    assert secrets.reveal("public", what="x") == "public"
    assert secrets.reveal("env:", what="x") == "env:"
    assert not secrets.is_reference("public")


def test_the_repr_of_a_record_contains_no_secret() -> None:
    assert "PHONESCAN" not in repr(parse(TEXT).credentials)
    found = parse("[[credentials]]\nname = 'a'\ncommunity = 'plain-secret'\n")
    assert "plain-secret" not in repr(found)
    assert "plain-secret" not in repr(settings.credentials(Settings(None, found)))


def test_log_messages_contain_no_revealed_secret() -> None:
    secrets.hide("t0p-secret")
    secrets.hide("t0p-secret-longer")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(secrets.Redaction())
    log = logging.Logger("test")
    log.addHandler(handler)
    log.warning("community %s and %r refused", "t0p-secret", {"key": "t0p-secret-longer"})
    try:
        raise ValueError("t0p-secret was wrong")
    except ValueError:
        log.exception("failed")
    text = stream.getvalue()
    assert "t0p" not in text
    assert "-longer" not in text
    assert text.count(secrets.HIDDEN) >= 3
    assert "ValueError" in text


def test_the_default_community_is_not_redacted() -> None:
    secrets.reveal("public", what="credential 'any', community")
    assert secrets.redacted("10.0.0.0/8 is not public") == "10.0.0.0/8 is not public"


@pytest.mark.parametrize(
    ("secret", "text", "redacted"),
    [
        ("a", "the password has fewer than 12 characters", "the password has fewer than 12 characters"),
        ("rw", "forward rw, rw!", "forward [hidden], [hidden]!"),
        ("private", "privately: private", "privately: [hidden]"),
        ("long-enough", "xlong-enoughx", "x[hidden]x"),
    ],
)
def test_a_short_secret_is_removed_as_a_word_and_garbles_no_other(
    secret: str, text: str, redacted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_revealed", set())
    secrets.hide(secret)
    assert secrets.redacted(text) == redacted


@pytest.mark.parametrize("reference", ["file:", "env:KEY_OF_LINES"])
@pytest.mark.parametrize("content", ["first\ntwo\n", "first\r\ntwo", "first\x7ftwo", "first\x1btwo", "first\u2028two"])
def test_several_lines_are_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, reference: str
) -> None:
    (tmp_path / "key").write_text(content, encoding="utf-8", newline="")
    monkeypatch.setenv("KEY_OF_LINES", content)
    given = f"{reference}{tmp_path / 'key'}" if reference == "file:" else reference
    with pytest.raises(SettingsError, match="several lines or control characters") as raised:
        secrets.reveal(given, what="key")
    assert "first" not in str(raised.value)
