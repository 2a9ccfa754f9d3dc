"""recog's XML as a further source for what is not a telephone: what it gives, what it never gives, and its mistakes."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from scanner.core.errors import DataError
from scanner.core.model import TELEPHONES, Identity, Observation
from scanner.identity.check import check
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.match import match
from tests.cost import cost
from tests.nonempty import some

FOLDER = Path(__file__).parent / "recog"
PRINTER = "Frobnix Printer LX9 v1.2.3"


def identity(*facts: tuple[str, str], mac: str | None = None) -> Identity:
    return identify([Observation(mac=mac, field=field, value=value) for field, value in facts], load(recog=FOLDER))


def test_a_device_that_no_rule_matches_is_identified() -> None:
    found = identity(("dhcp.vendor-class", f"{PRINTER} 001122334455"))
    assert (found.kind, found.manufacturer, found.model, found.firmware, found.mac) == (
        "other", "Frobnix", "LaserNix LX9", "1.2.3", "00:11:22:33:44:55",
    )  # fmt: skip
    (evidence,) = found.evidence
    assert evidence.rule == "recog/dhcp_vendor_class/4"
    assert evidence.certainty == pytest.approx(0.32)
    assert identify([Observation(field="dhcp.vendor-class", value=PRINTER)], load()).manufacturer is None


def test_the_syntax_of_ruby_is_read_where_it_is_a_matter_of_spelling() -> None:
    found = identity(("snmp.sysdescr", "frobos 7.1 on R1"))
    assert (found.kind, found.manufacturer, found.model, found.firmware) == ("other", "Frobnix", "FrobOS", "7.1")


@pytest.mark.parametrize(
    ("fact", "model"),
    [
        (("sip.user-agent", "Yealink SIP-T58A 58.15.0.20"), "T58A"),
        (("lldp-med.model", "VVX 411"), "VVX 411"),
        (("sip.server", "snom320/8.7.3.25"), "320"),
    ],
)
def test_it_changes_nothing_in_a_device_that_a_rule_identifies(fact: tuple[str, str], model: str) -> None:
    with_printer = identity(fact, ("dhcp.vendor-class", PRINTER))
    assert with_printer.model == model
    assert with_printer.kind in TELEPHONES
    assert with_printer.manufacturer != "Frobnix"
    assert [one.rule for one in with_printer.evidence if one.rule.startswith("recog/")] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dhcp.vendor-class", "frobnix-voip X1"),
        ("dhcp.vendor-class", "frobnix-shell 1"),
        ("snmp.sysdescr", "Yealink router SIP-T46S"),
        ("snmp.sysdescr", "Frobnix x switch"),
    ],
)
def test_telephones_and_software_are_left_to_the_vendor_files(field: str, value: str) -> None:
    def without(recog: Path | None) -> list[dict[str, str]]:
        return [dict(one.gives) for one in match(load(recog=recog), field, value)]

    assert without(FOLDER) == without(None)


def test_no_fingerprint_gives_the_kind_of_a_telephone() -> None:
    fingerprints = load(recog=FOLDER)
    assert fingerprints.recog is not None
    gives = [
        found.gives["kind"]
        for file in fingerprints.recog.files
        for one in file.fingerprints
        for example in one.examples
        if (found := fingerprints.recog.match(one.field, example.text or "", fingerprints.models))
    ]
    assert set(some(gives)).isdisjoint(TELEPHONES)


def test_what_is_not_used_is_counted() -> None:
    found = load(recog=FOLDER).recog
    assert found is not None
    assert found.notes() == [
        "1 fingerprints of recog are not used: in a syntax of Ruby that Python does not have",
        "2 fingerprints of recog are not used: of a pattern that may take long",
    ]


def test_the_edition_of_the_fingerprints_changes_with_recog() -> None:
    assert load().edition != load(recog=FOLDER).edition == load(recog=FOLDER).edition


def test_its_examples_are_checked(tmp_path: Path) -> None:
    assert check(FOLDER) == []
    text = (FOLDER / "dhcp_vendor_class.xml").read_text()
    (tmp_path / "dhcp_vendor_class.xml").write_text(
        text.replace('hw.version="1.2.3"', 'hw.version="1.2.4"').replace("RnJv", "Rn==")
    )
    assert [str(one) for one in check(tmp_path)] == [
        "dhcp_vendor_class.xml, line 4: recog/dhcp_vendor_class/4: "
        "hw.version is '1.2.3', not '1.2.4', for the example 'Frobnix Printer LX9 v1.2.3'",
        "dhcp_vendor_class.xml, line 4: recog/dhcp_vendor_class/4: the pattern does not match its example 'F'",
    ]


WRONG = {
    '<fingerprint patern="^x">': ("line 4", "write pattern"),
    '<fingerprint pattern="^x" flags="REG_ICASSE">': ("line 4", "write REG_ICASE"),
    '<fingerprint pattern="^x" certainty="high">': ("line 4", "not a number from 0 to 1"),
    "<fingerprint>": ("line 4", "no pattern"),
    '<fingerprint pattern="^x"><exampel/>': ("line 4", "write example"),
    '<fingerprint pattern="^x"><param pos="x" name="hw.product"/>': ("line 4", "no pos that is the number of a group"),
    '<fingerprint pattern="^x"><param pos="0" name="hw.product"/>': ("line 4", "has no value"),
    '<fingerprint pattern="^x"><param pos="2" name="hw.product"/>': ("line 4", "the pattern has 0 groups"),
    '<fingerprint pattern="^x"><param pos="1" nmae="hw.product"/>': ("line 4", "write name"),
    '<fingerprint pattern="^x" pattern="^y">': ("line 4", "malformed XML"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_mistake_is_named_with_file_line_and_the_nearest_known_word(wrong: str, tmp_path: Path) -> None:
    line, word = WRONG[wrong]
    path = tmp_path / "snmp_sysdescr.xml"
    path.write_text(
        f'<?xml version="1.0"?>\n<fingerprints matches="snmp.sys_description">\n\n{wrong}\n'
        '<param pos="0" name="hw.device" value="Router"/></fingerprint></fingerprints>'
    )
    with pytest.raises(DataError) as error:
        load(recog=tmp_path)
    assert str(error.value).startswith(f"{path}, {line}: ")
    assert word in str(error.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<fingerprints matches="snmp.sys_descripton"/>', "is not a database of recog; the one for snmp.sysdescr"),
        ("<finger/>", "there is no <fingerprints> element"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><fingerprints matches="html_title"/>', "refused: entity declarations"),
    ],
)
def test_a_file_that_is_not_one_of_recog_is_an_error(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(text)
    with pytest.raises(DataError, match=re.escape(why)):
        load(recog=tmp_path)


def test_a_folder_without_xml_and_one_that_is_not_there_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="contains no XML file"):
        load(recog=tmp_path)
    with pytest.raises(DataError, match="does not exist: correct --recog or the setting"):
        load(recog=tmp_path / "none")


@pytest.mark.parametrize("text", [" ", "a", "0", ".", "Frobnix ", "x", "\n", "frobos 7.1.1", "Frobnix Printer x", "é"])
def test_a_hostile_value_costs_little_time(text: str) -> None:
    found = load(recog=FOLDER).recog
    assert found is not None
    models = load().models
    value = (text * 4096)[:4096]
    for field in some(found.fields):
        usual = cost(partial(found.match, field, "Frobnix 7.1.1", models))
        assert cost(partial(found.match, field, value, models)) < 100 * usual
