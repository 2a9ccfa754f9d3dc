"""A rule for product text applies to every field of product text, and a rule for another syntax to its field alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.core.fields import FIELDS, Rules
from scanner.core.model import Observation
from scanner.identity.check import check
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.match import match
from tests.nonempty import some

PRODUCT_TEXT = [name for name, field in FIELDS.items() if field.rules is not Rules.OWN]
OWN = [name for name, field in FIELDS.items() if field.rules is Rules.OWN]


def given(field: str, value: str) -> dict[str, str]:
    return next((dict(one.gives) for one in match(load(), field, value)), {})


@pytest.mark.parametrize("field", PRODUCT_TEXT)
@pytest.mark.parametrize(
    ("value", "maker", "model", "firmware"),
    [
        ("Grandstream GXP2170 1.0.11.46", "Grandstream", "GXP2170", "1.0.11.46"),
        ("Grandstream BT110 1.0.8.33", "Grandstream", "BT110", "1.0.8.33"),
        ("Yealink SIP-T58A 58.15.0.20", "Yealink", "T58A", "58.15.0.20"),
        ("PolycomVVX-VVX_411-UA/5.9.5.0614", "Polycom", "VVX 411", "5.9.5.0614"),
        ("AUDC-IPPhone/2.2.16.525 (440HDG-Rev0; 00908F602AAC)", "AudioCodes", "440HD", "2.2.16.525"),
        ("snom320/8.7.3.25", "Snom", "320", "8.7.3.25"),
    ],
)
def test_what_a_maker_writes_in_one_field_is_read_in_each(
    field: str, value: str, maker: str, model: str, firmware: str
) -> None:
    found = given(field, value)
    assert (found.get("manufacturer"), found.get("model"), found.get("firmware")) == (maker, model, firmware)


@pytest.mark.parametrize("field", OWN)
def test_a_field_with_a_syntax_of_its_own_borrows_no_rule(field: str) -> None:
    assert "model" not in given(field, "Grandstream BT110 1.0.8.33")


def test_a_borrowed_rule_has_the_directness_of_the_field_and_less_weight_than_in_its_own() -> None:
    def confidence(field: str) -> float:
        return identify([Observation(field=field, value="Grandstream GXP2170 1.0.11.46")], load()).confidence

    own = confidence("sip.user-agent")
    assert confidence("dhcp.vendor-class") < confidence("provisioning.user-agent") < own


def test_the_evidence_names_the_rule_that_was_borrowed() -> None:
    found = match(load(), "dhcp.vendor-class", "PolycomVVX-VVX_411-UA/5.9.5.0614")
    assert [(one.field, one.rule.split("/")[1]) for one in found] == [("dhcp.vendor-class", "sip.user-agent")]


RULE = """
[[rule]]
field = "{field}"
pattern = '{pattern}'
gives = {{ {gives} }}
{key}
examples = [ {{ value = "{value}", {gives} }} ]
"""


def rule(field: str, pattern: str, gives: str, value: str, key: str = "") -> str:
    return RULE.format(field=field, pattern=pattern, gives=gives, value=value, key=key)


def taught(folder: Path, *rules: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "acme.toml").write_text('manufacturer = "Acme"\n' + "".join(rules), encoding="utf-8")
    return folder


def gives(folder: Path, field: str, value: str) -> dict[str, str]:
    return next((dict(one.gives) for one in match(load(folder), field, value)), {})


def test_a_rule_for_the_field_itself_precedes_a_more_specific_one_of_another_field(tmp_path: Path) -> None:
    own = rule("lldp.system-description", "Acme .{1,40}", 'model = "Own"', "Acme Desk 1")
    other = rule("sip.user-agent", "Acme Desk .{1,40}", 'model = "Other"', "Acme Desk 1")
    folder = taught(tmp_path, own, other)
    assert gives(folder, "lldp.system-description", "Acme Desk 1")["model"] == "Own"
    assert gives(folder, "snmp.sysdescr", "Acme Desk 1")["model"] == "Other"


def test_a_rule_of_another_field_precedes_a_last_resort_of_the_field_itself(tmp_path: Path) -> None:
    own = rule("lldp.system-description", "Acme .{1,40}", 'kind = "other"', "Acme 1", key="generic = true")
    other = rule("sip.user-agent", "Acme (?:Desk) .{1,40}", 'model = "Desk", kind = "phone"', "Acme Desk 1")
    folder = taught(tmp_path, own, other)
    assert gives(folder, "lldp.system-description", "Acme Desk 1")["model"] == "Desk"


@pytest.mark.parametrize("key", ["generic = true", "context = true"])
def test_a_last_resort_and_a_rule_that_needs_other_evidence_are_not_borrowed(tmp_path: Path, key: str) -> None:
    folder = taught(tmp_path, rule("sip.user-agent", "Acme Desk .{1,40}", 'model = "Desk"', "Acme Desk 1", key))
    assert "model" in gives(folder, "sip.user-agent", "Acme Desk 1")
    assert "model" not in gives(folder, "lldp.system-description", "Acme Desk 1")


@pytest.mark.parametrize("field", ["http.title", "lldp.system-name", "https.cert-subject", "dhcp.hostname"])
def test_a_rule_for_a_title_or_a_name_is_not_borrowed(tmp_path: Path, field: str) -> None:
    folder = taught(tmp_path, rule(field, "Acme Desk .{1,40}", 'model = "Desk"', "Acme Desk 1"))
    assert "model" not in gives(folder, "sip.user-agent", "Acme Desk 1")


def test_an_example_that_other_fields_read_otherwise_is_a_mistake(tmp_path: Path) -> None:
    own = rule("lldp.system-description", "Acme .{1,40}", 'model = "Own"', "Acme Desk 1")
    other = rule("sip.user-agent", "Acme Desk .{1,40}", 'model = "Other"', "Acme Desk 1")
    problems = [one.problem for one in check(taught(tmp_path, own, other))]
    assert ["model is 'Other', not 'Own'" in one for one in some(problems)] == [True]


def test_every_rule_for_product_text_is_borrowed_once() -> None:
    names = [one.name for one in some(load().product_text.rules)]
    assert len(set(names)) == len(names)
