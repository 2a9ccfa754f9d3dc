"""The functions of the library interface with values that end programs: a result, or an error of ours in a sentence."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import scanner
from scanner import api
from scanner.core.errors import PhonescanError
from scanner.core.model import Identity
from scanner.reading import detect
from tests.nasty import NUMBERS, TEXTS

VALUES = (*NUMBERS, *TEXTS)


def lost(call: Callable[[str], object]) -> list[tuple[str, str]]:
    """The values for which a call ends in an error that is not ours, or in one that is no sentence."""
    found = []
    for value in VALUES:
        try:
            call(value)
        except PhonescanError as error:
            if not str(error) or "\n" in str(error).strip():
                found.append((value[:60], str(error)[:200]))
        except Exception as error:
            found.append((value[:60], f"{type(error).__name__}: {error}"[:200]))
    return found


def test_every_function_of_the_library_is_tried() -> None:
    assert api.__all__ == ["assess", "identify", "read", "scan"]


@pytest.mark.parametrize(
    "field", ["sip.user-agent", "snmp.sysobjectid", "dhcp.hostname", "http.title", "lldp-med.model"]
)
def test_identify_survives_every_value(field: str) -> None:
    assert lost(lambda value: scanner.identify({field: value})) == []


def test_identify_survives_every_name_of_a_field() -> None:
    assert lost(lambda value: scanner.identify({value: "x"})) == []


def test_assess_survives_every_value_of_every_part() -> None:
    known = scanner.identify({"sip.user-agent": "Yealink SIP-T58A 58.15.0.20"})
    parts = [name for name in Identity.__struct_fields__ if isinstance(getattr(known, name), str)]
    assert {"manufacturer", "model", "firmware"} <= set(parts)
    for part in ("manufacturer", "model", "firmware"):

        def assessed(value: str, part: str = part) -> object:
            return scanner.assess(msgspec.structs.replace(known, **{part: value}))

        assert lost(assessed) == []


@pytest.mark.parametrize("format", [None, *detect.FORMATS])
def test_read_survives_every_content(format: str | None) -> None:
    name = {"phonereport": "phone-report", "accesslog": "access-log"}.get(format or "", format)

    def read(value: str) -> object:
        return list(scanner.read(io.BytesIO(value.encode("utf-8", "surrogatepass")), format=name, ip="198.18.0.5"))

    assert lost(read) == []


def test_read_survives_every_name_of_a_file_and_of_a_format(tmp_path: Path) -> None:
    named = [value for value in VALUES if "/dev/zero" not in value]
    assert len(named) > 50
    assert lost(lambda value: value in named and list(scanner.read(value))) == []
    assert lost(lambda value: list(scanner.read(io.BytesIO(b"x"), format=value))) == []


def test_scan_survives_every_target_discovery_and_pace(tmp_path: Path) -> None:
    with scanner.Inventory.open(tmp_path / "x.sqlite", create=True) as inventory:
        stop = lambda: True  # noqa: E731

        def target(value: str) -> object:
            return scanner.scan([value], inventory, stopped=stop)

        assert lost(target) == []
        assert lost(lambda value: scanner.scan(["127.0.0.1"], inventory, pace=value, stopped=stop)) == []
        assert lost(lambda value: scanner.scan(["127.0.0.1"], inventory, discover=[value], stopped=stop)) == []
