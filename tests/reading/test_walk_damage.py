"""A damaged line of a walk costs no phone but the one that it is about."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.model import Observation
from scanner.reading import Context, snmpwalk
from scanner.reading.walk_names import name_of
from tests.cost import cost

CONTEXT = Context("walk.txt", "2026-11-23T02:00:00Z")
_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
PORTS = range(1, 6)


def _mac(port: int) -> str:
    return f"64:16:7f:00:00:{port:02x}"


def _rows(port: int) -> list[tuple[str, str, str, str]]:
    """Column, type, value with its type, and value without, of one phone."""
    pairs = f"64 16 7F 00 00 {port:02X} "
    return [
        ("4", "INTEGER", "5", "networkAddress"),
        ("5", "Hex-STRING", f"01 0A 00 00 {port:02X} ", f'"01 0A 00 00 {port:02X} "'),
        ("6", "INTEGER", "3", "macAddress"),
        ("7", "Hex-STRING", pairs, f'"{pairs}"'),
        ("9", "STRING", f'"Polycom \\"VVX {port}\\""', f'"Polycom \\"VVX {port}\\""'),
        ("10", "STRING", f'"VVX {port}\nSecond line\n"', f'"VVX {port}\nSecond line\n"'),
        ("12", "Hex-STRING", "24 00 ", '"24 00 "'),
    ]


def _walk(layout: str) -> list[tuple[int, str]]:
    """(phone, row) of a walk in columns, as agents return them."""
    found = []
    for column, rows in enumerate(zip(*(_rows(port) for port in PORTS), strict=True)):
        for port, (_, kind, typed, bare) in zip(PORTS, rows, strict=True):
            oid = f"{_REMOTE}.{rows[0][0]}"
            name = f"LLDP-MIB::{name_of(oid)}" if layout.startswith("named") else f".{oid}"
            value = f" {bare}" if layout.endswith("quick") else f" = {kind}: {typed}"
            found.append((port, f"{name}.0.{port}.{column // 99}{value}"))
    return found


def _read(text: str) -> dict[str | None, set[tuple[str | None, str, str]]]:
    found: dict[str | None, set[tuple[str | None, str, str]]] = {}
    for item in snmpwalk.read(io.BytesIO(text.encode("utf-8", "surrogateescape")), CONTEXT):
        if isinstance(item, Observation):
            found.setdefault(item.mac, set()).add((item.ip, item.field, item.value))
    return found


LAYOUTS = ("numeric", "named", "numeric quick", "named quick")
_JUNK = st.text(alphabet="\"\\ =:.[](){}<>|'0123456789abcdefABCDEF-_gzHSTRINGxLDP\t\r", max_size=30)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_whole_walk_has_every_phone(layout: str) -> None:
    found = _read("\n".join(row for _, row in _walk(layout)))
    assert {mac for mac in found if mac} == {_mac(port) for port in PORTS}
    assert all(
        ("10.0.0." + str(port), "lldp.system-name", f'Polycom "VVX {port}"') in found[_mac(port)] for port in PORTS
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@given(data=st.data())
def test_a_damaged_line_costs_no_other_phone(layout: str, data: st.DataObject) -> None:
    rows = _walk(layout)
    whole = _read("\n".join(row for _, row in rows))
    at = data.draw(st.integers(0, len(rows) - 1))
    port, row = rows[at]
    start = data.draw(st.integers(0, len(row)))
    end = data.draw(st.integers(start, len(row)))
    damaged = row[:start] + data.draw(_JUNK) + row[end:]
    rows[at] = port, damaged
    found = _read("\n".join(row for _, row in rows))
    for other in PORTS:
        if other != port:
            assert whole[_mac(other)] <= found.get(_mac(other), set()), damaged


@pytest.mark.parametrize("layout", LAYOUTS)
@given(data=st.data())
def test_a_line_between_rows_costs_no_phone_but_that_of_the_row_before(layout: str, data: st.DataObject) -> None:
    rows = _walk(layout)
    whole = _read("\n".join(row for _, row in rows))
    at = data.draw(st.integers(0, len(rows)))
    before = rows[at - 1][0] if at else 0
    rows.insert(at, (0, data.draw(_JUNK)))
    found = _read("\n".join(row for _, row in rows))
    assert all(whole[_mac(port)] <= found.get(_mac(port), set()) for port in PORTS if port != before)


_LONG = 60_000
HOSTILE = {
    "dots": ".1" * (_LONG // 2),
    "quotes in an index": 'a."' + '".' * (_LONG // 2),
    "brackets": "a" + "[x]" * (_LONG // 3),
    "open brackets": "a" + "[" * _LONG,
    "macs": "0:1:2:3:4:5." * (_LONG // 12),
    "equals signs": "a.1" + " = " * (_LONG // 3),
    "octets": '.1.3.6.1.2.1.1.5.0 = "' + "00 " * (_LONG // 3) + "x",
    "backslashes": '.1.3.6.1.2.1.1.5.0 = STRING: "' + '\\"' * (_LONG // 2),
    "BITS": ".1.0.8802.1.1.2.1.4.1.1.12.0.7.1 = BITS: " + "24 " * (_LONG // 3),
    "text behind octets": ".1.0.8802.1.1.2.1.4.1.1.7.0.7.1 = Hex-STRING: 00" + "  [" * (_LONG // 3),
    "prompts": "$ " * (_LONG // 2) + "snmpwalk -x",
    "messages": "Timeout: No Response from " * (_LONG // 26),
    "names": "lldpRemSysName" * (_LONG // 14),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_line_of_the_greatest_length_takes_little_time(kind: str) -> None:
    plain = '.1.3.6.1.2.1.1.5.0 = STRING: "' + "x" * (_LONG - 31) + '"\n'
    assert cost(lambda: _read(f"{HOSTILE[kind]}\n" * 3)) < 1000 * cost(lambda: _read(plain * 3))
