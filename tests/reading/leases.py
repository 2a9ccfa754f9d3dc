"""Reading of lease files in tests: what a text yields, and the property of files that are cut."""

from __future__ import annotations

import io

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem, detect
from tests.reading.inventories import NOW

#: The octets of option 60 of a Polycom phone, as its administrator guide prints them, with another model and version.
POLYCOM = (
    bytes.fromhex("0000363d")
    + b"\x3f\x01\x07Polycom\x02\x0bVVX-VVX_411\x03\x103111-48450-001,1\x04\x15SIP/5.9.0.9373/15-Mar"
)
POLYCOM_TEXT = "Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.0.9373/15-Mar"
CISCO = "Cisco Systems, Inc. IP Phone CP-7841"


def items(data: str | bytes, now: str = NOW) -> tuple[list[Observation], list[Problem]]:
    """Observations and problems of a file with this content, whose format is detected."""
    found = list(read(io.BytesIO(data.encode() if isinstance(data, str) else data), now=now))
    return [one for one in found if isinstance(one, Observation)], [one for one in found if isinstance(one, Problem)]


def facts(data: str | bytes, now: str = NOW) -> set[tuple[str | None, str | None, str, str]]:
    """(address, mac, field, value) of a file in which everything can be read."""
    observations, problems = items(data, now)
    assert problems == []
    return {(one.ip, one.mac, one.field, one.value) for one in observations}


def check_every_cut(data: bytes, format: str) -> None:
    """A file that is cut at any octet loses what is behind the cut, and nothing else; nothing is raised."""
    whole = [item for item in read(io.BytesIO(data), now=NOW, format=format) if isinstance(item, Observation)]
    assert whole
    kept = 0
    for cut in range(len(data) + 1):
        found = list(read(io.BytesIO(data[:cut]), now=NOW, format=format))
        read_now = [item for item in found if isinstance(item, Observation)]
        assert len(read_now) >= kept or any(isinstance(item, Problem) for item in found), cut
        kept = max(kept, len(read_now))
        assert all(any(_begins(one, of) for of in whole) for one in read_now), cut
    assert kept == len(whole)


def _begins(one: Observation, of: Observation) -> bool:
    """Whether an observation is another one, or the beginning of it."""
    return (one.ip, one.field) == (of.ip, of.field) and (
        of.value.startswith(one.value) or one.value.startswith(of.value)
    )


def check_detected_alone(data: str | bytes, format: str) -> None:
    """A file has the signature of one format."""
    octets = data.encode() if isinstance(data, str) else data
    assert [one.name for one in detect.formats().values() if one.looks_like(octets)] == [format]
