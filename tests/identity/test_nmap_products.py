"""nmap's words for a service (product, version, device type) as nmap-service-probes spells them, one record each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.values import product_of_service

RECORDS = [
    json.loads(line)
    for line in (Path(__file__).parent / "nmap_products.jsonl").read_text(encoding="utf-8").splitlines()
]
PARTS = ("kind", "manufacturer", "model", "firmware", "mac")


def parts(record: dict[str, dict[str, str]]) -> dict[str, str | None]:
    found = identify([Observation(field=field, value=value) for field, value in record["fields"].items()], load())
    return {part: getattr(found, part) for part in PARTS}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["fields"]["nmap.product"])
def test_no_part_of_a_product_is_read_wrongly(record: dict[str, dict[str, str]]) -> None:
    found, expected = parts(record), record["expect"]
    wrong = {part: text for part, text in found.items() if text not in (None, "unknown", expected[part])}
    assert wrong == {}


def test_nearly_all_parts_of_the_products_are_read() -> None:
    given = [(part, record) for record in RECORDS for part in PARTS if record["expect"][part] not in (None, "unknown")]
    right = sum(parts(record)[part] == record["expect"][part] for part, record in given)
    assert len(RECORDS) == 82
    assert right / len(given) > 0.95


@pytest.mark.parametrize(
    ("words", "product"),
    [
        ("Snom 320 VoIP phone sipd 8.4.35", "Snom 320 8.4.35"),
        ("Yealink SIP-T58A VoIP phone sipd 58.15.0.20", "Yealink SIP-T58A 58.15.0.20"),
        ("Polycom VVX 411 SIP 5.9.0.9373", "Polycom VVX 411 5.9.0.9373"),
        ("Siemens Gigaset DX800A VoIP phone SIP", "Siemens Gigaset DX800A"),
        ("Grandstream GXP2000 http config 1.1.6.46", "Grandstream GXP2000 1.1.6.46"),
        (
            "Polycom SoundPoint 650 3.1.3.0439 (MAC: 0004f2abcdef)",
            "Polycom SoundPoint 650 3.1.3.0439 (MAC: 0004f2abcdef)",
        ),
        ("Allegro RomPager 4.07 (Cisco CP-7940G VoIP phone http config)", "Cisco CP-7940G"),
        ("Apache httpd 2.4.38 ((Debian))", "Apache httpd 2.4.38 ((Debian))"),
        ("SIP phone of X", "SIP phone of X"),
    ],
)
def test_the_words_for_the_kind_of_a_service_are_left_out(words: str, product: str) -> None:
    assert product_of_service(words) == product
