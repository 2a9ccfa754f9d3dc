"""Every key of the settings, found in the records, with values that end programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from click.testing import CliRunner

from scanner import settings
from scanner.cli.group import phonescan
from scanner.compliance.policy import CatalogTable, NamedPolicyTable, PolicyTable, RuleTable
from scanner.core.errors import PhonescanError, SettingsError
from scanner.settings.records import SettingsSections
from tests.nasty import DIGITS, MANY_DIGITS

LITERALS = (
    "inf", "-inf", "nan", "1e400", "-1e400", "1e-400", "-1", "0", "0.5", DIGITS, f"-{DIGITS}", MANY_DIGITS, "9" * 39,
    str(2**63), "0x" + "f" * 39, "true", "9999-12-31", "0001-01-01T00:00:00-12:00", "23:59:59", '""', '" "',
    '"\\u0000"', '"\\u202e"', f'"{"x" * 100_000}"', f'"{DIGITS}"', f'"{DIGITS}d"', f'"{MANY_DIGITS}"', '"²"', '"nan"',
    '"file:/dev/zero"', '"file:"', '"env:"', '"env:="', '"~no-such-user/x"', '"/dev/full"', '"/"', '"../../.."', '"@/"',
    f'"1.2.3.4/{DIGITS}"', f'"* * * * {DIGITS}"', '"0 0 31 2 *"', '"24:00-99:99"', '"Europe/../../etc/passwd"',
    '"http://["', f'"http://a:{DIGITS}"', '"netbox:x=y"', '"("', "[]", "{}", '[""]', "[[[]]]", "[inf]", "{ a = nan }",
    '["10.0.0.0/8", "10.0.0.0/8"]', f"[{DIGITS}]", f"[0x{'f' * 30}]",
)  # fmt: skip
#: Other keys that a table needs to be accepted.
NEEDED = {
    "credentials": 'name = "a"\ncommunity = "public"\n', "site": 'name = "a"\nsubnets = ["10.0.0.0/8"]\n',
    "scan": 'name = "a"\ntargets = ["127.0.0.1"]\ncron = "0 2 * * *"\n', "passive": 'targets = ["10.0.0.1"]\n',
    "exception": 'match = "10.0.0.1"\naccept = "any"\nowner = "a"\nreason = "b"\n', "policy.rule": "",
}  # fmt: skip
#: Commands that read the settings, and send nothing.
COMMANDS = (["schedule", "list", "--count", "1"], ["scan", "127.0.0.1", "--dry-run"], ["check"])


def keys() -> Iterator[tuple[str, str]]:
    """(table, key) of every key; `network.ports` and `scan.reports` are tables within a table."""
    for section in msgspec.structs.fields(SettingsSections):
        if section.name == "policy":
            yield from (("policy", name) for name in PolicyTable.__struct_fields__)
            yield from (("policy.teams", name) for name in (*CatalogTable.__struct_fields__, "certified"))
            yield from (("policy.frozen", name) for name in NamedPolicyTable.__struct_encode_fields__)
            yield from (("policy.rule", name) for name in RuleTable.__struct_encode_fields__)
            continue
        for field in _struct(section.type).__struct_fields__:
            yield section.name, field
    yield from (("network", f"ports.{name}") for name in ("http", "sip", "snmp"))


def _struct(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next(found for found in map(_struct, get_args(kind)) if found is not None)


KEYS = tuple(keys())


def document(table: str, key: str, literal: str) -> str:
    """A settings file with one key of a table."""
    needed = NEEDED.get(table, "")
    rest = "".join(f"{line}\n" for line in needed.splitlines() if not line.startswith(f"{key} ="))
    header = f"[[{table}]]" if table in NEEDED else f"[{table}]"
    return f"{header}\n{rest}{key} = {literal}\n"


def test_the_keys_are_those_of_the_records() -> None:
    assert {("network", "rate"), ("scan", "attach_limit"), ("netbox", "timeout"), ("inventory", "retention")} <= set(
        KEYS
    )
    assert len(KEYS) > 50


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_every_value_of_every_key_is_accepted_or_refused_in_one_sentence(
    table: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "phonescan.toml"
    lost = []
    for literal in LITERALS:
        path.write_text(document(table, key, literal))
        try:
            found = settings.load(path)
        except SettingsError as error:
            if len(str(error)) > 1_000 + len(str(path)):
                lost.append((literal[:60], ["load"], str(error)[:300]))
            continue
        try:
            settings.credentials(found)
            settings.policy(found)
            settings.exceptions(found)
        except PhonescanError:
            pass
        for command in COMMANDS:
            ended = CliRunner().invoke(phonescan, command)
            if "fault in phonescan" in ended.output or "Traceback" in ended.output or ended.exit_code not in range(5):
                lost.append((literal[:60], command, ended.output[-300:]))
    assert not lost
