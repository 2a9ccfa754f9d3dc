"""Secrets are not shown: in options as references, and `doctor` warns of what other users can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from scanner.cli.doctor import private
from scanner.cli.group import phonescan
from tests.cli.conftest import OUTDATED
from tests.loopback import own

LITERAL = "s3cret-Literal-77"
#: Words of an option that takes a secret, and those that only name a file with one or a number.
WORDS, FILES = ("community", "token", "password", "secret", "auth-key", "priv-key"), ("--password-file",)
#: The options that take a secret, by command, and the words before them; each ends soon.
CALLS: dict[tuple[str, str], list[str]] = {
    ("scan", "--community"): ["scan", own("127.61.9.1"), "--discover", "snmp", "--dry-run"],
    ("switches", "--community"): ["switches", own("127.61.9.1"), "--pace", "fast"],
    ("export", "--token"): ["export", "netbox", "--url", f"http://{own('127.61.9.2')}:9"],
    ("serve", "--token"): ["serve", "--port", "0"],
}


def secret_options(command: click.Command, name: str = "") -> Iterator[tuple[str, str]]:
    for one in command.params:
        for spelled in one.opts:
            if spelled.startswith("--") and any(word in spelled for word in WORDS) and spelled not in FILES:
                yield name.strip(), spelled
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), inner)
            assert found is not None
            yield from secret_options(found, f"{name} {inner}")


def test_the_table_names_every_option_that_takes_a_secret() -> None:
    assert set(secret_options(phonescan)) == set(CALLS)


@pytest.mark.network
@pytest.mark.parametrize(("command", "option"), CALLS)
def test_a_secret_in_the_arguments_is_refused_or_warned_of_and_never_printed(
    run: Any, feed: Any, command: str, option: str
) -> None:
    feed(OUTDATED)
    ended = run(*CALLS[command, option], option, LITERAL)
    assert "env:NAME or file:PATH" in ended.err
    assert LITERAL not in ended.out + ended.err


@pytest.mark.network
@pytest.mark.parametrize(("command", "option"), [key for key in CALLS if key[0] != "serve"])
@pytest.mark.parametrize("reference", ["env:PHONESCAN_TEST_SECRET", "file:secret"])
def test_a_secret_by_reference_is_taken(
    run: Any, feed: Any, here: Path, command: str, option: str, reference: str
) -> None:
    feed(OUTDATED)
    (here / "secret").write_text(LITERAL, encoding="utf-8")
    ended = run(*CALLS[command, option], option, reference, env={"PHONESCAN_TEST_SECRET": LITERAL})
    assert "every user of this machine" not in ended.err
    assert LITERAL not in ended.out + ended.err
    missing = run(*CALLS[command, option], option, reference + "-missing")
    assert (missing.status, option in missing.err) == (2, True), missing


def findings(run: Any) -> dict[str, Any]:
    return {row["name"]: row for row in run("doctor", "--format", "json").json()}


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o644, True)])
def test_doctor_warns_of_a_secret_file_that_others_read(run: Any, here: Path, mode: int, warned: bool) -> None:
    (here / "phonescan.toml").write_text(
        '[[credentials]]\nname = "a"\ntargets = ["198.18.0.0/24"]\ncommunity = "file:key"\n', encoding="utf-8"
    )
    (here / "key").write_text("x", encoding="utf-8")
    (here / "key").chmod(mode)
    says = [row["says"] for name, row in findings(run).items() if name == "secret file"]
    assert [f"{mode:04o}" in one for one in says] == [True] * warned


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_doctor_warns_of_a_community_in_the_settings_and_of_settings_that_others_read(
    run: Any, here: Path, mode: int, warned: bool
) -> None:
    path = here / "phonescan.toml"
    path.write_text(
        '[[credentials]]\nname = "a"\ntargets = ["198.18.0.0/24"]\ncommunity = "campus-7"\n', encoding="utf-8"
    )
    path.chmod(mode)
    found = findings(run)
    assert found["credential a, community"]["state"] == "warning"
    assert ("access" in found) == warned


@pytest.mark.parametrize(("mode", "warned"), [(0o640, False), (0o644, True)])
def test_doctor_warns_of_an_inventory_that_others_read(
    run: Any, feed: Any, here: Path, mode: int, warned: bool
) -> None:
    feed(OUTDATED).chmod(mode)
    assert ("access" in findings(run)) == warned
    here.chmod(0o757)
    assert findings(run)["folder"]["state"] == "warning"


def test_the_environment_files_of_units_are_found(tmp_path: Path) -> None:
    (tmp_path / "phonescan-nightly.service").write_text(
        "[Service]\nEnvironmentFile=/etc/phonescan/env\nEnvironmentFile=-/etc/phonescan/more\n", encoding="utf-8"
    )
    (tmp_path / "other.service").write_text("EnvironmentFile=/etc/other\n", encoding="utf-8")
    assert list(map(str, private.environment_files(tmp_path))) == ["/etc/phonescan/env", "/etc/phonescan/more"]
