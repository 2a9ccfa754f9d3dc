"""Values that identify no model: their shapes and groups, and the vendor files that are drafted from them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.identity.check import check
from scanner.identity.draft import draft
from scanner.identity.load import load
from scanner.identity.match import match
from scanner.identity.patterns import compiled
from scanner.identity.tokens import LONGEST, LONGEST_SHAPE, shape, tokens
from scanner.identity.unread import MOST_VALUES, PRODUCT_FIELDS, UnreadGroup, UnreadValue, group_id, unread
from scanner.identity.vendorfile import LoadedFile, parse
from tests.nonempty import some

CORPORA = sorted((Path(__file__).parents[1] / "corpus").glob("*.jsonl"))

SHAPES = [
    ("Valcom VIP-204 sw1.50.28", "Valcom VIP-# sw<version>"),
    ("Acme X1 1.0.11.46 00:15:65:aa:bb:cc", "Acme X# <version> <mac>"),
    ("Acme X1 1.0.11.46 00-15-65-AA-BB-CC", "Acme X# <version> <mac>"),
    ("Acme X1 1.0.11.46 001565aabbcc", "Acme X# <version> <mac>"),
    ("Acme X1 1.0.11.46 0015.65aa.bbcc", "Acme X# <version> <mac>"),
    ("Acme/6.1.5(a)", "Acme/<version>"),
    ("Acme 4_27_8", "Acme <version>"),
    ("AcmeGateway-3.1.4.18", "AcmeGateway-<version>"),
    ("Acme v2.0  SN/VI12E45678", "Acme v<version> SN/<serial>"),
    ("Acme build 172", "Acme build #"),
    ("", ""),
]


@pytest.mark.parametrize(("value", "folded"), SHAPES)
def test_macs_versions_serial_numbers_and_numbers_are_folded(value: str, folded: str) -> None:
    assert shape(value) == folded


@given(st.text(max_size=LONGEST))
def test_the_tokens_of_any_value_join_to_the_value(value: str) -> None:
    assert "".join(token.text for token in tokens(value)) == value


@given(st.text(max_size=5000))
def test_a_shape_is_bounded_whatever_the_value(value: str) -> None:
    assert len(shape(value)) <= LONGEST_SHAPE


def values(*texts: str, field: str = "sip.user-agent", devices: int = 1) -> list[UnreadValue]:
    return [UnreadValue(field, text, devices) for text in texts]


def test_values_of_one_shape_are_one_group_whatever_their_field() -> None:
    found = unread(
        [*values("Valkom V1 1.0", devices=3), *values("Valkom V2 1.1"), *values("Valkom V3 9.9", field="sip.server")],
        load(),
    )
    assert [(group.shape, group.devices, group.fields) for group in found] == [
        ("Valkom V# <version>", 4, ("sip.user-agent", "sip.server"))
    ]
    assert found[0].id == group_id("Valkom V# <version>")


def test_values_that_identify_a_model_or_nothing_are_in_no_group() -> None:
    known = [
        UnreadValue("sip.user-agent", "Yealink SIP-T58A 58.15.0.20", 1),
        UnreadValue("dhcp.vendor-class", "dhcpcd-5.5.6", 1),
    ]
    assert unread(known, load()) == []


def test_the_group_of_most_devices_is_the_first_and_its_values_are_bounded() -> None:
    many = [value for n in range(100) for value in values(f"Valkom V{n} 1.0")]
    found = unread([*values("Rare thing", devices=2), *many], load())
    assert [group.devices for group in found] == [100, 2]
    assert len(found[0].values) == MOST_VALUES


def drafted(tmp_path: Path, group: UnreadGroup, kind: str = "") -> str:
    text = draft(group, load(), kind=kind)
    (tmp_path / "vendor.toml").write_text(text, encoding="utf-8")
    return text


#: A value, the maker and the parts that its draft reads.
DRAFTS = [
    ("sip.user-agent", "Valcom VIP-204 sw1.50.28", "Valcom", {"model": "VIP-204", "firmware": "1.50.28"}),
    ("dhcp.vendor-class", "Biamp Systems Inc., TesiraForte", "Biamp", {"model": "TesiraForte"}),
    ("sip.user-agent", "VidyoGateway-3.1.4.18", "Vidyo", {"model": "VidyoGateway", "firmware": "3.1.4.18"}),
    ("snmp.sysdescr", "3COM VCX V7005", "3Com", {"model": "V7005"}),
    ("sip.server", "Valkom X10/2.0.1 (001565aabbcc)", "Valkom", {"model": "X10", "mac": "00:15:65:aa:bb:cc"}),
    ("sip.server", "Valkom X10 kernel 2.6.1 fw 9.9", "Valkom", {"model": "X10", "firmware": "9.9"}),
    ("sip.server", "Valkom X10 S/N: A1B2C3 fw 9.9", "Valkom", {"serial": "A1B2C3", "firmware": "9.9"}),
    ("https.cert-subject", "CN=phone-12.example,O=Valkom GmbH,C=DE", "Valkom", {}),
    ("lldp-med.manufacturer", "Valkom Networks Ltd.", "Valkom", {}),
]


@pytest.mark.parametrize(("field", "value", "maker", "parts"), DRAFTS, ids=[value for _, value, *_ in DRAFTS])
def test_a_draft_reads_the_parts_of_its_values(
    tmp_path: Path, field: str, value: str, maker: str, parts: dict[str, str]
) -> None:
    group = UnreadGroup(group_id(shape(value)), shape(value), 1, (UnreadValue(field, value, 1),), "", None, None)
    text = drafted(tmp_path, group)
    assert check(tmp_path) == [], text
    found = match(load(extra=[tmp_path]), field, value)[0]
    assert found.rule.startswith("vendor/"), text
    assert {"manufacturer": maker, **parts}.items() <= found.gives.items(), text


def test_a_draft_reads_the_other_models_and_versions_of_its_group(tmp_path: Path) -> None:
    (group,) = unread(values("Valkom V10 1.0", "Valkom V24 12.3.4"), load())
    drafted(tmp_path, group, kind="phone")
    gives = match(load(extra=[tmp_path]), "sip.user-agent", "Valkom V300 77.8.9")[0].gives
    assert (gives["model"], gives["firmware"]) == ("V300", "77.8.9")


def test_manufacturer_and_kind_can_be_given(tmp_path: Path) -> None:
    (group,) = unread(values("Thing V10 1.0"), load())
    text = draft(group, load(), manufacturer="yealink network technology", kind="dect")
    file = parse(text.encode(), "draft")
    assert (file.manufacturer, file.kind) == ("Yealink", "dect")


def unidentified() -> list[UnreadGroup]:
    """The groups of the corpora's values: of all that identify no model."""
    records = [json.loads(line) for path in CORPORA for line in path.read_text(encoding="utf-8").splitlines()]
    fields = [(field, value) for record in records for field, value in record["fields"].items()]
    return unread([UnreadValue(field, value, 1) for field, value in fields if field in PRODUCT_FIELDS], load())


@pytest.mark.slow
def test_every_value_of_the_corpora_that_identifies_no_model_has_a_draft_that_check_accepts(tmp_path: Path) -> None:
    for group in some(unidentified()):
        text = draft(group, load())
        file = parse(text.encode(), "draft")
        assert file.rule[0].examples, text
        if file.manufacturer:
            (tmp_path / "vendor.toml").write_text(text, encoding="utf-8")
            assert check(tmp_path) == [], text


@pytest.mark.parametrize(
    "unit", ["1.", "1-1.", "v1.1 ", "1.1(1)", "SN A1 ", "001565aabbcc ", "a1.1_1.", "Aa1 ", "1 1.1"]
)
def test_no_drafted_pattern_is_slow_on_a_value_that_repeats(unit: str) -> None:
    value = (unit * 4096)[:4000].strip()
    group = UnreadGroup("g0", shape(value), 1, (UnreadValue("sip.server", value, 1),), "no rule matches", None, None)
    pattern = compiled(parse(draft(group, load()).encode(), "draft").rule[0].pattern)
    for text in (value, value + "\x00", value[:-1] + "!", (unit * 60) + "\x00"):
        start = time.thread_time()
        pattern.fullmatch(text)
        assert time.thread_time() - start < 0.1, pattern.pattern


@given(st.lists(st.tuples(st.sampled_from(PRODUCT_FIELDS), st.text(min_size=1, max_size=700)), min_size=1, max_size=3))
def test_a_draft_from_any_values_is_a_vendor_file(pairs: list[tuple[str, str]]) -> None:
    found = tuple(UnreadValue(field, value.encode("utf-8", "replace").decode(), 1) for field, value in pairs)
    group = UnreadGroup("g0", shape(found[0].value), 1, found, "no rule matches", None, None)
    text = draft(group, load())
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert LoadedFile("draft", "draft.toml", parse(text.encode(), "draft")).file.rule
