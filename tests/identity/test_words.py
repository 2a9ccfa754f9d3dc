"""The second reader: makers, listed models and versions by words, and nothing from text that only mentions devices."""

from __future__ import annotations

import random
import string
import time

import pytest

from scanner.core.fields import FIELDS, Rules
from scanner.core.model import Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.index import outlined
from scanner.identity.load import load
from scanner.identity.match import best, match
from scanner.identity.versions import version
from scanner.identity.words import WordReader, kind_by_words
from tests.nonempty import some

FINGERPRINTS = load()
WORDS = WordReader(FINGERPRINTS.models, FINGERPRINTS.registry, FINGERPRINTS.grammars)
#: Makers, a listed model of each as it is spelled in running text, its canonical name, and a version of its grammar.
LISTED = [
    ("Yealink", "T58A", "T58A", "58.15.0.20"),
    ("Grandstream", "GXP2170", "GXP2170", "1.0.11.46"),
    ("Polycom", "VVX 411", "VVX 411", "5.9.5.0614"),
    ("Polycom", "SoundPoint IP 550", "SoundPoint IP 550", "4.0.13.1445"),
    ("snom", "D785", "D785", "10.1.54.13"),
    ("AudioCodes", "440HD", "440HD", "3.4.8.808"),
    ("Fanvil", "X6U", "X6U", "2.4.0"),
    ("Avaya", "9608G", "9608G", "7.1.3.0"),
]


def read(value: str) -> dict[str, str]:
    found = WORDS.read(value, outlined(value)[2])
    return {} if found is None or found.by == "candidate" else found.gives


def identity(**fields: str) -> Identity:
    names = {name.replace(".", "_").replace("-", "_"): name for name in FIELDS}
    return identify([Observation(field=names[name], value=value) for name, value in fields.items()], FINGERPRINTS)


@pytest.mark.parametrize(("maker", "spelled", "model", "firmware"), LISTED)
@pytest.mark.parametrize(
    "text",
    [
        "{maker} IP deskphone {model} running software {firmware}",
        "{maker} / {model} / {firmware}",
        "{maker}: model {model}, HW 1.2.3.4, SW {firmware}, boot 9.8.7.6",
        "{model} by {maker}; firmware: {firmware}",
        "[{maker}] [{model}] [{firmware}]",
        "{maker},{model},V{firmware}",
        "{maker}={model};fw={firmware};ip=192.168.1.20",
        "{maker} {model} sw{firmware} kernel 4.14.98.1 date 2024-05-06",
        "desk phone {maker} {model} ({firmware})",
    ],
)
def test_a_listed_model_and_its_version_are_read_in_an_unknown_order(
    text: str, maker: str, spelled: str, model: str, firmware: str
) -> None:
    found = read(text.format(maker=maker, model=spelled, firmware=firmware))
    assert (found.get("manufacturer", "").lower(), found.get("model")) == (maker.lower(), model)
    assert found.get("firmware") == firmware


@pytest.mark.parametrize(
    "value",
    [
        "How to set up your Yealink T58A with our PBX",
        "This is a list of the phones that we support: Yealink T58A",
        "Yealink T58A user guide",
        "Yealink T58A firmware download",
        "Polycom VVX 411 vs Yealink T58A",
        "Provisioning template for the Grandstream GXP2170",
        "Plugin for Yealink T58A",
        "Uplink to Grandstream GXP2170",
        "Compatible with Polycom VVX 411",
        "The best IP phones of the year and where to buy them",
        "Welcome to the intranet of Example Ltd.",
        "Avaya, Cisco, Yealink",
        "Linux gxp2170 4.4.143 #2 SMP armv7l",
        "Windows NT yealink-t58a 10.0",
        "Yealink T58A T57W T54W 58.15.0.20",
        "Yealink T58A 58.15.0.20, Yealink T57W 96.86.0.20",
        "Polycom VVX 411 and Grandstream GXP2170",
        "",
        " \t ",
    ],
)
def test_text_that_mentions_devices_gives_no_model(value: str) -> None:
    assert "model" not in read(value)


@pytest.mark.parametrize(
    "value",
    [
        "Yealink T588 1.2.3",
        "Yealink XT58A 1.2.3",
        "Yealink T58AB",
        "Yealink 3T58A",
        "Yealink 58.15.0.20",
        "Polycom VVX 4110",
        "Polycom VVX 41",
        "Avaya 96081",
        "snom 3200",
        "snom version 320.1.2",
        "Grandstream 2170",
        "Grandstream GXP21701",
        "Acme T58",
        "D785",
        "unyealink T58A9",
    ],
)
def test_a_part_of_a_longer_word_or_number_is_not_a_model(value: str) -> None:
    assert "model" not in read(value)


def test_no_word_makes_a_model_that_no_file_lists() -> None:
    source = random.Random(5)
    makers = sorted({origin.file.manufacturer for origin in FINGERPRINTS.origins if origin.file.model})
    for _ in range(400):
        name = source.choice("TXVGP") + str(source.randrange(100_000, 999_999))
        found = read(f"{source.choice(some(makers))} phone {name} software 1.2.3.4")
        assert "model" not in found, found


def test_every_listed_model_of_letters_and_digits_is_read_behind_its_makers_name() -> None:
    for origin in some(FINGERPRINTS.origins):
        for entry in origin.file.model:
            if sum(map(str.isdigit, entry.name)) and sum(map(str.isalpha, entry.name)) > 1:
                found = read(f"{origin.file.manufacturer} | {entry.name} | main unit")
                assert found.get("model") in (entry.name, None), (origin.stem, entry.name, found)


@pytest.mark.parametrize("field", ["lldp.system-name", "snmp.sysname", "dhcp.hostname", "mdns.host", "mdns.instance"])
@pytest.mark.parametrize("value", ["yealink-t58a-lobby", "phone gxp2170", "my.vvx411.example.com"])
def test_a_host_name_is_not_read_by_words(field: str, value: str) -> None:
    assert not [one for one in match(FINGERPRINTS, field, value) if one.rule.startswith("words/")]


@pytest.mark.parametrize("field", [n for n, f in FIELDS.items() if f.rules is not Rules.OWN and not f.host_name])
def test_the_evidence_names_the_words(field: str) -> None:
    (found,) = match(FINGERPRINTS, field, "[Fanvil] [X6U] [2.4.0]")
    assert found.rule == "words/model"
    assert found.gives == {"manufacturer": "Fanvil", "model": "X6U", "firmware": "2.4.0", "kind": "phone"}
    assert found.certainty < 0.7


def test_a_model_is_that_of_the_maker_which_another_field_names() -> None:
    found = identity(lldp_med_manufacturer="Snom", snmp_sysdescr="Model 320 with paper labels")
    assert (found.manufacturer, found.model) == ("Snom", "320")
    assert identity(snmp_sysdescr="Model 320 with paper labels").model is None
    assert identity(lldp_med_manufacturer="Yealink", snmp_sysdescr="Model 320 with paper labels").model is None


@pytest.mark.parametrize(
    ("value", "part", "wanted"),
    [
        ("[Fanvil] [X6U] S/N: AB12345678", "serial", "AB12345678"),
        ("[Fanvil] [X6U] Serial Number AB-1234", "serial", "AB-1234"),
        ("[Fanvil] [X6U] SN:0c383eaabbcc", "mac", "0c:38:3e:aa:bb:cc"),
        ("[Fanvil] [X6U] MAC: 0C-38-3E-AA-BB-CC", "mac", "0c:38:3e:aa:bb:cc"),
        ("[Fanvil] [X6U] 0c38.3eaa.bbcc", "mac", "0c:38:3e:aa:bb:cc"),
    ],
)
def test_a_serial_number_and_a_mac_are_read_behind_their_words(value: str, part: str, wanted: str) -> None:
    assert read(value)[part] == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Acme X HW 1.2.3 SW 4.5.6", "4.5.6"),
        ("Acme X hardware 1.2.3, boot 7.8.9, software version 4.5.6", "4.5.6"),
        ("Acme X Rev 1.2", None),
        ("Acme X sofia-sip/1.12.11", None),
        ("Acme X software 1.2.3 software 4.5.6", None),
        ("Acme X 192.168.1.20", None),
        ("Acme X 2024-05-06", None),
        ("Acme X 0.0.0.0", None),
        ("Acme X SW 6.1.5(a)", "6.1.5(a)"),
        ("Acme X sw: 7.6.1(ES_RC01)", "7.6.1(ES_RC01)"),
        ("Acme X, firmware 1.4.0(001).", "1.4.0(001)"),
        ("Acme X V:3.2.0.70-SIP", "3.2.0.70"),
    ],
)
def test_the_version_is_that_of_the_software_as_the_device_spells_it(value: str, wanted: str | None) -> None:
    assert version(value, len("Acme X"), None) == wanted


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Acme IP Phone", "phone"),
        ("Acme conference phone", "conference"),
        ("Acme DECT base", "dect"),
        ("Acme analogue telephone adapter", "gateway"),
        ("Acme VoIP gateway", "gateway"),
        ("Acme call server", "pbx"),
        ("Acme phone system", "pbx"),
        ("Acme softphone", "softphone"),
        ("Acme door phone", "other"),
        ("Acme network camera", "other"),
        ("Acme wireless access point", "other"),
        ("Acme telephony", None),
    ],
)
def test_a_kind_is_that_which_the_text_names(value: str, kind: str | None) -> None:
    assert kind_by_words(value) == kind


def hostile() -> list[str]:
    """Values of 4,096 characters that make a reader do as much as it can."""
    source = random.Random(3)
    units = [
        "Yealink T58A ",
        "T58A",
        "58.15.0.20 ",
        "1.",
        "a-",
        "(",
        "SN:",
        "00:",
        "poly",
        "VVX_",
        "VVX 4",
        "Polycom;",
        "\0",
    ]
    alphabet = string.ascii_letters + string.digits + " ._-/():;,"
    noise = ["".join(source.choice(alphabet) for _ in range(4096)) for _ in range(4)]
    return (
        [(unit * 4096)[:length] for unit in units for length in (300, 320, 512, 4096)]
        + noise
        + [n[:320] for n in noise]
    )


def test_a_hostile_value_costs_either_reader_no_more_than_many_usual_ones() -> None:
    """CPU time against that of usual values that no rule matches, in the same run, with a wide margin."""
    usual = [f"Unknown device {n} of nobody, release {n}.{n % 7}.{n % 3}" for n in range(300)]
    values = hostile()
    for value in (*usual, *values):
        best(FINGERPRINTS, "snmp.sysdescr", value)
    fresh = load()
    fresh.words._read.clear()
    start = time.thread_time()
    for value in usual:
        best(fresh, "snmp.sysdescr", value)
    each = max((time.thread_time() - start) / len(usual), 5e-6)
    for value in some(values):
        fresh.words._read.clear()
        start = time.thread_time()
        best(fresh, "snmp.sysdescr", value)
        assert time.thread_time() - start < 2000 * each, value[:60]
