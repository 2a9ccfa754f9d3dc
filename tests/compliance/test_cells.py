"""Cells of Microsoft's tables as people typed them, all from the public history of the pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.compliance.cells import clean, read_date, read_models, read_versions

MODELS = [
    ("VVX 300/310 Business Media Phone", ("VVX 300", "VVX 310"), {}),
    ("VVX 300 and 310", ("VVX 300", "VVX 310"), {}),
    ("VVX 300, 310 & 311", ("VVX 300", "VVX 310", "VVX 311"), {}),
    ("RealPresence Trio 8800/8500", ("Trio 8800", "Trio 8500"), {}),
    ("Trio C60, Trio C60 NR, Trio C60 ND", ("Trio C60", "Trio C60 NR", "Trio C60 ND"), {}),
    ("Trio C60/C60 NR", ("Trio C60", "Trio C60 NR"), {}),
    ("CCX400/CCX500/CCX600", ("CCX400", "CCX500", "CCX600"), {}),
    ("T56A/58A", ("T56A", "T58A"), {}),
    ("T58 & T56 series", ("T58", "T56"), {}),
    ("MP52 E2/MP54 E2", ("MP52 E2", "MP54 E2"), {}),
    ("UC-P10/T/CT", ("UC-P10",), {"variants": "T, CT"}),
    ("UC-P8/T /CT", ("UC-P8",), {"variants": "T, CT"}),
    ("Flex UC-P100-S IP Phone (upgradeable to Teams)", ("UC-P100-S",), {"upgradeable_to": "Teams"}),
    ("Flex UC-P100-T & UC-P110-T", ("UC-P100-T", "UC-P110-T"), {}),
    ("VVX 250 Business IP Phone (On-prem only)", ("VVX 250",), {"only": "on-prem"}),
    ("C448HD(Cap Mode Only)", ("C448HD",), {"only": "cap mode"}),
    ("84-Series Wireless Telephones", ("84-Series",), {}),
    ("MiVoice 6725 Lync Phone", ("6725",), {}),
    ("4110 IP Phone", ("4110",), {}),
    ("IP-DECT Server 400", ("IP-DECT Server 400",), {}),
    ("SoundPoint IP 321", ("SoundPoint IP 321",), {}),
]


@pytest.mark.parametrize(("cell", "names", "attributes"), MODELS)
def test_a_model_cell_contains_its_models(cell: str, names: tuple[str, ...], attributes: dict[str, str]) -> None:
    read = read_models(clean(cell))
    assert (read.names, read.attributes, read.fault) == (names, attributes, "")


@pytest.mark.parametrize(
    "cell", ["EXP50 supported on MP56, MP58", "Exp Module supported on C455HD-DBW", "", "Phone", "VVX"]
)
def test_a_cell_without_a_phone_model_is_a_fault(cell: str) -> None:
    read = read_models(clean(cell))
    assert read.fault
    assert read.names == ()


VERSIONS = [
    ("UCC450HD_3.2.0.1003.61", "", ("UCC450HD_3.2.0.1003.61",), "exact"),
    ("AudioCodes UC420HD_2.0.1.44.9", "AudioCodes", ("UC420HD_2.0.1.44.9",), "exact"),
    ("Polycom 4.1.0. 84792", "Polycom", ("4.1.0.84792",), "exact"),
    ("UC440HD_ 3.1.3. 144.18", "", ("UC440HD_3.1.3.144.18",), "exact"),
    ("Lync Phone Edition 4.0.7577.4444", "HP", ("4.0.7577.4444",), "exact"),
    ("Spectralink PCS13Eb", "Spectralink", ("PCS13Eb",), "exact"),
    ("`143.15.0.7 `", "", ("143.15.0.7",), "exact"),
    (" 5.9.0.9373\u00a0", "", ("5.9.0.9373",), "exact"),
    ("5.9.0\u200b.9373", "", ("5.9.0.9373",), "exact"),
    ("5.4.0A", "", ("5.4.0A",), "exact"),
    ("x.8.1.62", "", ("x.8.1.62",), "exact"),
    ("C450HD_TEAMS_0.225", "", ("C450HD_TEAMS_0.225",), "exact"),
    ("5.9.0.9373, 5.9.6.2327", "", ("5.9.0.9373", "5.9.6.2327"), "exact"),
    ("5.9.0.9373<br>5.9.6.2327", "", ("5.9.0.9373", "5.9.6.2327"), "exact"),
    ("5.9.0.9373 or later", "", ("5.9.0.9373",), "minimum"),
    ("5.9.0.9373 (and above)", "", ("5.9.0.9373",), "minimum"),
    ("5.9.0.9373+", "", ("5.9.0.9373",), "minimum"),
    ("≥ 5.9.0.9373", "", ("5.9.0.9373",), "minimum"),
    ("Not tested", "", (), "exact"),
    ("N/A", "", (), "exact"),
    ("-", "", (), "exact"),
    ("", "", (), "exact"),
]


@pytest.mark.parametrize(("cell", "maker", "texts", "match"), VERSIONS)
def test_a_version_cell_contains_its_versions(cell: str, maker: str, texts: tuple[str, ...], match: str) -> None:
    read = read_versions(clean(cell), maker)
    assert (read.texts, read.match, read.fault) == (texts, match, "")


@pytest.mark.parametrize(
    "cell",
    [
        "For each supported device model, see update #7",
        "see the servers",
        "4.1.0 84792",
        "ask the vendor",
        "5.9.0.９373ß",
    ],
)
def test_prose_is_not_a_version(cell: str) -> None:
    assert read_versions(clean(cell)).fault


DATES = [
    ("July 2014July 2014", "2014-07"), ("6/30/2018", "2018-06-30"), ("5/06/2019", "2019-05-06"),
    ("03/14/2019", "2019-03-14"), ("August 5, 2023", "2023-08-05"), ("\tAugust 15, 2027", "2027-08-15"),
    ("Septmber 3, 2025", "2025-09-03"), ("June 15,2020", "2020-06-15"), ("Feb 7 ,2022", "2022-02-07"),
    ("October 2013", "2013-10"), ("2027-08-15", "2027-08-15"),
    ("Recalled", None), ("", None), ("31/31/2018", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "want"), DATES)
def test_dates_of_the_pages_are_converted_to_iso_8601(cell: str, want: str | None) -> None:
    assert read_date(clean(cell)) == want


def test_markup_and_wrong_characters_are_removed_from_a_cell() -> None:
    assert clean("**Device&nbsp;model**") == "Device model"
    assert (
        clean("VVX\u201a\u00c4\u00ec300 \u00c2\u00a0(\u201a\u00c4\u00faLync\u201a\u00c4\u00f9)") == 'VVX-300 ("Lync")'
    )
    assert clean("[T56A](https://example.test/x)\ufffd<b> \u202eA</b>") == "T56A A"
    assert clean("UC440HD_3.1.3") == "UC440HD_3.1.3"


@given(st.text(max_size=300))
def test_any_cell_is_parsed_or_a_fault_without_an_exception(cell: str) -> None:
    text = clean(cell)
    assert len(text) <= 2000
    for version in read_versions(text, "Polycom").texts:
        assert version.isascii()
        assert " " not in version
    for model in read_models(text).names:
        assert any(character.isdigit() for character in model)
        assert model.isprintable()
    read_date(text)
