"""The table of names has every column that is read, and nothing twice."""

from __future__ import annotations

import pytest

from scanner.discovery import snmp_objects
from scanner.discovery.switches import mib, mib_names
from scanner.discovery.switches.mib_names import COLUMNS, ENUMERATIONS, INDEXES, NODES

_READ = {oid: name for table in (*mib.TABLES, mib.ENTITY) for name, oid in table.columns.items()}


@pytest.mark.parametrize("oid", _READ, ids=_READ.values())
def test_every_column_that_is_read_has_a_name(oid: str) -> None:
    assert oid in COLUMNS


def test_the_objects_of_the_system_group_and_the_chassis_have_names() -> None:
    columns = {oid.removesuffix(".0") for oid in snmp_objects.SYSTEM} | set(snmp_objects.ENTITY_COLUMNS)
    assert columns <= COLUMNS


def test_a_column_and_its_name_belong_to_each_other_alone() -> None:
    assert len(set(NODES.values())) == len(NODES)
    assert not {oid for oid in COLUMNS if any(other.startswith(f"{oid}.") for other in NODES.values())}


def test_an_index_belongs_to_an_entry_and_its_words_to_an_enumeration() -> None:
    known = {mib_names.NUMBER, mib_names.ADDRESS, mib_names.MAC, mib_names.OCTETS} | set(ENUMERATIONS)
    assert set(INDEXES) <= set(NODES.values()) - COLUMNS
    assert {part for parts in INDEXES.values() for part in parts} <= known


def test_octets_numbers_and_words_are_of_columns() -> None:
    assert mib_names.NUMBERS | mib_names.BINARY | set(mib_names.WORDS) <= COLUMNS
    assert not mib_names.NUMBERS & mib_names.BINARY
