"""Every number in a file of every text format, in the place of which stands one beyond every type."""

from __future__ import annotations

import io
import re

import pytest

from scanner.core.text import VALUE_LIMIT
from scanner.reading import Context, Problem, detect
from tests.reading.test_fuzz import NOW, SAMPLES

NUMBERS = (
    b"9" * 23, b"9" * 5000, b"-1", b"4294967296", b"4294967295", b"18446744073709551616", b"1e400", b"nan", b"0x10",
    "²".encode(), "٣".encode(), b"", b"0" * 5000 + b"1", b"1." * 200 + b"1",
)  # fmt: skip
_TAKEN_AS_A_WHOLE = re.compile(rb"[0-9]+")
#: A row behind that with the number, by which it shows that the reading went on.
FOLLOWING = {
    "snmprec": b"1.3.6.1.2.1.1.5.0|4|T58A-58.15.0.20\n",
    "snmpwalk": b".1.3.6.1.2.1.1.5.0 = STRING: T58A-58.15.0.20\n",
    "jsonl": b'{"ip": "198.18.0.9", "field": "sip.user-agent", "value": "Yealink SIP-T58A 58.15.0.20"}\n',
    "phone-report": b"YEALINK,T58A,80-5e-c0-00-00-06,Yealink SIP-T58A 58.15.0.20,11/22/2026 3:04:05 PM\n",
    "access-log": b'10.1.2.9 - - [23/Nov/2026:03:00:00 +0100] "GET /x.cfg HTTP/1.1" 200 5 "-" "SIP-T58A 58.15.0.20"\n',
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "pcap"])
@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
def test_a_number_beyond_every_type_costs_its_row_alone(name: str, number: bytes) -> None:
    sample = SAMPLES[name]
    places = list(_TAKEN_AS_A_WHOLE.finditer(sample))
    assert places
    for place in places:
        data = sample[: place.start()] + number + sample[place.end() :] + FOLLOWING.get(name, b"")
        items = list(detect.read(io.BytesIO(data), Context("x", NOW, "198.18.0.9"), name))
        observations = [item for item in items if not isinstance(item, Problem)]
        assert all(len(item.value) <= VALUE_LIMIT for item in observations)
        if name in FOLLOWING:
            assert any("58.15.0.20" in item.value for item in observations), (place, items[:3])
